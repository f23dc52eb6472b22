// What must never happen, and whether it has.
//
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/workflow/explore/model.h"
#include "runtime/workflow/explore/world.h"

namespace sagaloom::explore {

enum class Wrong : std::uint8_t {
  effect_missing,   // COMPLETED, and something was not done
  effect_left,      // at the end something stands that the saga neither counts nor lists
  undo_of_nothing,  // undone before it was done, by an operation that does not fence
  double_effect,    // done twice
  stuck,            // nothing goes on, and nobody can see it
  pivot_undone,     // the saga went back after its pivot
  undo_order,       // something was undone before what was built on it
};

struct Violation {
  Wrong kind = Wrong::stuck;
  std::string step;  // id; empty: the saga as a whole
  std::string text;  // one sentence
};

std::string_view name(Wrong kind);

// About an undo call that is made in this world, before it has acted.
std::vector<Violation> judge_undo(const Model& model, const World& world,
                                  const core::Command& undo);
// About any world; `before` is the one it came from.
std::vector<Violation> judge_change(const Model& model, const World& before, const World& after);
// About a world in which nothing more will happen by itself; late effects have appeared.
std::vector<Violation> judge_end(const Model& model, const World& world);

// The effects of the calls inside a block's occurrence, by path.
bool lies_inside(const core::Definition& definition, const core::Path& path,
                 const core::Path& block);

// What stands at an end and is known: kept on purpose, listed as residue, or in doubt and said so.
bool left_on_purpose(const Model& model, const World& world, const core::Path& path);

}  // namespace sagaloom::explore
