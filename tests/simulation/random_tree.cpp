// Random trees of steps: every kind of block, handlers, conditions and own undos of blocks.
//
// What `sagaloom check` refuses is not made: after the pivot nothing fails that no handler takes,
// and inside a block with an undo of its own every call ends definite.
#include "tests/simulation/random_tree.h"

#include "tests/simulation/random_calls.h"

namespace sagaloom::simulation {

using namespace core;

namespace {

// True for some sagas and not for others.
Program sometimes_true(Random& random) {
  const std::string digit(1, static_cast<char>('0' + random.between(0, 4)));
  return condition_of("input.order.endsWith(\"" + digit + "\")");
}

}  // namespace

std::string RandomTree::fresh_id() {
  return prefix_ + std::to_string(next_++);
}

StepList RandomTree::list(int length, int depth, const Place& place) {
  StepList steps;
  for (int i = 0; i < length; ++i) steps.push_back(step(depth, place));
  return steps;
}

Step RandomTree::step(int depth, const Place& place) {
  const bool block = depth > 0 && random_.chance(0.35);
  Step step = block ? make_block(depth, place) : leaf(place);
  if (!place.after_pivot && random_.chance(0.1)) step.when = sometimes_true(random_);
  if (random_.chance(0.25)) add_handler(step, depth, place);
  return step;
}

Step RandomTree::leaf(const Place& place) {
  if (random_.chance(0.22)) return small_leaf(place);
  if (random_.chance(0.25)) return waiting_step(place);
  const bool child = !child_.empty() && !place.after_pivot && !place.covered;
  if (child && random_.chance(0.15)) return child_saga();
  return random_call(random_, fresh_id(), {place.after_pivot, false, place.covered, events_});
}

// What ends in the commit in which it starts.
Step RandomTree::small_leaf(const Place& place) {
  if (!place.after_pivot && random_.chance(0.3)) {
    FailureTemplate failure{"shop.gave_up", template_of("no more"), template_of("${ input }")};
    Step step = plain(Fail{std::move(failure)});
    step.when = sometimes_true(random_);
    return step;
  }
  if (!place.beside && random_.chance(0.15)) {
    Step step = plain(End{template_of("enough"), template_of("${ saga.instance }")});
    step.when = sometimes_true(random_);
    return step;
  }
  const bool emits = random_.chance(0.3);
  Step step = emits ? plain(OnlyEmit{}) : plain(Set{template_of("${ saga.instance }")});
  if (emits) step.emit = {event_of(step.id, "said")};
  if (!place.after_pivot && !place.covered && random_.chance(0.15)) {
    step.compensate = random_undo(random_, step.id);
  }
  return step;
}

// Some under an id of their own, which a second occurrence of the step cannot have again; some with
// an undo that replaces asking the child.
Step RandomTree::child_saga() {
  ChildSaga child;
  child.workflow = child_;
  child.input = *Template::compile(Value::object({{"order", "${ saga.instance }"}}),
                                   {"saga", "input", "steps"});
  Step step = plain(ChildSaga{});
  if (random_.chance(0.3)) child.id = template_of("${ saga.instance }-" + step.id);
  step.kind = std::move(child);
  step.compensate = random_.chance(0.15) ? random_undo(random_, step.id) : Undo{};
  if (random_.chance(0.2)) {
    step.timeout.attempt = DurationTemplate{Duration(random_.between(300, 6'000)), {}};
  }
  return step;
}

Step RandomTree::plain(StepKind kind) {
  Step step;
  step.id = fresh_id();
  step.kind = std::move(kind);
  step.compensate.kind = UndoKind::none;
  return step;
}

Step RandomTree::make_block(int depth, Place place) {
  Step block;
  block.id = fresh_id();
  const bool covers = !place.after_pivot && !place.covered && random_.chance(0.15);
  if (covers) {
    block.compensate = random_undo(random_, block.id);
    place.covered = true;
  }
  block.kind = block_kind(depth, place);
  if (!place.after_pivot && random_.chance(0.15)) {
    block.timeout.attempt = DurationTemplate{Duration(random_.between(300, 6'000)), {}};
  }
  return block;
}

StepKind RandomTree::block_kind(int depth, const Place& place) {
  const auto inner = [&](const Place& inside) {
    return list(static_cast<int>(random_.between(1, 2)), depth - 1, inside);
  };
  switch (random_.between(0, 4)) {
    case 0:
      return Do{inner(place)};
    case 1: {
      Parallel parallel;
      Place branch = place;
      branch.beside = true;
      for (int i = 0; i < 2 + (random_.chance(0.3) ? 1 : 0); ++i) {
        parallel.branches.emplace_back("b" + std::to_string(i), inner(branch));
      }
      parallel.finish = random_.chance(0.4);
      return parallel;
    }
    case 2:
      return make_foreach(depth, place);
    case 3: {
      Switch choice;
      choice.cases.push_back({sometimes_true(random_), inner(place)});
      if (place.after_pivot || random_.chance(0.8)) choice.cases.push_back({{}, inner(place)});
      return choice;
    }
    default:
      return make_repeat(depth, place);
  }
}

StepKind RandomTree::make_foreach(int depth, Place place) {
  place.beside = true;
  Foreach loop;
  loop.in = condition_of(random_.chance(0.1) ? "[]" : random_.chance(0.5) ? "[1, 2]" : "[1, 2, 3]");
  loop.as = "item";
  loop.max_parallel = static_cast<std::uint32_t>(random_.between(1, 3));
  loop.steps = list(static_cast<int>(random_.between(1, 2)), depth - 1, place);
  loop.finish = random_.chance(0.4);
  return loop;
}

StepKind RandomTree::make_repeat(int depth, const Place& place) {
  Repeat loop;
  loop.max = static_cast<std::uint32_t>(random_.between(1, 3));
  const bool ends = place.after_pivot || random_.chance(0.7);
  loop.until = ends ? condition_of(random_.chance(0.5) ? "true" : "saga.name != \"\"")
                    : condition_of("input.order.endsWith(\"1\")");
  if (random_.chance(0.5)) loop.delay = DurationTemplate{Duration(random_.between(1, 900)), {}};
  loop.steps = list(static_cast<int>(random_.between(1, 2)), depth - 1, place);
  return loop;
}

void RandomTree::add_handler(Step& step, int depth, const Place& place) {
  ErrorHandler handler;
  if (random_.chance(0.4)) handler.codes = {random_.chance(0.5) ? "shop.*" : "step.timeout"};
  const double way = random_.unit();
  if (place.after_pivot || way < 0.45) {
    handler.action = ErrorHandler::Action::ignore;
  } else if (way < 0.8) {
    handler.action = ErrorHandler::Action::steps;
    handler.steps = list(static_cast<int>(random_.between(1, 2)), depth - 1, place);
  } else if (way < 0.9) {
    handler.action = ErrorHandler::Action::fail;
    handler.fail.code = "shop.other";
  } else {
    handler.action = ErrorHandler::Action::compensate;
  }
  const bool replaces = handler.action == ErrorHandler::Action::ignore ||
                        handler.action == ErrorHandler::Action::steps;
  // Inside a block with an undo of its own there is nothing that a handler could undo first.
  if (replaces && place.covered) return;
  handler.keep = replaces && random_.chance(0.3);
  if (random_.chance(0.15)) handler.when = condition_of("error.kind != \"transient\"");
  if (replaces && random_.chance(0.2)) handler.output = template_of("${ error.code }");
  step.on_error.push_back(std::move(handler));
}

}  // namespace sagaloom::simulation
