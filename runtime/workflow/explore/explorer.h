// The search: every world that a saga of this workflow can come into with at most so many faults,
// each visited once, those with fewer faults first.
//
// Threads: a pure function; the result is a value and the same at every run. Limits: max_worlds;
// when it is reached the exploration says so (`cut`), and what it found still holds.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "runtime/workflow/explore/move.h"

namespace sagaloom::explore {

// A way in which a saga can end, or stop until an operator acts.
struct End {
  std::string state;                     // COMPLETED, COMPENSATED, FAILED, PARKED, …
  std::vector<std::string> outstanding;  // what is left, in doubt, stuck or tried without end
  std::vector<std::string> verbs;        // what an operator may do: "retry capture"
  auto operator<=>(const End&) const = default;
};

// What one fault leads to. `ends` with this fault alone (an undo's fault comes after what made the
// saga go back), `further` only with more faults; indexes into Exploration::ends.
struct Row {
  std::string step;  // id; empty: before any step
  core::Purpose purpose = core::Purpose::forward;
  Fault fault = Fault::none;
  std::string code;
  std::vector<std::size_t> ends, further;
};

struct Story {
  Violation violation;
  std::uint32_t faults = 0;
  std::vector<std::string> sentences;  // in order, the last one says what is wrong
};

struct Exploration {
  std::vector<End> ends;
  std::vector<Row> rows;          // the first one is the row without fault
  std::vector<Story> violations;  // of each kind and step the one with the fewest faults
  std::set<std::string> reached;  // "<step> started", "<step> skipped", "saga COMPLETED"
  std::uint64_t worlds = 0, taken = 0;
  bool cut = false;
};

struct Limits {
  std::uint32_t faults = 1;
  std::uint64_t max_worlds = 200'000;
};

// Errors: the scenario's input is not accepted (input.invalid, expression.failed).
core::Result<Exploration> explore(const Model& model, const Limits& limits);

// The row without fault first, then by the steps as they are written.
void sort_rows(const core::Definition& definition, std::vector<Row>& rows);

// What a world is an end of.
End end_of(const Model& model, const World& world);

}  // namespace sagaloom::explore
