#include "runtime/steps/manifest_fields.h"

#include <utility>

#include "runtime/expression/time.h"
#include "runtime/schema/schema.h"

namespace sagaloom::steps {

using expression::Value;

Fields::Fields(const Value& object, std::string pointer, std::optional<expression::Error>& problem)
    : object_(object), pointer_(std::move(pointer)), problem_(problem) {
  if (!object.is_map()) fail("", "must be an object");
}

void Fields::fail(std::string_view member, const std::string& what) {
  if (problem_) return;
  const std::string at = member.empty() ? pointer_ : pointer_ + "/" + std::string(member);
  problem_ = expression::Error{"plugin.manifest",
                               "the manifest's " + (at.empty() ? "root" : at) + " " + what, at};
}

std::string Fields::text(std::string_view member) {
  const Value* value = find(member);
  if (value != nullptr && value->is_string() && !value->string().empty()) return value->string();
  fail(member, "must be a text");
  return {};
}

std::string Fields::text_or(std::string_view member, std::string fallback) {
  return find(member) == nullptr ? std::move(fallback) : text(member);
}

bool Fields::flag(std::string_view member) {
  const Value* value = find(member);
  if (value == nullptr) return false;
  if (value->is_boolean()) return value->boolean();
  fail(member, "must be true or false");
  return false;
}

const expression::List& Fields::list(std::string_view member) {
  static const expression::List none;
  const Value* value = find(member);
  if (value == nullptr) return none;
  if (value->is_list()) return value->items();
  fail(member, "must be a list");
  return none;
}

std::vector<std::string> Fields::texts(std::string_view member) {
  std::vector<std::string> found;
  for (const Value& item : list(member)) {
    if (item.is_string()) {
      found.push_back(item.string());
    } else {
      fail(member, "must be a list of texts");
    }
  }
  return found;
}

core::SchemaPointer Fields::schema(std::string_view member) {
  const Value* source = find(member);
  if (source == nullptr) return nullptr;
  auto compiled = schema::Schema::compile(*source);
  if (compiled.ok()) return std::move(compiled).value();
  fail(member, "is no schema: " + compiled.error().message + " at " + compiled.error().pointer);
  return nullptr;
}

std::optional<core::Duration> Fields::duration(std::string_view member) {
  if (find(member) == nullptr) return std::nullopt;
  const auto span = expression::parse_duration(text(member));
  if (!span || span->seconds < 0) {
    fail(member, "must be a duration like 30s or 1h30m");
    return std::nullopt;
  }
  return core::Duration(span->seconds * 1000 + span->nanos / 1'000'000);
}

void Fields::only(const std::set<std::string_view>& members) {
  if (!object_.is_map()) return;
  for (const expression::Member& member : object_.members()) {
    if (member.key.is_string() && members.contains(member.key.string())) continue;
    fail(member.key.is_string() ? member.key.string() : "?", "is not known");
  }
}

}  // namespace sagaloom::steps
