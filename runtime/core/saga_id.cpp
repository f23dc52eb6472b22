#include "runtime/core/saga_id.h"

#include <cstring>

namespace sagaloom::core {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_dash_position(std::size_t i) {
  return i == 8 || i == 13 || i == 18 || i == 23;
}

}  // namespace

SagaId make_saga_id(std::int64_t unix_ms, std::uint16_t shard, std::uint64_t random) {
  SagaId id;
  for (int i = 0; i < 6; ++i) id.bytes[i] = static_cast<std::uint8_t>(unix_ms >> (40 - 8 * i));
  id.bytes[6] = static_cast<std::uint8_t>(0x70 | ((shard >> 8) & 0x0f));
  id.bytes[7] = static_cast<std::uint8_t>(shard & 0xff);
  for (int i = 0; i < 8; ++i) id.bytes[8 + i] = static_cast<std::uint8_t>(random >> (56 - 8 * i));
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f));
  return id;
}

std::string to_string(const SagaId& id) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < 16; ++i) {
    if (is_dash_position(text.size())) text += '-';
    text += digits[id.bytes[i] >> 4];
    text += digits[id.bytes[i] & 0x0f];
  }
  return text;
}

std::optional<SagaId> parse_saga_id(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  SagaId id;
  std::size_t nibble = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash_position(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = hex_digit(text[i]);
    if (digit < 0) return std::nullopt;
    id.bytes[nibble / 2] |= static_cast<std::uint8_t>(nibble % 2 == 0 ? digit << 4 : digit);
    ++nibble;
  }
  return id;
}

std::size_t SagaIdHash::operator()(const SagaId& id) const noexcept {
  std::uint64_t low = 0;  // rand_b is random enough; the time bits are not
  std::memcpy(&low, id.bytes.data() + 8, sizeof low);
  return static_cast<std::size_t>(low ^ (low >> 29));
}

}  // namespace sagaloom::core
