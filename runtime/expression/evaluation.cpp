#include "runtime/expression/evaluation.h"

#include <algorithm>
#include <cmath>

#include "runtime/expression/functions.h"

namespace sagaloom::expression {
namespace {

using Kind = Node::Kind;

std::string quoted(std::string_view name) {
  return "`" + std::string(name) + "`";
}

// What a key looks like in a message.
std::string describe(const Value& key) {
  if (key.is_string()) return quoted(key.string().substr(0, 80));
  if (key.is_integer()) return std::to_string(key.integer());
  if (key.is_boolean()) return key.boolean() ? "true" : "false";
  return std::string(kind_name(key.kind()));
}

// The position that a number names in a list; nullopt: not a whole number.
std::optional<std::int64_t> position_of(const Value& key) {
  if (key.is_integer()) return key.integer();
  if (!key.is_real()) return std::nullopt;
  const double real = key.real();
  if (std::trunc(real) != real || std::fabs(real) > 9e15) return std::nullopt;
  return static_cast<std::int64_t>(real);
}

}  // namespace

Result<Value> Evaluation::run(const Node& node) {
  Value scratch;
  const Value* result = evaluate(node, scratch);
  if (result == nullptr) {
    return Error{"expression.failed", std::move(error_message_), "", error_offset_};
  }
  if (result->is_optional() && result->inner() != nullptr) return *result->inner();
  if (result == &scratch) return scratch;
  return *result;
}

bool Evaluation::fail(const Node& node, std::string message) {
  if (failed_) return false;
  failed_ = true;
  error_offset_ = node.offset;
  error_message_ = std::move(message);
  return false;
}

bool Evaluation::no_overload(const Node& node, const std::string& what) {
  return fail(node, what + " does not exist");
}

bool Evaluation::build(const Node& node, std::size_t bytes) {
  if (bytes <= bytes_) {
    bytes_ -= bytes;
    return true;
  }
  if (!spent_) failed_ = false;  // the reason that counts
  spent_ = true;
  return fail(node, "the values that this expression builds are too large");
}

bool Evaluation::work(const Node& node, std::size_t units) {
  if (units <= steps_) {
    steps_ -= static_cast<std::uint32_t>(units);
    return true;
  }
  if (!spent_) failed_ = false;
  spent_ = true;
  return fail(node, "this expression takes too many steps");
}

bool Evaluation::forget_error() {
  if (spent_) return false;
  failed_ = false;
  return true;
}

std::optional<bool> Evaluation::equal(const Node& node, const Value& left, const Value& right) {
  if (!work(node, 1)) return std::nullopt;
  if (left.is_string() && right.is_string()) {
    if (left.string().size() != right.string().size()) return false;
    if (!work(node, left.string().size() / 256)) return std::nullopt;
  } else if (left.is_list() && right.is_list()) {
    if (left.items().size() != right.items().size()) return false;
    for (std::size_t i = 0; i < left.items().size(); ++i) {
      const auto same = equal(node, left.items()[i], right.items()[i]);
      if (same != true) return same;
    }
    return true;
  } else if (left.is_map() && right.is_map()) {
    if (left.members().size() != right.members().size()) return false;
    for (std::size_t i = 0; i < left.members().size(); ++i) {
      if (left.members()[i].key != right.members()[i].key) return false;
      const auto same = equal(node, left.members()[i].value, right.members()[i].value);
      if (same != true) return same;
    }
    return true;
  } else if (left.is_optional() && right.is_optional() && left.inner() && right.inner()) {
    return equal(node, *left.inner(), *right.inner());
  }
  return left == right;
}

const Value* Evaluation::evaluate(const Node& node, Value& scratch) {
  if (!work(node, 1)) return nullptr;
  switch (node.kind) {
    case Kind::literal:
      return &node.literal;
    case Kind::root:
      return root(node);
    case Kind::variable:
      return slots_[node.slot];
    case Kind::member:
      return member(node, scratch);
    case Kind::index:
      return index(node, scratch);
    case Kind::list:
      return list(node, scratch);
    case Kind::map:
      return map(node, scratch);
    case Kind::conditional:
      return conditional(node, scratch);
    case Kind::all_of:
      return logical(node, false, scratch);
    case Kind::any_of:
      return logical(node, true, scratch);
    case Kind::logical_not:
      return logical_not(node, scratch);
    case Kind::negate:
      return negate(node, scratch);
    case Kind::binary:
      return binary(node, scratch);
    case Kind::call:
      return call(node, scratch);
    case Kind::has:
      return has(node, scratch);
    case Kind::all:
    case Kind::exists:
      return quantified(node, scratch);
    case Kind::exists_one:
      return exists_one(node, scratch);
    case Kind::filter:
      return filter(node, scratch);
    case Kind::transform:
      return transform(node, scratch);
    case Kind::opt_map:
    case Kind::opt_flat_map:
      return optional_mapped(node, scratch);
    case Kind::or_value:
    case Kind::or_optional:
      return fallback(node, scratch);
  }
  return nullptr;
}

const Value* Evaluation::root(const Node& node) {
  const Value* found = scope_.find(node.name);
  if (found == nullptr) fail(node, quoted(node.name) + " has no value here");
  return found;
}

const Value* Evaluation::member(const Node& node, Value& scratch) {
  const Node& left = node.children[0];
  // A root without a value counts as absent where the author asked for that.
  if (node.optional && left.kind == Kind::root && scope_.find(left.name) == nullptr) {
    return given(Value::none(), scratch);
  }
  if (node.optional && left.kind == Kind::member && !left.optional) {
    return optional_chain(node, left, scratch);
  }
  Value held;
  const Value* operand = evaluate(left, held);
  if (operand == nullptr) return nullptr;
  if (node.optional || operand->is_optional()) return optional_member(node, *operand, scratch);
  const Value* found = operand->find(std::string_view(node.name));
  if (found == nullptr) {
    if (operand->is_map()) {
      fail(node, "there is no member " + quoted(node.name) + "; ask with `has` or `.?`");
    } else {
      no_overload(node,
                  "member " + quoted(node.name) + " of " + std::string(kind_name(operand->kind())));
    }
    return nullptr;
  }
  return operand == &held ? given(*found, scratch) : found;
}

// `a.b.?c`: who asks for `c` has asked for `b` as well.
const Value* Evaluation::optional_chain(const Node& node, const Node& left, Value& scratch) {
  Value held;
  const Value* base = evaluate(left.children[0], held);
  if (base == nullptr) return nullptr;
  if (base->is_optional()) {
    base = base->inner();
    if (base == nullptr || base->is_null()) return given(Value::none(), scratch);
  }
  if (!base->is_map()) {
    no_overload(left,
                "member " + quoted(left.name) + " of " + std::string(kind_name(base->kind())));
    return nullptr;
  }
  const Value* middle = base->find(std::string_view(left.name));
  if (middle == nullptr) return given(Value::none(), scratch);
  return optional_member(node, *middle, scratch);
}

// `a.?b`, and `a.b` where `a` is an optional itself. Null counts as absent.
const Value* Evaluation::optional_member(const Node& node, const Value& operand, Value& scratch) {
  const Value* value = operand.is_optional() ? operand.inner() : &operand;
  if (value == nullptr || value->is_null()) return given(Value::none(), scratch);
  if (!value->is_map()) {
    no_overload(node,
                "member " + quoted(node.name) + " of " + std::string(kind_name(value->kind())));
    return nullptr;
  }
  const Value* found = value->find(std::string_view(node.name));
  return given(found == nullptr ? Value::none() : Value::some(*found), scratch);
}

const Value* Evaluation::index(const Node& node, Value& scratch) {
  Value held;
  const Value* operand = evaluate(node.children[0], held);
  if (operand == nullptr) return nullptr;
  Value held_key;
  const Value* key = evaluate(node.children[1], held_key);
  if (key == nullptr) return nullptr;
  if (!node.optional && !operand->is_optional()) {
    const Value* found = element(node, *operand, *key);
    if (found == nullptr) return absent(node, *operand, *key);
    return operand == &held ? given(*found, scratch) : found;
  }
  const Value* value = operand->is_optional() ? operand->inner() : operand;
  if (value == nullptr || value->is_null()) return given(Value::none(), scratch);
  const Value* found = element(node, *value, *key);
  if (failed_) return nullptr;
  return given(found == nullptr ? Value::none() : Value::some(*found), scratch);
}

// nullptr: not there, or failed.
const Value* Evaluation::element(const Node& node, const Value& operand, const Value& key) {
  if (operand.is_map()) {
    if (key.is_string() || key.is_number() || key.is_boolean()) return operand.find(key);
    no_overload(node, "a key of the type " + std::string(kind_name(key.kind())));
    return nullptr;
  }
  const auto position = position_of(key);
  if (!operand.is_list() || !position) {
    no_overload(node, std::string(kind_name(operand.kind())) + "[" +
                          std::string(kind_name(key.kind())) + "]");
    return nullptr;
  }
  const List& items = operand.items();
  const bool inside = *position >= 0 && static_cast<std::uint64_t>(*position) < items.size();
  return inside ? &items[static_cast<std::size_t>(*position)] : nullptr;
}

const Value* Evaluation::absent(const Node& node, const Value& operand, const Value& key) {
  if (operand.is_list()) {
    fail(node, "the index " + describe(key) + " is outside of a list of " +
                   std::to_string(operand.items().size()));
  } else {
    fail(node, "there is no key " + describe(key) + "; ask with `[?…]` or `in`");
  }
  return nullptr;
}

const Value* Evaluation::list(const Node& node, Value& scratch) {
  List items;
  items.reserve(node.children.size());
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    Value held;
    const Value* item = evaluate(node.children[i], held);
    if (item == nullptr) return nullptr;
    if (node.optional_parts[i]) {
      if (!item->is_optional()) {
        fail(node.children[i], "`?` needs an optional behind it");
        return nullptr;
      }
      item = item->inner();
      if (item == nullptr) continue;
    }
    items.push_back(item == &held ? std::move(held) : *item);
  }
  if (!build(node, 16 + items.size() * sizeof(Value))) return nullptr;
  return given(Value(std::move(items)), scratch);
}

