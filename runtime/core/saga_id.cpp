#include "runtime/core/saga_id.h"

#include <charconv>
#include <cstring>

namespace sagaloom::core {

namespace {

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
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_dash_position(i) != (text[i] == '-')) return std::nullopt;
    if (text[i] != '-') digits += text[i];
  }
  SagaId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    const char* const first = digits.data() + 2 * i;
    if (std::from_chars(first, first + 2, id.bytes[i], 16).ptr != first + 2) return std::nullopt;
  }
  return id;
}

std::size_t SagaIdHash::operator()(const SagaId& id) const noexcept {
  std::uint64_t low = 0;  // rand_b is random enough; the time bits are not
  std::memcpy(&low, id.bytes.data() + 8, sizeof low);
  return static_cast<std::size_t>(low ^ (low >> 29));
}

}  // namespace sagaloom::core
