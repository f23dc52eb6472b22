// The functions of the language: a table that the parser looks names up in.
//
// Lifecycle: static tables. Threads: any. Errors: a function reports through Evaluation::fail.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/expression/type.h"
#include "runtime/expression/value.h"

namespace sagaloom::expression {

class Evaluation;
class Node;

inline constexpr std::size_t most_arguments = 4;  // a receiver counted

// What a function gets: its arguments (a receiver first) and where to put the result.
struct Call {
  Evaluation& evaluation;
  const Node& node;
  std::array<const Value*, most_arguments> arguments;
  std::size_t count;
  Value& out;

  const Value& operator[](std::size_t index) const { return *arguments[index]; }
  bool all_strings() const;
  // Reports that the arguments' types do not fit; gives false.
  bool no_overload() const;
  bool fail(std::string_view message) const;
};

struct Function {
  enum class Form : std::uint8_t { global, method, both };

  std::string_view name;
  Form form;
  std::uint8_t least;  // arguments, a receiver counted
  std::uint8_t most;
  bool (*call)(Call&);  // false: an error was reported
  Kinds gives = 0;      // kinds of the result where they are always the same; for the checker
  std::array<Kinds, most_arguments> takes{};  // kinds of the arguments; 0: any
};

// Short names for the tables.
namespace kinds {
inline constexpr Kinds boolean = kinds_of(Value::Kind::boolean);
inline constexpr Kinds integer = kinds_of(Value::Kind::integer);
inline constexpr Kinds real = kinds_of(Value::Kind::real);
inline constexpr Kinds text = kinds_of(Value::Kind::string);
inline constexpr Kinds list = kinds_of(Value::Kind::list);
inline constexpr Kinds map = kinds_of(Value::Kind::map);
inline constexpr Kinds time = kinds_of(Value::Kind::timestamp);
inline constexpr Kinds span = kinds_of(Value::Kind::time_span);
inline constexpr Kinds optional = kinds_of(Value::Kind::optional);
}  // namespace kinds

// nullptr: not known in this form.
const Function* find_function(std::string_view name, bool method);
std::vector<std::string_view> function_names(bool method);

// The parts of the table, one for each file of functions.
std::vector<Function> conversion_functions();
std::vector<Function> string_functions();
std::vector<Function> time_functions();
std::vector<Function> collection_functions();

}  // namespace sagaloom::expression
