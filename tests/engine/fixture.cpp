#include "tests/engine/fixture.h"

#include <algorithm>

#include "runtime/document/digest.h"
#include "runtime/document/json.h"

namespace sagaloom::engine::testing {

namespace {

core::OperationPointer make_operation(const std::string& name, bool idempotent) {
  auto made = std::make_shared<core::Operation>();
  made->name = name;
  made->plugin = name.substr(0, name.find('.'));
  made->idempotent = idempotent;
  made->fences = core::Fencing::yes;
  made->errors = {"shop.refused"};
  return made;
}

core::Emit emit_of(const std::string& type) {
  core::Emit emit;
  emit.type = type;
  return emit;
}

core::Announcement hook(const std::string& type) {
  core::Announcement said;
  said.emit = {emit_of(type)};
  return said;
}

}  // namespace

core::Step call_step(const std::string& id, const StepFacts& facts) {
  core::Call call;
  call.operation = make_operation("shop." + id, facts.idempotent);
  call.retry.jitter = core::Jitter::none;
  call.retry.max_attempts = facts.max_attempts;
  call.retry.initial = facts.initial;
  core::Step step;
  step.id = id;
  step.kind = std::move(call);
  step.pivot = facts.pivot;
  step.emit = {emit_of(id + ".done")};
  step.compensate.kind = facts.undo ? core::UndoKind::steps : core::UndoKind::none;
  if (facts.undo) {
    core::UndoStep undo;
    undo.operation = make_operation("shop.undo_" + id, true);
    undo.retry.jitter = core::Jitter::none;
    undo.retry.initial = facts.initial;
    step.compensate.steps.push_back(std::move(undo));
  }
  return step;
}

std::shared_ptr<core::Definition> workflow(std::vector<core::Step> steps, const std::string& name) {
  auto definition = std::make_shared<core::Definition>();
  definition->name = name;
  definition->hash = document::hex(
      document::sha256(name + std::to_string(steps.size()) + (steps.empty() ? "" : steps[0].id)));
  definition->steps = std::move(steps);
  for (const core::Step& step : definition->steps) {
    if (step.call() == nullptr) continue;
    definition->operations.push_back(step.call()->operation);
    for (const core::UndoStep& undo : step.compensate.steps) {
      definition->operations.push_back(undo.operation);
    }
  }
  definition->hooks.accepted = hook("accepted");
  definition->hooks.completed = hook("completed");
  definition->hooks.compensated = hook("compensated");
  definition->index();
  return definition;
}

std::shared_ptr<core::Definition> plain_workflow(int steps) {
  std::vector<core::Step> list;
  for (int i = 1; i <= steps; ++i) list.push_back(call_step("s" + std::to_string(i)));
  return workflow(std::move(list));
}

core::Submission submission(const std::string& key, Value input) {
  core::Submission made;
  made.fingerprint = document::hex(document::sha256(document::canonical(input)));
  made.input = std::move(input);
  made.header = key;
  return made;
}

core::Event answer_of(const core::Command& command, core::Outcome outcome, std::string code) {
  core::Event event;
  event.kind = core::EventKind::answered;
  event.path = command.path;
  event.purpose = command.purpose;
  event.occurrence = command.occurrence;
  event.number = command.number;
  event.outcome = outcome;
  event.code = std::move(code);
  if (outcome == core::Outcome::ok) event.output = Value(expression::Map{});
  return event;
}

// ---------------------------------------------------------------- ScriptedHost

void ScriptedHost::script(const std::string& operation, Script script) {
  const std::lock_guard lock(mutex_);
  scripts_[operation] = std::move(script);
}

void ScriptedHost::refuse(const std::string& operation, const std::string& code) {
  script(operation, [code](const StepCall& call) {
    return answer_of(call.command, core::Outcome::business, code);
  });
}

void ScriptedHost::hold(const std::string& operation) {
  const std::lock_guard lock(mutex_);
  held_[operation] = true;
}

void ScriptedHost::release(const std::string& operation) {
  std::vector<std::pair<StepCall, Completion>> released;
  {
    const std::lock_guard lock(mutex_);
    held_.erase(operation);
    for (auto& [call, completion] : std::exchange(waiting_, {})) {
      auto& to = call.command.operation == operation ? released : waiting_;
      to.emplace_back(std::move(call), std::move(completion));
    }
  }
  for (auto& [call, completion] : released) completion(answer(call));
}

void ScriptedHost::wait_for_calls(std::size_t count) {
  std::unique_lock lock(mutex_);
  const bool enough =
      changed_.wait_for(lock, std::chrono::seconds(20), [&] { return calls_.size() >= count; });
  ASSERT_TRUE(enough) << "only " << calls_.size() << " calls";
}

std::vector<std::string> ScriptedHost::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

std::size_t ScriptedHost::count(const std::string& operation) const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::count(operations_called_.begin(), operations_called_.end(), operation));
}

