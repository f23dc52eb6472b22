#include "runtime/store/bytes.h"

#include <cassert>
#include <cstring>
#include <random>

namespace sagaloom::store {
namespace {

constexpr std::string_view digits = "0123456789abcdef";
constexpr std::size_t digest_size = 32;

bool is_digest(std::string_view text) {
  return text.size() == 2 * digest_size && text.find_first_not_of(digits) == std::string_view::npos;
}

}  // namespace

std::string digest_bytes(std::string_view text) {
  if (!is_digest(text)) {
    assert(text.size() != digest_size);
    return std::string(text);
  }
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    bytes += static_cast<char>(digits.find(text[i]) << 4 | digits.find(text[i + 1]));
  }
  return bytes;
}

std::string digest_text(std::string_view bytes) {
  if (bytes.size() != digest_size) return std::string(bytes);
  std::string text;
  for (const char byte : bytes) {
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[static_cast<unsigned char>(byte) & 0x0f];
  }
  return text;
}

std::string_view id_bytes(const core::SagaId& id) {
  return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
}

core::SagaId id_from_bytes(std::string_view bytes) {
  core::SagaId id;
  if (bytes.size() == id.bytes.size()) std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
  return id;
}

std::string random_uuid() {
  std::random_device device;
  core::SagaId id;
  for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(device());
  id.bytes[6] = static_cast<std::uint8_t>(0x40 | (id.bytes[6] & 0x0f));
  id.bytes[8] = static_cast<std::uint8_t>(0x80 | (id.bytes[8] & 0x3f));
  return core::to_string(id);
}

}  // namespace sagaloom::store
