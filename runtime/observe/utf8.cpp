#include "runtime/observe/utf8.h"

#include <algorithm>

namespace sagaloom::observe {

namespace {

bool continues(std::string_view text, std::size_t at, unsigned low, unsigned high) {
  if (at >= text.size()) return false;
  const auto byte = static_cast<unsigned char>(text[at]);
  return byte >= low && byte <= high;
}

// Bytes of the valid character at `at`; 0 when there is none. RFC 3629, section 4.
std::size_t character(std::string_view text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(text, at + 1, 0x80, 0xbf) ? 2 : 0;
  const bool tail_2 = continues(text, at + 2, 0x80, 0xbf);
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned low = first == 0xe0 ? 0xa0 : 0x80, high = first == 0xed ? 0x9f : 0xbf;
    return continues(text, at + 1, low, high) && tail_2 ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned low = first == 0xf0 ? 0x90 : 0x80, high = first == 0xf4 ? 0x8f : 0xbf;
    return continues(text, at + 1, low, high) && tail_2 && continues(text, at + 3, 0x80, 0xbf) ? 4
                                                                                               : 0;
  }
  return 0;
}

}  // namespace

std::string clean_utf8(std::string_view text, std::size_t limit) {
  std::string out;
  out.reserve(std::min(text.size(), limit));
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t size = character(text, at);
    const std::string_view piece = size == 0 ? "\xef\xbf\xbd" : text.substr(at, size);
    if (out.size() + piece.size() > limit) return out += "\xe2\x80\xa6";
    out += piece;
    at += size == 0 ? 1 : size;
  }
  return out;
}

}  // namespace sagaloom::observe
