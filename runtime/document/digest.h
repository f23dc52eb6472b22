// SHA-256 over bytes (libcrypto), and its text form.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sagaloom::document {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view bytes);
std::string hex(const Digest& digest);  // 64 lower-case digits
}  // namespace sagaloom::document
