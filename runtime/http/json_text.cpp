#include "runtime/http/json_text.h"

#include <cmath>

#include "runtime/document/json.h"
#include "runtime/expression/time.h"

namespace sagaloom::http {
namespace {

using expression::Value;
using Kind = Value::Kind;

template <typename Items, typename Append>
void append_joined(std::string& out, char open, char close, const Items& items, Append append) {
  out.push_back(open);
  bool first = true;
  for (const auto& item : items) {
    if (!first) out.push_back(',');
    first = false;
    append(item);
  }
  out.push_back(close);
}

void append_key(std::string& out, const Value& key) {
  if (key.is_string()) return document::append_string(out, key.string());
  std::string text;
  append_json(text, key);
  document::append_string(out, text);
}

void append_real(std::string& out, const Value& value) {
  if (std::isfinite(value.real())) return document::append(out, value);
  out += "null";  // JSON has no word for it
}

}  // namespace

void append_json(std::string& out, const Value& value) {
  switch (value.kind()) {
    case Kind::list:
      return append_joined(out, '[', ']', value.items(),
                           [&](const Value& item) { append_json(out, item); });
    case Kind::map:
      return append_joined(out, '{', '}', value.members(), [&](const expression::Member& member) {
        append_key(out, member.key);
        out.push_back(':');
        append_json(out, member.value);
      });
    case Kind::real:
      return append_real(out, value);
    case Kind::timestamp:
      return document::append_string(out, expression::format_timestamp(value.timestamp()));
    case Kind::time_span:
      return document::append_string(out, expression::format_duration(value.time_span()));
    default:
      document::append(out, value);
  }
}

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

Object& Object::set(std::string_view key, Value value) {
  members_.push_back({Value(key), std::move(value)});
  return *this;
}

Object& Object::set_text(std::string_view key, const std::string& text) {
  return text.empty() ? *this : set(key, Value(text));
}

Object& Object::set_time(std::string_view key, core::Time time) {
  return time == core::Time{} ? *this : set(key, time_value(time));
}

Value time_value(core::Time time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto rest = std::chrono::duration_cast<std::chrono::nanoseconds>(since - seconds);
  return Value(expression::Timestamp{seconds.count(), static_cast<std::int32_t>(rest.count())});
}

Response json_response(int status, const Value& body) {
  Response response;
  response.status = status;
  append_json(response.body, body);
  return response;
}

}  // namespace sagaloom::http