const Value* Evaluation::map(const Node& node, Value& scratch) {
  Map members;
  const std::size_t entries = node.children.size() / 2;
  members.reserve(entries);
  for (std::size_t i = 0; i < entries; ++i) {
    if (!map_entry(node, i, members)) return nullptr;
  }
  const std::size_t count = members.size();
  if (!build(node, 16 + count * sizeof(Member))) return nullptr;
  Value map(std::move(members));
  if (map.members().size() != count) {
    fail(node, "this map has one key twice");
    return nullptr;
  }
  return given(std::move(map), scratch);
}

bool Evaluation::map_entry(const Node& node, std::size_t entry, Map& members) {
  const Node& key_node = node.children[2 * entry];
  const Node& value_node = node.children[2 * entry + 1];
  Value held_key;
  const Value* key = evaluate(key_node, held_key);
  if (key == nullptr) return false;
  if (!key->is_string() && !key->is_integer() && !key->is_boolean()) {
    return no_overload(key_node, "a key of the type " + std::string(kind_name(key->kind())));
  }
  Value held;
  const Value* value = evaluate(value_node, held);
  if (value == nullptr) return false;
  if (node.optional_parts[entry]) {
    if (!value->is_optional()) return fail(value_node, "`?` needs an optional behind it");
    value = value->inner();
    if (value == nullptr) return true;
  }
  members.push_back({*key, *value});
  return true;
}

