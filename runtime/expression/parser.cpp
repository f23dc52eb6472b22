#include "runtime/expression/parser.h"

#include <algorithm>
#include <array>
#include <optional>

#include "runtime/expression/functions.h"
#include "runtime/expression/suggestion.h"

namespace sagaloom::expression {
namespace {

struct BinaryOperator {
  std::string_view text;
  int precedence;
  Operator operation;
};
constexpr std::array<BinaryOperator, 12> binary_operators = {{
    {"<", 3, Operator::less},
    {"<=", 3, Operator::less_equal},
    {">", 3, Operator::greater},
    {">=", 3, Operator::greater_equal},
    {"==", 3, Operator::equal},
    {"!=", 3, Operator::not_equal},
    {"in", 3, Operator::in},
    {"+", 4, Operator::add},
    {"-", 4, Operator::subtract},
    {"*", 5, Operator::multiply},
    {"/", 5, Operator::divide},
    {"%", 5, Operator::modulo},
}};
constexpr int any_of_precedence = 1;
constexpr int all_of_precedence = 2;
constexpr int tightest = 6;

struct Macro {
  std::string_view name;
  Node::Kind kind;
};
// Macros of the form `range.name(variable, expression)`.
constexpr std::array<Macro, 8> macros = {{{"all", Node::Kind::all},
                                          {"exists", Node::Kind::exists},
                                          {"exists_one", Node::Kind::exists_one},
                                          {"existsOne", Node::Kind::exists_one},
                                          {"filter", Node::Kind::filter},
                                          {"map", Node::Kind::transform},
                                          {"optMap", Node::Kind::opt_map},
                                          {"optFlatMap", Node::Kind::opt_flat_map}}};

constexpr std::array<std::string_view, 21> reserved = {
    "as",     "break",     "const", "continue", "else", "false", "for",
    "if",     "import",    "in",    "let",      "loop", "null",  "package",
    "return", "namespace", "true",  "var",      "void", "while", "function"};

// Syntax errors travel as this exception inside the parser only: a tree of calls that must stop at
// once, with no state that a later call could misread.
struct Stop {
  Error error;
};

class Parser {
 public:
  Parser(const std::vector<Token>& tokens, const std::vector<std::string>& roots)
      : tokens_(tokens), roots_(roots) {}

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
  [[noreturn]] void unknown_function(const Token& name, bool method) const;

