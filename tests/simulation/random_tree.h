// Random trees of steps for the simulator's workflows.
#pragma once

#include <string>

#include "runtime/core/definition.h"
#include "tests/simulation/world.h"

namespace sagaloom::simulation {

// A call with a random manifest and random budgets, and the undo of a step (workload.cpp).
core::Step random_call(Random& random, const std::string& id, bool after_pivot, bool pivot);
core::Undo random_undo(Random& random, const std::string& id);

class RandomTree {
 public:
  // `child`: the workflow of child sagas; empty: none. `events`: whether steps wait for events.
  RandomTree(Random& random, std::string child, bool events)
      : random_(random), child_(std::move(child)), events_(events) {}

  struct Place {
    bool after_pivot = false;
    bool covered = false;  // inside a block with an undo of its own
  };
  core::StepList list(int length, int depth, const Place& place);
  core::Step step(int depth, const Place& place);

 private:
  std::string fresh_id();
  core::Step leaf(const Place& place);
  core::Step plain(core::StepKind kind);
  core::Step make_block(int depth, Place place);
  void add_handler(core::Step& step, int depth, const Place& place);

  core::Step wait_for_event(const Place& place);
  core::Step child_saga();

  Random& random_;
  std::string child_;
  bool events_;
  int next_ = 0;
};

}  // namespace sagaloom::simulation
