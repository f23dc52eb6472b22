// The binary operators over values.

#include <cmath>
#include <compare>

#include "runtime/expression/evaluation.h"
#include "runtime/expression/time.h"

namespace sagaloom::expression {
namespace {

using Kind = Value::Kind;

std::string_view symbol_of(Operator operation) {
  static constexpr std::string_view symbols[] = {
      "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in"};
  return symbols[static_cast<std::size_t>(operation)];
}

// One application of an operator.
struct Operation {
  Evaluation& evaluation;
  const Node& node;
  const Value& left;
  const Value& right;
  Value& scratch;

  const Value* give(Value value) {
    scratch = std::move(value);
    return &scratch;
  }
  const Value* fail(std::string message) {
    evaluation.fail(node, std::move(message));
    return nullptr;
  }
  const Value* no_overload() {
    evaluation.no_overload(node, std::string(kind_name(left.kind())) + " " +
                                     std::string(symbol_of(node.operation)) + " " +
                                     std::string(kind_name(right.kind())));
    return nullptr;
  }
  template <typename T>
  const Value* in_range(const std::optional<T>& value) {
    return value ? give(Value(*value)) : fail("the time is outside of the years 1 to 9999");
  }

  const Value* integers();
  const Value* reals();
  const Value* times();
  const Value* joined();
  const Value* arithmetic();
  const Value* equality();
  const Value* comparison();
  const Value* membership();
};

const Value* Operation::integers() {
  const std::int64_t a = left.integer();
  const std::int64_t b = right.integer();
  std::int64_t result = 0;
  bool overflow = false;
  switch (node.operation) {
    case Operator::add:
      overflow = __builtin_add_overflow(a, b, &result);
      break;
    case Operator::subtract:
      overflow = __builtin_sub_overflow(a, b, &result);
      break;
    case Operator::multiply:
      overflow = __builtin_mul_overflow(a, b, &result);
      break;
    default:
      if (b == 0) return fail("division by zero");
      overflow = a == INT64_MIN && b == -1;
      if (!overflow) result = node.operation == Operator::divide ? a / b : a % b;
  }
  return overflow ? fail("the result does not fit 64 bits") : give(Value(result));
}

// JSON has one kind of number, so an int beside a double counts as a double.
const Value* Operation::reals() {
  const double a = left.is_real() ? left.real() : static_cast<double>(left.integer());
  const double b = right.is_real() ? right.real() : static_cast<double>(right.integer());
  switch (node.operation) {
    case Operator::add:
      return give(Value(a + b));
    case Operator::subtract:
      return give(Value(a - b));
    case Operator::multiply:
      return give(Value(a * b));
    case Operator::divide:
      return give(Value(a / b));
    default:
      return no_overload();
  }
}

const Value* Operation::times() {
  const bool adds = node.operation == Operator::add;
  if (!adds && node.operation != Operator::subtract) return no_overload();
  const bool time_left = left.kind() == Kind::timestamp;
  const bool time_right = right.kind() == Kind::timestamp;
  const bool span_left = left.kind() == Kind::time_span;
  const bool span_right = right.kind() == Kind::time_span;
  if (span_right && (time_left || span_left)) {
    const TimeSpan span = adds ? right.time_span() : negated(right.time_span());
    return time_left ? in_range(add(left.timestamp(), span))
                     : in_range(add(left.time_span(), span));
  }
  if (adds && span_left && time_right) return in_range(add(right.timestamp(), left.time_span()));
  if (!adds && time_left && time_right) {
    return in_range(between(left.timestamp(), right.timestamp()));
  }
  return no_overload();
}

// Strings and lists, by `+`.
const Value* Operation::joined() {
  if (left.is_string()) {
    const std::size_t size = left.string().size() + right.string().size();
    if (!evaluation.build(node, size)) return nullptr;
    std::string text;
    text.reserve(size);
    text += left.string();
    text += right.string();
    return give(Value(std::move(text)));
  }
  const std::size_t count = left.items().size() + right.items().size();
  if (!evaluation.build(node, count * sizeof(Value))) return nullptr;
  List items;
  items.reserve(count);
  items.insert(items.end(), left.items().begin(), left.items().end());
  items.insert(items.end(), right.items().begin(), right.items().end());
  return give(Value(std::move(items)));
}

const Value* Operation::arithmetic() {
  if (left.is_integer() && right.is_integer()) return integers();
  if (left.is_number() && right.is_number()) return reals();
  const bool same = left.kind() == right.kind();
  if (node.operation == Operator::add && same && (left.is_string() || left.is_list())) {
    return joined();
  }
  return times();
}

const Value* Operation::equality() {
  const auto same = evaluation.equal(node, left, right);
  if (!same) return nullptr;
  return give(Value(*same == (node.operation == Operator::equal)));
}

// Exact: the integer is never rounded. nullopt: NaN.
std::optional<std::partial_ordering> order_numbers(const Value& left, const Value& right) {
  if (left.is_integer() && right.is_integer()) return left.integer() <=> right.integer();
  if (left.is_real() && right.is_real()) return left.real() <=> right.real();
  const bool flipped = left.is_real();
  const std::int64_t integer = flipped ? right.integer() : left.integer();
  const double real = flipped ? left.real() : right.real();
  auto order = std::partial_ordering::equivalent;
  if (std::isnan(real)) {
    order = std::partial_ordering::unordered;
  } else if (real >= 9223372036854775808.0) {
    order = std::partial_ordering::less;
  } else if (real < -9223372036854775808.0) {
    order = std::partial_ordering::greater;
  } else {
    const auto whole = static_cast<std::int64_t>(real);
    order = integer != whole ? integer <=> whole : 0.0 <=> real - static_cast<double>(whole);
  }
  return flipped ? 0 <=> order : order;
}

const Value* Operation::comparison() {
  const auto order = compare(left, right);
  if (!order) return no_overload();
  if (left.is_string() && !evaluation.work(node, left.string().size() / 256)) return nullptr;
  switch (node.operation) {
    case Operator::less:
      return give(Value(*order < 0));
    case Operator::less_equal:
      return give(Value(*order <= 0));
    case Operator::greater:
      return give(Value(*order > 0));
    default:
      return give(Value(*order >= 0));
  }
}

const Value* Operation::membership() {
  if (right.is_map()) return give(Value(right.find(left) != nullptr));
  if (!right.is_list()) return no_overload();
  for (const auto& item : right.items()) {
    const auto same = evaluation.equal(node, left, item);
    if (!same) return nullptr;
    if (*same) return give(Value(true));
  }
  return give(Value(false));
}

}  // namespace

std::optional<std::partial_ordering> compare(const Value& left, const Value& right) {
  if (left.is_number() && right.is_number()) return order_numbers(left, right);
  if (left.kind() != right.kind()) return std::nullopt;
  switch (left.kind()) {
    case Kind::string:
      return left.string() <=> right.string();
    case Kind::boolean:
      return left.boolean() <=> right.boolean();
    case Kind::timestamp:
      return left.timestamp() <=> right.timestamp();
    case Kind::time_span:
      return left.time_span() <=> right.time_span();
    default:
      return std::nullopt;
  }
}

const Value* apply(Evaluation& evaluation, const Node& node, const Value& left, const Value& right,
                   Value& scratch) {
  Operation operation{evaluation, node, left, right, scratch};
  switch (node.operation) {
    case Operator::equal:
    case Operator::not_equal:
      return operation.equality();
    case Operator::less:
    case Operator::less_equal:
    case Operator::greater:
    case Operator::greater_equal:
      return operation.comparison();
    case Operator::in:
      return operation.membership();
    default:
      return operation.arithmetic();
  }
}

}  // namespace sagaloom::expression
