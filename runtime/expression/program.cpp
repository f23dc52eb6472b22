#include "runtime/expression/program.h"

#include "runtime/expression/evaluation.h"
#include "runtime/expression/lexer.h"
#include "runtime/expression/node.h"
#include "runtime/expression/parser.h"

namespace sagaloom::expression {

void MapScope::set(std::string name, Value value) {
  for (auto& [known, old] : roots_) {
    if (known != name) continue;
    old = std::move(value);
    return;
  }
  roots_.emplace_back(std::move(name), std::move(value));
}

const Value* MapScope::find(std::string_view root) const {
  for (const auto& [name, value] : roots_) {
    if (name == root) return &value;
  }
  return nullptr;
}

Result<Program> Program::compile(std::string_view text, const std::vector<std::string>& roots) {
  const auto tokens = tokenize(text);
  if (!tokens) return tokens.error();
  auto tree = parse(*tokens, roots);
  if (!tree) return tree.error();
  Program program;
  program.text_ = text;
  program.root_ = std::make_shared<const Node>(std::move(*tree));
  return program;
}

Result<Value> Program::evaluate(const Scope& scope, const Budget& budget) const {
  return Evaluation(scope, budget).run(*root_);
}

}  // namespace sagaloom::expression
