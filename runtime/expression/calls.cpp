// The part of the parser that reads calls: functions, macros, `has`, and what is lazy.

#include "runtime/expression/functions.h"
#include "runtime/expression/parsing.h"
#include "runtime/expression/suggestion.h"

namespace sagaloom::expression {
namespace {

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

// Stands for a function that nobody knows, where that is an error of the evaluation.
const Function unknown_to_all{"", Function::Form::both, 0, most_arguments,
                              [](Call& call) { return call.fail("there is no such function"); }};

}  // namespace

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
  if (function == nullptr) function = unknown_function(name, method);
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
  if (is_reserved(variable.text)) {
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

const Function* Parser::unknown_function(const Token& name, bool method) const {
  if (unknown_ == Unknown::fails_when_reached) return &unknown_to_all;
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

}  // namespace sagaloom::expression
