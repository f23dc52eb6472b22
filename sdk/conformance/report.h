// What a run of the kit found, for programs: `sagaloom explore` lists a promise as proven by it.
//
// Threads: a free function. Errors: a manifest that is no JSON throws.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sdk/conformance/kit.h"

namespace sagaloom::sdk::conformance {

struct Tried {
  CaseName name;
  Findings findings;
};

// {"report": 1, "plugin", "version", "cases": [{"operation", "rule", "kept", "findings"}]}
std::string report_text(std::string_view manifest, const std::vector<Tried>& tried);

}  // namespace sagaloom::sdk::conformance
