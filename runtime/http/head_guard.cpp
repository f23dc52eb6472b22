#include "runtime/http/head_guard.h"

#include <algorithm>
#include <charconv>

#include "runtime/http/request.h"

namespace sagaloom::http {
namespace {

using Check = std::optional<Refused>;

Refused malformed(std::string detail) {
  return {"http.malformed", std::move(detail)};
}
Refused framing(std::string detail) {
  return {"http.framing", std::move(detail)};
}

bool is_token(std::string_view text) {
  static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
  });
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// The next line without its CRLF, which is taken off `rest`.
std::string_view take_line(std::string_view& rest) {
  const auto end = std::min(rest.find("\r\n"), rest.size());
  const auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 2, rest.size()));
  return line;
}

// Whether a comma-separated list names `token`.
bool lists(std::string_view value, std::string_view token) {
  while (!value.empty()) {
    const auto end = std::min(value.find(','), value.size());
    if (equal_ignoring_case(trimmed(value.substr(0, end)), token)) return true;
    value.remove_prefix(std::min(end + 1, value.size()));
  }
  return false;
}

// Facts that only show over all fields.
struct Counts {
  int hosts = 0, lengths = 0, encodings = 0;
  std::size_t fields = 0;
};

Check check_request_line(std::string_view line, HeadFacts& facts, const Limits& limits) {
  const auto first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) {
    return malformed("the request line must be `METHOD target HTTP/1.1`");
  }
  facts.method = line.substr(0, first);
  facts.target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(facts.method) || facts.method.size() > 16) return malformed("bad method");
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return malformed("only HTTP/1.1 and HTTP/1.0 are spoken here");
  }
  facts.http_1_0 = version == "HTTP/1.0";
  if (facts.target.size() > limits.target_bytes) {
    return Refused{"http.target_too_long",
                   "the target has " + std::to_string(facts.target.size()) + " bytes"};
  }
  if (facts.target.find(' ') != std::string_view::npos) return malformed("spaces in the target");
  return std::nullopt;
}

Check check_length(std::string_view value, HeadFacts& facts) {
  const auto end = value.data() + value.size();
  const auto [at, error] = std::from_chars(value.data(), end, facts.content_length);
  if (value.empty() || error != std::errc{} || at != end) {
    return framing("Content-Length must be one decimal number");
  }
  return std::nullopt;
}

Check check_field(std::string_view name, std::string_view value, HeadFacts& facts, Counts& counts) {
  if (equal_ignoring_case(name, "Host")) ++counts.hosts;
  if (equal_ignoring_case(name, "Content-Length")) {
    ++counts.lengths;
    return check_length(value, facts);
  }
  if (equal_ignoring_case(name, "Transfer-Encoding")) {
    ++counts.encodings;
    facts.chunked = true;
    if (!equal_ignoring_case(value, "chunked")) {
      return framing("the only Transfer-Encoding is `chunked`");
    }
  }
  if (equal_ignoring_case(name, "Connection")) {
    facts.close = facts.close || lists(value, "close");
  }
  if (equal_ignoring_case(name, "Expect")) {
    if (!equal_ignoring_case(value, "100-continue")) {
      return Refused{"http.expectation", "Expect: " + std::string(value.substr(0, 64))};
    }
    facts.expects_continue = true;
  }
  return std::nullopt;
}

Check check_line(std::string_view line, HeadFacts& facts, Counts& counts) {
  if (line.front() == ' ' || line.front() == '\t') return malformed("folded header lines");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return malformed("a header line without a colon");
  const auto name = line.substr(0, colon);
  if (!is_token(name)) return malformed("bad field name");
  return check_field(name, trimmed(line.substr(colon + 1)), facts, counts);
}

Check check_counts(const HeadFacts& facts, const Counts& counts, const Limits& limits) {
  if (counts.hosts != 1) {
    return Refused{"http.host", std::to_string(counts.hosts) + " Host fields"};
  }
  if (counts.lengths > 1) return framing("several Content-Length fields");
  if (counts.encodings > 1) return framing("several Transfer-Encoding fields");
  if (facts.chunked && counts.lengths > 0) {
    return framing("Transfer-Encoding beside Content-Length");
  }
  if (facts.chunked && facts.http_1_0) return framing("Transfer-Encoding in HTTP/1.0");
  if (facts.content_length > limits.body_bytes) {
    return Refused{"body.too_large", "Content-Length " + std::to_string(facts.content_length) +
                                         " is over " + std::to_string(limits.body_bytes)};
  }
  return std::nullopt;
}

Check check_fields(std::string_view rest, HeadFacts& facts, const Limits& limits) {
  Counts counts;
  for (auto line = take_line(rest); !line.empty(); line = take_line(rest)) {
    if (++counts.fields > limits.fields) {
      return Refused{"http.header_too_large",
                     "more than " + std::to_string(limits.fields) + " fields"};
    }
    if (auto refused = check_line(line, facts, counts)) return refused;
  }
  facts.close = facts.close || facts.http_1_0;
  return check_counts(facts, counts, limits);
}

Refused too_long(std::string_view bytes, const Limits& limits) {
  if (bytes.find("\r\n") == std::string_view::npos) {
    return {"http.target_too_long", "the request line is too long"};
  }
  return {"http.header_too_large",
          "the header is longer than " + std::to_string(limits.head_bytes) + " bytes"};
}

// A byte that may not stand in a head at all.
bool forbidden(std::string_view bytes, std::size_t at) {
  const auto c = static_cast<unsigned char>(bytes[at]);
  if (c == '\n') return at == 0 || bytes[at - 1] != '\r';
  if (at > 0 && bytes[at - 1] == '\r') return true;  // a bare CR
  return (c < 0x20 && c != '\r' && c != '\t') || c == 0x7f;
}

}  // namespace

HeadScan scan_head(std::string_view bytes, std::size_t scanned, const Limits& limits) {
  HeadScan scan;
  for (std::size_t i = scanned; i < bytes.size(); ++i) {
    if (i >= limits.head_bytes) {
      scan.refused = too_long(bytes.substr(0, limits.head_bytes), limits);
      return scan;
    }
    if (forbidden(bytes, i)) {
      scan.refused = malformed("a control character or a bare line end in the header");
      return scan;
    }
    if (bytes[i] == '\n' && i >= 3 && bytes.substr(i - 3, 4) == "\r\n\r\n") {
      scan.length = i + 1;
      return scan;
    }
  }
  scan.scanned = bytes.size();
  return scan;
}

HeadFacts check_head(std::string_view head, const Limits& limits) {
  HeadFacts facts;
  std::string_view rest = head;
  facts.refused = check_request_line(take_line(rest), facts, limits);
  if (!facts.refused) facts.refused = check_fields(rest, facts, limits);
  return facts;
}

}  // namespace sagaloom::http
