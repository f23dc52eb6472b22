// Random trees of steps for the simulator's workflows: every kind of step of the language.
#pragma once

#include <string>

#include "runtime/core/definition.h"
#include "tests/simulation/world.h"

namespace sagaloom::simulation {

class RandomTree {
 public:
  // `child`: the workflow of child sagas; empty: none. `events`: the saga has a business id, so
  // that steps may wait for events. `prefix`: of the steps' ids.
  RandomTree(Random& random, std::string child, bool events, std::string prefix = "s")
      : random_(random), child_(std::move(child)), events_(events), prefix_(std::move(prefix)) {}

  struct Place {
    bool after_pivot = false;
    bool covered = false;  // inside a block with an undo of its own
    bool beside = false;   // a parallel or foreach is around: no `end`
  };
  core::StepList list(int length, int depth, const Place& place);
  core::Step step(int depth, const Place& place);

 private:
  std::string fresh_id();
  core::Step leaf(const Place& place);
  core::Step plain(core::StepKind kind);
  core::Step small_leaf(const Place& place);
  core::Step make_block(int depth, Place place);
  core::StepKind block_kind(int depth, const Place& place);
  core::StepKind make_foreach(int depth, Place place);
  core::StepKind make_repeat(int depth, const Place& place);
  void add_handler(core::Step& step, int depth, const Place& place);
  core::Step child_saga();

  // ---- random_waits.cpp
  core::Step waiting_step(const Place& place);
  core::Wait for_time();
  core::Wait for_event();
  core::Wait for_signal();
  core::Wait for_task();
  core::Wait for_any();
  void collect(core::Wait& wait, const std::string& id);

  Random& random_;
  std::string child_;
  bool events_;
  std::string prefix_;
  int next_ = 0;
};

}  // namespace sagaloom::simulation
