// Where a command that makes a document writes it: a file, or standard output.
//
// Threads: free functions. Errors: `file.not_written`, `file.not_read`, with the path and why.
#pragma once

#include <optional>
#include <string>

#include "runtime/expression/result.h"

namespace sagaloom::app {

expression::Result<std::string> read_text_file(const std::string& path);

// Prints the error on standard error; the answer is the exit status. A file is replaced as a whole
// or not at all.
int write_document(const std::optional<std::string>& path, const std::string& text);

// "error[code]: message" on standard error; the answer is `status`.
int report(const expression::Error& error, int status);

}  // namespace sagaloom::app
