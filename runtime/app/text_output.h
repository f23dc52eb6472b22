// What a command reads and where it writes the document that it makes: a file, or the standard
// ones.
//
// Threads: free functions. Errors: `file.not_written`, and those of document/file.h, with the path
// and why.
#pragma once

#include <optional>
#include <string>

#include "runtime/expression/result.h"

namespace sagaloom::app {

// What a person brings along: a file, or standard input as `-`; at most 1 MiB.
expression::Result<std::string> read_input(const std::string& path);

// Prints the error on standard error; the answer is the exit status. A regular file, also behind a
// link, is replaced as a whole or not at all; anything else (/dev/stdout, a pipe) is written to.
int write_document(const std::optional<std::string>& path, const std::string& text);

// "error[code]: message" on standard error; the answer is `status`.
int report(const expression::Error& error, int status);

}  // namespace sagaloom::app
