#include "runtime/schema/order.h"

#include <algorithm>
#include <vector>

namespace sagaloom::schema {
namespace {

using expression::List;
using expression::Map;
using expression::Member;
using expression::Value;

std::strong_ordering order_numbers(const Value& left, const Value& right) {
  if (left.is_integer() && right.is_integer()) return left.integer() <=> right.integer();
  if (left == right) return std::strong_ordering::equal;
  // Different values: rounding an integer to a double cannot swap them, only hide the difference.
  const double a = left.is_real() ? left.real() : static_cast<double>(left.integer());
  const double b = right.is_real() ? right.real() : static_cast<double>(right.integer());
  if (a != b) return a < b ? std::strong_ordering::less : std::strong_ordering::greater;
  if (b >= 9223372036854775808.0) return std::strong_ordering::less;
  if (left.is_integer()) return left.integer() <=> static_cast<std::int64_t>(b);
  if (a >= 9223372036854775808.0) return std::strong_ordering::greater;
  return static_cast<std::int64_t>(a) <=> right.integer();
}

std::strong_ordering order_lists(const List& left, const List& right) {
  return std::lexicographical_compare_three_way(left.begin(), left.end(), right.begin(),
                                                right.end(), order_of);
}

std::strong_ordering order_maps(const Map& left, const Map& right) {
  return std::lexicographical_compare_three_way(
      left.begin(), left.end(), right.begin(), right.end(), [](const Member& a, const Member& b) {
        const auto keys = Value::order(a.key, b.key);
        return keys != 0 ? keys : order_of(a.value, b.value);
      });
}

}  // namespace

std::strong_ordering order_of(const Value& left, const Value& right) {
  if (left.is_number() && right.is_number()) return order_numbers(left, right);
  if (left.is_list() && right.is_list()) return order_lists(left.items(), right.items());
  if (left.is_map() && right.is_map()) return order_maps(left.members(), right.members());
  return Value::order(left, right);
}

bool has_equal_items(const List& items) {
  std::vector<const Value*> sorted;
  sorted.reserve(items.size());
  for (const auto& item : items) sorted.push_back(&item);
  std::sort(sorted.begin(), sorted.end(),
            [](const Value* a, const Value* b) { return order_of(*a, *b) < 0; });
  return std::adjacent_find(sorted.begin(), sorted.end(), [](const Value* a, const Value* b) {
           return order_of(*a, *b) == 0;
         }) != sorted.end();
}

}  // namespace sagaloom::schema
