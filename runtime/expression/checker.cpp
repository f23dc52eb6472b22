#include "runtime/expression/checker.h"

#include <algorithm>

#include "runtime/expression/facts.h"
#include "runtime/expression/functions.h"
#include "runtime/expression/node.h"
#include "runtime/expression/suggestion.h"

namespace sagaloom::expression {
namespace {

using Kind = Value::Kind;

constexpr Kinds boolean_kind = kinds_of(Kind::boolean);
constexpr Kinds time_kinds = kinds_of(Kind::timestamp) | kinds_of(Kind::time_span);
constexpr Kinds text_kinds = kinds_of(Kind::string) | number_kinds | boolean_kind;
constexpr Kinds ordered_kinds = text_kinds | time_kinds;

TypePointer boolean_type() {
  return type_of_kinds(boolean_kind);
}

// The type inside of an optional, or the type itself.
TypePointer opened(const TypePointer& type) {
  if (!type->is_only(kinds_of(Kind::optional))) return type;
  return type->item ? type->item : any_type();
}

class Checker {
 public:
  Checker(const RootTypes& roots, Facts facts) : roots_(roots), facts_(std::move(facts)) {}

  TypePointer visit(const Node& node);
  void report(const Node& node, const char* code, bool is_error, std::string message) {
    findings_.push_back({code, is_error, std::move(message), node.offset});
  }
  // X04 unless the type may be one of the kinds.
  void need(const Node& node, const Type& type, Kinds kinds, std::string_view what) {
    if (type.kinds & kinds) return;
    report(node, "X04", true, std::string(what) + " is needed here, this is " + type_name(type));
  }
  // What a text can be joined with; an absent optional cannot.
  void check_text(const Node& node, const Type& type) {
    const bool maybe_absent = type.may_be(Kind::optional);
    const Type& held = maybe_absent && type.item ? *type.item : type;
    if (type.kinds == any_kind || (!maybe_absent && type.is_only(text_kinds))) return;
    if (!(held.kinds & text_kinds)) return need(node, held, text_kinds, "a string, number or bool");
    report(node, "X09", false,
           "this text is joined with " + type_name(type) + "; use `string(…)` or `orValue`");
  }
  std::vector<Finding> take() { return std::move(findings_); }

 private:
  TypePointer root(const Node& node) const;
  TypePointer member(const Node& node);
  TypePointer member_of(const Node& node, const TypePointer& operand, bool guarded);
  void maybe_absent(const Node& node, const TypeMember& member);
  TypePointer index(const Node& node);
  TypePointer list(const Node& node);
  TypePointer map(const Node& node);
  TypePointer conditional(const Node& node);
  TypePointer logical(const Node& node);
  TypePointer binary(const Node& node);
  TypePointer arithmetic(const Node& node, const Type& left, const Type& right);
  void comparison(const Node& node, const Type& left, const Type& right);
  void equality(const Node& node, const Type& left, const Type& right);
  TypePointer call(const Node& node);
  TypePointer collection_call(const Node& node, const Type& list);
  TypePointer macro(const Node& node);
  TypePointer optional_mapped(const Node& node);
  TypePointer fallback(const Node& node);
  TypePointer with_facts(const Node& node, const Facts& more);

