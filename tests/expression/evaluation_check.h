// Shared by the tests of expressions: a scope with sample data, and short ways to evaluate.
#pragma once

#include <gtest/gtest.h>
#include <string>

#include "runtime/expression/program.h"

namespace sagaloom::expression {

inline const std::vector<std::string>& sample_roots() {
  static const std::vector<std::string> roots = {"input", "steps", "now", "secrets", "absent"};
  return roots;
}

// `absent` is a root without a value.
inline MapScope sample_scope() {
  MapScope scope;
  scope.set("input",
            Value::object({{"id", "o-1"},
                           {"count", 3},
                           {"price", 2.5},
                           {"nothing", nullptr},
                           {"tags", Value::list({"a", "b", "c"})},
                           {"items", Value::list({Value::object({{"sku", "x"}, {"qty", 2}}),
                                                  Value::object({{"sku", "y"}, {"qty", 5}})})},
                           {"content-type", "json"}}));
  scope.set("steps", Value::object({{"price", Value::object({{"output", Value::object({
                                                                            {"amount", 700},
                                                                        })}})}}));
  scope.set("now", Value(Timestamp{1'772'280'000, 0}));  // 2026-02-28T12:00:00Z
  scope.set("secrets", Value::object({{"key", Value::secret("key")}}));
  return scope;
}

inline Result<Value> evaluate(std::string_view text, const Budget& budget = {}) {
  const auto program = Program::compile(text, sample_roots());
  if (!program) return program.error();
  return program->evaluate(sample_scope(), budget);
}

// The error's code, or "ok".
inline std::string code_of(std::string_view text) {
  const auto result = evaluate(text);
  return result ? "ok" : result.error().code;
}

inline void expect_value(std::string_view text, const Value& wanted) {
  const auto result = evaluate(text);
  ASSERT_TRUE(result.ok()) << text << ": " << result.error().message;
  EXPECT_EQ(result->kind(), wanted.kind()) << text;
  EXPECT_EQ(*result, wanted) << text;
}

}  // namespace sagaloom::expression
