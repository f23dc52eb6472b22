// sagaloom-conformance: how much of two public suites this build passes.
//
//   sagaloom-conformance cel FILE            cases of the CEL specification
//   sagaloom-conformance json-schema FILE    cases of the JSON Schema test suite
//   --unsupported LIST                       another list of what is left out than the built-in one
//
// Prints the failed cases, one line for each source file and last `N passed, N failed, N
// unsupported`. Exit code 0: none failed; 1: some failed; 2: wrong use, or a file that is no list
// of cases.

#include <cstdio>
#include <exception>
#include <string>

#include "tests/conformance_tool/report.h"

namespace {

using namespace sagaloom::conformance;

int run(const std::string& suite, const std::string& file, const std::string& list) {
  const bool cel = suite == "cel";
  Report report(list.empty() ? parse(cel ? declared_cel : declared_json_schema, "the built-in list")
                             : load(list));
  const auto cases = load(file);
  return cel ? run_cel(report, cases) : run_json_schema(report, cases);
}

}  // namespace

int main(int argc, char** argv) {
  std::string suite, file, list;
  bool wrong = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--unsupported" && i + 1 < argc)
      list = argv[++i];
    else if (suite.empty())
      suite = word;
    else if (file.empty() && !word.starts_with("--"))
      file = word;
    else
      wrong = true;
  }
  if (wrong || file.empty() || (suite != "cel" && suite != "json-schema")) {
    std::fprintf(stderr, "usage: sagaloom-conformance cel|json-schema FILE [--unsupported LIST]\n");
    return 2;
  }
  try {
    return run(suite, file, list);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "error: %s\n", problem.what());
    return 2;
  }
}
