// The compiled form of one (sub)schema.
//
// Lifecycle: built by the compiler, owned by its Schema, immutable afterwards. Threads: any.
// Ownership: a node owns its subschemas; `reference` points into the same Schema.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/expression/pattern.h"
#include "runtime/schema/format.h"
#include "runtime/schema/schema.h"

namespace sagaloom::schema {

using NodePointer = std::unique_ptr<Schema::Node>;

// The kinds of the keyword `type`, as bits.
enum TypeBit : std::uint8_t {
  type_null = 1,
  type_boolean = 2,
  type_object = 4,
  type_array = 8,
  type_number = 16,   // every number
  type_integer = 32,  // numbers without a fraction
  type_string = 64,
};

struct NamedNode {
  std::string name;
  NodePointer node;
};

struct PatternNode {
  std::string text;
  std::shared_ptr<const expression::Pattern> pattern;
  NodePointer node;
};

struct DependentNames {
  std::string name;
  std::vector<std::string> required;
};

// Keywords that only some schemas have, so that the others stay small.
struct NumberRules {
  std::optional<expression::Value> multiple_of{}, minimum{}, maximum{}, exclusive_minimum{},
      exclusive_maximum{};
};

struct TextRules {
  std::size_t min_length = 0, max_length = SIZE_MAX;
  std::string pattern_text{};
  std::shared_ptr<const expression::Pattern> pattern{};
  std::string format_name{};
  FormatCheck format = nullptr;
};

struct ListRules {
  std::size_t min_items = 0, max_items = SIZE_MAX;
  std::size_t min_contains = 1, max_contains = SIZE_MAX;
  bool unique = false;
  std::vector<NodePointer> prefix{};
  NodePointer items{}, contains{}, unevaluated{};
};

struct MapRules {
  std::size_t min_properties = 0, max_properties = SIZE_MAX;
  std::vector<NamedNode> properties{};  // sorted by name
  std::vector<PatternNode> patterns{};
  std::vector<std::string> required{};
  std::vector<DependentNames> dependent_required{};
  std::vector<NamedNode> dependent_schemas{};
  NodePointer additional{}, names{}, unevaluated{};
};

struct Schema::Node {
  bool refuses_all = false;  // the schema `false`
  std::uint8_t types = 0;    // 0: any
  expression::Value source{};
  std::optional<std::vector<expression::Value>> allowed{};  // `enum`
  std::optional<expression::Value> constant{};              // `const`
  std::unique_ptr<NumberRules> number{};
  std::unique_ptr<TextRules> text{};
  std::unique_ptr<ListRules> list{};
  std::unique_ptr<MapRules> map{};
  const Node* reference = nullptr;
  std::vector<NodePointer> all_of{}, any_of{}, one_of{};
  NodePointer none_of{};  // `not`
  NodePointer condition{}, then{}, otherwise{};
  std::vector<NamedNode> definitions{};

  // The subschemas that see the same value as this node.
  std::vector<const Node*> in_place() const;
};

}  // namespace sagaloom::schema
