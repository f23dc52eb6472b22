// What a guarantee rests on besides the rules of the core: the promises of the manifests, and who
// has tried them.
//
// Threads: pure functions.
#pragma once

#include <string>
#include <vector>

#include "runtime/workflow/explore/explorer.h"

namespace sagaloom::explore {

// One case of a report that `sagaloom-plugin-test --report` wrote.
struct TestedCase {
  std::string operation;
  std::string rule;
  bool kept = false;
  std::string report;  // how it is named to people: "payment.json (payment 1.0.0)"
};

enum class Fact : std::uint8_t { idempotent, fences, check, check_fences, undo_idempotent };
enum class Proof : std::uint8_t { assumed, proven, broken };

struct Assumption {
  std::string operation;  // that promises it
  Fact fact = Fact::idempotent;
  std::string step_operation;  // the forward operation, for an undo's promise
  Proof proof = Proof::assumed;
  std::string report;  // of a proof
};

std::string_view name(Fact fact);    // "idempotent"
std::string_view name(Proof proof);  // "proven"
// "payment.void is idempotent: …"
std::string text(const Assumption& assumption);

// Every promise that an operation of the definition makes and that some row needs.
std::vector<Assumption> assumptions(const core::Definition& definition,
                                    const std::vector<TestedCase>& tested);

// Which of them the row rests on, as indexes.
std::vector<std::size_t> needed_by(const core::Definition& definition, const Row& row,
                                   const std::vector<Assumption>& all);

}  // namespace sagaloom::explore
