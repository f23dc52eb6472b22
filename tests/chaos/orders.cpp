#include "tests/chaos/orders.h"

#include <cstdlib>

namespace sagaloom::chaos {
namespace {

std::uint64_t mixed(std::uint64_t x) {  // splitmix64
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

Kind kind_of(std::uint64_t percent) {
  if (percent < 20) return Kind::without_funds;
  if (percent < 40) return Kind::no_slot;
  return percent < 43 ? Kind::out_of_stock : Kind::good;
}

}  // namespace

std::string Order::json() const {
  const bool poor = kind == Kind::without_funds;
  return R"({"order_id":")" + id + R"(","customer_id":")" + (poor ? poor_customer : "ada") +
         R"(","currency":"EUR","delivery_address":")" +
         (kind == Kind::no_slot ? "nowhere" : "1 Loom Street") + R"(","items":[{"sku":")" +
         (kind == Kind::out_of_stock ? "SKU-NONE" : article) + R"(","qty":)" +
         std::to_string(quantity) + R"(,"price_minor":100}]})";
}

Order order_at(std::uint64_t seed, int number) {
  const std::uint64_t drawn = mixed(seed * 1'000'003 + static_cast<std::uint64_t>(number));
  return {"order-" + std::to_string(number), kind_of(drawn % 100),
          1 + static_cast<int>((drawn >> 32) % 3)};
}

std::optional<Order> order_with(std::uint64_t seed, const std::string& id) {
  if (!id.starts_with("order-")) return std::nullopt;
  const Order order = order_at(seed, std::atoi(id.c_str() + 6));
  return order.id == id ? std::optional(order) : std::nullopt;
}

}  // namespace sagaloom::chaos
