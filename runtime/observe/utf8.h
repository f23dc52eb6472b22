// Text of unknown origin made fit to be printed. Pure.
#pragma once

#include <string>
#include <string_view>

namespace sagaloom::observe {

// At most `limit` bytes of the text, cut between characters with "…" put behind; each byte that is
// not part of valid UTF-8 (RFC 3629) becomes U+FFFD.
std::string clean_utf8(std::string_view text, std::size_t limit);

}  // namespace sagaloom::observe
