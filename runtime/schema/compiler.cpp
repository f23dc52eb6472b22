#include "runtime/schema/compiler.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "runtime/expression/suggestion.h"
#include "runtime/schema/pointer.h"
#include "runtime/schema/references.h"

namespace sagaloom::schema {
namespace {

using expression::Error;
using expression::Pattern;
using expression::Value;

constexpr std::size_t deepest_schema = 64;
constexpr std::size_t most_nodes = 20'000;

// Ends the compilation; caught in `compile` below.
struct Stop {
  Error error;
};

class Compiler {
 public:
  NodePointer run(const Value& source) {
    NodePointer root = subschema(source);
    if (auto error = resolve(references_, places_)) throw Stop{std::move(*error)};
    return root;
  }

  // Keyword handlers; `keyword` is the keyword's value.
  void type(Schema::Node& node, const Value& keyword);
  void enumeration(Schema::Node& node, const Value& keyword);
  void constant(Schema::Node& node, const Value& keyword) { node.constant = keyword; }
  template <std::optional<Value> NumberRules::* rule>
  void number(Schema::Node& node, const Value& keyword);
  template <std::size_t TextRules::* rule>
  void text_count(Schema::Node& node, const Value& keyword) {
    part(node.text).*rule = count(keyword);
  }
  template <std::size_t ListRules::* rule>
  void list_count(Schema::Node& node, const Value& keyword) {
    part(node.list).*rule = count(keyword);
  }
  template <std::size_t MapRules::* rule>
  void map_count(Schema::Node& node, const Value& keyword) {
    part(node.map).*rule = count(keyword);
  }
  void pattern(Schema::Node& node, const Value& keyword);
  void format(Schema::Node& node, const Value& keyword);
  void unique(Schema::Node& node, const Value& keyword);
  template <NodePointer ListRules::* rule>
  void list_schema(Schema::Node& node, const Value& keyword) {
    part(node.list).*rule = subschema(keyword);
  }
  template <NodePointer MapRules::* rule>
  void map_schema(Schema::Node& node, const Value& keyword) {
    part(node.map).*rule = subschema(keyword);
  }
  template <NodePointer Schema::Node::* rule>
  void schema(Schema::Node& node, const Value& keyword) {
    node.*rule = subschema(keyword);
  }
  template <std::vector<NodePointer> Schema::Node::* rule>
  void schemas(Schema::Node& node, const Value& keyword) {
    node.*rule = subschemas(keyword);
  }
  void prefix(Schema::Node& node, const Value& keyword) {
    part(node.list).prefix = subschemas(keyword);
  }
  void properties(Schema::Node& node, const Value& keyword) {
    part(node.map).properties = named(keyword);
  }
  void pattern_properties(Schema::Node& node, const Value& keyword);
  void dependent_schemas(Schema::Node& node, const Value& keyword) {
    part(node.map).dependent_schemas = named(keyword);
  }
  void required(Schema::Node& node, const Value& keyword) {
    part(node.map).required = names(keyword);
  }
  void dependent_required(Schema::Node& node, const Value& keyword);
  void definitions(Schema::Node& node, const Value& keyword) { node.definitions = named(keyword); }
  void reference(Schema::Node& node, const Value& keyword);
  void identifier(Schema::Node& node, const Value& keyword);
  void text_note(Schema::Node&, const Value& keyword) {
    if (!keyword.is_string()) stop("a string is needed here");
  }
  void flag_note(Schema::Node&, const Value& keyword) {
    if (!keyword.is_boolean()) stop("true or false is needed here");
  }
  void list_note(Schema::Node&, const Value& keyword) {
    if (!keyword.is_list()) stop("a list is needed here");
  }
  void note(Schema::Node&, const Value&) {}

 private:
  [[noreturn]] void stop(std::string message) const { stop_at(pointer_, std::move(message)); }
  [[noreturn]] static void stop_at(std::string pointer, std::string message) {
    throw Stop{{"schema.invalid", std::move(message), std::move(pointer)}};
  }
  template <typename Rules>
  static Rules& part(std::unique_ptr<Rules>& rules) {
    if (!rules) rules = std::make_unique<Rules>();
    return *rules;
  }
  // Runs `body` with the pointer one token longer.
  template <typename Body>
  void inside(std::string_view token, Body body) {
    const std::size_t length = pointer_.size();
    append_token(pointer_, token);
    body();
    pointer_.resize(length);
  }

  NodePointer subschema(const Value& source);
  void keyword(Schema::Node& node, std::string_view name, const Value& value);
  std::vector<NodePointer> subschemas(const Value& keyword);
  std::vector<NamedNode> named(const Value& keyword);
  std::vector<std::string> names(const Value& keyword);
  std::size_t count(const Value& keyword) const;
  std::shared_ptr<const Pattern> compiled_pattern(const std::string& text) const;

