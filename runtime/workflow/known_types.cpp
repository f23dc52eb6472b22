// Types of roots, children and handled steps; how large they may become.
#include <algorithm>

#include "runtime/schema/type.h"
#include "runtime/workflow/scopes.h"

namespace sagaloom::workflow {
namespace {

using expression::any_type;
using expression::kinds_of;
using expression::map_type;
using expression::Type;
using expression::type_of_kinds;
using expression::TypeMember;
using expression::Value;
using Kind = Value::Kind;

TypePointer text_type() {
  return type_of_kinds(kinds_of(Kind::string));
}
TypePointer integer_type() {
  return type_of_kinds(kinds_of(Kind::integer));
}
TypePointer time_type() {
  return type_of_kinds(kinds_of(Kind::timestamp));
}

TypePointer outcome_type() {
  return expression::unite(expression::type_of_value(Value("succeeded")),
                           expression::type_of_value(Value("unknown")));
}

constexpr std::size_t kTextBytes = 100, kOtherBytes = 8, kListItems = 20, kUnknownBytes = 200;
constexpr std::size_t kMostBytes = std::size_t{1} << 40;
constexpr int kDeepest = 8;

std::size_t times(std::size_t a, std::size_t b) {
  return a != 0 && b > kMostBytes / a ? kMostBytes : a * b;
}

std::size_t limit_of(const Value& schema, const char* key, std::size_t otherwise) {
  const Value* limit = schema.find(key);
  if (!limit || !limit->is_integer() || limit->integer() < 0) return otherwise;
  return std::min<std::size_t>(static_cast<std::size_t>(limit->integer()), kMostBytes);
}

}  // namespace

TypePointer saga_type() {
  static const TypePointer type = map_type({{"id", text_type()},
                                            {"instance", text_type()},
                                            {"name", text_type()},
                                            {"version", integer_type()},
                                            {"status", text_type()},
                                            {"started_at", time_type()},
                                            {"deadline_at", time_type(), false}});
  return type;
}

TypePointer error_type() {
  static const TypePointer type = map_type({{"code", text_type()},
                                            {"kind", text_type()},
                                            {"message", text_type()},
                                            {"step", text_type()},
                                            {"attempt", integer_type()},
                                            {"details", any_type()}});
  return type;
}

TypePointer event_type(const TypePointer& data) {
  return map_type({{"data", data},
                   {"topic", text_type()},
                   {"type", text_type()},
                   {"key", text_type()},
                   {"id", text_type(), false},
                   {"headers", any_type()}});
}

TypePointer signal_type() {
  static const TypePointer type = map_type({{"name", text_type()}, {"data", any_type()}});
  return type;
}

TypePointer self_done(const TypePointer& input, const TypePointer& output) {
  return map_type({{"input", input}, {"key", text_type()}, {"output", output}});
}

TypePointer self_undone(const TypePointer& input, const TypePointer& output) {
  TypeMember may{"output", output, false};
  may.why_absent = "the outcome may be unknown or the output unusable: then there is no output";
  may.absent_code = "C07";
  return map_type(
      {{"input", input}, {"key", text_type()}, {"outcome", outcome_type()}, std::move(may)});
}

TypePointer self_accepted(const TypePointer& input, const TypePointer& answer) {
  return map_type({{"input", input}, {"key", text_type()}, {"accepted", answer}});
}

TypePointer input_type(const core::Definition& definition) {
  if (!definition.input) return any_type();
  return expression::with_defaults(schema::type_of(*definition.input), definition.input_defaults);
}

TypePointer wanted_input(const core::Definition& definition) {
  if (!definition.input) return any_type();
  Type type = *schema::type_of(*definition.input);
  for (auto& member : type.members) {
    if (definition.input_defaults.find(member.name)) member.always = false;
  }
  return std::make_shared<const Type>(std::move(type));
}

TypePointer child_output(const core::Definition& child) {
  if (!child.output) return any_type();
  const RootTypes roots = {{"input", input_type(child)},
                           {"constants", expression::type_of_value(child.constants)},
                           {"saga", saga_type()},
                           {"now", time_type()}};
  return expression::check(*child.output, roots).type;
}

TypePointer either(const TypePointer& one, const TypePointer& other, const std::string& why) {
  Type both = *expression::unite(one, other);
  for (auto& member : both.members) {
    const TypeMember* first = one->find(member.name);
    const TypeMember* second = other->find(member.name);
    if (member.always || (first && second)) continue;
    if ((first && first->always) || (second && second->always)) member.why_absent = why;
  }
  return std::make_shared<const Type>(std::move(both));
}

std::size_t estimate(const Type& type, int depth) {
  if (type.kinds == expression::any_kind || depth > kDeepest) return kUnknownBytes;
  if (type.may_be(Kind::map)) {
    std::size_t bytes = 2;
    for (const auto& member : type.members) {
      bytes += member.name.size() + 4 + estimate(*member.type, depth + 1);
    }
    return bytes;
  }
  if (type.may_be(Kind::list)) {
    return times(kListItems, type.item ? estimate(*type.item, depth + 1) : kUnknownBytes);
  }
  return type.may_be(Kind::string) ? kTextBytes : kOtherBytes;
}

std::size_t estimate(const Value& schema, int depth) {
  if (!schema.is_map() || depth > kDeepest) return kUnknownBytes;
  if (schema.find("enum") || schema.find("const")) return kTextBytes / 4;
  if (const Value* properties = schema.find("properties"); properties && properties->is_map()) {
    std::size_t bytes = 2;
    for (const auto& [key, value] : properties->members()) {
      bytes = std::min(kMostBytes, bytes + estimate(value, depth + 1) + 16);
    }
    return bytes;
  }
  if (const Value* items = schema.find("items")) {
    return times(limit_of(schema, "maxItems", kListItems), estimate(*items, depth + 1));
  }
  const Value* type = schema.find("type");
  if (!type || !type->is_string()) return kUnknownBytes;
  if (type->string() == "array") return times(limit_of(schema, "maxItems", kListItems), kTextBytes);
  if (type->string() == "string") {
    const Value* longest = schema.find("maxLength");
    return longest ? limit_of(schema, "maxLength", kTextBytes) : kTextBytes;
  }
  return type->string() == "object" ? kUnknownBytes : kOtherBytes;
}

}  // namespace sagaloom::workflow
