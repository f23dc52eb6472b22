// The runs that golden journals are kept of. A case is added with what core newly drives; those of
// an older release are never made again.
//
// Threads: pure functions. Errors: std::runtime_error when a workflow file does not load.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/golden/journey.h"

namespace sagaloom::tests {

struct GoldenCase {
  std::string name;      // of the file
  std::string workflow;  // tests/golden/<workflow>.yaml
  std::function<void(Journey&)> drive;
};

const std::vector<GoldenCase>& golden_cases();

core::Value golden_input();
// The definition of a workflow file beside this one, with the operations of shop.json.
core::DefinitionPointer golden_definition(const std::string& workflow);

}  // namespace sagaloom::tests
