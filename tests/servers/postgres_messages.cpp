#include "tests/servers/postgres_messages.h"

#include <strings.h>

namespace sagaloom::tests {
namespace {

std::uint32_t big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string_view text_at(std::string_view message, std::size_t offset) {
  if (offset >= message.size()) return {};
  const auto rest = message.substr(offset);
  return rest.substr(0, rest.find('\0'));
}

bool is_commit(std::string_view text) {
  return text.size() >= 6 && ::strncasecmp(text.data(), "commit", 6) == 0;
}

}  // namespace

std::optional<std::string> MessageStream::next() {
  const std::size_t header = expects_startup_ ? 4 : 5;
  if (buffer_.size() < header) return std::nullopt;
  const std::size_t size = big_endian(std::string_view(buffer_).substr(header - 4)) + header - 4;
  if (buffer_.size() < size) return std::nullopt;
  std::string message = buffer_.substr(0, size);
  buffer_.erase(0, size);
  expects_startup_ = false;
  return message;
}

// Bind: portal name, then the statement's name.
bool asks_for_commit(std::string_view message) {
  if (message.size() < 6) return false;
  const auto first = text_at(message, 5);
  const auto second = text_at(message, 5 + first.size() + 1);
  switch (message[0]) {
    case 'Q':
      return is_commit(first);
    case 'P':
    case 'B':
      return message[0] == 'B' ? is_commit(second) : first.empty() && is_commit(second);
    default:
      return false;
  }
}

bool confirms_commit(std::string_view message) {
  return message.size() > 5 && message[0] == 'C' && text_at(message, 5) == "COMMIT";
}

}  // namespace sagaloom::tests
