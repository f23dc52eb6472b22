// A compiled expression (a subset of CEL) and its evaluation within a budget.
//
// Lifecycle: compiled once, when a definition is loaded; immutable and shared afterwards.
// Threads: compile and evaluate from any thread; a Scope is used by one evaluation at a time.
// Errors: compile gives `expression.syntax`, `expression.unknown` with the byte offset; evaluate
// gives `expression.failed`, with the byte offset. Evaluation is total: it always ends within its
// budget. What a template renders is a document: no optionals inside, finite numbers, strings as
// keys, at most 32 levels.
// Source: github.com/google/cel-spec, doc/langdef.md; the subset is docs/expressions.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/expression/result.h"
#include "runtime/expression/value.h"

namespace sagaloom::expression {

// What an expression can see. `find` answers the value of a root (`input`, `steps`, …) or nullptr
// when the root has no value here; the pointer stays valid until the scope is destroyed or changed.
class Scope {
 public:
  virtual ~Scope() = default;
  virtual const Value* find(std::string_view root) const = 0;
};

// A scope over a fixed list of roots.
class MapScope final : public Scope {
 public:
  MapScope() = default;
  explicit MapScope(std::vector<std::pair<std::string, Value>> roots) : roots_(std::move(roots)) {}
  void set(std::string name, Value value);
  const Value* find(std::string_view root) const override;

 private:
  std::vector<std::pair<std::string, Value>> roots_;
};

struct Budget {
  std::uint32_t steps = 100'000;      // evaluated nodes, each turn of a macro counted
  std::uint32_t bytes = 1024 * 1024;  // of values built on the way
};

class Node;  // the syntax tree, expression/node.h

class Program {
 public:
  // `roots`: the names that may stand alone; any other identifier is `expression.unknown`.
  static Result<Program> compile(std::string_view text, const std::vector<std::string>& roots);

  // An optional that holds something is opened; an absent one is returned as Value::none() and the
  // caller decides what it means.
  Result<Value> evaluate(const Scope& scope, const Budget& budget = Budget{}) const;

  const std::string& text() const { return text_; }
  const Node& root() const { return *root_; }

 private:
  Program() = default;
  std::string text_;
  std::shared_ptr<const Node> root_;
};

// A tree of values whose strings may hold `${ expression }`. A string that is exactly one
// `${ e }` keeps e's type; otherwise the parts are joined as text (strings, numbers, booleans
// only). A leaf that evaluates to an absent optional leaves its key (or list item) out.
class Template {
 public:
  // `offset` and `pointer` of an error name the string leaf and the byte within it.
  static Result<Template> compile(const Value& tree, const std::vector<std::string>& roots);
  static Template constant(Value value);

  // nullopt: the whole template is an absent optional.
  Result<std::optional<Value>> render(const Scope& scope, const Budget& budget = Budget{}) const;

  bool is_constant() const;
  const Value& source() const { return source_; }

  // Visits every expression inside with the JSON pointer of its leaf and its byte offset there.
  struct Part {
    std::string pointer;
    std::size_t offset;
    const Program* program;
    bool whole;  // the leaf is exactly this expression
  };
  std::vector<Part> parts() const;

 private:
  friend class TemplateCompiler;
  friend class TemplateRenderer;
  struct Leaf;
  Value source_;
  std::shared_ptr<const Leaf> root_;  // nullptr: constant
};

}  // namespace sagaloom::expression
