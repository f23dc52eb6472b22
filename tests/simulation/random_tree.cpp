// Random trees of steps: every kind of block, handlers, conditions and own undos of blocks.
//
// What `sagaloom check` refuses is not made: after the pivot nothing fails that no handler takes,
// and inside a block with an undo of its own every call ends definite.
#include "tests/simulation/random_tree.h"

namespace sagaloom::simulation {

using namespace core;

namespace {

const std::vector<std::string> roots = {"input", "steps", "constants", "secrets", "saga",
                                        "self",  "error", "event",     "now",     "item"};

Program condition(const std::string& source) {
  return *Program::compile(source, roots);
}

// True for some sagas and not for others.
Program sometimes_true(Random& random) {
  const std::string digit(1, static_cast<char>('0' + random.between(0, 4)));
  return condition("input.order.endsWith(\"" + digit + "\")");
}

}  // namespace

std::string RandomTree::fresh_id() {
  return "s" + std::to_string(next_++);
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
  if (!place.after_pivot && random_.chance(0.06)) {
    Step step = plain(Fail{{"shop.gave_up", {}, {}}});
    step.when = sometimes_true(random_);
    return step;
  }
  if (random_.chance(0.1))
    return plain(Set{*Template::compile(Value("${ saga.instance }"), roots)});
  if (random_.chance(0.1)) {
    Wait wait;
    wait.duration = DurationTemplate{Duration(random_.between(1, 2'000)), {}};
    return plain(std::move(wait));
  }
  if (events_ && random_.chance(0.2)) return wait_for_event(place);
  const bool child = !child_.empty() && !place.after_pivot && !place.covered;
  if (child && random_.chance(0.15)) return child_saga();
  Step step = random_call(random_, fresh_id(), place.after_pivot, false);
  if (place.covered) {
    step.compensate = Undo{UndoKind::none};
    auto call = *step.call();
    call.on_unknown = OnUnknown::resolve;
    step.kind = std::move(call);
  }
  return step;
}

// Ended by an event or by time; after the pivot time is no failure.
Step RandomTree::wait_for_event(const Place& place) {
  Wait wait;
  wait.kind = Wait::For::event;
  wait.name = "settled";
  wait.timeout = DurationTemplate{Duration(random_.between(500, 8'000)), {}};
  Step step = plain(std::move(wait));
  if (place.after_pivot || random_.chance(0.5)) {
    ErrorHandler ignore;
    ignore.action = ErrorHandler::Action::ignore;
    step.on_error.push_back(std::move(ignore));
  }
  return step;
}

Step RandomTree::child_saga() {
  ChildSaga child;
  child.workflow = child_;
  child.input = *Template::compile(Value::object({{"order", "${ saga.instance }"}}), roots);
  Step step = plain(std::move(child));
  step.compensate = Undo{};
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
  const auto inner = [&] {
    return list(static_cast<int>(random_.between(1, 2)), depth - 1, place);
  };
  switch (random_.between(0, 4)) {
    case 0:
      block.kind = Do{inner()};
      break;
    case 1: {
      Parallel parallel;
      for (int i = 0; i < 2 + (random_.chance(0.3) ? 1 : 0); ++i) {
        parallel.branches.emplace_back("b" + std::to_string(i), inner());
      }
      parallel.finish = random_.chance(0.4);
      block.kind = std::move(parallel);
      break;
    }
    case 2: {
      Foreach loop;
      loop.in = condition(random_.chance(0.1)   ? "[]"
                          : random_.chance(0.5) ? "[1, 2]"
                                                : "[1, 2, 3]");
      loop.as = "item";
      loop.max_parallel = static_cast<std::uint32_t>(random_.between(1, 3));
      loop.steps = inner();
      loop.finish = random_.chance(0.4);
      block.kind = std::move(loop);
      break;
    }
    case 3: {
      Switch choice;
      choice.cases.push_back({sometimes_true(random_), inner()});
      if (place.after_pivot || random_.chance(0.8)) choice.cases.push_back({{}, inner()});
      block.kind = std::move(choice);
      break;
    }
    default: {
      Repeat loop;
      loop.max = static_cast<std::uint32_t>(random_.between(1, 3));
      const bool ends = place.after_pivot || random_.chance(0.7);
      loop.until = ends ? condition(random_.chance(0.5) ? "true" : "saga.name != \"\"")
                        : condition("input.order.endsWith(\"1\")");
      if (random_.chance(0.5)) loop.delay = DurationTemplate{Duration(random_.between(1, 900)), {}};
      loop.steps = inner();
      block.kind = std::move(loop);
    }
  }
  if (!place.after_pivot && random_.chance(0.15)) {
    block.timeout.attempt = DurationTemplate{Duration(random_.between(300, 6'000)), {}};
  }
  return block;
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
  step.on_error.push_back(std::move(handler));
}

}  // namespace sagaloom::simulation
