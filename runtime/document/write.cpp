#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

#include "runtime/document/json.h"
#include "runtime/document/tag.h"
#include "runtime/expression/text.h"
#include "runtime/expression/time.h"

namespace sagaloom::document {
namespace {

using expression::List;
using expression::Map;
using expression::Member;
using expression::Value;
using Kind = Value::Kind;

// Which bytes a JSON string must escape.
constexpr std::array<bool, 256> escaped = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = true;
  table['"'] = table['\\'] = true;
  return table;
}();

void append_escape(std::string& out, char c) {
  static constexpr char digits[] = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  out += "\\u00";
  out.push_back(digits[(c >> 4) & 15]);
  out.push_back(digits[c & 15]);
}

void append_integer(std::string& out, std::int64_t number) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}

void append_tag(std::string& out, std::string_view tag, std::string_view text) {
  out += "{\"";
  out += tag;
  out += "\":";
  append_string(out, text);
  out.push_back('}');
}

// With a point or an exponent, so that it is read as a real again.
void append_real(std::string& out, double real) {
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, real).ptr;
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  out += text;
  if (text.find_first_of(".e") == std::string_view::npos) out += ".0";
}

// ECMAScript's Number::toString, which RFC 8785 asks for.
void append_canonical_real(std::string& out, double real) {
  if (real == 0) return out.push_back('0');
  if (real < 0) out.push_back('-');
  char buffer[40];
  const auto end =
      std::to_chars(buffer, buffer + sizeof buffer, std::fabs(real), std::chars_format::scientific)
          .ptr;
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  const auto e = text.find('e');
  std::string digits(1, text[0]);
  if (e > 1) digits += text.substr(2, e - 2);
  int exponent = 0;
  const bool plus = text[e + 1] == '+';
  std::from_chars(text.data() + e + (plus ? 2 : 1), end, exponent);
  const int point = exponent + 1;  // digits before the point
  const int count = static_cast<int>(digits.size());
  if (point > 21 || point <= -6) {
    out.push_back(digits[0]);
    if (count > 1) out += "." + digits.substr(1);
    out += exponent < 0 ? "e-" : "e+";
    append_integer(out, std::abs(exponent));
  } else if (point <= 0) {
    out += "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  } else if (count <= point) {
    out += digits + std::string(static_cast<std::size_t>(point - count), '0');
  } else {
    out += digits.substr(0, static_cast<std::size_t>(point)) + "." +
           digits.substr(static_cast<std::size_t>(point));
  }
}

// RFC 8785 sorts by UTF-16 code units: as UTF-8 does, but for code points above U+FFFF, whose
// surrogates sort below U+E000.
bool utf16_less(std::string_view left, std::string_view right) {
  const auto differ = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  if (differ.first == left.end() || differ.second == right.end()) {
    return left.size() < right.size();
  }
  const auto a = static_cast<unsigned char>(*differ.first);
  const auto b = static_cast<unsigned char>(*differ.second);
  if ((a >= 0xF0) != (b >= 0xF0)) {
    const auto other = a >= 0xF0 ? b : a;
    if (other >= 0xEE) return a >= 0xF0;
  }
  return a < b;
}

enum class Form { tagged, plain, canonical };

class Writer {
 public:
  Writer(std::string& out, Form form) : out_(out), form_(form) {}

  void value(const Value& value);

 private:
  void scalar(const Value& value);
  void real(double real);
  void time(std::string_view tag, std::string_view text) {
    if (form_ == Form::plain) return append_string(out_, text);
    append_tag(out_, tag, text);
  }
  void list(const List& items);
  void map(const Map& members);
  void entries(const Map& members);
  void plain_map(const Map& members);
  void member(const Member& member) {
    if (member.key.is_string()) {
      append_string(out_, member.key.string());
    } else {
      append_string(out_, expression::text_of(member.key).value_or(""));
    }
    out_.push_back(':');
    value(member.value);
  }

  std::string& out_;
  const Form form_;
};

