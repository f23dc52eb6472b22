// The witness: keeps its own model of every saga from what the store really committed, and judges
// it against what the participants did and what the broker got.
//
// Invariants (letters as printed): A acknowledged sagas exist; K one saga per identity; H dense,
// legal history, replayed by core::apply; I an intent precedes its call; E effects match the end
// state; R undo in reverse start order, nothing starts after the abort; N the inbox: each event
// once, in order, none lost; C a concurrency key; T the tree of children; O events without gap,
// reorder or phantom; L everything ends once faults stop; F no write with a stale epoch.
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
  void committed(const std::vector<engine::ShardRows>& rows);
  // A call is being made right now.
  void called(const core::SagaId& saga, const core::Command& command);
  void acknowledged(const std::string& identity, const core::SagaId& saga);
  void delivered(const std::string& identity, std::int64_t number, core::Time now);
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
  std::uint64_t long_undos() const { return long_undos_; }
  std::uint64_t taken() const { return taken_; }
  std::uint64_t queued() const { return queued_; }
  std::uint64_t undone_children() const { return undone_children_; }
  bool all_ended() const;

 private:
  void fail(std::string invariant, std::string story);
  void check_row(engine::ShardNumber shard, std::uint16_t generation,
                 const engine::JournalRow& row);
  void check_steps(const core::Saga& before, const core::Record& record);
  void check_decision(const core::Saga& before, const core::Record& record);
  void tell(engine::ShardNumber shard, const engine::JournalRow& row);
  void check_effects(const core::Saga& saga, const Participant& participant);
  void check_order(const core::Saga& saga, const Participant& participant);
  void note_early_undos(const core::Saga& before, const core::SagaId& id,
                        const core::Record& record);
  static core::FieldMask phase_bit();
  bool in_order(const core::Definition& definition, const core::Path& left,
                const core::Path& right) const;
  bool covered(const core::Saga& saga, const core::Path& path) const;
  void check_taken(const core::Saga& saga, const core::Record& record);
  void check_not_lost(const core::Saga& saga, const std::string& identity,
                      const core::StepRecord& step);
  void check_life(core::Phase before, bool was_held, const core::Saga& saga);
  void check_child(const core::Saga& saga);
  void check_events();

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
  std::map<std::string, core::Time> stored_events_;    // "workflow/identity#n": when it was stored
  std::set<std::string> taken_events_;
  std::map<std::string, std::int64_t> last_taken_;         // by identity
  std::map<std::string, std::set<core::SagaId>> holders_;  // of a concurrency key
  std::uint64_t taken_ = 0, queued_ = 0, undone_children_ = 0;
  std::set<std::string> by_hand_;      // saga and path: an operator resolved it
  std::set<std::string> early_undos_;  // saga and path: undone to make room for a handler
  std::uint64_t records_ = 0, duplicates_ = 0, long_undos_ = 0;
  std::optional<Violation> violation_;
  bool tell_ = false;
};

}  // namespace sagaloom::simulation
