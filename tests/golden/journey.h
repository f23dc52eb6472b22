// One saga that is driven through core by a script of answers: what golden journals and the tests
// of replay are made with.
//
// Time is virtual: each answer comes 10 ms after its call, a timer at its due time. Lifecycle:
// make, script, run, read the journal. Threads: one. Errors: std::runtime_error when the script
// does not fit (an unexpected refusal, a run without end).
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/workflow/replay/audit.h"

namespace sagaloom::tests {

using workflow::replay::Entry;

class Journey {
 public:
  Journey(core::DefinitionPointer definition, core::Value input, const std::string& key = "key-1");

  // The answers of a request in order; after them, and without any, it is ok with {request: n}.
  // Requests are named by path and role: "charge", "charge/check", "charge/undo"; those between
  // shards by their operation: "engine.saga.start".
  Journey& answer(const std::string& request, core::Outcome outcome, std::string code = {});
  Journey& answer(const std::string& request, core::Event event);

  void run();  // until nothing is open
  // Until this request is open and not answered, or the saga listens to it ("event:settled").
  void run_until(const std::string& call);
  core::Decision take(core::Event event);  // now
  void wait(core::Duration span) { now_ += span; }
  void set_missing(std::set<std::string> operations) { missing_ = std::move(operations); }

  // An event of the inbox, and a signal.
  void deliver(const std::string& name, core::Value data);
  void signal(const std::string& name);
  core::Event verb(core::EventKind kind, const core::Path& path = {}) const;
  const core::Saga& saga() const { return saga_; }
  const std::vector<Entry>& journal() const { return journal_; }
  const core::Definition& definition() const { return *definition_; }
  // The requests in the order in which they were made, with attempts: "reserve", "reserve", …
  const std::vector<std::string>& calls() const { return calls_; }

 private:
  bool step();
  void answer_call(const core::Command& command);
  bool fire_timer(const std::vector<core::Command>& open);

  core::DefinitionPointer definition_;
  core::Saga saga_;
  core::Time now_{core::Duration(1'700'000'000'000)};
  std::int64_t seq_ = 0, inbox_ = 0;
  std::vector<Entry> journal_;
  std::map<std::string, std::deque<core::Event>> script_;
  using Identity = std::tuple<core::Path, core::Purpose, std::uint32_t, std::uint32_t>;
  std::set<Identity> answered_;
  std::set<std::string> missing_;
  std::vector<std::string> calls_;
};

}  // namespace sagaloom::tests
