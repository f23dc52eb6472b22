#include "tests/simulation/workload.h"

#include <string>

#include "tests/simulation/random_tree.h"

namespace sagaloom::simulation {

using namespace core;

namespace {

Template text(const std::string& source) {
  return *Template::compile(
      Value(source), {"input", "steps", "constants", "secrets", "saga", "self", "error", "now"});
}

SchemaPointer object_schema() {
  return *schema::Schema::compile(Value::object({{"type", "object"}}));
}

RetryPolicy random_policy(Random& random, bool unlimited) {
  RetryPolicy policy;
  policy.initial = Duration(random.between(20, 500));
  policy.max_delay = Duration(random.between(500, 3'000));
  policy.max_attempts = static_cast<std::uint32_t>(random.between(1, 4));
  if (unlimited) policy.max_attempts.reset();
  return policy;
}

TimeoutPolicy random_timeout(Random& random, bool with_total) {
  TimeoutPolicy timeout;
  timeout.attempt = DurationTemplate{Duration(random.between(100, 2'000)), {}};
  if (with_total && random.chance(0.3)) {
    timeout.total = DurationTemplate{Duration(random.between(1'000, 10'000)), {}};
  }
  return timeout;
}

Emit event_of(const std::string& id, const std::string& what) {
  Emit emit;
  emit.type = id + "." + what;
  emit.data = text("${ saga.instance }");
  return emit;
}

}  // namespace

Undo random_undo(Random& random, const std::string& id) {
  UndoStep undo;
  auto operation = std::make_shared<Operation>();
  operation->name = "shop.undo_" + id;
  operation->plugin = "shop";
  operation->idempotent = true;
  undo.operation = std::move(operation);
  undo.retry = random_policy(random, random.chance(0.5));
  undo.timeout = random_timeout(random, false);
  Undo compensate;
  compensate.kind = UndoKind::steps;
  compensate.steps.push_back(std::move(undo));
  compensate.announce.emit = {event_of(id, "undone")};
  return compensate;
}

Step random_call(Random& random, const std::string& id, bool after_pivot, bool pivot) {
  auto operation = std::make_shared<Operation>();
  operation->name = "shop." + id;
  operation->plugin = "shop";
  operation->idempotent = pivot || after_pivot || random.chance(0.8);
  operation->fences = Fencing::yes;
  operation->errors = {"shop.refused"};
  if (random.chance(0.7)) operation->output = object_schema();
  Call call;
  if (random.chance(0.4)) {
    auto check = std::make_shared<Operation>();
    check->name = "shop.check_" + id;
    check->plugin = "shop";
    check->effect = Effect::none;
    operation->check = check->name;
    call.check = std::move(check);
  }
  call.operation = std::move(operation);
  call.with = text("${ saga.instance }");
  call.retry = random_policy(random, pivot || after_pivot);
  call.on_unknown = OnUnknown::resolve;
  Step step;
  step.id = id;
  step.pivot = pivot;
  step.timeout = random_timeout(random, !pivot && !after_pivot);
  step.emit = {event_of(id, "done")};
  step.status.ok = text(id);
  if (!pivot && !after_pivot) {
    step.compensate = random_undo(random, id);
    const double way = random.unit();
    if (way < 0.6) call.on_unknown = OnUnknown::compensate;
    if (way > 0.9) call.on_unknown = OnUnknown::park;
  } else {
    step.compensate.kind = UndoKind::none;
  }
  step.kind = std::move(call);
  return step;
}

namespace {

StepList random_steps(Random& random, bool events) {
  const int count = static_cast<int>(random.between(1, 5));
  const int pivot = random.chance(0.6) ? static_cast<int>(random.between(0, count - 1)) : count;
  const int depth = static_cast<int>(random.between(0, 2));
  RandomTree tree(random, random.chance(0.5) ? child_workflow : "", events);
  StepList steps;
  for (int i = 0; i < count; ++i) {
    const RandomTree::Place place{i > pivot, false};
    if (i != pivot) {
      steps.push_back(tree.step(depth, place));
      continue;
    }
    Step call = random_call(random, "p" + std::to_string(i), false, true);
    if (!random.chance(0.15)) {
      steps.push_back(std::move(call));
      continue;
    }
    Step wrap;
    wrap.id = call.id + "_block";
    Do block;
    block.steps.push_back(std::move(call));
    wrap.kind = std::move(block);
    steps.push_back(std::move(wrap));
  }
  return steps;
}

}  // namespace

namespace {

void add_hooks(Definition& definition) {
  const auto hook = [&](const std::string& what) {
    Announcement said;
    said.status = text(what);
    said.emit = {event_of("saga", what)};
    return said;
  };
  definition.hooks = {hook("accepted"),    hook("pivot"),  hook("compensating"), hook("completed"),
                      hook("compensated"), hook("failed"), hook("parked")};
  definition.output = text("${ saga.instance }");
}

}  // namespace

std::shared_ptr<Definition> random_child(Random& random) {
  auto definition = std::make_shared<Definition>();
  definition->name = child_workflow;
  definition->hash = std::string(64, 'c');
  definition->text = definition->name;
  RandomTree tree(random, "", false);
  definition->steps = tree.list(static_cast<int>(random.between(1, 2)), 1, {});
  add_hooks(*definition);
  definition->index();
  return definition;
}

std::shared_ptr<Definition> random_definition(Random& random, int number) {
  auto definition = std::make_shared<Definition>();
  definition->name = "workflow-" + std::to_string(number);
  definition->hash = std::string(63, 'd') + static_cast<char>('0' + number);
  definition->text = definition->name;
  definition->undo_in_parallel = random.chance(0.1);
  const bool events = random.chance(0.5);
  definition->steps = random_steps(random, events);
  if (events) {
    definition->id = text("${ input.order }");
    EventSource source;
    source.name = "settled";
    source.topic = "bank";
    source.ttl = Duration(86'400'000);
    definition->events.push_back(std::move(source));
  }
  if (random.chance(0.2)) {
    definition->concurrency =
        ConcurrencyPolicy{text("all"), static_cast<std::uint32_t>(random.between(1, 3)), false};
  }
  if (random.chance(0.3)) {
    definition->deadline =
        DeadlinePolicy{DurationTemplate{Duration(random.between(1'000, 20'000)), {}}, {}, false};
  }
  add_hooks(*definition);
  definition->index();
  return definition;
}

}  // namespace sagaloom::simulation
