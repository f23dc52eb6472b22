// Diagnostics for programs: SARIF 2.1.0 and a list of JSON objects.
//
// Threads: free functions. Units: lines and columns from 1, columns in code points.
// Source: OASIS SARIF 2.1.0, section 3.
#pragma once

#include <string>
#include <vector>

#include "runtime/workflow/diagnostics.h"

namespace sagaloom::workflow {

// One run of the tool `sagaloom` with the rules of every check, their help, and one result for each
// diagnostic; file names as they were given.
std::string sarif(const std::vector<Diagnostic>& diagnostics, const std::string& tool_version);

// `{"diagnostics": [{file, line, column, severity, code, message, fix, example?}]}`
std::string json(const std::vector<Diagnostic>& diagnostics);

}  // namespace sagaloom::workflow
