#include "runtime/expression/unchecked.h"

#include "runtime/expression/evaluation.h"
#include "runtime/expression/lexer.h"
#include "runtime/expression/parser.h"

namespace sagaloom::expression {

Result<Value> evaluate_unchecked(std::string_view text, const std::vector<std::string>& roots,
                                 const Scope& scope, const Budget& budget) {
  const auto tokens = tokenize(text);
  if (!tokens) return tokens.error();
  const auto tree = parse(*tokens, roots, Unknown::fails_when_reached);
  if (!tree) return tree.error();
  return Evaluation(scope, budget).run(*tree);
}

}  // namespace sagaloom::expression
