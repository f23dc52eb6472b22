// The macros of Evaluation: what repeats a part of an expression over a list, a map or an optional.

#include "runtime/expression/evaluation.h"

namespace sagaloom::expression {

template <typename Turn>
bool Evaluation::each(const Node& node, const Value& range, Turn turn) {
  if (range.is_list()) {
    for (const auto& item : range.items()) {
      if (!turn(item)) return !failed_;
    }
    return true;
  }
  if (range.is_map()) {
    for (const auto& member : range.members()) {
      if (!turn(member.key)) return !failed_;
    }
    return true;
  }
  return no_overload(node, "a macro over " + std::string(kind_name(range.kind())));
}

// `all` and `exists`: like a row of `&&` or `||`, errors included.
const Value* Evaluation::quantified(const Node& node, Value& scratch) {
  Value held;
  const Value* range = evaluate(node.children[0], held);
  if (range == nullptr) return nullptr;
  const bool decisive = node.kind == Node::Kind::exists;
  bool decided = false;
  bool failed = false;
  std::string message;
  std::uint32_t offset = 0;
  const bool walked = each(node, *range, [&](const Value& item) {
    slots_[node.slot] = &item;
    const auto value = condition(node.children[1]);
    decided = value == decisive;
    if (value) return !decided;
    if (!forget_error()) return false;
    if (!failed) {
      message = error_message_;
      offset = error_offset_;
    }
    failed = true;
    return true;
  });
  if (!walked) return nullptr;
  if (decided || !failed) return given(Value(decided ? decisive : !decisive), scratch);
  failed_ = true;
  error_message_ = std::move(message);
  error_offset_ = offset;
  return nullptr;
}

const Value* Evaluation::exists_one(const Node& node, Value& scratch) {
  Value held;
  const Value* range = evaluate(node.children[0], held);
  if (range == nullptr) return nullptr;
  std::size_t count = 0;
  const bool walked = each(node, *range, [&](const Value& item) {
    slots_[node.slot] = &item;
    const auto value = condition(node.children[1]);
    count += value == true ? 1 : 0;
    return value.has_value();
  });
  return walked ? given(Value(count == 1), scratch) : nullptr;
}

const Value* Evaluation::filter(const Node& node, Value& scratch) {
  Value held;
  const Value* range = evaluate(node.children[0], held);
  if (range == nullptr) return nullptr;
  List items;
  const bool walked = each(node, *range, [&](const Value& item) {
    slots_[node.slot] = &item;
    const auto value = condition(node.children[1]);
    if (value == true) items.push_back(item);
    return value.has_value() && build(node, sizeof(Value));
  });
  return walked ? given(Value(std::move(items)), scratch) : nullptr;
}

const Value* Evaluation::transform(const Node& node, Value& scratch) {
  Value held;
  const Value* range = evaluate(node.children[0], held);
  if (range == nullptr) return nullptr;
  List items;
  const bool walked = each(node, *range, [&](const Value& item) {
    slots_[node.slot] = &item;
    if (node.children.size() == 3) {
      const auto value = condition(node.children[2]);
      if (value != true) return value.has_value();
    }
    Value turned;
    const Value* result = evaluate(node.children[1], turned);
    if (result == nullptr || !build(node, sizeof(Value))) return false;
    items.push_back(result == &turned ? std::move(turned) : *result);
    return true;
  });
  return walked ? given(Value(std::move(items)), scratch) : nullptr;
}

const Value* Evaluation::optional_mapped(const Node& node, Value& scratch) {
  Value held;
  const Value* range = evaluate(node.children[0], held);
  if (range == nullptr) return nullptr;
  if (!range->is_optional()) {
    no_overload(node, "`optMap` of " + std::string(kind_name(range->kind())));
    return nullptr;
  }
  if (range->inner() == nullptr) return given(Value::none(), scratch);
  slots_[node.slot] = range->inner();
  Value turned;
  const Value* result = evaluate(node.children[1], turned);
  if (result == nullptr) return nullptr;
  if (node.kind == Node::Kind::opt_map) return given(Value::some(*result), scratch);
  if (result->is_optional()) return given(*result, scratch);
  fail(node.children[1], "`optFlatMap` needs an expression that gives an optional");
  return nullptr;
}

// `orValue` and `or`: the second operand is evaluated only if the first holds nothing.
const Value* Evaluation::fallback(const Node& node, Value& scratch) {
  Value held;
  const Value* operand = evaluate(node.children[0], held);
  if (operand == nullptr) return nullptr;
  const bool wants_value = node.kind == Node::Kind::or_value;
  if (!operand->is_optional()) {
    no_overload(node, std::string(wants_value ? "`orValue`" : "`or`") + " of " +
                          std::string(kind_name(operand->kind())));
    return nullptr;
  }
  if (operand->inner() != nullptr)
    return given(wants_value ? *operand->inner() : *operand, scratch);
  const Value* other = evaluate(node.children[1], scratch);
  if (other == nullptr || wants_value || other->is_optional()) return other;
  fail(node.children[1], "`or` needs an optional; use `orValue` for a value");
  return nullptr;
}

}  // namespace sagaloom::expression
