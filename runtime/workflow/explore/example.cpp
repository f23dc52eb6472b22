#include "runtime/workflow/explore/example.h"

#include <algorithm>
#include <cstdlib>

#include "runtime/schema/node.h"
#include "runtime/workflow/explore/pattern_example.h"

namespace sagaloom::explore {
namespace {

using Node = schema::Schema::Node;

constexpr int max_depth = 24;
constexpr std::size_t max_alternatives = 200;
// One beyond every limit that people write, a usual amount, a small one and none.
constexpr std::int64_t probes[] = {1'000'000'000, 1'000'000, 1, 0};

const char* format_example(std::string_view format) {
  if (format == "date-time") return "2030-01-01T00:00:00Z";
  if (format == "date") return "2030-01-01";
  if (format == "time") return "12:00:00Z";
  if (format == "duration") return "P1D";
  if (format == "email") return "person@example.org";
  if (format == "hostname") return "example.org";
  if (format == "ipv4") return "192.0.2.1";
  if (format == "ipv6") return "2001:db8::1";
  if (format == "uuid") return "00000000-0000-7000-8000-000000000001";
  if (format == "uri") return "https://example.org/";
  return nullptr;
}

std::string text_of(const Node& node, std::string_view name) {
  std::string text(name.empty() ? "text" : name);
  if (!node.text) return text;
  if (const char* known = format_example(node.text->format_name)) return known;
  if (node.text->pattern) {
    text = pattern_example(node.text->pattern_text, false);
    if (!node.text->pattern->matches(text) || text.size() < node.text->min_length) {
      text = pattern_example(node.text->pattern_text, true);
    }
    return text;
  }
  if (text.size() < node.text->min_length) {
    text.resize(std::min<std::size_t>(node.text->min_length, 65'536), 'x');
  }
  if (text.size() > node.text->max_length) text.resize(node.text->max_length);
  return text;
}

double as_real(const Value& number) {
  return number.is_integer() ? static_cast<double>(number.integer()) : number.real();
}

std::int64_t lowest(const Node& node) {
  if (!node.number) return 1;
  double low = 1;
  const auto& rules = *node.number;
  if (rules.maximum) low = std::min(low, as_real(*rules.maximum));
  if (rules.exclusive_maximum) low = std::min(low, as_real(*rules.exclusive_maximum) - 1);
  if (rules.minimum) low = std::max(low, as_real(*rules.minimum));
  if (rules.exclusive_minimum) low = std::max(low, as_real(*rules.exclusive_minimum) + 1);
  auto whole = static_cast<std::int64_t>(low);
  if (rules.multiple_of && rules.multiple_of->is_integer()) {
    const std::int64_t unit = rules.multiple_of->integer();
    if (unit > 0 && whole % unit != 0) whole += unit - whole % unit;
  }
  return whole;
}

class Examples {
 public:
  explicit Examples(bool all_properties) : all_(all_properties) {}

  Value of(const Node& node, std::string_view name, int depth) const {
    if (depth > max_depth) return {};
    if (node.constant) return *node.constant;
    if (node.allowed && !node.allowed->empty()) return node.allowed->front();
    if (node.reference) return of(*node.reference, name, depth + 1);
    if (!node.any_of.empty() && node.types == 0) return of(*node.any_of[0], name, depth + 1);
    if (!node.one_of.empty() && node.types == 0) return of(*node.one_of[0], name, depth + 1);
    Value value = plain(node, name, depth);
    for (const auto& part : node.all_of) {
      const Value more = of(*part, name, depth + 1);
      if (value.is_null()) value = more;
      if (!value.is_map() || !more.is_map()) continue;
      for (const auto& [key, member] : more.members()) {
        if (!value.find(key)) value = value.with(key.string(), member);
      }
    }
    return value;
  }

 private:
  Value plain(const Node& node, std::string_view name, int depth) const {
    const std::uint8_t types = node.types;
    if (types == 0 && !node.map && !node.list && !node.text && !node.number) {
      return node.all_of.empty() && depth > 0 ? Value(text_of(node, name)) : Value{};
    }
    if ((types & schema::type_object) || (types == 0 && node.map)) return map_of(node, depth);
    if ((types & schema::type_array) || (types == 0 && node.list)) return list_of(node, depth);
    if ((types & schema::type_string) || (types == 0 && node.text)) return text_of(node, name);
    if ((types & (schema::type_integer | schema::type_number)) || (types == 0 && node.number)) {
      return Value(lowest(node));
    }
    if (types & schema::type_boolean) return Value(true);
    return {};
  }

  Value map_of(const Node& node, int depth) const {
    Value value{expression::Map{}};
    if (!node.map) return value;
    const auto& rules = *node.map;
    const auto wanted = [&](const std::string& name) {
      return all_ ||
             std::find(rules.required.begin(), rules.required.end(), name) != rules.required.end();
    };
    for (const auto& property : rules.properties) {
      if (!wanted(property.name) || property.node->refuses_all) continue;
      value = value.with(property.name, of(*property.node, property.name, depth + 1));
    }
    for (const auto& name : rules.required) {
      if (value.find(name)) continue;
      const bool known = rules.additional && !rules.additional->refuses_all;
      value = value.with(name, known ? of(*rules.additional, name, depth + 1) : Value(name));
    }
    return value;
  }

  Value list_of(const Node& node, int depth) const {
    expression::List items;
    if (!node.list) return Value(std::move(items));
    const std::size_t count = std::max<std::size_t>(node.list->min_items, all_ ? 1 : 0);
    for (std::size_t i = 0; i < std::min<std::size_t>(count, 100); ++i) {
      const std::string name = "item" + std::to_string(i + 1);
      const Node* item =
          i < node.list->prefix.size() ? node.list->prefix[i].get() : node.list->items.get();
      items.push_back(item ? of(*item, name, depth + 1) : Value(name));
    }
    return Value(std::move(items));
  }

  bool all_;
};

std::string escaped(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (c == '~')
      text += "~0";
    else if (c == '/')
      text += "~1";
    else
      text += c;
  }
  return text;
}

class Variations {
 public:
  std::vector<Alternative> found;

  void visit(const Node& node, const Value& value, const std::string& at, int depth) {
    if (depth > max_depth || found.size() >= max_alternatives) return;
    if (node.reference) return visit(*node.reference, value, at, depth + 1);
    for (const auto& part : node.all_of) visit(*part, value, at, depth + 1);
    for (const auto& part : node.one_of) add(at, Examples(true).of(*part, "", 1));
    for (const auto& part : node.any_of) add(at, Examples(true).of(*part, "", 1));
    if (node.allowed) {
      for (const Value& other : *node.allowed) add(at, other);
      return;
    }
    if (value.is_boolean()) add(at, Value(!value.boolean()));
    if (value.is_integer()) numbers(node, value.integer(), at);
    if (value.is_map() && node.map) members(node, value, at, depth);
    if (value.is_list() && node.list) items(node, value, at, depth);
  }

 private:
  void add(const std::string& at, Value value) { found.push_back({at, std::move(value)}); }

  void numbers(const Node& node, std::int64_t now, const std::string& at) {
    for (const std::int64_t probe : probes) {
      if (probe != now) add(at, Value(probe));
    }
    if (node.number && node.number->maximum && node.number->maximum->is_integer()) {
      add(at, *node.number->maximum);
    }
  }

  void members(const Node& node, const Value& value, const std::string& at, int depth) {
    for (const auto& property : node.map->properties) {
      const std::string inner = at + "/" + escaped(property.name);
      if (const Value* member = value.find(property.name)) {
        visit(*property.node, *member, inner, depth + 1);
      } else if (!property.node->refuses_all) {
        add(inner, Examples(true).of(*property.node, property.name, 1));
      }
    }
  }

  void items(const Node& node, const Value& value, const std::string& at, int depth) {
    const auto& list = value.items();
    for (std::size_t i = 0; i < std::min<std::size_t>(list.size(), 3); ++i) {
      if (node.list->items)
        visit(*node.list->items, list[i], at + "/" + std::to_string(i), depth + 1);
    }
    if (!node.list->items || list.size() > 2) return;
    expression::List longer = list;
    while (longer.size() < 2) {
      const std::string name = "item" + std::to_string(longer.size() + 1);
      longer.push_back(Examples(true).of(*node.list->items, name, 1));
    }
    add(at, Value(std::move(longer)));
  }
};

}  // namespace

std::optional<Value> example_of(const schema::Schema& schema, bool all_properties) {
  for (const bool all : {all_properties, !all_properties}) {
    Value value = Examples(all).of(schema.root(), "", 0);
    if (schema.validate(value, 1).empty()) return value;
  }
  return std::nullopt;
}

std::vector<Alternative> alternatives(const schema::Schema& schema, const Value& example) {
  Variations variations;
  variations.visit(schema.root(), example, "", 0);
  std::vector<Alternative> fitting;
  for (auto& each : variations.found) {
    const Value changed = replaced(example, each.pointer, each.value);
    if (changed == example || !schema.validate(changed, 1).empty()) continue;
    fitting.push_back(std::move(each));
  }
  return fitting;
}

Value replaced(const Value& document, std::string_view pointer, const Value& value) {
  if (pointer.empty() || pointer.front() != '/') return value;
  const std::size_t end = std::min(pointer.find('/', 1), pointer.size());
  std::string name;
  for (std::size_t i = 1; i < end; ++i) {
    if (pointer[i] == '~' && i + 1 < end)
      name += pointer[++i] == '0' ? '~' : '/';
    else
      name += pointer[i];
  }
  const std::string_view rest = pointer.substr(end);
  if (document.is_list()) {
    expression::List items = document.items();
    const auto index = static_cast<std::size_t>(std::atoll(name.c_str()));
    if (index < items.size()) items[index] = replaced(items[index], rest, value);
    return Value(std::move(items));
  }
  if (!document.is_map()) return document;
  const Value* member = document.find(name);
  return document.with(name, replaced(member ? *member : Value{}, rest, value));
}

}  // namespace sagaloom::explore
