// The checker over operators, functions and macros.

#include <algorithm>

#include "runtime/expression/checking.h"
#include "runtime/expression/facts.h"
#include "runtime/expression/functions.h"

namespace sagaloom::expression {

using Kind = Value::Kind;

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

namespace {

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

}  // namespace

TypePointer Checker::arithmetic(const Node& node, const Type& left, const Type& right) {
  if (left.kinds == any_kind && right.kinds == any_kind) return any_type();
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

}  // namespace sagaloom::expression
