#include "tests/simulation/workload.h"

#include <algorithm>
#include <string>

#include "tests/simulation/random_calls.h"
#include "tests/simulation/random_tree.h"

namespace sagaloom::simulation {

using namespace core;

namespace {

Step pivot_step(Random& random, int place, bool events) {
  Step call = random_call(random, "p" + std::to_string(place), {false, true, false, events});
  if (!random.chance(0.15)) return call;
  Step wrap;
  wrap.id = call.id + "_block";
  Do block;
  block.steps.push_back(std::move(call));
  wrap.kind = std::move(block);
  return wrap;
}

void add_steps(Random& random, bool events, StepList& steps) {
  const int count = static_cast<int>(random.between(1, 5));
  const int pivot = random.chance(0.6) ? static_cast<int>(random.between(0, count - 1)) : count;
  const int depth = static_cast<int>(random.between(0, 2));
  RandomTree tree(random, random.chance(0.5) ? child_workflow : "", events);
  for (int i = 0; i < count; ++i) {
    const RandomTree::Place place{i > pivot, false, false};
    steps.push_back(i == pivot ? pivot_step(random, i, events) : tree.step(depth, place));
  }
}

bool has_pivot(const StepList& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    const auto* block = std::get_if<Do>(&step.kind);
    return step.pivot || (block != nullptr && block->steps.front().pivot);
  });
}

void add_hooks(Definition& definition) {
  const auto hook = [&](const std::string& what) {
    Announcement said;
    said.status = template_of(what);
    said.emit = {event_of("saga", what)};
    return said;
  };
  definition.hooks = {hook("accepted"),    hook("pivot"),  hook("compensating"), hook("completed"),
                      hook("compensated"), hook("failed"), hook("parked")};
  definition.output = template_of("${ saga.instance }");
  definition.attributes.push_back({"order", template_of("${ input.order }"), true});
  definition.constants = Value::object({{"skipped", 2}});
}

void add_deadline(Random& random, Definition& definition) {
  DeadlinePolicy deadline;
  if (random.chance(0.2)) {
    deadline.at = template_of("${ timestamp(\"2023-11-14T22:13:30Z\") }");  // in the tenth second
  } else {
    deadline.after = DurationTemplate{Duration(random.between(1'000, 20'000)), {}};
  }
  deadline.alert_only = random.chance(0.2);
  definition.deadline = std::move(deadline);
}

void add_event_sources(Definition& definition) {
  definition.id = template_of("${ input.order }");
  for (const char* name : {"settled", "ticked", "answered"}) {
    EventSource source;
    source.name = name;
    source.topic = "bank";
    if (source.name != "ticked") source.ttl = Duration(86'400'000);
    definition.events.push_back(std::move(source));
  }
}

}  // namespace

std::shared_ptr<Definition> random_child(Random& random) {
  auto definition = std::make_shared<Definition>();
  definition->name = child_workflow;
  definition->hash = std::string(64, 'c');
  definition->text = definition->name;
  RandomTree tree(random, "", true);
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
  const bool events = random.chance(0.6);
  if (events) add_event_sources(*definition);
  if (random.chance(0.2)) {
    const auto limit = static_cast<std::uint32_t>(random.between(1, 3));
    definition->concurrency = ConcurrencyPolicy{template_of("all"), limit, random.chance(0.3)};
  }
  if (random.chance(0.3)) add_deadline(random, *definition);
  add_hooks(*definition);
  add_steps(random, events, definition->steps);
  definition->index();
  return definition;
}

std::shared_ptr<Definition> next_version(Random& random, int number) {
  auto definition = random_definition(random, number);
  definition->version = 2;
  definition->hash[0] = 'e';
  definition->text += " again";
  const bool after_pivot = has_pivot(definition->steps);
  RandomTree tree(random, "", definition->id.has_value(), "n");
  definition->steps.push_back(tree.step(1, {after_pivot, false, false}));
  definition->index();
  return definition;
}

}  // namespace sagaloom::simulation
