// Tokens to the syntax tree, names resolved.
//
// Threads: free functions. Errors: `expression.syntax`, and `expression.unknown` for a root, a
// function or a number of arguments that does not exist; with the byte offset.
// Source: github.com/google/cel-spec, doc/langdef.md, "Syntax".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/expression/lexer.h"
#include "runtime/expression/node.h"

namespace sagaloom::expression {

Result<Node> parse(const std::vector<Token>& tokens, const std::vector<std::string>& roots);

}  // namespace sagaloom::expression
