// Plays whole files of scenarios and tells how it went: as text, and as JUnit XML for build
// servers.
//
// Threads: free functions. Errors: files that cannot be read count as failed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/workflow/load.h"
#include "runtime/workflow/scenario/difference.h"
#include "runtime/workflow/scenario/scenario.h"

namespace sagaloom::workflow::scenario {

struct Result {
  std::string file;
  std::string name;  // empty: the file itself could not be read
  Position position;
  std::vector<std::string> covers;
  std::vector<Difference> differences;
  std::vector<Diagnostic> diagnostics;
  bool passed() const { return differences.empty() && diagnostics.empty(); }
};

// Files in this order; of directories every *.yaml and *.yml below them, in order of name.
std::vector<std::filesystem::path> scenario_files(const std::vector<std::string>& paths);

// Only scenarios whose name contains `filter`.
std::vector<Result> run_files(const std::vector<std::filesystem::path>& files,
                              const OperationCatalog& operations, const std::string& filter = {});

// What failed, with its differences, and last `N scenarios: N passed, N failed`. `all` names those
// that passed too.
std::string text(const std::vector<Result>& results, bool all);
std::string junit(const std::vector<Result>& results);
std::size_t failed(const std::vector<Result>& results);

}  // namespace sagaloom::workflow::scenario
