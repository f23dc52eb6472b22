// sagaloom-scenarios: `sagaloom test` without plugins, small enough to be built for every wrong
// engine of tests/conformance/wrong.
//
//   sagaloom-scenarios [--all] [--only TEXT] FILE|DIRECTORY…
//
// Exit status 0: every scenario went as expected; 1: one did not; 2: wrong use.
#include <iostream>
#include <string>
#include <vector>

#include "runtime/workflow/scenario/suite.h"

namespace {

class NoOperations final : public sagaloom::workflow::OperationCatalog {
 public:
  sagaloom::core::OperationPointer find(std::string_view) const override { return nullptr; }
  std::vector<std::string> names() const override { return {}; }
};

}  // namespace

int main(int argc, char** argv) {
  namespace scenario = sagaloom::workflow::scenario;
  std::vector<std::string> paths;
  std::string only;
  bool all = false;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--all") {
      all = true;
    } else if (word == "--only" && i + 1 < argc) {
      only = argv[++i];
    } else {
      paths.push_back(word);
    }
  }
  if (paths.empty()) {
    std::cerr << "usage: sagaloom-scenarios [--all] [--only TEXT] FILE|DIRECTORY...\n";
    return 2;
  }
  const auto results = scenario::run_files(scenario::scenario_files(paths), NoOperations(), only);
  std::cout << scenario::text(results, all);
  return results.empty() || scenario::failed(results) > 0 ? 1 : 0;
}
