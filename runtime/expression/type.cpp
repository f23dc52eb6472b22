#include "runtime/expression/type.h"

#include <algorithm>

namespace sagaloom::expression {
namespace {

using Kind = Value::Kind;

constexpr std::size_t most_values = 64;  // beyond it any value of the kind counts as possible

TypePointer made(Type type) {
  return std::make_shared<const Type>(std::move(type));
}

bool by_name(const TypeMember& left, const TypeMember& right) {
  return left.name < right.name;
}

// The type that a name has in a map type; nullptr: the map cannot have it.
TypePointer type_of_rest(const Type& map) {
  if (!map.open) return nullptr;
  return map.rest ? map.rest : any_type();
}

// Merges the members of two maps; `both` tells whether a value has both types or one of them.
void merge_members(Type& out, const Type& left, const Type& right, bool both) {
  const auto add = [&](const TypeMember& member, const Type& other) {
    const TypeMember* twin = other.find(member.name);
    TypeMember merged = member;
    if (twin != nullptr) {
      merged.type = both ? intersect(member.type, twin->type) : unite(member.type, twin->type);
      merged.always = both ? member.always || twin->always : member.always && twin->always;
    } else {
      const TypePointer rest = type_of_rest(other);
      merged.always = member.always && both;
      if (rest && !both) merged.type = unite(member.type, rest);
      if (both && !rest) return;
    }
    if (out.find(merged.name) != nullptr) return;
    out.members.insert(std::lower_bound(out.members.begin(), out.members.end(), merged, by_name),
                       std::move(merged));
  };
  for (const auto& member : left.members) add(member, right);
  for (const auto& member : right.members) add(member, left);
}

void append_kind(std::string& text, std::string_view name) {
  if (!text.empty()) text += " or ";
  text += name;
}

}  // namespace

const TypeMember* Type::find(std::string_view name) const {
  const auto found = std::lower_bound(
      members.begin(), members.end(), name,
      [](const TypeMember& member, std::string_view wanted) { return member.name < wanted; });
  return found != members.end() && found->name == name ? &*found : nullptr;
}

TypePointer any_type() {
  static const TypePointer any = made({});
  return any;
}

TypePointer type_of_kinds(Kinds kinds) {
  return made({.kinds = kinds});
}

TypePointer list_type(TypePointer item) {
  return made({.kinds = kinds_of(Kind::list), .item = std::move(item)});
}

TypePointer optional_type(TypePointer inner) {
  return made({.kinds = kinds_of(Kind::optional), .item = std::move(inner)});
}

TypePointer map_type(std::vector<TypeMember> members, bool open) {
  std::sort(members.begin(), members.end(), by_name);
  return made({.kinds = kinds_of(Kind::map), .members = std::move(members), .open = open});
}

TypePointer type_of_value(const Value& value) {
  if (value.is_list()) {
    TypePointer item;
    for (const auto& each : value.items()) {
      item = item ? unite(item, type_of_value(each)) : type_of_value(each);
    }
    return list_type(std::move(item));
  }
  if (value.is_map()) {
    std::vector<TypeMember> members;
    bool open = false;
    for (const auto& [key, mapped] : value.members()) {
      if (key.is_string()) members.push_back({key.string(), type_of_value(mapped)});
      open = open || !key.is_string();
    }
    return map_type(std::move(members), open);
  }
  if (value.is_optional()) {
    return optional_type(value.inner() ? type_of_value(*value.inner()) : nullptr);
  }
  return made({.kinds = kinds_of(value.kind()), .values = List{value}});
}

TypePointer unite(const TypePointer& left, const TypePointer& right) {
  if (left == right || left->kinds == 0) return right;
  if (right->kinds == 0) return left;
  Type type{.kinds = static_cast<Kinds>(left->kinds | right->kinds)};
  if (left->item && right->item) type.item = unite(left->item, right->item);
  const bool left_map = left->may_be(Kind::map);
  const bool right_map = right->may_be(Kind::map);
  if (left_map && right_map) {
    merge_members(type, *left, *right, false);
    type.open = left->open || right->open;
    if (left->rest && right->rest) type.rest = unite(left->rest, right->rest);
  } else if (left_map || right_map) {
    const Type& map = left_map ? *left : *right;
    type.members = map.members;
    type.open = map.open;
    type.rest = map.rest;
  }
  // The item of one side alone is that of the whole if the other cannot be a list or an optional.
  constexpr Kinds holders = kinds_of(Kind::list) | kinds_of(Kind::optional);
  if (!(left->kinds & holders)) type.item = right->item;
  if (!(right->kinds & holders)) type.item = left->item;
  const bool few = left->values && right->values &&
                   left->values->size() + right->values->size() <= most_values;
  if (few) {
    type.values = left->values;
    type.values->insert(type.values->end(), right->values->begin(), right->values->end());
  }
  return made(std::move(type));
}

TypePointer intersect(const TypePointer& left, const TypePointer& right) {
  if (left == right) return left;
  Type type{.kinds = static_cast<Kinds>(left->kinds & right->kinds)};
  type.item = left->item && right->item ? intersect(left->item, right->item)
              : left->item              ? left->item
                                        : right->item;
  merge_members(type, *left, *right, true);
  type.open = left->open && right->open;
  type.rest = left->rest ? left->rest : right->rest;
  type.values = left->values ? left->values : right->values;
  return made(std::move(type));
}

TypePointer with_defaults(const TypePointer& type, const Value& defaults) {
  if (!defaults.is_map() || !type->may_be(Kind::map)) return type;
  Type filled = *type;
  for (const auto& [key, value] : defaults.members()) {
    if (!key.is_string()) continue;
    const auto found = std::find_if(filled.members.begin(), filled.members.end(),
                                    [&](const auto& each) { return each.name == key.string(); });
    if (found == filled.members.end()) continue;
    found->always = true;
    found->type = with_defaults(found->type, value);
  }
  return made(std::move(filled));
}

std::string type_name(const Type& type) {
  if ((type.kinds & 0x1FF) == 0x1FF || type.kinds == any_kind) return "anything";
  std::string text;
  if (type.is_only(kinds_of(Kind::optional)) && type.item) {
    return "optional of " + type_name(*type.item);
  }
  for (unsigned kind = 0; kind <= static_cast<unsigned>(Kind::secret); ++kind) {
    if (type.may_be(static_cast<Kind>(kind))) append_kind(text, kind_name(static_cast<Kind>(kind)));
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace sagaloom::expression
