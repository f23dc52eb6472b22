// sagaloom-conformance: how much of two public suites this build passes.
//
//   sagaloom-conformance cel FILE            cases of the CEL specification
//   sagaloom-conformance json-schema FILE    cases of the JSON Schema test suite
//
// Prints the failed cases, one line for each source file and last `N passed, N failed, N
// unsupported`. Exit code 0: none failed; 1: some failed; 2: wrong use.

#include <cstdio>
#include <string_view>

#include "tests/conformance_tool/report.h"

int main(int argc, char** argv) {
  const std::string_view suite = argc == 3 ? argv[1] : "";
  if (suite == "cel") return sagaloom::conformance::run_cel(argv[2]);
  if (suite == "json-schema") return sagaloom::conformance::run_json_schema(argv[2]);
  std::fprintf(stderr, "usage: sagaloom-conformance cel|json-schema FILE\n");
  return 2;
}