void Writer::value(const Value& value) {
  switch (value.kind()) {
    case Kind::string:
      return append_string(out_, value.string());
    case Kind::integer:
      return append_integer(out_, value.integer());
    case Kind::map:
      return map(value.members());
    case Kind::list:
      return list(value.items());
    default:
      return scalar(value);
  }
}

void Writer::scalar(const Value& value) {
  switch (value.kind()) {
    case Kind::boolean:
      out_ += value.boolean() ? "true" : "false";
      return;
    case Kind::real:
      return real(value.real());
    case Kind::timestamp:
      return time("$timestamp", expression::format_timestamp(value.timestamp()));
    case Kind::time_span:
      return time("$duration", expression::format_duration(value.time_span()));
    case Kind::secret:
      return append_tag(out_, "$secret", value.secret_name());
    case Kind::optional:
      if (value.inner()) return this->value(*value.inner());
      [[fallthrough]];
    default:
      out_ += "null";
  }
}

void Writer::real(double real) {
  if (!std::isfinite(real)) {
    if (form_ == Form::plain) return static_cast<void>(out_ += "null");
    return append_tag(out_, "$real", name_of_real(real));
  }
  if (form_ == Form::canonical) return append_canonical_real(out_, real);
  append_real(out_, real);
}

void Writer::list(const List& items) {
  out_.push_back('[');
  for (const auto& item : items) {
    value(item);
    out_.push_back(',');
  }
  if (items.empty()) {
    out_.push_back(']');
  } else {
    out_.back() = ']';
  }
}

void Writer::map(const Map& members) {
  if (members.empty()) {
    out_ += "{}";
  } else if (form_ == Form::plain) {
    plain_map(members);
  } else if (!members.front().key.is_string()) {
    entries(members);
  } else if (has_dollar_key(members)) {
    out_ += "{\"$map\":";
    plain_map(members);
    out_.push_back('}');
  } else {
    plain_map(members);
  }
}

void Writer::entries(const Map& members) {
  out_ += "{\"$entries\":[";
  for (const auto& [key, mapped] : members) {
    out_.push_back('[');
    value(key);
    out_.push_back(',');
    value(mapped);
    out_ += "],";
  }
  out_.back() = ']';
  out_.push_back('}');
}

void Writer::plain_map(const Map& members) {
  std::vector<const Member*> order;
  if (form_ == Form::canonical) {
    for (const auto& member : members) order.push_back(&member);
    std::sort(order.begin(), order.end(), [](const Member* a, const Member* b) {
      return utf16_less(a->key.string(), b->key.string());
    });
  }
  out_.push_back('{');
  for (std::size_t i = 0; i < members.size(); ++i) {
    member(order.empty() ? members[i] : *order[i]);
    out_.push_back(',');
  }
  out_.back() = '}';
}

}  // namespace

void append_string(std::string& out, std::string_view text) {
  out.push_back('"');
  std::size_t start = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!escaped[static_cast<unsigned char>(text[i])]) continue;
    out.append(text, start, i - start);
    append_escape(out, text[i]);
    start = i + 1;
  }
  out.append(text, start);
  out.push_back('"');
}

void append(std::string& out, const Value& value) {
  Writer(out, Form::tagged).value(value);
}

std::string write(const Value& value) {
  std::string out;
  append(out, value);
  return out;
}

std::string write_plain(const Value& value) {
  std::string out;
  Writer(out, Form::plain).value(value);
  return out;
}

std::string canonical(const Value& value) {
  std::string out;
  Writer(out, Form::canonical).value(value);
  return out;
}

bool valid_utf8(std::string_view text) {
  std::size_t i = 0;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  while (i < text.size()) {
    const unsigned lead = byte(i);
    if (lead < 0x80) {
      ++i;
      continue;
    }
    const std::size_t more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
    if (lead < 0xC2 || lead > 0xF4 || i + more >= text.size()) return false;
    const unsigned second = byte(i + 1);
    const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (second < low || second > high) return false;
    for (std::size_t k = 2; k <= more; ++k) {
      if ((byte(i + k) & 0xC0) != 0x80) return false;
    }
    i += more + 1;
  }
  return true;
}

}  // namespace sagaloom::document
