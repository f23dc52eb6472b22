#include "runtime/expression/parser.h"

#include "runtime/expression/functions.h"
#include "runtime/expression/parsing.h"

namespace sagaloom::expression {

struct BinaryOperator {
  std::string_view text;
  int precedence;
  Operator operation;
};

namespace {

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

constexpr std::array<std::string_view, 21> reserved = {
    "as",     "break",     "const", "continue", "else", "false", "for",
    "if",     "import",    "in",    "let",      "loop", "null",  "package",
    "return", "namespace", "true",  "var",      "void", "while", "function"};

}  // namespace

bool is_reserved(std::string_view name) {
  return std::find(reserved.begin(), reserved.end(), name) != reserved.end();
}

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
  if (is_reserved(name.text)) {
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
  if (unknown_ == Unknown::refused) unknown_root(name);
  return node;
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

Result<Node> parse(const std::vector<Token>& tokens, const std::vector<std::string>& roots,
                   Unknown unknown) {
  try {
    return Parser(tokens, roots, unknown).run();
  } catch (Stop& stop) {
    return std::move(stop.error);
  }
}

}  // namespace sagaloom::expression
