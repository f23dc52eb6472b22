// A compiled workflow: a tree of steps with their undo, every expression compiled, every
// operation's manifest facts frozen. Made by runtime/workflow from text and frozen facts, never
// from the plugins that happen to be loaded; core only reads it.
//
// Lifecycle: built once, then shared as shared_ptr<const Definition>; never moved (the index holds
// pointers). Threads: immutable. Source of every key: docs/workflows.md (the language, dsl 1).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/core/time.h"
#include "runtime/expression/program.h"
#include "runtime/expression/value.h"
#include "runtime/schema/schema.h"

namespace sagaloom::core {

using expression::Program;
using expression::Template;
using expression::Value;
using SchemaPointer = std::shared_ptr<const schema::Schema>;

// A duration known when the definition is loaded, or a template that gives one when it is used.
struct DurationTemplate {
  Duration constant{0};
  std::optional<Template> computed;
};

enum class Jitter : std::uint8_t { full, equal, none };

struct RetryPolicy {
  std::optional<std::uint32_t> max_attempts = 3;  // nullopt: unlimited
  Duration initial{1000};
  double factor = 2;
  Duration max_delay{60'000};
  std::optional<Duration> max_elapsed;
  Jitter jitter = Jitter::full;
  std::vector<std::string> only;  // error codes, `*` suffix allowed; empty: every code
  std::vector<std::string> except;
};

struct TimeoutPolicy {
  std::optional<DurationTemplate> attempt;
  std::optional<DurationTemplate> total;
  std::optional<DurationTemplate> heartbeat;
};

enum class Effect : std::uint8_t { none, reversible, irreversible };
enum class Fencing : std::uint8_t { unsaid, no, yes };

// What the manifest said of an operation when the definition was registered.
struct Operation {
  std::string name;    // "inventory.reserve"
  std::string plugin;  // "inventory"
  std::uint32_t major = 1;
  SchemaPointer input;
  SchemaPointer output;
  std::vector<std::string> errors;  // refusals that it declares
  Effect effect = Effect::reversible;
  bool idempotent = false;
  Fencing fences = Fencing::unsaid;  // after undo(key) a late call(key) is refused
  std::string undo;                  // the operation that `compensate: auto` calls; empty: none
  std::vector<std::string> nothing_to_undo;  // refusals of `undo` that mean so
  std::string check;                         // the check operation; empty: none
  bool check_fences = false;                 // after `absent` a late call is refused
  bool asynchronous = false;
  bool cancellable = false;
  bool commutative = false;
  bool gives = false;
  std::optional<Duration> timeout;
  std::optional<Duration> holds_for;
  std::string deprecated;  // what to use in its place; empty: it is not
};
using OperationPointer = std::shared_ptr<const Operation>;

struct Emit {
  std::string topic;  // default "sagaloom.events"
  std::string type;
  std::optional<Template> key;  // default the saga's UUID
  Template data = Template::constant(Value{});
  std::vector<std::pair<std::string, Template>> headers;
  std::optional<Program> when;
};

// A hook of the saga, `each` of a wait, or what an undo says.
struct Announcement {
  std::optional<Template> status;
  std::vector<Emit> emit;
};

struct StepStatus {
  std::optional<Template> start, ok, error, compensated;
};

struct UndoStep {                // one call or set of an undo
  std::string id;                // empty: the undo is a single call
  OperationPointer operation;    // null: a `set`
  std::optional<Template> with;  // absent in a call: {key, input} of the forward call
  std::optional<Template> key;
  TimeoutPolicy timeout;
  RetryPolicy retry;
  std::vector<std::string> nothing_to_undo;
};

enum class UndoKind : std::uint8_t { unsaid, none, steps };
enum class OnExhausted : std::uint8_t { park, proceed };  // `continue` is a C++ keyword

struct Undo {
  UndoKind kind = UndoKind::unsaid;
  std::vector<UndoStep> steps;
  std::optional<Program> when;
  OnExhausted on_exhausted = OnExhausted::park;
  Announcement announce;
};

struct Step;
using StepList = std::vector<Step>;

struct FailureTemplate {
  std::string code;
  std::optional<Template> message;
  std::optional<Template> details;
};

struct NamedWait;  // no pair: its traits would need Wait complete inside Wait

struct Wait {
  enum class For : std::uint8_t { duration, until, event, signal, task, any };
  For kind = For::duration;
  std::optional<DurationTemplate> duration;
  std::optional<Template> until;
  std::string name;  // of the event or signal
  std::optional<Template> assignee, escalate_to;
  SchemaPointer form;
  std::optional<DurationTemplate> escalate_after;
  std::optional<Program> where, fail_when, collect_until;
  std::string fail_code;
  Announcement each;
  std::vector<NamedWait> any;
  std::optional<DurationTemplate> timeout;
};

struct NamedWait {
  std::string name;
  Wait wait;
};

enum class OnUnknown : std::uint8_t { resolve, compensate, park };

struct Call {
  OperationPointer operation;
  OperationPointer check;  // null when the manifest offers none
  Template with = Template::constant(Value(expression::Map{}));
  std::optional<Template> key;
  RetryPolicy retry;
  OnUnknown on_unknown = OnUnknown::resolve;
  Effect effect = Effect::reversible;
  bool retry_stable = false;
  std::shared_ptr<const Wait> await;
};

struct Do {
  StepList steps;
};
struct Set {
  Template values = Template::constant(Value{});
};
struct Fail {
  FailureTemplate failure;
};
struct End {
  std::optional<Template> status, output;
};
struct OnlyEmit {};
struct Parallel {
  std::vector<std::pair<std::string, StepList>> branches;
  bool finish = false;
};
struct Foreach {
  std::optional<Program> in;
  std::string as;
  std::uint32_t max_parallel = 1;
  StepList steps;
  bool finish = false;
};
struct SwitchCase {
  std::optional<Program> when;
  StepList steps;
};
struct Switch {
  std::vector<SwitchCase> cases;
};
struct Repeat {
  std::uint32_t max = 1;
  std::optional<Program> until;
  std::optional<DurationTemplate> delay;
  StepList steps;
};
struct ChildSaga {
  std::string workflow;
  std::uint32_t version = 1;
  std::optional<Template> id;
  Template input = Template::constant(Value{});
};

using StepKind = std::variant<Call, Do, Set, OnlyEmit, Fail, End, Wait, Parallel, Foreach, Switch,
                              Repeat, ChildSaga>;

struct ErrorHandler {
  std::vector<std::string> codes;  // empty: any
  std::optional<Program> when;
  enum class Action : std::uint8_t { steps, ignore, fail, compensate };
  Action action = Action::ignore;
  StepList steps;
  FailureTemplate fail;
  std::optional<Template> output;
  bool keep = false;
};

struct Step {
  std::string id;
  std::string title;
  std::optional<Program> when;
  StepKind kind;
  bool pivot = false;
  StepStatus status;
  std::vector<Emit> emit;
  std::optional<Template> output;
  TimeoutPolicy timeout;
  std::vector<ErrorHandler> on_error;
  Undo compensate;

