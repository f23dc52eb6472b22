// The orders of a run: what the n-th one asks for follows from the seed and n alone, so that the
// checker knows it without a record of the client.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sagaloom::chaos {

enum class Kind : std::uint8_t { good, without_funds, no_slot, out_of_stock };

inline constexpr const char* article = "SKU-1";
inline constexpr std::int64_t opening_stock = 100'000'000;
inline constexpr const char* poor_customer = "customer-without-funds";

struct Order {
  std::string id;
  Kind kind = Kind::good;
  int quantity = 1;  // of the article

  std::string json() const;
};

Order order_at(std::uint64_t seed, int number);
// The order with this id; nullopt: it is none of ours.
std::optional<Order> order_with(std::uint64_t seed, const std::string& id);

}  // namespace sagaloom::chaos