core::Event ScriptedHost::answer(const StepCall& call) {
  Script script;
  {
    const std::lock_guard lock(mutex_);
    const auto it = scripts_.find(call.command.operation);
    if (it != scripts_.end()) script = it->second;
  }
  return script ? script(call) : answer_of(call.command, core::Outcome::ok);
}

void ScriptedHost::invoke(StepCall call, Completion completion) {
  {
    const std::lock_guard lock(mutex_);
    calls_.push_back(call.command.operation + " " + call.command.request_key);
    operations_called_.push_back(call.command.operation);
    changed_.notify_all();
    if (held_.contains(call.command.operation)) {
      waiting_.emplace_back(std::move(call), std::move(completion));
      return;
    }
  }
  completion(answer(call));
}

core::OperationPointer ScriptedHost::operation(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  if (unloaded_.contains(name)) return nullptr;
  return make_operation(std::string(name), true);
}

void ScriptedHost::unload(const std::string& name) {
  const std::lock_guard lock(mutex_);
  unloaded_[name] = true;
}

void ScriptedHost::load(const std::string& name) {
  const std::lock_guard lock(mutex_);
  unloaded_.erase(name);
}

// ---------------------------------------------------------------- DrivenShard

namespace {

class Fates : public Observer {
 public:
  Fates(std::vector<std::string>& fates, std::vector<std::string>& logged)
      : fates_(fates), logged_(logged) {}
  void event_in(std::string_view, std::string_view, std::string_view fate) override {
    fates_.emplace_back(fate);
  }
  void log(std::string_view, std::string_view code, std::string_view) override {
    logged_.emplace_back(code);
  }

 private:
  std::vector<std::string>& fates_;
  std::vector<std::string>& logged_;
};

}  // namespace

DrivenShard::DrivenShard(std::shared_ptr<store::MemoryDatabase> db, ShardOptions given,
                         ShardNumber number)
    : database(std::move(db)),
      number(number),
      store(store::open_memory(database, "node-a")),
      options(given) {
  load();
}

