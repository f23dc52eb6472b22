// What the readers of a workflow's parts share while one definition is being compiled, and the
// small readers of single values.
//
// A reader never throws and never stops at the first error: it reports (S01, S02, X01, …) and
// gives a harmless value, so that one run finds everything. Lifecycle: one Context for one load;
// it refers to the source, the tree and the definition, which outlive it. Threads: one.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/definition.h"
#include "runtime/workflow/load.h"
#include "runtime/workflow/source.h"

namespace sagaloom::workflow {

// The roots an expression may use, as bits.
enum Sight : unsigned {
  see_input = 1,
  see_steps = 2,  // with it the names given by `as`
  see_constants = 4,
  see_saga = 8,
  see_now = 16,
  see_secrets = 32,
  see_self = 64,
  see_event = 128,
  see_error = 256,
  see_path = see_input | see_steps | see_constants | see_saga | see_now,
};

struct Defaults {
  core::TimeoutPolicy timeout;
  core::RetryPolicy retry;
  core::RetryPolicy compensation_retry;
  core::OnExhausted on_exhausted = core::OnExhausted::park;
};

// Where a step stands, for the checks that run over the finished tree.
struct StepPlace {
  const Node* node = nullptr;    // the step's map
  bool after_pivot = false;      // the path has passed the pivot when it starts
  bool handles_pivot = false;    // inside a handler of the pivot or of a block that holds it
  bool undone_by_block = false;  // a block around it has a `compensate` of its own
  bool declares_undo = false;    // it has a `compensate` key
};

struct Replacement {  // a schema file's name in the text, and what to put in its place
  std::size_t begin, end;
  std::string text;
};

struct Context {
  Context(const Source& source, Report& report, const OperationCatalog& catalog,
          const LoadOptions& options, core::Definition& definition);

  const Source& source;
  Report& report;
  const OperationCatalog& catalog;
  const LoadOptions& options;
  core::Definition& definition;

  Defaults defaults;
  const Node* retries = nullptr;
  const Node* events = nullptr;
  std::set<std::string> used_retries, used_events, used_secrets, used_constants;
  std::map<std::string, core::OperationPointer> operations;
  std::map<std::string, StepPlace> places;
  std::map<std::string, std::size_t> undo_ids;  // ids under compensate.steps, and where
  std::vector<Replacement> schema_files;
  std::vector<Diagnostic> elsewhere;  // in schema files

  // Of the place that is being read.
  std::vector<std::string> as_names;
  bool in_handler = false;
  bool handles_pivot = false;
  bool pivot_allowed = true;
  bool pivot_seen = false;
  bool pivot_passed = false;
  bool concurrent = false;  // inside parallel or foreach
  bool undone_by_block = false;

  unsigned path() const { return see_path | (in_handler ? see_error : 0u); }
  void error(const char* code, const Node& at, std::string message, std::string fix = {},
             std::string example = {}) {
    report.error(code, at.offset, std::move(message), std::move(fix), std::move(example));
  }
  void warning(const char* code, const Node& at, std::string message, std::string fix = {}) {
    report.warning(code, at.offset, std::move(message), std::move(fix));
  }
};

// Sets a variable until the end of the scope.
template <typename T>
class Within {
 public:
  Within(T& place, T value) : place_(place), before_(std::move(place)) {
    place_ = std::move(value);
  }
  ~Within() { place_ = std::move(before_); }
  Within(const Within&) = delete;
  Within& operator=(const Within&) = delete;

 private:
  T& place_;
  T before_;
};

// The members of one map. The constructor reports a node that is no map (S02) and keys that are not
// `known` (S01).
class Fields {
 public:
  Fields(Context& context, const Node& node, std::string what, std::vector<std::string> known);

  // nullptr: absent, or already reported as broken.
  const Node* find(std::string_view key) const;
  // Reports an absent key (S02).
  const Node* require(std::string_view key) const;
  bool has(std::string_view key) const { return node_.member(key) != nullptr; }
  bool usable() const { return node_.is_map(); }
  bool unknown_keys() const { return unknown_keys_; }
  const Node& node() const { return node_; }
  // The place of a key, for messages about it.
  std::size_t key_offset(std::string_view key) const;

 private:
  Context& context_;
  const Node& node_;
  std::string what_;
  bool unknown_keys_ = false;
};

// Single values. `what` is how the message calls it: "`title`".
std::optional<std::string> read_text(Context& context, const Node& node, const std::string& what);
std::optional<std::string> read_name(Context& context, const Node& node, const std::string& what);
std::optional<std::string> read_identifier(Context& context, const Node& node,
                                           const std::string& what);
std::optional<std::int64_t> read_integer(Context& context, const Node& node,
                                         const std::string& what, std::int64_t least,
                                         std::int64_t most);
std::optional<double> read_number(Context& context, const Node& node, const std::string& what);
std::optional<bool> read_flag(Context& context, const Node& node, const std::string& what);
// True when it is `true`; anything else is reported.
bool read_true(Context& context, const Node& node, const std::string& what);
std::optional<std::size_t> read_choice(Context& context, const Node& node, const std::string& what,
                                       const std::vector<std::string>& words);
std::vector<std::string> read_texts(Context& context, const Node& node, const std::string& what);
// An error code; with `pattern`, `*` alone or as the last part is allowed.
std::optional<std::string> read_code(Context& context, const Node& node, const std::string& what,
                                     bool pattern);
std::vector<std::string> read_codes(Context& context, const Node& node, const std::string& what);
std::optional<std::string> read_topic(Context& context, const Node& node, const std::string& what);

std::optional<core::Duration> read_constant_duration(Context& context, const Node& node,
                                                     const std::string& what);
std::optional<core::DurationTemplate> read_duration(Context& context, const Node& node,
                                                    const std::string& what, unsigned sight);
std::optional<core::Template> read_template(Context& context, const Node& node, unsigned sight);
// A template that must be one scalar.
std::optional<core::Template> read_scalar_template(Context& context, const Node& node,
                                                   const std::string& what, unsigned sight);
// A bare expression.
std::optional<core::Program> read_condition(Context& context, const Node& node,
                                            const std::string& what, unsigned sight);
core::SchemaPointer read_schema(Context& context, const Node& node, const std::string& what);

// Whether an expression's text names this root (outside of strings, not as a member).
bool mentions(std::string_view expression, std::string_view root);
// The members `root.x` that an expression names directly.
std::vector<std::string> members_of(std::string_view expression, std::string_view root);

bool reserved_word(std::string_view word);

}  // namespace sagaloom::workflow
