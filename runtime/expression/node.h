// The syntax tree of a compiled expression.
//
// Lifecycle: made by the parser, owned by a Program, immutable afterwards. Threads: any.
// Whoever walks a tree (the checker, the linter of workflows) reads `kind` and `children`; what the
// children mean stands beside each kind. A tree is at most `deepest_tree` high, so that walking it
// by recursion is safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/expression/pattern.h"
#include "runtime/expression/value.h"
#include "runtime/expression/zone.h"

namespace sagaloom::expression {

inline constexpr std::uint16_t deepest_tree = 200;
inline constexpr std::size_t most_variables = 16;  // nested in one another

struct Function;  // expression/functions.h

enum class Operator : std::uint8_t {
  add,
  subtract,
  multiply,
  divide,
  modulo,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in,
};

class Node {
 public:
  enum class Kind : std::uint8_t {
    literal,       // `literal`
    root,          // `name`: a root of the scope
    variable,      // `name`, `slot`: bound by a macro around it
    member,        // children: operand; `name`; `optional` for `.?`
    index,         // children: operand, key; `optional` for `[?…]`
    list,          // children: the items; `optional_parts[i]` for `?item`
    map,           // children: key, value, key, value, …; `optional_parts[i]` for the i-th entry
    conditional,   // children: condition, then, else
    all_of,        // children: two or more, `&&`
    any_of,        // children: two or more, `||`
    logical_not,   // children: operand
    negate,        // children: operand
    binary,        // children: left, right; `operation`
    call,          // children: the arguments, a receiver first; `function`
    has,           // children: operand; `name`
    all,           // children: list or map, predicate; `slot` is the variable, here and below
    exists,        // children: list or map, predicate
    exists_one,    // children: list or map, predicate
    filter,        // children: list or map, predicate
    transform,     // children: list or map, result [, predicate]; written `map`
    opt_map,       // children: optional, result
    opt_flat_map,  // children: optional, result
    or_value,      // children: optional, fallback
    or_optional,   // children: optional, fallback
  };

  Kind kind = Kind::literal;
  Operator operation = Operator::add;
  bool optional = false;
  std::uint8_t slot = 0;
  std::uint16_t height = 1;
  std::uint32_t offset = 0;  // in the text: of the operator, else of the first character
  std::string name{};        // also the name of a macro's variable and of a function
  Value literal{};
  const Function* function = nullptr;
  std::vector<Node> children{};
  std::vector<bool> optional_parts{};
  std::shared_ptr<const Pattern> pattern{};  // of `matches` with a literal
  std::shared_ptr<const Zone> zone{};        // of a time accessor with a literal zone name
};

}  // namespace sagaloom::expression
