// Recognises the ways in which YAML misreads an expression that is not quoted, and prints the fix:
//   with: {id: ${ input.id }}     the braces end the mapping
//   x: ${ a ? b : c }             colon and space begin a mapping
//   x: ${ a == "k: v" }           the same
//   when: !has(x)                 silently a tag on an empty value
//   {when: steps.?a.hasValue()}   a bare `?` inside { }
//
// Threads: free functions. Errors go into the report (Y01, Y03).
#pragma once

#include <string>

#include "runtime/workflow/source.h"

namespace sagaloom::workflow {

// A syntax error that the YAML library found at `offset`.
void report_syntax(const Source& source, std::size_t offset, const std::string& message,
                   Report& report);

// A value that begins with `!`: an expression (Y01) or a tag (Y03).
void report_tag(const Source& source, std::size_t offset, Report& report);

// `text` as a YAML scalar in quotes.
std::string quoted(std::string_view text);

}  // namespace sagaloom::workflow