const Value* Evaluation::negate(const Node& node, Value& scratch) {
  Value held;
  const Value* operand = evaluate(node.children[0], held);
  if (operand == nullptr) return nullptr;
  if (operand->is_real()) return given(Value(-operand->real()), scratch);
  if (!operand->is_integer()) {
    no_overload(node, "minus " + std::string(kind_name(operand->kind())));
    return nullptr;
  }
  if (operand->integer() == INT64_MIN) {
    fail(node, "the number does not fit 64 bits");
    return nullptr;
  }
  return given(Value(-operand->integer()), scratch);
}

const Value* Evaluation::binary(const Node& node, Value& scratch) {
  Value held_left;
  const Value* left = evaluate(node.children[0], held_left);
  if (left == nullptr) return nullptr;
  Value held_right;
  const Value* right = evaluate(node.children[1], held_right);
  if (right == nullptr) return nullptr;
  return apply(*this, node, *left, *right, scratch);
}

const Value* Evaluation::call(const Node& node, Value& scratch) {
  std::array<Value, most_arguments> held;
  Call call{*this, node, {}, node.children.size(), scratch};
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    call.arguments[i] = evaluate(node.children[i], held[i]);
    if (call.arguments[i] == nullptr) return nullptr;
  }
  return node.function->call(call) ? &scratch : nullptr;
}

}  // namespace sagaloom::expression
