// One saga under a virtual clock: core::decide, apply and open_commands, with participants that
// answer when asked. No server, no store, no thread: the same rules as in production, in no time.
//
// Lifecycle: made, started once, driven until nothing is due. Ownership: refers to the
// participants, which must outlive it. Threads: one. Units: milliseconds; `Called::at` counts from
// the start. Errors: a refused submission or verb is a value; time never goes back.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "runtime/core/decide.h"
#include "runtime/workflow/scenario/scenario.h"

namespace sagaloom::workflow::scenario {

// The participants of one saga: asked once for each call that the saga makes.
class Participants {
 public:
  virtual ~Participants() = default;
  virtual Answer answer(const core::Command& call, const core::Saga& saga) = 0;
  // The answer has come in (or was lost on its way back): what was done is done.
  virtual void happened(const core::Command& call, const Answer& answer) = 0;
};

struct Called {
  std::string operation;
  core::Role role = core::Role::execute;
  std::string key;  // the request key without `<saga>/`
  Value input;
  Duration at{0};
  std::uint32_t attempt = 0;
  bool forward_known = false;
};

// Everything that could be seen of a saga from outside, in order.
struct Trace {
  std::vector<Called> calls;
  std::vector<core::Emitted> emits;
  std::vector<std::string> notes;
  std::vector<std::string> states;    // as shown, each change once
  std::vector<std::string> statuses;  // business status, each change once
};

// What lies in the saga's inbox: an event or signal that no wait has taken yet.
struct Kept {
  std::int64_t row = 0;
  core::Event event;
  std::optional<Time> until;  // its time to live ends; none: kept for ever
};

class Drive {
 public:
  Drive(core::DefinitionPointer definition, Participants& participants, Time start, double jitter);

  // Admits the submission; what is wrong with it otherwise. `as_child`: it has a parent saga.
  std::optional<expression::Error> start(core::Submission submission, bool as_child = false);
  // Decides about one event now, applies the record and obeys it.
  core::Decision take(const core::Event& event);
  // An event or signal of the inbox: kept until a wait takes it.
  void put(core::Event event);
  // The node ends and another takes over: answers on their way are lost.
  void restart();

  // When the next thing is due; nullopt: nothing will happen by itself.
  std::optional<Time> next_due() const;
  // Lets the next thing happen; false: there is none.
  bool step();
  // Nothing happens until then but time.
  void advance_to(Time time) { now_ = std::max(now_, time); }

  void set_missing(const std::string& operation, bool missing);
  // An event about a step as it is now: occurrence and numbers filled in.
  core::Event event_about(core::EventKind kind, const core::Path& path = {}) const;
  // The saga's key of a command, without `<saga>/`.
  std::string short_key(const std::string& key) const;

  Time now() const { return now_; }
  Time started_at() const { return start_; }
  const core::Saga& saga() const { return saga_; }
  const core::Definition& definition() const { return *definition_; }
  const Trace& trace() const { return trace_; }
  const std::vector<Kept>& inbox() const { return inbox_; }
  core::Context context() const;

 private:
  using Identity = std::tuple<core::Command::Kind, core::Path, core::Purpose, std::uint32_t,
                              std::uint32_t, std::int64_t>;
  struct Coming {
    core::Event event;
    core::Command call;
    Answer answer;
    bool definite = false;  // with this the answer has arrived
  };

  std::optional<expression::Error> ask_for_lock();
  static Identity identity(const core::Command& command);
  const core::Command* next_timer(const std::vector<core::Command>& open) const;
  void note_record(const core::Record& record);
  void obey();
  void make_calls();
  void make_call(const core::Command& call);
  void plan_answer(const core::Command& call, const Answer& answer);
  void plan(Time when, core::Event event, const core::Command& call, const Answer& answer,
            bool definite);
  bool offer_kept();
  void tell_installed();
  std::set<std::string> listened() const;

  core::DefinitionPointer definition_;
  Participants& participants_;
  Time start_, now_;
  double jitter_;
  std::set<std::string, std::less<>> missing_;
  std::set<std::string, std::less<>> told_;  // installed, and the saga knows since its last record
  core::Saga saga_;
  Trace trace_;
  std::set<Identity> under_way_, fired_;
  std::map<std::pair<Time, std::uint64_t>, Coming> coming_;
  std::uint64_t sequence_ = 0;
  std::int64_t rows_ = 0;
  std::vector<Kept> inbox_;
};

// The event that an answer becomes at its call.
core::Event event_of(const core::Command& call, const Answer& answer);

}  // namespace sagaloom::workflow::scenario