  const std::vector<Token>& tokens_;
  const std::vector<std::string>& roots_;
  std::size_t position_ = 0;
  std::size_t depth_ = 0;
  std::vector<std::string> variables_;
};

void Parser::unexpected(const std::string& wanted) const {
  const Token& token = at();
  switch (token.kind) {
    case Token::Kind::end:
      stop(token.offset, "the text ends where " + wanted + " is needed");
    case Token::Kind::symbol:
    case Token::Kind::identifier:
      stop(token.offset, "`" + token.text + "` stands where " + wanted + " is needed");
    default:
      stop(token.offset, "a value stands where " + wanted + " is needed");
  }
}

Node Parser::make(Node::Kind kind, std::size_t offset, std::vector<Node> children) const {
  Node node;
  node.kind = kind;
  node.offset = static_cast<std::uint32_t>(offset);
  for (const auto& child : children) {
    node.height = std::max<std::uint16_t>(node.height, child.height + 1);
  }
  if (node.height > deepest_tree) {
    stop(offset, "nested too deeply; move parts into a `set` step");
  }
  node.children = std::move(children);
  return node;
}

Node Parser::expression() {
  const Level level(*this);
  Node condition = binary(any_of_precedence);
  const auto offset = at().offset;
  if (!take_if("?")) return condition;
  Node then = binary(any_of_precedence);
  expect(":");
  Node otherwise = expression();
  return make(Node::Kind::conditional, offset,
              nodes(std::move(condition), std::move(then), std::move(otherwise)));
}

Node Parser::binary(int least) {
  if (least == tightest) return unary();
  Node left = binary(least + 1);
  if (least == any_of_precedence) return joined(std::move(left), Node::Kind::any_of, least);
  if (least == all_of_precedence) return joined(std::move(left), Node::Kind::all_of, least);
  for (;;) {
    const auto* found = binary_operator();
    if (found == nullptr || found->precedence != least) return left;
    const auto offset = take().offset;
    Node right = binary(least + 1);
    left = make(Node::Kind::binary, offset, nodes(std::move(left), std::move(right)));
    left.operation = found->operation;
  }
}

// A row of `&&` or `||` becomes one node, however long it is.
Node Parser::joined(Node left, Node::Kind kind, int precedence) {
  const std::string_view symbol = kind == Node::Kind::all_of ? "&&" : "||";
  const auto offset = at().offset;
  if (!at().is(symbol)) return left;
  std::vector<Node> operands = nodes(std::move(left));
  while (take_if(symbol)) operands.push_back(binary(precedence + 1));
  return make(kind, offset, std::move(operands));
}

const BinaryOperator* Parser::binary_operator() const {
  const Token& token = at();
  if (token.kind != Token::Kind::symbol && !token.is_word("in")) return nullptr;
  for (const auto& candidate : binary_operators) {
    if (candidate.text == token.text) return &candidate;
  }
  return nullptr;
}

Node Parser::unary() {
  const Level level(*this);
  if (at().is("-")) return negative();
  const auto offset = at().offset;
  if (take_if("!")) return make(Node::Kind::logical_not, offset, nodes(unary()));
  return postfix(primary());
}

Node Parser::negative() {
  const auto offset = take().offset;
  if (at().kind == Token::Kind::integer || at().kind == Token::Kind::real) {
    return postfix(number(true));
  }
  return make(Node::Kind::negate, offset, nodes(unary()));
}

Node Parser::postfix(Node operand) {
  for (;;) {
    if (at().is(".")) {
      operand = selection(std::move(operand));
    } else if (at().is("[")) {
      operand = indexed(std::move(operand));
    } else if (at().is("{")) {
      stop(at().offset, "typed messages are not part of the language; write a map `{'key': …}`");
    } else {
      return operand;
    }
  }
}

Node Parser::selection(Node operand) {
  take();
  const bool optional = take_if("?");
  if (at().kind != Token::Kind::identifier && at().kind != Token::Kind::quoted_identifier) {
    unexpected("a name behind the point");
  }
  const Token name = take();
  if (at().is("(") && !optional && name.kind == Token::Kind::identifier) {
    return call(name, std::move(operand));
  }
  Node node = make(Node::Kind::member, name.offset, nodes(std::move(operand)));
  node.name = name.text;
  node.optional = optional;
  return node;
}

Node Parser::indexed(Node operand) {
  const auto offset = take().offset;
  const bool optional = take_if("?");
  Node key = expression();
  expect("]");
  Node node = make(Node::Kind::index, offset, nodes(std::move(operand), std::move(key)));
  node.optional = optional;
  return node;
}

Node Parser::primary() {
  const Token& token = at();
  switch (token.kind) {
    case Token::Kind::integer:
    case Token::Kind::real:
      return number(false);
    case Token::Kind::string: {
      Node node = make(Node::Kind::literal, token.offset);
      node.literal = Value(take().text);
      return node;
    }
    case Token::Kind::identifier:
      return identifier();
    default:
      break;
  }
  if (token.is("[")) return list();
  if (token.is("{")) return map();
  if (!token.is("(")) unexpected("a value");
  take();
  Node inner = expression();
  expect(")");
  return inner;
}

Node Parser::number(bool negative) {
  const Token token = take();
  Node node = make(Node::Kind::literal, token.offset);
  if (token.kind == Token::Kind::real) {
    node.literal = Value(negative ? -token.real : token.real);
    return node;
  }
  if (!negative && token.magnitude > INT64_MAX) {
    stop(token.offset, "this number does not fit 64 bits");
  }
  const auto bits = negative ? ~token.magnitude + 1 : token.magnitude;
  node.literal = Value(static_cast<std::int64_t>(bits));
  return node;
}

Node Parser::identifier() {
  const Token name = take();
  Node node = make(Node::Kind::literal, name.offset);
  if (name.text == "true" || name.text == "false") {
    node.literal = Value(name.text == "true");
    return node;
  }
  if (name.text == "null") return node;
  if (std::find(reserved.begin(), reserved.end(), name.text) != reserved.end()) {
    stop(name.offset, "`" + name.text + "` is a reserved word");
  }
  if (at().is("(")) return call(name, std::nullopt);
  node.name = name.text;
  const auto bound = std::find(variables_.rbegin(), variables_.rend(), name.text);
  if (bound != variables_.rend()) {
    node.kind = Node::Kind::variable;
    node.slot = static_cast<std::uint8_t>(variables_.rend() - bound - 1);
    return node;
  }
  node.kind = Node::Kind::root;
  if (std::find(roots_.begin(), roots_.end(), name.text) != roots_.end()) return node;
  // `optional.of(…)` and its sisters: a namespace, not a value.
  if (at().is(".") && at(1).kind == Token::Kind::identifier && at(2).is("(")) {
    Token function = at(1);
    function.offset = name.offset;
    function.text = name.text + "." + function.text;
    if (find_function(function.text, false) != nullptr) {
      position_ += 2;
      return call(std::move(function), std::nullopt);
    }
  }
  unknown_root(name);
}

Node Parser::list() {
  const auto offset = take().offset;
  std::vector<Node> items;
  std::vector<bool> optional_parts;
  while (!at().is("]")) {
    optional_parts.push_back(take_if("?"));
    items.push_back(expression());
    if (!take_if(",")) break;
  }
  expect("]");
  Node node = make(Node::Kind::list, offset, std::move(items));
  node.optional_parts = std::move(optional_parts);
  fold(node);
  return node;
}

Node Parser::map() {
  const auto offset = take().offset;
  std::vector<Node> parts;
  std::vector<bool> optional_parts;
  while (!at().is("}")) {
    optional_parts.push_back(take_if("?"));
    parts.push_back(expression());
    expect(":");
    parts.push_back(expression());
    if (!take_if(",")) break;
  }
  expect("}");
  Node node = make(Node::Kind::map, offset, std::move(parts));
  node.optional_parts = std::move(optional_parts);
  fold(node);
  return node;
}

// A list or map of literals becomes a literal, so that `x in ['A', 'B']` builds nothing.
void Parser::fold(Node& node) {
  const auto is_literal = [](const Node& child) { return child.kind == Node::Kind::literal; };
  if (!std::all_of(node.children.begin(), node.children.end(), is_literal) ||
      std::find(node.optional_parts.begin(), node.optional_parts.end(), true) !=
          node.optional_parts.end()) {
    return;
  }
  if (node.kind == Node::Kind::list) {
    List items;
    for (const auto& child : node.children) items.push_back(child.literal);
    node.literal = Value(std::move(items));
  } else {
    Map members;
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      const Value& key = node.children[i].literal;
      // Keys that are no keys, or there twice, are errors of the evaluation.
      if (!key.is_string() && !key.is_integer() && !key.is_boolean()) return;
      members.push_back({key, node.children[i + 1].literal});
    }
    Value map(std::move(members));
    if (map.members().size() != node.children.size() / 2) return;
    node.literal = std::move(map);
  }
  node.kind = Node::Kind::literal;
  node.children.clear();
  node.optional_parts.clear();
}

Node Parser::call(Token name, std::optional<Node> receiver) {
  if (!receiver && name.text == "has") return has(name);
  if (receiver) {
    for (const auto& macro_form : macros) {
      if (macro_form.name == name.text) return macro(macro_form.kind, name, std::move(*receiver));
    }
    if (name.text == "orValue") return lazy(Node::Kind::or_value, name, std::move(*receiver));
    if (name.text == "or") return lazy(Node::Kind::or_optional, name, std::move(*receiver));
  }
  const bool method = receiver.has_value();
  const Function* function = find_function(name.text, method);
  if (function == nullptr) unknown_function(name, method);
  std::vector<Node> children;
  if (receiver) children.push_back(std::move(*receiver));
  for (auto& argument : arguments()) children.push_back(std::move(argument));
  // `min(a, b, c)` is `min([a, b, c])`.
  if (!method && (name.text == "min" || name.text == "max") && children.size() > 1) {
    const std::size_t count = children.size();
    Node list = make(Node::Kind::list, name.offset, std::move(children));
    list.optional_parts.assign(count, false);
    children = nodes(std::move(list));
  }
  check_count(*function, name, children.size(), method);
  Node node = make(Node::Kind::call, name.offset, std::move(children));
  node.function = function;
  node.name = name.text;
  prepare(node);
  return node;
}

void Parser::check_count(const Function& function, const Token& name, std::size_t count,
                         bool method) {
  if (count >= function.least && count <= function.most) return;
  const std::size_t hidden = method ? 1 : 0;
  const std::size_t least = function.least - hidden;
  const std::size_t most = function.most - hidden;
  std::string wanted = std::to_string(least);
  if (most != least) wanted += " to " + std::to_string(most);
  stop(name.offset,
       "`" + name.text + "` takes " + wanted + " argument" + (wanted == "1" ? "" : "s") + ", not " +
           std::to_string(count - hidden),
       "expression.unknown");
}

// Reads literal patterns and zones once, and finds their errors now.
void Parser::prepare(Node& node) {
  if (node.children.size() != 2 || node.children[1].kind != Node::Kind::literal) return;
  const Node& argument = node.children[1];
  if (!argument.literal.is_string()) return;
  if (node.function->name == "matches") {
    auto pattern = Pattern::compile(argument.literal.string());
    if (!pattern) stop(argument.offset, pattern.error().message);
    node.pattern = *pattern;
  }
  if (node.function->name.starts_with("get") && !fixed_offset(argument.literal.string())) {
    node.zone = Zone::load(argument.literal.string());
    if (node.zone == nullptr) {
      stop(argument.offset, "this machine knows no time zone `" + argument.literal.string() + "`");
    }
  }
}

Node Parser::macro(Node::Kind kind, const Token& name, Node range) {
  expect("(");
  if (at().kind != Token::Kind::identifier || !at(1).is(",")) {
    stop(at().offset, "`" + name.text + "` takes a name for the variable, then an expression");
  }
  const Token variable = take();
  if (std::find(reserved.begin(), reserved.end(), variable.text) != reserved.end()) {
    stop(variable.offset, "`" + variable.text + "` is a reserved word");
  }
  if (variables_.size() == most_variables) {
    stop(variable.offset, "more than 16 macros inside one another");
  }
  take();
  variables_.push_back(variable.text);
  std::vector<Node> children = nodes(std::move(range), expression());
  // The three-argument form is map(variable, predicate, result).
  if (kind == Node::Kind::transform && take_if(",")) {
    Node predicate = std::move(children[1]);
    children[1] = expression();
    children.push_back(std::move(predicate));
  }
  variables_.pop_back();
  expect(")");
  Node node = make(kind, name.offset, std::move(children));
  node.name = variable.text;
  node.slot = static_cast<std::uint8_t>(variables_.size());
  return node;
}

// `orValue` and `or`, whose argument is evaluated only if it is needed.
Node Parser::lazy(Node::Kind kind, const Token& name, Node receiver) {
  auto given = arguments();
  if (given.size() != 1) {
    stop(name.offset, "`" + name.text + "` takes 1 argument, not " + std::to_string(given.size()),
         "expression.unknown");
  }
  return make(kind, name.offset, nodes(std::move(receiver), std::move(given[0])));
}

Node Parser::has(const Token& name) {
  auto given = arguments();
  if (given.size() != 1) {
    stop(name.offset, "`has` takes 1 argument, not " + std::to_string(given.size()),
         "expression.unknown");
  }
  Node& field = given[0];
  if (field.kind != Node::Kind::member || field.optional) {
    stop(name.offset, "`has` takes a member, as in `has(input.car)`");
  }
  field.kind = Node::Kind::has;
  field.offset = name.offset;
  return std::move(field);
}

std::vector<Node> Parser::arguments() {
  expect("(");
  std::vector<Node> given;
  if (take_if(")")) return given;
  do {
    given.push_back(expression());
  } while (take_if(","));
  expect(")");
  return given;
}

void Parser::unknown_root(const Token& name) const {
  std::vector<std::string_view> known(roots_.begin(), roots_.end());
  known.insert(known.end(), variables_.begin(), variables_.end());
  stop(name.offset, "`" + name.text + "` is not known here" + did_you_mean(name.text, known),
       "expression.unknown");
}

void Parser::unknown_function(const Token& name, bool method) const {
  auto known = function_names(method);
  if (method) {
    for (const auto& macro_form : macros) known.push_back(macro_form.name);
    known.insert(known.end(), {"orValue", "or"});
  } else {
    known.push_back("has");
  }
  std::string hint = did_you_mean(name.text, known);
  if (hint.empty() && find_function(name.text, !method) != nullptr) {
    hint = method ? "; it is written `" + name.text + "(x)`"
                  : "; it is written `x." + name.text + "(…)`";
  }
  stop(name.offset, "there is no function `" + name.text + "`" + hint, "expression.unknown");
}

}  // namespace

Result<Node> parse(const std::vector<Token>& tokens, const std::vector<std::string>& roots) {
  try {
    return Parser(tokens, roots).run();
  } catch (Stop& stop) {
    return std::move(stop.error);
  }
}

}  // namespace sagaloom::expression
