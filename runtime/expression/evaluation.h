// One evaluation of a syntax tree within a budget.
//
// Lifecycle: on the stack of the caller, for one or more programs that share a scope and a budget.
// Threads: one at a time. Errors: `evaluate` gives nullptr and the first reason stays in `error`;
// `&&`, `||` and the macros may forget it again, a spent budget never.
// Values are passed as pointers where they already exist (in the scope, in a literal), so that a
// path such as `steps.price.output.amount` copies nothing.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/expression/node.h"
#include "runtime/expression/program.h"
#include "runtime/expression/result.h"
#include "runtime/expression/value.h"

namespace sagaloom::expression {

class Evaluation {
 public:
  Evaluation(const Scope& scope, const Budget& budget)
      : scope_(scope), steps_(budget.steps), bytes_(budget.bytes) {}

  // The result: `scratch`, or a value that lives as long as the scope and the tree do.
  // nullptr: failed.
  const Value* evaluate(const Node& node, Value& scratch);

  // The result as a value of its own. An optional that holds something is opened; an empty one
  // stays Value::none().
  Result<Value> run(const Node& node);

  // Both report and give false, so that `return fail(…)` reads well.
  bool fail(const Node& node, std::string message);
  bool no_overload(const Node& node, const std::string& what);

  // Takes from the budget: bytes of a value that is about to be built; work in units of about one
  // evaluated node. False: spent.
  bool build(const Node& node, std::size_t bytes);
  bool work(const Node& node, std::size_t units);

  // The language's `==`, counted as work. nullopt: the budget is spent.
  std::optional<bool> equal(const Node& node, const Value& left, const Value& right);

 private:
  using Slots = std::array<const Value*, most_variables>;

  const Value* root(const Node& node);
  const Value* member(const Node& node, Value& scratch);
  const Value* optional_chain(const Node& node, const Node& left, Value& scratch);
  const Value* optional_member(const Node& node, const Value& operand, Value& scratch);
  const Value* index(const Node& node, Value& scratch);
  const Value* element(const Node& node, const Value& operand, const Value& key);
  const Value* absent(const Node& node, const Value& operand, const Value& key);
  const Value* list(const Node& node, Value& scratch);
  const Value* map(const Node& node, Value& scratch);
  bool map_entry(const Node& node, std::size_t entry, Map& members);
  const Value* conditional(const Node& node, Value& scratch);
  const Value* logical(const Node& node, bool decisive, Value& scratch);
  const Value* logical_not(const Node& node, Value& scratch);
  const Value* negate(const Node& node, Value& scratch);
  const Value* binary(const Node& node, Value& scratch);
  const Value* call(const Node& node, Value& scratch);
  const Value* has(const Node& node, Value& scratch);
  const Value* quantified(const Node& node, Value& scratch);
  const Value* exists_one(const Node& node, Value& scratch);
  const Value* filter(const Node& node, Value& scratch);
  const Value* transform(const Node& node, Value& scratch);
  const Value* optional_mapped(const Node& node, Value& scratch);
  const Value* fallback(const Node& node, Value& scratch);
  const Value* given(Value value, Value& scratch) {
    scratch = std::move(value);
    return &scratch;
  }

  // Calls `turn(item)` for each item of a list or key of a map; stops when it gives false.
  template <typename Turn>
  bool each(const Node& node, const Value& range, Turn turn);
  // Evaluates a condition; nullopt: failed or no boolean.
  std::optional<bool> condition(const Node& node);
  bool forget_error();

  const Scope& scope_;
  std::uint32_t steps_;
  std::size_t bytes_;
  Slots slots_{};
  bool failed_ = false;
  bool spent_ = false;
  std::uint32_t error_offset_ = 0;
  std::string error_message_;
};

// The order behind `<` and its sisters; nullopt: these kinds have none. Numbers compare exactly,
// an integer is never rounded.
std::optional<std::partial_ordering> compare(const Value& left, const Value& right);

// The operators over values, expression/operators.cpp. nullptr: failed, reported.
const Value* apply(Evaluation& evaluation, const Node& node, const Value& left, const Value& right,
                   Value& scratch);

}  // namespace sagaloom::expression