  std::string pointer_;
  std::size_t depth_ = 0;
  Places places_;
  std::vector<Reference> references_;
};

struct Keyword {
  std::string_view name;
  void (Compiler::*compile)(Schema::Node&, const Value&);
};
constexpr std::array<Keyword, 50> keywords = {{
    {"type", &Compiler::type},
    {"enum", &Compiler::enumeration},
    {"const", &Compiler::constant},
    {"multipleOf", &Compiler::number<&NumberRules::multiple_of>},
    {"minimum", &Compiler::number<&NumberRules::minimum>},
    {"maximum", &Compiler::number<&NumberRules::maximum>},
    {"exclusiveMinimum", &Compiler::number<&NumberRules::exclusive_minimum>},
    {"exclusiveMaximum", &Compiler::number<&NumberRules::exclusive_maximum>},
    {"minLength", &Compiler::text_count<&TextRules::min_length>},
    {"maxLength", &Compiler::text_count<&TextRules::max_length>},
    {"pattern", &Compiler::pattern},
    {"format", &Compiler::format},
    {"minItems", &Compiler::list_count<&ListRules::min_items>},
    {"maxItems", &Compiler::list_count<&ListRules::max_items>},
    {"minContains", &Compiler::list_count<&ListRules::min_contains>},
    {"maxContains", &Compiler::list_count<&ListRules::max_contains>},
    {"uniqueItems", &Compiler::unique},
    {"items", &Compiler::list_schema<&ListRules::items>},
    {"contains", &Compiler::list_schema<&ListRules::contains>},
    {"unevaluatedItems", &Compiler::list_schema<&ListRules::unevaluated>},
    {"prefixItems", &Compiler::prefix},
    {"minProperties", &Compiler::map_count<&MapRules::min_properties>},
    {"maxProperties", &Compiler::map_count<&MapRules::max_properties>},
    {"properties", &Compiler::properties},
    {"patternProperties", &Compiler::pattern_properties},
    {"additionalProperties", &Compiler::map_schema<&MapRules::additional>},
    {"unevaluatedProperties", &Compiler::map_schema<&MapRules::unevaluated>},
    {"propertyNames", &Compiler::map_schema<&MapRules::names>},
    {"required", &Compiler::required},
    {"dependentRequired", &Compiler::dependent_required},
    {"dependentSchemas", &Compiler::dependent_schemas},
    {"$ref", &Compiler::reference},
    {"$defs", &Compiler::definitions},
    {"allOf", &Compiler::schemas<&Schema::Node::all_of>},
    {"anyOf", &Compiler::schemas<&Schema::Node::any_of>},
    {"oneOf", &Compiler::schemas<&Schema::Node::one_of>},
    {"not", &Compiler::schema<&Schema::Node::none_of>},
    {"if", &Compiler::schema<&Schema::Node::condition>},
    {"then", &Compiler::schema<&Schema::Node::then>},
    {"else", &Compiler::schema<&Schema::Node::otherwise>},
    {"$schema", &Compiler::text_note},
    {"$id", &Compiler::identifier},
    {"$comment", &Compiler::text_note},
    {"title", &Compiler::text_note},
    {"description", &Compiler::text_note},
    {"default", &Compiler::note},
    {"examples", &Compiler::list_note},
    {"deprecated", &Compiler::flag_note},
    {"readOnly", &Compiler::flag_note},
    {"writeOnly", &Compiler::flag_note},
}};

NodePointer Compiler::subschema(const Value& source) {
  auto node = std::make_unique<Schema::Node>();
  node->source = source;
  places_[pointer_] = node.get();
  if (places_.size() > most_nodes) stop("the schema has more than 20,000 parts");
  if (source.is_boolean()) {
    node->refuses_all = !source.boolean();
    return node;
  }
  if (!source.is_map()) stop("a schema is an object, true or false");
  if (++depth_ > deepest_schema) stop("the schema is nested deeper than 64 levels");
  for (const auto& [name, value] : source.members()) {
    inside(name.string(), [&] { keyword(*node, name.string(), value); });
  }
  --depth_;
  return node;
}

void Compiler::keyword(Schema::Node& node, std::string_view name, const Value& value) {
  if (name.starts_with("x-")) return;
  const auto found = std::find_if(keywords.begin(), keywords.end(),
                                  [&](const Keyword& known) { return known.name == name; });
  if (found != keywords.end()) return (this->*found->compile)(node, value);
  std::vector<std::string_view> known;
  for (const auto& each : keywords) known.push_back(each.name);
  stop("the keyword `" + std::string(name) + "` is not supported" +
       expression::did_you_mean(name, known));
}

void Compiler::type(Schema::Node& node, const Value& keyword) {
  static constexpr std::pair<std::string_view, std::uint8_t> types[] = {
      {"null", type_null},     {"boolean", type_boolean}, {"object", type_object},
      {"array", type_array},   {"number", type_number},   {"integer", type_integer},
      {"string", type_string},
  };
  const auto add = [&](const Value& name) {
    if (!name.is_string()) stop("`type` takes a name or a list of names");
    for (const auto& [known, bit] : types) {
      if (known != name.string()) continue;
      node.types |= bit;
      return;
    }
    stop("there is no type `" + name.string() + "`");
  };
  if (!keyword.is_list()) return add(keyword);
  if (keyword.items().empty()) stop("`type` needs at least one name");
  for (const auto& name : keyword.items()) add(name);
}

void Compiler::enumeration(Schema::Node& node, const Value& keyword) {
  if (!keyword.is_list()) stop("`enum` takes a list");
  node.allowed = keyword.items();
}

template <std::optional<Value> NumberRules::* rule>
void Compiler::number(Schema::Node& node, const Value& keyword) {
  if (!keyword.is_number()) stop("a number is needed here");
  const bool positive = keyword.is_integer() ? keyword.integer() > 0 : keyword.real() > 0;
  if constexpr (rule == &NumberRules::multiple_of) {
    if (!positive) stop("`multipleOf` needs a number above 0");
  }
  part(node.number).*rule = keyword;
}

std::size_t Compiler::count(const Value& keyword) const {
  if (keyword.is_integer() && keyword.integer() >= 0) {
    return static_cast<std::size_t>(keyword.integer());
  }
  const bool whole = keyword.is_real() && keyword.real() >= 0 && keyword.real() < 9e15 &&
                     std::trunc(keyword.real()) == keyword.real();
  if (!whole) stop("a whole number from 0 up is needed here");
  return static_cast<std::size_t>(keyword.real());
}

std::shared_ptr<const Pattern> Compiler::compiled_pattern(const std::string& text) const {
  auto pattern = Pattern::compile_ecma(text);
  if (!pattern) stop(pattern.error().message);
  return *pattern;
}

void Compiler::pattern(Schema::Node& node, const Value& keyword) {
  if (!keyword.is_string()) stop("a pattern is a string");
  part(node.text).pattern_text = keyword.string();
  part(node.text).pattern = compiled_pattern(keyword.string());
}

void Compiler::format(Schema::Node& node, const Value& keyword) {
  const FormatCheck check = keyword.is_string() ? find_format(keyword.string()) : nullptr;
  if (check == nullptr) stop("this format is not known; docs/schemas.md lists those that are");
  part(node.text).format_name = keyword.string();
  part(node.text).format = check;
}

void Compiler::unique(Schema::Node& node, const Value& keyword) {
  if (!keyword.is_boolean()) stop("true or false is needed here");
  part(node.list).unique = keyword.boolean();
}

std::vector<NodePointer> Compiler::subschemas(const Value& keyword) {
  if (!keyword.is_list() || keyword.items().empty()) stop("a list of schemas is needed here");
  std::vector<NodePointer> nodes;
  for (std::size_t i = 0; i < keyword.items().size(); ++i) {
    inside(std::to_string(i), [&] { nodes.push_back(subschema(keyword.items()[i])); });
  }
  return nodes;
}

// Members of a map are sorted by key already.
std::vector<NamedNode> Compiler::named(const Value& keyword) {
  if (!keyword.is_map()) stop("an object of schemas is needed here");
  std::vector<NamedNode> nodes;
  for (const auto& [name, value] : keyword.members()) {
    inside(name.string(), [&] { nodes.push_back({name.string(), subschema(value)}); });
  }
  return nodes;
}

std::vector<std::string> Compiler::names(const Value& keyword) {
  if (!keyword.is_list()) stop("a list of names is needed here");
  std::vector<std::string> all;
  for (const auto& name : keyword.items()) {
    if (!name.is_string()) stop("a list of names is needed here");
    all.push_back(name.string());
  }
  return all;
}

void Compiler::pattern_properties(Schema::Node& node, const Value& keyword) {
  if (!keyword.is_map()) stop("an object of schemas is needed here");
  for (const auto& [name, value] : keyword.members()) {
    inside(name.string(), [&] {
      part(node.map).patterns.push_back(
          {name.string(), compiled_pattern(name.string()), subschema(value)});
    });
  }
}

void Compiler::dependent_required(Schema::Node& node, const Value& keyword) {
  if (!keyword.is_map()) stop("an object of lists of names is needed here");
  for (const auto& [name, value] : keyword.members()) {
    part(node.map).dependent_required.push_back({name.string(), names(value)});
  }
}

void Compiler::identifier(Schema::Node&, const Value& keyword) {
  if (!keyword.is_string()) stop("a string is needed here");
  if (depth_ > 1) stop("`$id` is allowed at the top of a schema only");
}

void Compiler::reference(Schema::Node& node, const Value& keyword) {
  if (!keyword.is_string()) stop("`$ref` takes a string");
  if (!keyword.string().starts_with('#')) {
    stop("`$ref` reaches only into the same schema: `#` or `#/$defs/…`");
  }
  const auto target = plain_pointer(keyword.string().substr(1));
  if (!target) stop("`$ref` needs a JSON pointer behind the `#`");
  references_.push_back({&node, *target, pointer_});
}

}  // namespace

expression::Result<std::shared_ptr<NodePointer>> compile(const Value& source) {
  try {
    return std::make_shared<NodePointer>(Compiler().run(source));
  } catch (Stop& stop) {
    return std::move(stop.error);
  }
}

}  // namespace sagaloom::schema