void DrivenShard::load() {
  store.catalog->renew_lease("", Duration{1'000'000'000});
  const auto owned = store.journal->take_over({number}, true);
  ASSERT_EQ(owned.size(), 1u);
  Recovery recovery(owned.front(), now, options.residence_horizon);
  while (!recovery.step(*store.journal)) {
  }
  rows_read = recovery.rows_read();
  EXPECT_EQ(recovery.damaged(), 0u);
  Recovered recovered = recovery.take();
  recovered_sagas = recovered.sagas.size();
  ShardWorld world;
  world.observer = std::make_shared<Fates>(fates, logged);
  world.registered = [this](const std::string& workflow, std::uint32_t version) {
    for (const auto& [hash, definition] : definitions_) {
      if (definition->name == workflow && definition->version == version) return definition;
    }
    return core::DefinitionPointer{};
  };
  world.definition = [this](const std::string& hash) {
    const auto it = definitions_.find(hash);
    return it == definitions_.end() ? nullptr : it->second;
  };
  world.missing = [this](const core::Definition&, std::string_view operation) {
    return missing.contains(operation);
  };
  shard = std::make_unique<Shard>(std::move(recovered), options, std::move(world), now);
}

void DrivenShard::restart() {
  calls.clear();
  shard.reset();
  store = store::open_memory(database, "node-a");
  load();
  do_effects();
}

core::SagaId DrivenShard::submit(const core::DefinitionPointer& definition, const std::string& key,
                                 Value input) {
  know(definition);
  core::Context context;
  context.now = now;
  auto head = core::admit(*definition, submission(key, std::move(input)), context);
  EXPECT_TRUE(head.ok());
  Start start;
  start.id = core::make_saga_id(now.time_since_epoch().count(), number, next_random_++);
  start.definition = definition;
  start.head = std::make_shared<const core::SagaRecord>(std::move(*head));
  start.done = [this](Answer<StartReply> answer) { started.push_back(std::move(answer)); };
  const core::SagaId id = start.id;
  if (!shard->submit(start)) {
    EngineError full;
    full.code = "inlet_full";
    started.push_back(full);
  }
  return id;
}

void DrivenShard::verb(const core::SagaId& id, core::EventKind kind, const std::string& path) {
  core::Event event;
  event.kind = kind;
  event.path = path;
  event.by = "test";
  shard->verb(id, std::move(event),
              [this](Answer<SagaView> answer) { views.push_back(std::move(answer)); });
}

bool DrivenShard::look_up() {
  bool asked_store = false;
  if (auto question = shard->mail_wanted()) {
    asked_store = true;
    shard->mail_found(*question, read_mail(*store.journal, number, *question));
  }
  if (shard->take_timer_read(now)) {
    shard->timers_found(store.journal->read_timers(number, Time::max(), shard->timer_read_limit()),
                        now);
  }
  const auto keys = shard->identities_wanted();
  if (!keys.empty()) {
    shard->identities_found(keys, store.journal->find_identities(number, keys));
  }
  const auto ids = shard->loads_wanted();
  if (!ids.empty()) shard->loaded(ids, store.journal->read_snapshots(number, ids), now);
  return asked_store || !ids.empty();
}

// A reply to a call of its own may have effects in its turn.
void DrivenShard::do_effects() {
  for (Effects effects = shard->take_effects(); !effects.empty(); effects = shard->take_effects()) {
    for (auto& answer : effects.answers) answer();
    for (StepCall& call : effects.calls) calls.push_back(std::move(call));
    for (StoredRecord& row : effects.committed) committed.push_back(std::move(row));
    for (ShardCall& call : effects.asked) call_shard(std::move(call));
  }
}

void DrivenShard::call_shard(ShardCall call) {
  asked.push_back(call);
  const std::uint64_t n = call.number;
  const auto reply = [this, n](ShardReply answer) { shard->replied(n, std::move(answer)); };
  if (!between_reachable) return reply({.again = true});
  shard->called(std::move(call), reply);
}

bool DrivenShard::turn() {
  const std::size_t asked_before = asked.size();
  shard->tick(now);
  const bool asked_store = look_up();
  BatchPointer batch = shard->take_batch(now, budget);
  do_effects();
  if (!batch) {
    const bool heard = between_reachable && asked.size() != asked_before;
    return asked_store || heard || shard->next_due() <= now;
  }
  const std::vector<ShardRows> rows{batch->rows};
  const CommitOutcome outcome = store.journal->commit(rows);
  EXPECT_EQ(outcome.status, CommitStatus::committed) << outcome.reason;
  shard->on_committed(std::move(batch), now);
  do_effects();
  return true;
}

void DrivenShard::run_to_rest() {
  while (turn()) {
  }
}

void DrivenShard::answer(const StepCall& call, core::Outcome outcome, std::string code) {
  shard->complete(call.saga, answer_of(call.command, outcome, std::move(code)));
}

void DrivenShard::run_all_ok() {
  run_to_rest();
  while (!calls.empty()) {
    const StepCall call = std::move(calls.front());
    calls.pop_front();
    answer(call, core::Outcome::ok);
    run_to_rest();
  }
}

void DrivenShard::pass(Duration span) {
  now += span;
}

}  // namespace sagaloom::engine::testing
