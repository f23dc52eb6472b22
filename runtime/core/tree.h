// Where an occurrence stands in the tree of steps: pure functions of its path and the definition.
//
// A path is its step's id after the index or turn of each foreach and repeat around it
// ("tickets[2]/issue"); other blocks, branches and handlers add nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/definition.h"
#include "runtime/core/saga.h"

namespace sagaloom::core {

// "tickets[2]/" of "tickets[2]/issue"; empty at top level.
std::string prefix_of(std::string_view path);

// The occurrence of the step around it (for a handler's step: of the step that it handles); empty
// at top level.
Path parent_path(const Definition& definition, std::string_view path);

// Whether `inner` lies somewhere inside `outer`; everything lies inside the empty path.
bool lies_inside(const Definition& definition, std::string_view inner, std::string_view outer);

// The prefix of the steps of a block's body; `number` is the index or turn.
std::string body_prefix(const Step& block, const Path& path, std::uint32_t number);

bool is_block(const Step& step);
bool is_concurrent(const Step& step);  // parallel, foreach

// What a `saga` step needs, named like an operation: its child's definition.
std::string operation_of(const ChildSaga& child);

// One list of a block that has begun: a branch, the case that fits, an item or a turn.
struct Run {
  const StepList* list = nullptr;
  std::string prefix;
};
// In written order, or in the order of their start.
std::vector<Run> runs(const Step& block, const Path& path, const StepRecord& record);

// The prefixes whose steps an expression at `prefix` can see, the outermost ("") first; a repeat's
// turn before comes right before its turn.
std::vector<std::string> visible_prefixes(const Definition& definition, std::string_view prefix);

// The foreach and repeat around a prefix, outermost first: "tickets[2]/" gives {"tickets", 2}.
struct Around {
  Path path;
  std::uint32_t number = 0;
};
std::vector<Around> around(std::string_view prefix);

}  // namespace sagaloom::core
