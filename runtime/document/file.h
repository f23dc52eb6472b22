// Whole files into memory, never more than the caller's limit.
//
// Only regular files (links to them are fine): a directory has no text, a pipe or a device may
// block or never end. What comes over standard input is read as a stream instead.
// Threads: free functions without state. Units: bytes. Errors, each with the path: `file.not_read`
// (not there, not allowed), `file.not_regular`, `file.too_large`.
#pragma once

#include <cstddef>
#include <istream>
#include <string>

#include "runtime/expression/result.h"

namespace sagaloom::document {

inline constexpr std::size_t largest_text = 1024 * 1024;  // what a person writes

expression::Result<std::string> read_file(const std::string& path,
                                          std::size_t limit = largest_text);

// `name` stands in errors, as in "standard input".
expression::Result<std::string> read_stream(std::istream& stream, const std::string& name,
                                            std::size_t limit = largest_text);

}  // namespace sagaloom::document
