// A table of diagnostics: a workflow that has one, with its exact place, and a near one without.
#pragma once

#include <gtest/gtest.h>

#include "runtime/workflow/diagnostics.h"
#include "tests/workflow/catalog.h"

namespace sagaloom::workflow::testing {

struct Case {
  const char* name;
  const char* place;  // "line:col: severity[code]" of the bad one
  std::string bad;
  std::string good;
};

inline void PrintTo(const Case& one, std::ostream* out) {
  *out << one.bad;
}

inline std::string found(const std::string& text, const std::string& code) {
  for (const auto& d : load(text, catalog()).diagnostics) {
    if (d.code != code) continue;
    return std::to_string(d.position.line) + ":" + std::to_string(d.position.column) + ": " +
           (d.severity == Severity::error ? "error[" : "warning[") + d.code + "]";
  }
  return "";
}

// The bad one has it at its place, the good one not at all.
inline void expect_case(const Case& one) {
  const std::string place = one.place;
  const std::string code = place.substr(place.find('[') + 1, 3);
  EXPECT_EQ(found(one.bad, code), place) << workflow::text(load(one.bad, catalog()).diagnostics);
  EXPECT_EQ(found(one.good, code), "") << workflow::text(load(one.good, catalog()).diagnostics);
}

inline std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

inline const std::string kSet = "- {id: a, set: {x: 1}}\n";
inline const std::string kPivot = "- {id: p, call: odd.final, pivot: true}\n";
inline const std::string kCall = "- {id: a, call: odd.plain, compensate: auto}\n";
inline const std::string kId = "id: \"${ input.x }\"\n";
inline const std::string kEvent = "events: {e: {topic: t, key: \"${ event.k }\", ttl: 1d}}\n";

}  // namespace sagaloom::workflow::testing
