// What is known about every value of a definition before it runs, step by step in the order of the
// path: which steps have run at a place, whether their output may be absent, and its type. Every
// expression is checked at its place against that (X03 to X09, C07, C08, P02, Q03, Q06, W03).
//
// Lifecycle: one object for one check of one definition. Threads: one. Errors: diagnostics. The
// cost is linear in the definition's size, but for steps inside nested blocks, which each block
// looks at once more.
// Source of the idea of facts that hold where a condition holds: TypeScript's narrowing.
#pragma once

#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/expression/checker.h"
#include "runtime/expression/paths.h"
#include "runtime/workflow/checks.h"

namespace sagaloom::workflow {

using expression::RootTypes;
using expression::TypePointer;

// How a place stands to a step.
enum class Reach : std::uint8_t {
  later,    // has not run when this place is reached
  running,  // this place belongs to the step itself
  apart,    // in another branch or case
  inside,   // inside a foreach that has ended
  reached,
};

struct KnownStep {
  Reach reach = Reach::later;
  bool maybe = false;          // reached, but its output may be absent
  bool turn_before = false;    // what can be seen is that of the turn before
  std::string why{};           // may be absent
  std::string condition{};     // its `when`: where the same condition holds it is there
  bool absent_at_end = false;  // an `end` is reached without it
  TypePointer output = expression::any_type();
  const core::Step* step = nullptr;  // nullptr: of an undo
  std::string foreach{};             // of `inside`
};

// Where an expression stands.
struct Site {
  enum class View : std::uint8_t {
    path,   // where the walk is
    undo,   // in the undo of `step`
    shown,  // rendered at any time, again and again: steps may be absent without harm
    hook,   // at any time, once
    end,    // when the saga completes
    start,  // before any step
  };
  View view = View::path;
  RootTypes extra{};  // self, event, error
  const core::Step* step = nullptr;
};

// The types in scope, and the reports about expressions.
class Scopes {
 public:
  explicit Scopes(const Checked& checked);

  enum class Wanted : std::uint8_t { anything, condition, list, text, moment, span };
  TypePointer check(const Node* node, const core::Program& program, const Site& site,
                    Wanted wanted = Wanted::anything);
  TypePointer check(const Node* node, const core::Template& tree, const Site& site,
                    Wanted wanted = Wanted::anything);
  // A template that becomes public: Q06 for what is marked as sensitive.
  TypePointer publish(const Node* node, const core::Template& tree, const Site& site,
                      const char* where, Wanted wanted = Wanted::anything);

  const Checked& checked;
  std::unordered_map<std::string, KnownStep> steps;
  RootTypes names;  // those given by `as`
  expression::Facts facts;
  std::set<std::string> conditions;  // the texts of those that hold here
  TypePointer input;
  TypePointer constants;

  // Facts and conditions that hold until the end of the scope.
  void assume(const core::Program& condition, bool holds);
  TypePointer schema_type(const core::SchemaPointer& schema);
  std::size_t offset_of(const Node* node) const { return node ? node->offset : 0; }

 private:
  struct Used;
  void add_roots(RootTypes& roots, const Site& site) const;
  void use(const expression::UsedPath& path, const Node* node, std::size_t shift,
           const std::string& pointer, const Site& site, Used& used);
  void out_of_reach(const std::string& id, const KnownStep* known, const Site& site,
                    std::size_t offset);
  TypePointer steps_type(const Used& used) const;
  expression::TypeMember visible(const std::string& id, const KnownStep& known,
                                 const Site& site) const;
  void report(const Node* node, const std::vector<expression::Finding>& findings, const Site& site);
  void want(const Node* node, const TypePointer& type, Wanted wanted);
  bool sensitive(const expression::UsedPath& path) const;

  std::unordered_map<const schema::Schema*, TypePointer> schema_types_;
};

// P02: whether a value of this type can fit what is wanted. `what` names the place.
void check_fit(const Checked& checked, const Node* node, const TypePointer& value,
               const TypePointer& wanted, const std::string& what);
// P02: the same where the key with the value (`with`, `input`) is left out, which sends null.
void check_left_out(const Checked& checked, const Node* node, const char* key,
                    const TypePointer& wanted, const std::string& what);

// The type of an input once the definition's defaults are filled in, and as the caller may write
// it: members with a default may be left out.
TypePointer input_type(const core::Definition& definition);
TypePointer wanted_input(const core::Definition& definition);

// The type of a child's output as far as its own definition says.
TypePointer child_output(const core::Definition& child);

// Roots.
TypePointer saga_type();
TypePointer error_type();
TypePointer event_type(const TypePointer& data);
TypePointer signal_type();
// Of `self`: on the path after success, in an undo, in a filter of `await`.
TypePointer self_done(const TypePointer& input, const TypePointer& output);
TypePointer self_undone(const TypePointer& input, const TypePointer& output);
TypePointer self_accepted(const TypePointer& input, const TypePointer& answer);

// `one` or `other` (a value of a handler): what only one has may be absent, and why.
TypePointer either(const TypePointer& one, const TypePointer& other, const std::string& why);

// Bytes that a value of the type or schema probably takes; lists without a limit count 20 items.
std::size_t estimate(const expression::Type& type, int depth = 0);
std::size_t estimate(const expression::Value& schema, int depth = 0);

// Every id in the list, blocks and handlers included.
template <typename Visit>
void each_step_inside(const core::StepList& list, const Visit& visit) {
  for (const core::Step& step : list) {
    visit(step);
    for (const auto* inner : core::lists_inside(step)) each_step_inside(*inner, visit);
  }
}

}  // namespace sagaloom::workflow
