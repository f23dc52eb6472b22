// The guard in front of Beast's parser: looks at the raw bytes of a request's head and refuses what
// Beast 1.81 lets pass (RFC 9112 sections 2.2, 3, 5 and 6): folded lines, Transfer-Encoding other
// than exactly one `chunked`, or beside Content-Length, or in HTTP/1.0; several Content-Length or
// Host fields; no Host; bare CR or LF; too many fields; too much.
//
// Threads: pure functions over bytes. Nothing here reads a socket; head_guard_test drives it whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/http/limits.h"

namespace sagaloom::http {

struct Refused {
  std::string code;  // of the table in problem.cpp
  std::string detail;
};

// How far the bytes read so far go.
struct HeadScan {
  std::size_t scanned = 0;            // scan again from here when more bytes have come
  std::optional<std::size_t> length;  // the head ends here, its empty line included
  std::optional<Refused> refused;     // known to be wrong already
};
HeadScan scan_head(std::string_view bytes, std::size_t scanned, const Limits& limits);

struct HeadFacts {
  std::string_view method, target;  // into the head
  bool http_1_0 = false;
  bool chunked = false;
  std::uint64_t content_length = 0;
  bool close = false;  // the client ends the connection after this request
  bool expects_continue = false;
  std::optional<Refused> refused;  // then nothing else counts
};
// `head` ends in an empty line.
HeadFacts check_head(std::string_view head, const Limits& limits);

}  // namespace sagaloom::http
