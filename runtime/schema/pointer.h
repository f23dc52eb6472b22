// JSON pointers as text (RFC 6901).
//
// Threads: free functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sagaloom::schema {

// Adds "/token" with `~` and `/` escaped.
void append_token(std::string& pointer, std::string_view token);

// The pointer in a URI fragment (without `#`), percent escapes resolved; nullopt: malformed.
std::optional<std::string> plain_pointer(std::string_view fragment);

}  // namespace sagaloom::schema