  const RootTypes& roots_;
  Facts facts_;
  std::vector<TypePointer> variables_ = std::vector<TypePointer>(most_variables, any_type());
  std::vector<Finding> findings_;
};

TypePointer Checker::visit(const Node& node) {
  switch (node.kind) {
    case Node::Kind::literal:
      return type_of_value(node.literal);
    case Node::Kind::root:
      return root(node);
    case Node::Kind::variable:
      return variables_[node.slot];
    case Node::Kind::member:
      return member(node);
    case Node::Kind::has:
      member_of(node, visit(node.children[0]), true);
      return boolean_type();
    case Node::Kind::index:
      return index(node);
    case Node::Kind::list:
      return list(node);
    case Node::Kind::map:
      return map(node);
    case Node::Kind::conditional:
      return conditional(node);
    case Node::Kind::all_of:
    case Node::Kind::any_of:
      return logical(node);
    case Node::Kind::logical_not:
      need(node.children[0], *visit(node.children[0]), boolean_kind, "a bool");
      return boolean_type();
    case Node::Kind::negate: {
      const auto type = visit(node.children[0]);
      need(node.children[0], *type, number_kinds, "a number");
      return type_of_kinds(type->kinds & number_kinds);
    }
    case Node::Kind::binary:
      return binary(node);
    case Node::Kind::call:
      return call(node);
    case Node::Kind::opt_map:
    case Node::Kind::opt_flat_map:
      return optional_mapped(node);
    case Node::Kind::or_value:
    case Node::Kind::or_optional:
      return fallback(node);
    default:
      return macro(node);
  }
}

TypePointer Checker::root(const Node& node) const {
  for (const auto& [name, type] : roots_) {
    if (name == node.name) return type;
  }
  return any_type();
}

TypePointer Checker::member(const Node& node) {
  const auto operand = visit(node.children[0]);
  const bool chained = operand->is_only(kinds_of(Kind::optional));
  const auto type = member_of(node, opened(operand), node.optional || chained);
  if (!node.optional && !chained) return type;
  return optional_type(opened(type));
}

// The type of a member; `guarded`: the author has asked whether it is there.
TypePointer Checker::member_of(const Node& node, const TypePointer& operand, bool guarded) {
  const TypePointer from = opened(operand);
  if (!from->may_be(Kind::map)) {
    if (!(guarded && from->may_be(Kind::null)) && !from->may_be(Kind::optional)) {
      report(node, "X04", true,
             "`" + node.name + "` is asked of " + type_name(*from) + ", which has no members");
    }
    return any_type();
  }
  const auto path = path_of(node.children[0]);
  const bool maybe_null = from->may_be(Kind::null) && from->kinds != any_kind &&
                          !(from->kinds & kinds_of(Kind::boolean));
  if (maybe_null && !guarded && !(path && facts_.contains(*path + "!"))) {
    report(node, "X06", true,
           "what `" + node.name + "` is asked of may be null; use `.?" + node.name + "`");
  }
  const TypeMember* found = from->find(node.name);
  if (found != nullptr) {
    if (!found->always && !guarded) maybe_absent(node, *found);
    return found->type;
  }
  if (from->rest) return from->rest;
  if (from->open && (guarded || from->members.empty())) return any_type();
  std::vector<std::string_view> names;
  for (const auto& member : from->members) names.push_back(member.name);
  report(node, "X03", true,
         "there is no member `" + node.name + "`" + did_you_mean(node.name, names));
  return any_type();
}

void Checker::maybe_absent(const Node& node, const TypeMember& member) {
  const auto path = path_of(node);
  if (path && facts_.contains(*path)) return;
  const std::string why =
      member.why_absent.empty() ? "`" + member.name + "` may be absent" : member.why_absent;
  report(node, "X06", true, why + "; ask with `has(…)` or write `.?" + member.name + "`");
}

TypePointer Checker::index(const Node& node) {
  const auto held = visit(node.children[0]);
  const auto operand = opened(held);
  const auto key = visit(node.children[1]);
  const bool wraps = node.optional || held->is_only(kinds_of(Kind::optional));
  need(node.children[0], *operand, kinds_of(Kind::list) | kinds_of(Kind::map), "a list or map");
  TypePointer type = any_type();
  if (operand->is_only(kinds_of(Kind::list))) {
    need(node.children[1], *key, number_kinds, "an index");
    if (operand->item) type = operand->item;
  } else if (operand->is_only(kinds_of(Kind::map)) && key->values && key->values->size() == 1 &&
             key->values->front().is_string()) {
    const TypeMember* found = operand->find(key->values->front().string());
    if (found != nullptr) type = found->type;
  }
  return wraps ? optional_type(type) : type;
}

TypePointer Checker::list(const Node& node) {
  TypePointer item;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    auto type = visit(node.children[i]);
    if (node.optional_parts[i]) {
      need(node.children[i], *type, kinds_of(Kind::optional), "an optional");
      type = opened(type);
    }
    item = item ? unite(item, type) : type;
  }
  return list_type(std::move(item));
}

TypePointer Checker::map(const Node& node) {
  std::vector<TypeMember> members;
  bool open = false;
  for (std::size_t i = 0; i < node.children.size(); i += 2) {
    const Node& key = node.children[i];
    const auto key_type = visit(key);
    need(key, *key_type, kinds_of(Kind::string) | kinds_of(Kind::integer) | kinds_of(Kind::boolean),
         "a key");
    auto type = visit(node.children[i + 1]);
    const bool optional = node.optional_parts[i / 2];
    if (optional) {
      need(node.children[i + 1], *type, kinds_of(Kind::optional), "an optional");
      type = opened(type);
    }
    const bool named = key.kind == Node::Kind::literal && key.literal.is_string();
    if (named) members.push_back({key.literal.string(), type, !optional});
    open = open || !named;
  }
  return map_type(std::move(members), open);
}

TypePointer Checker::with_facts(const Node& node, const Facts& more) {
  Facts before = facts_;
  facts_.insert(more.begin(), more.end());
  auto type = visit(node);
  facts_ = std::move(before);
  return type;
}

TypePointer Checker::conditional(const Node& node) {
  const Node& condition = node.children[0];
  need(condition, *visit(condition), boolean_kind, "a bool");
  const auto then = with_facts(node.children[1], facts_of(condition, true));
  const auto otherwise = with_facts(node.children[2], facts_of(condition, false));
  return unite(then, otherwise);
}

// Each operand of `&&` knows that those before it hold, each of `||` that they do not.
TypePointer Checker::logical(const Node& node) {
  const Facts before = facts_;
  for (const auto& operand : node.children) {
    need(operand, *visit(operand), boolean_kind, "a bool");
    const auto more = facts_of(operand, node.kind == Node::Kind::all_of);
    facts_.insert(more.begin(), more.end());
  }
  facts_ = before;
  return boolean_type();
}

TypePointer Checker::binary(const Node& node) {
  const auto left = visit(node.children[0]);
  const auto right = visit(node.children[1]);
  switch (node.operation) {
    case Operator::equal:
    case Operator::not_equal:
      equality(node, *left, *right);
      return boolean_type();
    case Operator::less:
    case Operator::less_equal:
    case Operator::greater:
    case Operator::greater_equal:
      comparison(node, *left, *right);
      return boolean_type();
    case Operator::in:
      need(node.children[1], *right, kinds_of(Kind::list) | kinds_of(Kind::map), "a list or map");
      if (right->is_only(kinds_of(Kind::list)) && right->item) equality(node, *left, *right->item);
      return boolean_type();
    default:
      return arithmetic(node, *left, *right);
  }
}

// What two kinds give under an arithmetic operator, as sets.
Kinds arithmetic_kinds(Operator operation, Kinds left, Kinds right) {
  Kinds out = 0;
  const auto pair = [&](Kinds a, Kinds b, Kinds result) {
    if ((left & a) && (right & b)) out |= result;
  };
  constexpr Kinds integer = kinds_of(Kind::integer), real = kinds_of(Kind::real);
  constexpr Kinds time = kinds_of(Kind::timestamp), span = kinds_of(Kind::time_span);
  pair(integer, integer, integer);
  if (operation == Operator::modulo) return out;
  pair(real, number_kinds, real);
  pair(number_kinds, real, real);
  if (operation == Operator::add) {
    pair(kinds_of(Kind::string), kinds_of(Kind::string), kinds_of(Kind::string));
    pair(kinds_of(Kind::list), kinds_of(Kind::list), kinds_of(Kind::list));
    pair(span, time, time);
  }
  if (operation == Operator::add || operation == Operator::subtract) {
    pair(time, span, time);
    pair(span, span, span);
  }
  if (operation == Operator::subtract) pair(time, time, span);
  return out;
}

TypePointer Checker::arithmetic(const Node& node, const Type& left, const Type& right) {
  const Kinds kinds = arithmetic_kinds(node.operation, left.kinds, right.kinds);
  if (kinds == 0) {
    report(node, "X04", true,
           type_name(left) + " and " + type_name(right) + " cannot be combined like this");
    return any_type();
  }
  return type_of_kinds(kinds);
}

void Checker::comparison(const Node& node, const Type& left, const Type& right) {
  const auto spread = [](Kinds kinds) {
    return static_cast<Kinds>(kinds & number_kinds ? kinds | number_kinds : kinds);
  };
  if (spread(left.kinds) & spread(right.kinds) & ordered_kinds) return;
  report(node, "X04", true, type_name(left) + " and " + type_name(right) + " have no order");
}

void Checker::equality(const Node& node, const Type& left, const Type& right) {
  const bool numbers = (left.kinds & number_kinds) && (right.kinds & number_kinds);
  if (!(left.kinds & right.kinds) && !numbers) {
    report(
        node, "X08", false,
        type_name(left) + " never equals " + type_name(right) + "; the result is always the same");
    return;
  }
  if (!left.values || !right.values) return;
  const bool both_fixed = left.values->size() == 1 && right.values->size() == 1;
  const bool common = std::any_of(left.values->begin(), left.values->end(), [&](const Value& a) {
    return std::find(right.values->begin(), right.values->end(), a) != right.values->end();
  });
  if (common && !both_fixed) return;
  report(node, "X08", false,
         common ? "this comparison is always the same"
                : "no value that is allowed on one side is allowed on the other");
}

TypePointer Checker::call(const Node& node) {
  const Function& function = *node.function;
  std::vector<TypePointer> types;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    types.push_back(visit(node.children[i]));
    if (function.takes[i] == 0 || (types[i]->kinds & function.takes[i])) continue;
    report(node.children[i], "X04", true,
           "`" + node.name + "` takes " + type_name(Type{.kinds = function.takes[i]}) +
               ", this is " + type_name(*types[i]));
  }
  if (function.gives != 0 && function.gives != kinds_of(Kind::optional)) {
    if (function.gives != kinds_of(Kind::list)) return type_of_kinds(function.gives);
    return list_type(type_of_kinds(kinds_of(Kind::string)));  // `split`
  }
  if (function.gives != 0) return optional_type(types.empty() ? nullptr : types[0]);
  if (function.name == "value") return opened(types[0]);
  return collection_call(node, *types[0]);
}

