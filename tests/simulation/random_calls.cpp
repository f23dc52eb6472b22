#include "tests/simulation/random_calls.h"

namespace sagaloom::simulation {

using namespace core;

namespace {

const std::vector<std::string> roots = {"input", "steps", "constants", "secrets", "saga",
                                        "self",  "error", "event",     "now",     "item"};

SchemaPointer object_schema() {
  return *schema::Schema::compile(Value::object({{"type", "object"}}));
}

Jitter random_jitter(Random& random) {
  const double way = random.unit();
  return way < 0.6 ? Jitter::full : way < 0.8 ? Jitter::equal : Jitter::none;
}

RetryPolicy random_policy(Random& random, bool unlimited) {
  RetryPolicy policy;
  policy.initial = Duration(random.between(20, 500));
  policy.max_delay = Duration(random.between(500, 3'000));
  policy.max_attempts = static_cast<std::uint32_t>(random.between(1, 4));
  policy.jitter = random_jitter(random);
  policy.factor = random.chance(0.2) ? 1 : 2;
  if (unlimited) {
    policy.max_attempts.reset();
    return policy;
  }
  if (random.chance(0.15)) policy.max_elapsed = Duration(random.between(200, 3'000));
  if (random.chance(0.1)) policy.except = {"shop.busy"};
  if (random.chance(0.1)) policy.only = {"call.*", "shop.busy"};
  return policy;
}

TimeoutPolicy random_timeout(Random& random, bool with_total) {
  TimeoutPolicy timeout;
  timeout.attempt = DurationTemplate{Duration(random.between(100, 2'000)), {}};
  if (with_total && random.chance(0.3)) {
    timeout.total = DurationTemplate{Duration(random.between(1'000, 10'000)), {}};
  }
  if (random.chance(0.1)) {
    timeout.heartbeat = DurationTemplate{Duration(random.between(100, 1'000)), {}};
  }
  return timeout;
}

UndoStep undo_call(Random& random, const std::string& operation_name) {
  UndoStep undo;
  auto operation = std::make_shared<Operation>();
  operation->name = operation_name;
  operation->plugin = "shop";
  operation->idempotent = true;
  undo.operation = std::move(operation);
  undo.retry = random_policy(random, random.chance(0.5));
  undo.timeout = random_timeout(random, false);
  if (random.chance(0.5)) undo.nothing_to_undo = {"shop.nothing_there"};
  return undo;
}

// The operation answers «pending», and the end comes as an event or as a signal.
void answer_later(Random& random, Call& call, Operation& operation, const std::string& id,
                  const CallPlace& place) {
  const bool sure = place.pivot || place.after_pivot || random.chance(0.3);
  operation.asynchronous = true;
  const bool by_event = place.events && random.chance(0.8);
  operation.name =
      std::string(sure ? surely_later : answering_later) + (by_event ? "event_" : "signal_") + id;
  Wait await;
  await.kind = by_event ? Wait::For::event : Wait::For::signal;
  await.name = "answered";
  await.where = condition_of("event.data.key == self.key");
  if (!sure) {
    await.fail_when = condition_of("event.data.refused");
    await.fail_code = "shop.refused_later";
  }
  if (random.chance(0.6)) {
    await.timeout = DurationTemplate{Duration(random.between(300, 6'000)), {}};
  }
  call.await = std::make_shared<Wait>(std::move(await));
}

std::shared_ptr<Operation> random_operation(Random& random, const std::string& id,
                                            const CallPlace& place) {
  auto operation = std::make_shared<Operation>();
  operation->name = "shop." + id;
  operation->plugin = "shop";
  operation->idempotent = place.pivot || place.after_pivot || random.chance(0.8);
  operation->fences = Fencing::yes;
  operation->errors = {"shop.refused", "shop.refused_later"};
  if (random.chance(0.7)) operation->output = object_schema();
  return operation;
}

void add_check(Random& random, Call& call, Operation& operation, const std::string& id) {
  auto check = std::make_shared<Operation>();
  operation.check_fences = random.chance(0.3);
  check->name = (operation.check_fences ? std::string(fencing_check) : "shop.check_") + id;
  check->plugin = "shop";
  check->effect = Effect::none;
  if (random.chance(0.3)) check->timeout = Duration(random.between(100, 1'000));
  operation.check = check->name;
  call.check = std::move(check);
}

// An operation that only looks: nothing is ever undone, and its answer may be lost without doubt.
Step random_look(Random& random, Step step, const std::string& id) {
  auto operation = std::make_shared<Operation>();
  operation->name = std::string(looking) + id;
  operation->plugin = "shop";
  operation->effect = Effect::none;
  operation->idempotent = true;
  operation->errors = {"shop.refused"};
  Call call;
  call.effect = Effect::none;
  call.with = template_of("${ saga.instance }");
  call.retry = random_policy(random, false);
  call.operation = std::move(operation);
  step.compensate.kind = UndoKind::none;
  step.kind = std::move(call);
  return step;
}

void choose_undo(Random& random, Step& step, Call& call, const CallPlace& place) {
  call.on_unknown = OnUnknown::resolve;
  step.compensate.kind = UndoKind::none;
  if (place.pivot || place.after_pivot || place.covered) return;
  step.compensate = random_undo(random, step.id);
  const double way = random.unit();
  if (way < 0.6) call.on_unknown = OnUnknown::compensate;
  if (way > 0.9) call.on_unknown = OnUnknown::park;
}

void choose_output(Random& random, Step& step) {
  const double way = random.unit();
  // The second cannot be rendered over a broken answer: the `ok` is unusable then.
  if (way < 0.15) step.output = template_of("${ self.output }");
  if (way > 0.9) step.output = template_of("${ self.output.key }");
}

}  // namespace

Template template_of(const std::string& source) {
  return *Template::compile(Value(source), roots);
}

Program condition_of(const std::string& source) {
  return *Program::compile(source, roots);
}

Emit event_of(const std::string& id, const std::string& what) {
  Emit emit;
  emit.type = id + "." + what;
  emit.data = template_of("${ saga.instance }");
  return emit;
}

Undo random_undo(Random& random, const std::string& id) {
  Undo compensate;
  compensate.kind = UndoKind::steps;
  UndoStep undo = undo_call(random, "shop.undo_" + id);
  if (random.chance(0.2)) undo.key = template_of("back-" + id);
  if (random.chance(0.2)) undo.with = template_of("${ self.outcome }");
  if (random.chance(0.3)) {
    UndoStep why;
    why.id = id + "_why";
    why.with = template_of("${ error.code }");
    UndoStep tell = undo_call(random, std::string(telling) + id);
    tell.id = id + "_tell";
    undo.id = id + "_undo";
    const bool first = random.chance(0.5);
    compensate.steps.push_back(std::move(why));
    compensate.steps.push_back(first ? tell : undo);
    compensate.steps.push_back(first ? std::move(undo) : std::move(tell));
  } else {
    compensate.steps.push_back(std::move(undo));
  }
  if (random.chance(0.1)) compensate.when = condition_of("!input.order.endsWith(\"3\")");
  if (random.chance(0.15)) compensate.on_exhausted = OnExhausted::proceed;
  compensate.announce.emit = {event_of(id, "undone")};
  if (random.chance(0.3)) compensate.announce.status = template_of(id + " undone");
  return compensate;
}

Step random_call(Random& random, const std::string& id, const CallPlace& place) {
  Step step;
  step.id = id;
  step.pivot = place.pivot;
  step.timeout = random_timeout(random, !place.pivot && !place.after_pivot);
  step.emit = {event_of(id, "done")};
  step.status.ok = template_of(id);
  if (random.chance(0.2)) step.status.start = template_of(id + " begins");
  if (random.chance(0.2)) step.status.error = template_of(id + " failed");
  if (random.chance(0.2)) step.status.compensated = template_of(id + " taken back");
  if (!place.pivot && random.chance(0.06)) return random_look(random, std::move(step), id);
  auto operation = random_operation(random, id, place);
  Call call;
  if (random.chance(0.4)) add_check(random, call, *operation, id);
  if (random.chance(0.2)) answer_later(random, call, *operation, id, place);
  call.operation = std::move(operation);
  call.with = template_of(random.chance(0.3) ? "${ now }" : "${ saga.instance }");
  if (random.chance(0.15)) call.key = template_of("key-" + id);
  call.retry = random_policy(random, place.pivot || place.after_pivot);
  choose_undo(random, step, call, place);
  choose_output(random, step);
  step.kind = std::move(call);
  return step;
}

}  // namespace sagaloom::simulation
