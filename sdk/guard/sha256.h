// SHA-256 (FIPS 180-4) of a text as 64 lower-case hex digits: what the guard remembers of an input,
// so that the input itself, which may be private, is not kept. Pure function, any thread.
#pragma once

#include <string>
#include <string_view>

namespace sagaloom::sdk {
inline namespace v1 {

std::string sha256_hex(std::string_view text);

}  // namespace v1
}  // namespace sagaloom::sdk
