#include "runtime/http/target.h"

#include <algorithm>

#include "runtime/document/json.h"

namespace sagaloom::http {
namespace {

using expression::Error;
using expression::Result;

Error refused(std::string message) {
  return Error{"http.target", std::move(message), "", Error::npos};
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// Empty: the segment is fine.
std::string_view fault_of(std::string_view raw, const std::string& decoded) {
  if (raw.empty()) return "the path has an empty segment";
  if (decoded == "." || decoded == "..") return "the path has a dot segment";
  if (decoded.find('/') != std::string::npos) return "the path has an escaped slash";
  if (decoded.find('\\') != std::string::npos) return "the path has a backslash";
  if (has_control(decoded)) return "the path has a control character";
  if (!document::valid_utf8(decoded)) return "the path is not UTF-8";
  return {};
}

std::optional<Error> add_segment(Target& target, std::string_view raw) {
  auto decoded = percent_decode(raw);
  if (!decoded) return refused("the path has a bad escape");
  if (const auto fault = fault_of(raw, *decoded); !fault.empty())
    return refused(std::string(fault));
  target.segments.push_back(std::move(*decoded));
  return std::nullopt;
}

std::optional<Error> parse_path(Target& target, std::string_view path) {
  path.remove_prefix(1);
  while (!path.empty()) {
    const auto end = std::min(path.find('/'), path.size());
    if (auto error = add_segment(target, path.substr(0, end))) return error;
    if (end + 1 == path.size()) return refused("the path ends in a slash");
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return std::nullopt;
}

std::optional<Error> parse_query(Target& target, std::string_view query) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto part = query.substr(0, end);
    const auto equals = std::min(part.find('='), part.size());
    auto name = percent_decode(part.substr(0, equals), true);
    auto value = percent_decode(part.substr(std::min(equals + 1, part.size())), true);
    if (!name || !value) return refused("the query has a bad escape");
    if (has_control(*name) || has_control(*value)) {
      return refused("the query has a control character");
    }
    if (!document::valid_utf8(*name) || !document::valid_utf8(*value)) {
      return refused("the query is not UTF-8");
    }
    if (!part.empty()) target.query.emplace_back(std::move(*name), std::move(*value));
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::nullopt;
}

}  // namespace

const std::string* Target::query_value(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return &value;
  }
  return nullptr;
}

Result<Target> parse_target(std::string_view text) {
  if (text.empty() || text.front() != '/') return refused("the target must begin with `/`");
  if (text.find('\\') != std::string_view::npos) return refused("the target has a backslash");
  if (text.find('#') != std::string_view::npos) return refused("the target has a fragment");
  Target target;
  const auto mark = std::min(text.find('?'), text.size());
  if (auto error = parse_path(target, text.substr(0, mark))) return std::move(*error);
  if (auto error = parse_query(target, text.substr(std::min(mark + 1, text.size())))) {
    return std::move(*error);
  }
  return target;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
    i += 2;
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  static constexpr std::string_view plain = "-._~";
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || plain.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return out;
}

std::string percent_encode_path(std::string_view path) {
  std::string escaped;
  while (true) {
    const auto end = std::min(path.find('/'), path.size());
    escaped += percent_encode(path.substr(0, end));
    if (end == path.size()) return escaped;
    escaped += '/';
    path.remove_prefix(end + 1);
  }
}

}  // namespace sagaloom::http
