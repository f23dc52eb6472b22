// From the text of a scenario file to scenarios, or to every diagnostic at once.
//
// Lifecycle: free functions. Threads: any. Limits: those of workflow files (1 MiB, depth 32).
// Errors: diagnostics: Y01 to Y03 for the YAML, S02 for what does not fit the schema, X01 for an
// answer that has no meaning, and those of the definition; never an exception.
#pragma once

#include <filesystem>
#include <vector>

#include "runtime/workflow/load.h"
#include "runtime/workflow/scenario/scenario.h"

namespace sagaloom::workflow::scenario {

struct ScenarioFile {
  std::string file;  // as in the diagnostics
  std::vector<Scenario> scenarios;
  std::vector<Diagnostic> diagnostics;  // not empty: the file cannot be played
};

// Names in the file are relative to its folder. `behind` knows the operations that the file does
// not say.
ScenarioFile read_file(const std::filesystem::path& file, const OperationCatalog& behind);

}  // namespace sagaloom::workflow::scenario