// `sum`, `min`, `max`.
TypePointer Checker::collection_call(const Node& node, const Type& list) {
  if (!list.item) return any_type();
  const bool sums = node.function->name == "sum";
  need(node.children[0], *list.item, sums ? number_kinds : ordered_kinds,
       sums ? "a list of numbers" : "a list of values with an order");
  return type_of_kinds(list.item->kinds & (sums ? number_kinds : ordered_kinds));
}

TypePointer Checker::macro(const Node& node) {
  const auto range = visit(node.children[0]);
  need(node.children[0], *range, kinds_of(Kind::list) | kinds_of(Kind::map), "a list or map");
  const bool only_list = range->is_only(kinds_of(Kind::list));
  TypePointer variable = any_type();
  if (only_list && range->item) variable = range->item;
  if (range->is_only(kinds_of(Kind::map))) variable = type_of_kinds(kinds_of(Kind::string));
  variables_[node.slot] = variable;
  if (node.kind == Node::Kind::transform) {
    Facts more;
    if (node.children.size() == 3) {
      need(node.children[2], *visit(node.children[2]), boolean_kind, "a bool");
      more = facts_of(node.children[2], true);
    }
    return list_type(with_facts(node.children[1], more));
  }
  need(node.children[1], *visit(node.children[1]), boolean_kind, "a bool");
  return node.kind == Node::Kind::filter ? list_type(variable) : boolean_type();
}

