// The witness: keeps its own model of every saga from what the store really committed, and judges
// it against what the participants did and what the broker got.
//
// Invariants (letters as printed): A acknowledged sagas exist; K one saga per identity; H dense,
// legal history, replayed by core::apply; I an intent precedes its call; E effects match the end
// state; R undo in reverse start order, nothing starts after the abort; N the inbox: each event
// and signal once, in order, before timers, none lost; S what came while SUSPENDED is kept and
// applied in order, and nothing starts meanwhile; V verbs and answers of people that were
// acknowledged are in the history, wrong ones are not; C a concurrency key; T the tree of children;
// O events without gap, reorder or phantom; L everything ends once faults stop; F no write with a
// stale epoch.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/core/decide.h"
#include "runtime/engine/event_sink.h"
#include "runtime/engine/store.h"
#include "tests/simulation/participant.h"

namespace sagaloom::simulation {

struct Violation {
  std::string invariant;
  std::string story;
};

class Checker {
 public:
  Checker(std::string store_id, std::map<std::string, core::DefinitionPointer> definitions)
      : store_id_(std::move(store_id)), definitions_(std::move(definitions)) {}

  // What the store has just written.
  void committed(const std::vector<engine::ShardRows>& rows, core::Time now);
  // A call is being made right now.
  void called(const core::SagaId& saga, const core::Command& command);
  void acknowledged(const std::string& identity, const core::SagaId& saga);
  // A shard said that this event or signal is stored.
  void said_to_be_stored(const engine::IdentityKey& key, const std::string& event,
                         std::int64_t number);
  // An operator's or another person's verb was answered.
  void answered(const core::SagaId& saga, const core::Event& said, bool done);
  void published(const engine::Message& message);
  // A relay says that everything of the shard up to `seq` has been acknowledged.
  void published_through(engine::ShardNumber shard, engine::Seq seq);

  // Prints each committed record, for people.
  void tell_story(bool yes) { tell_ = yes; }

  // After the run.
  void finish(const Participant& participant);

  const std::optional<Violation>& violation() const { return violation_; }
  const std::map<core::SagaId, core::Saga>& sagas() const { return sagas_; }
  std::uint64_t records() const { return records_; }
  std::uint64_t duplicates() const { return duplicates_; }
  // What was met on the way, by what it is.
  const std::map<std::string, std::uint64_t>& counts() const { return counts_; }
  bool all_ended() const;

 private:
  void fail(std::string invariant, std::string story);
  void check_row(engine::ShardNumber shard, std::uint16_t generation,
                 const engine::JournalRow& row);
  void check_steps(const core::Saga& before, const core::Record& record);
  void check_decision(const core::Saga& before, const core::Record& record);
  void tell(engine::ShardNumber shard, const engine::JournalRow& row);
  bool kept_on_purpose(const core::Saga& saga, const core::Path& path) const;
  void check_effects(const core::Saga& saga, const Participant& participant);
  void check_order(const core::Saga& saga, const Participant& participant);
  void note_early_undos(const core::Saga& before, const core::SagaId& id,
                        const core::Record& record);
  static core::FieldMask phase_bit();
  bool in_order(const core::Definition& definition, const core::Path& left,
                const core::Path& right) const;
  bool covered(const core::Saga& saga, const core::Path& path) const;
  void check_life(core::Phase before, bool was_held, const core::Saga& saga);
  void check_child(const core::Saga& saga);
  void check_events();
  void count(const std::string& what) { ++counts_[what]; }
  static core::Context context_of(const core::Record& record);

  // ---- checker_inbox.cpp
  struct Mail {
    std::string event;
    core::Value data;
    core::Time stored{};
    bool once = false;
  };
  using Box = std::map<engine::Seq, Mail>;
  void check_inbox(const engine::ShardRows& rows, core::Time now);
  void check_mail(const core::Saga& before, const core::Record& record);
  void check_taken(const core::Saga& before, const core::Record& record);
  void check_nothing_waits(const core::Saga& before, const core::Record& record, engine::Seq until,
                           const std::string& what);
  void count_ends(const core::Saga& before, const core::Record& record);
  bool may_be_thrown_away(const engine::InboxHead& head, const Mail& mail) const;
  std::vector<engine::IdentityKey> boxes_of(const core::Saga& saga) const;

  // ---- checker_people.cpp
  void check_suspension(const core::Saga& before, const core::Record& record);
  void check_replay(const core::Saga& before, const core::Record& record);
  void check_stored(const core::Saga& saga);
  void check_call_of_suspended(const core::Saga& saga, const core::Command& command,
                               const core::Try& budget);
  void check_people(const core::Saga& before, const core::Record& record);
  void check_resolved(const core::Saga& before, const core::Record& record);
  void check_task(const core::Saga& before, const core::Record& record);
  void check_verb(const core::Saga& before, const core::Record& record);
  void check_undo_said(const core::Saga& saga, const Participant& participant);

  std::string store_id_;
  std::map<std::string, core::DefinitionPointer> definitions_;  // by hash
  std::map<engine::ShardNumber, engine::Seq> heads_;
  std::map<core::SagaId, core::Saga> sagas_;
  std::map<core::SagaId, engine::Seq> last_seq_;
  std::map<std::string, core::SagaId> identities_;  // as committed
  std::map<std::string, core::SagaId> acknowledged_;
  struct Expected {
    std::string sequence;
    std::string stream;  // saga and topic
    engine::ShardNumber shard = 0;
    engine::Seq seq = 0;
    bool seen = false;
  };
  std::map<std::string, Expected> messages_;  // committed, by id
  std::map<engine::ShardNumber, std::multiset<engine::Seq>> unseen_;
  std::map<std::string, std::string> last_published_;  // sequence by stream
  std::map<engine::IdentityKey, Box> boxes_;
  std::set<engine::Seq> removed_now_, taken_now_;          // rows, of the batch that is looked at
  std::set<std::string> ever_stored_, taken_;              // key, event and number
  std::map<core::SagaId, std::vector<core::Event>> kept_;  // while SUSPENDED, in order
  std::map<core::SagaId, core::Time> suspended_at_;
  std::set<std::string> calls_made_;   // of suspended sagas: saga, path, purpose, number
  std::set<std::string> heard_;        // reasons of the verbs in the history
  std::set<std::string> task_closed_;  // saga and path: answered, and not opened again
  std::map<std::string, std::set<core::SagaId>> holders_;  // of a concurrency key
  std::map<std::string, std::uint64_t> counts_;
  std::set<std::string> by_hand_;      // saga and path: an operator resolved it
  std::set<std::string> mistaken_;     // the same: of a step that had moved on meanwhile
  std::set<std::string> early_undos_;  // saga and path: undone to make room for a handler
  std::uint64_t records_ = 0, duplicates_ = 0;
  std::optional<Violation> violation_;
  bool tell_ = false;
};

}  // namespace sagaloom::simulation
