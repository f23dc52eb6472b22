// The part of Evaluation that decides: conditions, `&&`, `||`, `!`, `? :` and `has`.

#include "runtime/expression/evaluation.h"

namespace sagaloom::expression {

std::optional<bool> Evaluation::condition(const Node& node) {
  Value held;
  const Value* value = evaluate(node, held);
  if (value == nullptr) return std::nullopt;
  if (value->is_boolean()) return value->boolean();
  fail(node, "a bool is needed here, not " + std::string(kind_name(value->kind())));
  return std::nullopt;
}

const Value* Evaluation::conditional(const Node& node, Value& scratch) {
  const auto holds = condition(node.children[0]);
  if (!holds) return nullptr;
  return evaluate(node.children[*holds ? 1 : 2], scratch);
}

// A decisive operand wins over errors on either side of it.
const Value* Evaluation::logical(const Node& node, bool decisive, Value& scratch) {
  bool failed = false;
  std::string message;
  std::uint32_t offset = 0;
  for (const auto& operand : node.children) {
    const auto value = condition(operand);
    if (value == decisive) return given(Value(decisive), scratch);
    if (value) continue;
    if (!forget_error()) return nullptr;
    if (!failed) {
      message = std::move(error_message_);
      offset = error_offset_;
    }
    failed = true;
  }
  if (!failed) return given(Value(!decisive), scratch);
  failed_ = true;
  error_message_ = std::move(message);
  error_offset_ = offset;
  return nullptr;
}

const Value* Evaluation::logical_not(const Node& node, Value& scratch) {
  const auto value = condition(node.children[0]);
  return value ? given(Value(!*value), scratch) : nullptr;
}

const Value* Evaluation::has(const Node& node, Value& scratch) {
  const Node& left = node.children[0];
  if (left.kind == Node::Kind::root && scope_.find(left.name) == nullptr) {
    return given(Value(false), scratch);
  }
  Value held;
  const Value* operand = evaluate(left, held);
  if (operand == nullptr) return nullptr;
  if (operand->is_optional()) operand = operand->inner();
  if (operand == nullptr || operand->is_null()) return given(Value(false), scratch);
  if (!operand->is_map()) {
    no_overload(node, "member `" + node.name + "` of " + std::string(kind_name(operand->kind())));
    return nullptr;
  }
  return given(Value(operand->find(std::string_view(node.name)) != nullptr), scratch);
}

}  // namespace sagaloom::expression