  // The step as a leaf or block of this kind; nullptr: it is of another one.
  template <typename Kind>
  const Kind* as() const {
    return std::get_if<Kind>(&kind);
  }
  const Call* call() const { return as<Call>(); }
};

struct Attribute {
  std::string name;
  Template value = Template::constant(Value{});
  bool index = false;
};

struct DeadlinePolicy {
  std::optional<DurationTemplate> after;
  std::optional<Template> at;
  bool alert_only = false;
};

struct ConcurrencyPolicy {
  Template key = Template::constant(Value{});
  std::uint32_t limit = 1;
  bool reject = false;
};

struct Hooks {
  Announcement accepted, pivot, compensating, completed, compensated, failed, parked;
};

struct EventSource {
  std::string name, topic, type;
  Template key = Template::constant(Value{});
  SchemaPointer schema;
  std::optional<Template> dedupe;
  std::optional<Duration> ttl;
};

struct Expose {
  std::string path;     // "/api/orders"
  std::string id_name;  // "order_id"; default "id"
  std::optional<Template> status, response;
  std::vector<std::pair<std::string, Template>> views;
  Duration wait{0};
};

struct StartFrom {
  std::string topic;
  std::optional<Template> key, input;
};

struct Definition {
  std::string name;
  std::uint32_t version = 1;
  std::string hash;  // 64 hex digits: SHA-256 of the text with schema files put in
  std::string text;  // the YAML it was compiled from
  std::string title, description;
  std::vector<std::pair<std::string, std::string>> labels;
  std::optional<Template> id;
  SchemaPointer input;
  Value input_defaults;
  std::optional<Template> output;
  std::vector<Attribute> attributes;
  Value constants;
  std::vector<std::string> secrets;
  std::optional<DeadlinePolicy> deadline;
  std::optional<ConcurrencyPolicy> concurrency;
  bool undo_in_parallel = false;
  Duration alert_after{15 * 60'000};
  Hooks hooks;
  std::vector<EventSource> events;
  std::optional<Expose> expose;
  std::optional<StartFrom> start;
  StepList steps;
  std::vector<OperationPointer> operations;  // every operation it names, undo and check included

  Definition() = default;
  Definition(const Definition&) = delete;
  Definition& operator=(const Definition&) = delete;

  // Called once by the loader when the tree is complete.
  void index();
  // nullptr: no step has this id. `parent` of a step at top level is nullptr.
  const Step* find(std::string_view id) const { return place_of(id).step; }
  const Step* parent(std::string_view id) const { return place_of(id).parent; }
  // The list that holds the step.
  const StepList* list_of(std::string_view id) const { return place_of(id).list; }
  // The handler (of `parent`) whose list holds the step; nullptr: it is in no handler's list.
  const ErrorHandler* handler_of(std::string_view id) const { return place_of(id).handler; }
  const std::vector<std::string>& step_ids() const { return step_ids_; }

 private:
  struct Place {
    const Step* step = nullptr;
    const Step* parent = nullptr;
    const StepList* list = nullptr;
    const ErrorHandler* handler = nullptr;
  };
  Place place_of(std::string_view id) const;
  void index_list(const StepList& list, const Step* parent, const ErrorHandler* handler);
  std::map<std::string, Place, std::less<>> places_;
  std::vector<std::string> step_ids_;
};
using DefinitionPointer = std::shared_ptr<const Definition>;

// The lists of a block's body, in written order; none: the step is a leaf.
std::vector<const StepList*> body_lists(const Step& step);
// The same and its handlers' lists.
std::vector<const StepList*> lists_inside(const Step& step);

}  // namespace sagaloom::core
