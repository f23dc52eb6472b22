// The parser's class, split over parser.cpp (grammar) and calls.cpp (functions and macros).
//
// Lifecycle: on the stack of `parse`. Threads: one.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/expression/lexer.h"
#include "runtime/expression/node.h"
#include "runtime/expression/parser.h"

namespace sagaloom::expression {

struct BinaryOperator;

// Whether a name is kept by CEL for its grammar.
bool is_reserved(std::string_view name);

// Syntax errors travel as this exception inside the parser only: a tree of calls that must stop at
// once, with no state that a later call could misread.
struct Stop {
  Error error;
};

class Parser {
 public:
  Parser(const std::vector<Token>& tokens, const std::vector<std::string>& roots, Unknown unknown)
      : tokens_(tokens), roots_(roots), unknown_(unknown) {}

  Node run() {
    if (at().kind == Token::Kind::end) stop(at().offset, "an empty expression");
    Node node = expression();
    if (at().kind != Token::Kind::end) unexpected("an operator or the end");
    return node;
  }

 private:
  const Token& at(std::size_t ahead = 0) const {
    return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
  }
  Token take() {
    const Token& token = at();
    ++position_;
    return token;
  }
  bool take_if(std::string_view symbol) {
    if (!at().is(symbol)) return false;
    ++position_;
    return true;
  }
  void expect(std::string_view symbol) {
    if (!take_if(symbol)) unexpected("`" + std::string(symbol) + "`");
  }
  [[noreturn]] void stop(std::size_t offset, std::string message,
                         std::string code = "expression.syntax") const {
    throw Stop{{std::move(code), std::move(message), "", offset}};
  }
  [[noreturn]] void unexpected(const std::string& wanted) const;

  // Counts how deep the recursion is, so that no text overflows the stack.
  struct Level {
    explicit Level(Parser& parser) : parser(parser) {
      if (++parser.depth_ > deepest_tree) {
        parser.stop(parser.at().offset, "nested too deeply; move parts into a `set` step");
      }
    }
    ~Level() { --parser.depth_; }
    Parser& parser;
  };

  Node make(Node::Kind kind, std::size_t offset, std::vector<Node> children = {}) const;
  template <typename... Nodes>
  static std::vector<Node> nodes(Nodes&&... node) {
    std::vector<Node> all;
    (all.push_back(std::forward<Nodes>(node)), ...);
    return all;
  }

  Node expression();
  Node binary(int least);
  Node joined(Node left, Node::Kind kind, int precedence);
  const BinaryOperator* binary_operator() const;
  Node unary();
  Node negative();
  Node postfix(Node operand);
  Node selection(Node operand);
  Node indexed(Node operand);
  Node primary();
  Node number(bool negative);
  Node identifier();
  Node list();
  Node map();
  static void fold(Node& node);
  Node call(Token name, std::optional<Node> receiver);
  Node macro(Node::Kind kind, const Token& name, Node range);
  Node lazy(Node::Kind kind, const Token& name, Node receiver);
  Node has(const Token& name);
  std::vector<Node> arguments();
  void check_count(const Function& function, const Token& name, std::size_t count, bool method);
  void prepare(Node& node);
  [[noreturn]] void unknown_root(const Token& name) const;
  // The function that only fails; stops where unknown ones are refused.
  const Function* unknown_function(const Token& name, bool method) const;

  const std::vector<Token>& tokens_;
  const std::vector<std::string>& roots_;
  const Unknown unknown_;
  std::size_t position_ = 0;
  std::size_t depth_ = 0;
  std::vector<std::string> variables_;
};

}  // namespace sagaloom::expression
