#include "runtime/schema/type.h"

#include <algorithm>

#include "runtime/schema/node.h"

namespace sagaloom::schema {
namespace {

using expression::Kinds;
using expression::kinds_of;
using expression::Type;
using expression::TypePointer;
using Kind = expression::Value::Kind;

constexpr Kinds json_kinds = kinds_of(Kind::null) | kinds_of(Kind::boolean) |
                             expression::number_kinds | kinds_of(Kind::string) |
                             kinds_of(Kind::list) | kinds_of(Kind::map);
constexpr std::size_t most_types = 5'000;

Kinds kinds_of_bits(std::uint8_t types) {
  if (types == 0) return expression::any_kind;
  Kinds kinds = 0;
  const auto add = [&](std::uint8_t bit, Kinds more) {
    if (types & bit) kinds |= more;
  };
  add(type_null, kinds_of(Kind::null));
  add(type_boolean, kinds_of(Kind::boolean));
  add(type_object, kinds_of(Kind::map));
  add(type_array, kinds_of(Kind::list));
  add(type_number, expression::number_kinds);
  add(type_integer, kinds_of(Kind::integer));
  add(type_string, kinds_of(Kind::string));
  return kinds;
}

class Translator {
 public:
  TypePointer type(const Schema::Node& node);

 private:
  Type own(const Schema::Node& node);
  void members(Type& type, const MapRules& rules);
  void list(Type& type, const ListRules& rules);
  TypePointer either(const std::vector<NodePointer>& nodes);

  std::vector<const Schema::Node*> open_;  // those around the one at hand
  std::size_t made_ = 0;
};

TypePointer Translator::type(const Schema::Node& node) {
  const bool inside_itself = std::find(open_.begin(), open_.end(), &node) != open_.end();
  if (inside_itself || ++made_ > most_types) return expression::any_type();
  open_.push_back(&node);
  TypePointer made = std::make_shared<const Type>(own(node));
  if (node.reference != nullptr) made = intersect(made, type(*node.reference));
  for (const auto& part : node.all_of) made = intersect(made, type(*part));
  if (!node.any_of.empty()) made = intersect(made, either(node.any_of));
  if (!node.one_of.empty()) made = intersect(made, either(node.one_of));
  open_.pop_back();
  return made;
}

TypePointer Translator::either(const std::vector<NodePointer>& nodes) {
  TypePointer made;
  for (const auto& node : nodes) made = made ? unite(made, type(*node)) : type(*node);
  return made;
}

Type Translator::own(const Schema::Node& node) {
  Type type{.kinds = node.refuses_all ? Kinds{0} : kinds_of_bits(node.types)};
  if (node.constant) type.values = expression::List{*node.constant};
  if (node.allowed && !node.constant) type.values = *node.allowed;
  if (type.values) {
    Kinds kinds = 0;
    for (const auto& value : *type.values) kinds |= kinds_of(value.kind());
    type.kinds &= kinds;
  }
  if (node.map) members(type, *node.map);
  if (node.list) list(type, *node.list);
  return type;
}

void Translator::members(Type& type, const MapRules& rules) {
  for (const auto& [name, node] : rules.properties) {
    const bool always =
        std::find(rules.required.begin(), rules.required.end(), name) != rules.required.end();
    type.members.push_back({name, this->type(*node), always});
  }
  for (const auto& name : rules.required) {
    if (type.find(name) != nullptr || rules.additional) continue;
    expression::TypeMember member{name, expression::any_type()};
    const auto place = std::lower_bound(
        type.members.begin(), type.members.end(), name,
        [](const auto& known, const std::string& wanted) { return known.name < wanted; });
    type.members.insert(place, std::move(member));
  }
  const bool closed = (rules.additional && rules.additional->refuses_all) ||
                      (rules.unevaluated && rules.unevaluated->refuses_all);
  type.open = !closed || !rules.patterns.empty() || (rules.unevaluated && !rules.additional);
  if (type.open && rules.patterns.empty() && rules.additional) {
    type.rest = this->type(*rules.additional);
  }
}

void Translator::list(Type& type, const ListRules& rules) {
  TypePointer item = rules.items ? this->type(*rules.items) : nullptr;
  for (const auto& node : rules.prefix) {
    const auto each = this->type(*node);
    item = item ? unite(item, each) : expression::any_type();
  }
  type.item = item;
}

}  // namespace

TypePointer type_of(const Schema& schema) {
  auto type = Translator().type(schema.root());
  // What comes from a document is never a secret, a time or an optional.
  return intersect(type, expression::type_of_kinds(json_kinds));
}

}  // namespace sagaloom::schema
