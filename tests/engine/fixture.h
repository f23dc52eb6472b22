// What the engine's tests share: workflows built by hand, a step host that follows a script, and a
// shard that is driven by hand over the memory store.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/core/decide.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/recovery.h"
#include "runtime/engine/shard.h"
#include "runtime/store/memory/memory_store.h"

namespace sagaloom::engine::testing {

using core::Duration;
using core::Time;
using core::Value;

inline constexpr Time start_of_time{Duration{1'700'000'000'000}};

struct StepFacts {
  bool idempotent = true;
  bool undo = true;
  bool pivot = false;
  std::uint32_t max_attempts = 3;
  Duration initial{1'000};
};

core::Step call_step(const std::string& id, const StepFacts& facts = {});
std::shared_ptr<core::Definition> workflow(std::vector<core::Step> steps,
                                           const std::string& name = "order");
std::shared_ptr<core::Definition> plain_workflow(int steps);

core::Submission submission(const std::string& key, Value input = Value(expression::Map{}));

core::Event answer_of(const core::Command& command, core::Outcome outcome, std::string code = {});

// Answers inside `invoke` unless the operation is held; then `release` does.
class ScriptedHost : public StepHost {
 public:
  using Script = std::function<core::Event(const StepCall&)>;

  void script(const std::string& operation, Script script);
  void refuse(const std::string& operation, const std::string& code);
  void hold(const std::string& operation);
  void release(const std::string& operation);
  void wait_for_calls(std::size_t count);
  std::vector<std::string> calls() const;  // "<operation> <request key>"
  std::size_t count(const std::string& operation) const;

  void invoke(StepCall call, Completion completion) override;
  core::OperationPointer operation(std::string_view name) const override;
  std::vector<core::OperationPointer> operations() const override { return {}; }
  void drain(Duration) override {}
  void unload(const std::string& name);
  void load(const std::string& name);

 private:
  core::Event answer(const StepCall& call);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::map<std::string, Script, std::less<>> scripts_;
  std::map<std::string, bool, std::less<>> held_;
  std::map<std::string, bool, std::less<>> unloaded_;
  std::vector<std::pair<StepCall, Completion>> waiting_;
  std::vector<std::string> calls_;
  std::vector<std::string> operations_called_;
};

// A shard over a memory store, driven step by step with a clock of its own.
class DrivenShard {
 public:
  explicit DrivenShard(std::shared_ptr<store::MemoryDatabase> database, ShardOptions options = {},
                       ShardNumber number = 0);

  void know(core::DefinitionPointer definition) { definitions_[definition->hash] = definition; }
  // Submits a saga; its answer appears in `started`.
  core::SagaId submit(const core::DefinitionPointer& definition, const std::string& key,
                      Value input = Value(expression::Map{}));
  void verb(const core::SagaId& id, core::EventKind kind, const std::string& path = {});
  // Look-ups, one batch, its commit, effects. False: there was nothing to write and nothing to ask.
  bool turn();
  void run_to_rest();
  void answer(const StepCall& call, core::Outcome outcome, std::string code = {});
  // Answers every call with ok, and goes on, until there is none.
  void run_all_ok();
  void pass(Duration span);
  void do_effects();
  bool look_up();  // whether the store was asked for something
  // As after a crash: a new shard from what the store has.
  void restart();
  std::vector<StoredRecord> journal() const { return store::journal_of(*database, number); }

  std::shared_ptr<store::MemoryDatabase> database;
  ShardNumber number;
  Store store;
  ShardOptions options;
  BatchBudget budget;
  Time now = start_of_time;
  std::unique_ptr<Shard> shard;
  std::deque<StepCall> calls;
  std::vector<Answer<StartReply>> started;
  std::vector<Answer<SagaView>> views;
  std::vector<StoredRecord> committed;
  std::size_t recovered_sagas = 0;
  std::uint64_t rows_read = 0;
  std::map<std::string, bool, std::less<>> missing;
  bool between_reachable = true;    // calls to shards arrive; all are this one's
  std::vector<ShardCall> asked;     // all of them, also those that did not arrive
  std::vector<std::string> fates;   // of events that came in
  std::vector<std::string> logged;  // codes

 private:
  void call_shard(ShardCall call);
  void load();
  std::map<std::string, core::DefinitionPointer> definitions_;
  std::uint64_t next_random_ = 1;
};

inline const StartReply& reply(const Answer<StartReply>& answer) {
  return std::get<StartReply>(answer);
}
template <typename T>
const EngineError& error(const Answer<T>& answer) {
  return std::get<EngineError>(answer);
}

}  // namespace sagaloom::engine::testing
