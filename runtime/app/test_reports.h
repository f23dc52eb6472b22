// The reports that `sagaloom-plugin-test --report FILE` writes, read for `explore`.
//
// Threads: a free function. Errors: `reports.directory` when it cannot be read, `reports.invalid`
// with the file and what is wrong in it.
#pragma once

#include <string>
#include <vector>

#include "runtime/expression/result.h"
#include "runtime/workflow/explore/assumption.h"

namespace sagaloom::app {

// Every *.json directly in the directory, in order of name. A later report of a case counts.
expression::Result<std::vector<explore::TestedCase>> read_test_reports(
    const std::string& directory);

}  // namespace sagaloom::app
