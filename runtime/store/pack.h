// Packed text: zstd with a dictionary of what every snapshot holds. A state's text is two thirds
// field names, and it is written once more with the end of each saga.
//
// Threads: free functions; each thread keeps a compressor of its own. Errors: unpack gives nullopt
// for damaged bytes and for text above 256 MiB.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sagaloom::store {

std::string pack(std::string_view text);
// Text that was never packed (it begins with '{') comes back as it is.
std::optional<std::string> unpack(std::string_view bytes);

}  // namespace sagaloom::store
