#include "sdk/json/json.h"

#include <utility>

namespace sagaloom::sdk {
inline namespace v1 {

namespace {

constexpr int kMaximumDepth = 32;  // deeper input could overflow the stack when it is written

const Json& member_of(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (!object.is_object() || found == object.end()) {
    throw InvalidInput(std::string("the input has no member \"") + member + "\"");
  }
  return *found;
}

[[noreturn]] void wrong_kind(const char* member, const char* kind) {
  throw InvalidInput(std::string("the input's member \"") + member + "\" is no " + kind);
}

bool absent(const Json& object, const char* member) {
  return !object.is_object() || !object.contains(member) || object.at(member).is_null();
}

}  // namespace

Json parse_json(std::string_view text) {
  if (text.empty()) return Json::object();
  bool too_deep = false;
  const auto guard = [&too_deep](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kMaximumDepth;
    return !too_deep;
  };
  Json value = Json::parse(text, guard, false);
  if (too_deep) throw InvalidInput("the JSON is nested deeper than 32 levels");
  if (value.is_discarded()) throw InvalidInput("the text is not JSON");
  return value;
}

Json forward_input(const Call& call) {
  Json input = parse_json(call.input());
  if (call.role() == Role::execute || absent(input, "input")) return input;
  return input.at("input");
}

std::string text_of(const Json& object, const char* member) {
  const Json& value = member_of(object, member);
  if (!value.is_string()) wrong_kind(member, "text");
  return value.get<std::string>();
}

std::int64_t integer_of(const Json& object, const char* member) {
  const Json& value = member_of(object, member);
  if (!value.is_number_integer()) wrong_kind(member, "whole number");
  return value.get<std::int64_t>();
}

std::string text_or(const Json& object, const char* member, std::string fallback) {
  return absent(object, member) ? std::move(fallback) : text_of(object, member);
}

std::int64_t integer_or(const Json& object, const char* member, std::int64_t fallback) {
  return absent(object, member) ? fallback : integer_of(object, member);
}

std::string fingerprint(Json input, std::initializer_list<const char*> without) {
  for (const char* member : without) {
    if (input.is_object()) input.erase(member);
  }
  return input.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace v1
}  // namespace sagaloom::sdk
