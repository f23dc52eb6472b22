// The id of a saga: a UUIDv7 (RFC 9562) whose 12 `rand_a` bits hold the number of its shard, so
// that an id alone says where its saga lives. The nil id marks journal rows that belong to no saga.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sagaloom::core {

struct SagaId {
  std::array<std::uint8_t, 16> bytes{};

  auto operator<=>(const SagaId&) const = default;
  bool nil() const { return *this == SagaId{}; }
  std::uint16_t shard() const {
    return static_cast<std::uint16_t>((bytes[6] & 0x0f) << 8 | bytes[7]);
  }
};

// `unix_ms` fills the first 48 bits, `random` the 62 bits of rand_b.
SagaId make_saga_id(std::int64_t unix_ms, std::uint16_t shard, std::uint64_t random);

std::string to_string(const SagaId& id);                     // 8-4-4-4-12, lower case
std::optional<SagaId> parse_saga_id(std::string_view text);  // the same form, any case

struct SagaIdHash {
  std::size_t operator()(const SagaId& id) const noexcept;
};

}  // namespace sagaloom::core