TypePointer Checker::optional_mapped(const Node& node) {
  const auto operand = visit(node.children[0]);
  need(node.children[0], *operand, kinds_of(Kind::optional), "an optional");
  variables_[node.slot] = opened(operand);
  const auto result = visit(node.children[1]);
  if (node.kind == Node::Kind::opt_map) return optional_type(result);
  need(node.children[1], *result, kinds_of(Kind::optional), "an optional");
  return result;
}

TypePointer Checker::fallback(const Node& node) {
  const auto operand = visit(node.children[0]);
  need(node.children[0], *operand, kinds_of(Kind::optional), "an optional");
  const auto other = visit(node.children[1]);
  if (node.kind == Node::Kind::or_value) return unite(opened(operand), other);
  need(node.children[1], *other, kinds_of(Kind::optional), "an optional");
  return optional_type(unite(opened(operand), opened(other)));
}

bool uses_scope(const Node& node) {
  return node.kind == Node::Kind::root ||
         std::any_of(node.children.begin(), node.children.end(), uses_scope);
}

void add_shifted(std::vector<Finding>& all, std::vector<Finding> more, const Template::Part& part) {
  for (auto& finding : more) {
    finding.offset += part.offset;
    finding.pointer = part.pointer;
    all.push_back(std::move(finding));
  }
}

}  // namespace

Checked check(const Program& program, const RootTypes& roots, const Facts& facts) {
  Checker checker(roots, facts);
  auto type = checker.visit(program.root());
  return {opened(type), checker.take()};
}

Checked check_condition(const Program& program, const RootTypes& roots, const Facts& facts) {
  Checker checker(roots, facts);
  auto type = checker.visit(program.root());
  checker.need(program.root(), *type, boolean_kind, "a condition");
  if (!uses_scope(program.root())) {
    checker.report(program.root(), "X08", false, "this condition is always the same");
  }
  return {std::move(type), checker.take()};
}

Checked check_list(const Program& program, const RootTypes& roots, const Facts& facts) {
  Checker checker(roots, facts);
  auto type = checker.visit(program.root());
  checker.need(program.root(), *type, kinds_of(Kind::list), "a list");
  return {std::move(type), checker.take()};
}

Checked check(const Template& tree, const RootTypes& roots, const Facts& facts) {
  Checked all{any_type(), {}};
  for (const auto& part : tree.parts()) {
    Checker checker(roots, facts);
    const auto type = checker.visit(part.program->root());
    if (!part.whole) checker.check_text(part.program->root(), *type);
    if (!uses_scope(part.program->root())) {
      checker.report(part.program->root(), "X08", false, "this expression is always the same");
    }
    if (part.whole && part.pointer.empty()) all.type = opened(type);
    add_shifted(all.findings, checker.take(), part);
  }
  if (tree.is_constant()) all.type = type_of_value(tree.source());
  return all;
}

Facts facts_if(const Program& condition, bool holds) {
  return facts_of(condition.root(), holds);
}

}  // namespace sagaloom::expression
