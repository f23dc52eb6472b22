// Tokens to the syntax tree, names resolved.
//
// Threads: free functions. Errors: `expression.syntax`, and `expression.unknown` for a root, a
// function or a number of arguments that does not exist; with the byte offset.
// Source: github.com/google/cel-spec, doc/langdef.md, "Syntax".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/expression/lexer.h"
#include "runtime/expression/node.h"
#include "runtime/expression/result.h"

namespace sagaloom::expression {

// What becomes of a name or a function that is not known: it is refused when the text is compiled,
// or, as in CEL without its checker, an error when it is reached (`unknown || true` is true).
enum class Unknown : std::uint8_t { refused, fails_when_reached };

Result<Node> parse(const std::vector<Token>& tokens, const std::vector<std::string>& roots,
                   Unknown unknown = Unknown::refused);

}  // namespace sagaloom::expression
