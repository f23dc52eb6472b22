#include "runtime/workflow/scenario/catalog.h"

#include <algorithm>

#include "runtime/document/file.h"
#include "runtime/document/json.h"
#include "runtime/workflow/diagnostics.h"
#include "runtime/workflow/scalar.h"

namespace sagaloom::workflow::scenario {
namespace {

using core::Operation;
using expression::Value;

// Reads the facts of one operation and keeps the first thing that is wrong.
class Facts {
 public:
  Facts(const Value& facts, std::string name) : facts_(facts), name_(std::move(name)) {}

  void text(const char* key, std::string& place) {
    if (const Value* value = wanted(key, facts_, &Value::is_string)) place = value->string();
  }
  void flag(const char* key, bool& place) {
    if (const Value* value = wanted(key, facts_, &Value::is_boolean)) place = value->boolean();
  }
  void codes(const char* key, std::vector<std::string>& place);
  void schema(const char* key, core::SchemaPointer& place);
  void duration(const char* key, std::optional<core::Duration>& place);
  void effect(core::Effect& place);
  void fencing(core::Fencing& place);
  void check(std::string& operation, bool& fences);
  void only_known();

  const std::optional<std::string>& problem() const { return problem_; }

 private:
  const Value* wanted(const char* key, const Value& in, bool (Value::*fits)() const) {
    const Value* value = in.find(key);
    if (value && !(value->*fits)()) return fail(key, "has another type"), nullptr;
    return value;
  }
  void fail(const char* key, const std::string& what) {
    if (!problem_) problem_ = "operation " + name_ + ": `" + key + "` " + what;
  }

  const Value& facts_;
  std::string name_;
  std::optional<std::string> problem_;
};

void Facts::codes(const char* key, std::vector<std::string>& place) {
  const Value* list = wanted(key, facts_, &Value::is_list);
  if (!list) return;
  place.clear();
  for (const Value& item : list->items()) {
    const Value* code = item.is_map() ? item.find("code") : &item;
    const Value* verdict = item.find("verdict");
    if (!code || !code->is_string()) return fail(key, "holds something that is no code");
    if (!verdict || *verdict == Value("rejected")) place.push_back(code->string());
  }
}

void Facts::schema(const char* key, core::SchemaPointer& place) {
  const Value* source = facts_.find(key);
  if (!source) return;
  auto compiled = schema::Schema::compile(*source);
  if (!compiled.ok()) return fail(key, "is no schema: " + compiled.error().message);
  place = *compiled;
}

void Facts::duration(const char* key, std::optional<core::Duration>& place) {
  const Value* text = wanted(key, facts_, &Value::is_string);
  if (!text) return;
  place = parse_duration(text->string());
  if (!place) fail(key, "is no duration");
}

void Facts::effect(core::Effect& place) {
  std::string name = "reversible";
  text("effect", name);
  if (name == "none") {
    place = core::Effect::none;
  } else if (name == "irreversible") {
    place = core::Effect::irreversible;
  } else if (name != "reversible") {
    fail("effect", "is none of none, reversible, irreversible");
  }
}

void Facts::fencing(core::Fencing& place) {
  bool fences = place == core::Fencing::yes;
  flag("fences", fences);
  if (facts_.find("fences")) place = fences ? core::Fencing::yes : core::Fencing::no;
}

void Facts::check(std::string& operation, bool& fences) {
  const Value* check = facts_.find("check");
  if (!check) return;
  if (check->is_string()) {
    operation = check->string();
    return;
  }
  const Value* name = wanted("operation", *check, &Value::is_string);
  if (!name) return fail("check", "names no operation");
  operation = name->string();
  if (const Value* said = wanted("fences", *check, &Value::is_boolean)) fences = said->boolean();
}

void Facts::only_known() {
  static const std::vector<std::string> known = {
      "name",        "title",     "input",           "output",    "errors",
      "effect",      "undo",      "check",           "fences",    "idempotent",
      "cancellable", "timeout",   "nothing_to_undo", "async",     "gives",
      "commutative", "holds_for", "secret_members",  "deprecated"};
  if (!facts_.is_map()) return fail("", "is no map of facts");
  for (const auto& [key, value] : facts_.members()) {
    if (std::find(known.begin(), known.end(), key.string()) != known.end()) continue;
    const std::string meant = nearest(key.string(), known);
    return fail(key.string().c_str(),
                "is no fact of an operation" +
                    (meant.empty() ? std::string() : "; did you mean `" + meant + "`?"));
  }
}

// What `facts` say; the rest stays as in `operation`.
std::optional<std::string> read(const Value& source, Operation& operation) {
  Facts facts(source, operation.name);
  facts.only_known();
  if (facts.problem()) return facts.problem();
  facts.schema("input", operation.input);
  facts.schema("output", operation.output);
  facts.codes("errors", operation.errors);
  facts.effect(operation.effect);
  facts.flag("idempotent", operation.idempotent);
  facts.fencing(operation.fences);
  facts.text("undo", operation.undo);
  facts.codes("nothing_to_undo", operation.nothing_to_undo);
  facts.check(operation.check, operation.check_fences);
  facts.flag("async", operation.asynchronous);
  facts.flag("cancellable", operation.cancellable);
  facts.flag("commutative", operation.commutative);
  facts.flag("gives", operation.gives);
  facts.duration("timeout", operation.timeout);
  facts.duration("holds_for", operation.holds_for);
  return facts.problem();
}

}  // namespace

std::optional<std::string> ScenarioOperations::add_file(const std::filesystem::path& file) {
  const auto text = document::read_file(file.string());
  if (!text.ok()) return text.error().message;
  const auto manifest = document::parse(*text);
  if (!manifest.ok()) return file.string() + ": " + manifest.error().message;
  const Value* list = manifest->find("operations");
  if (!list || !list->is_list()) return file.string() + " has no list `operations`";
  for (const Value& facts : list->items()) {
    const Value* name = facts.find("name");
    if (!name || !name->is_string()) return file.string() + ": an operation without a name";
    Operation operation;
    operation.name = name->string();
    operation.plugin = operation.name.substr(0, operation.name.find('.'));
    if (auto problem = read(facts, operation)) return file.string() + ": " + *problem;
    keep(std::move(operation));
  }
  return std::nullopt;
}

std::optional<std::string> ScenarioOperations::add(const Value& operations) {
  for (const auto& [key, value] : operations.members()) {
    Operation operation;
    operation.name = key.string();
    operation.plugin = operation.name.substr(0, operation.name.find('.'));
    operation.idempotent = true;
    operation.fences = core::Fencing::yes;
    if (auto problem = read(value, operation)) return problem;
    keep(std::move(operation));
  }
  return std::nullopt;
}

void ScenarioOperations::keep(core::Operation operation) {
  std::string name = operation.name;
  operations_[std::move(name)] = std::make_shared<const core::Operation>(std::move(operation));
}

core::OperationPointer ScenarioOperations::find(std::string_view name) const {
  const auto it = operations_.find(name);
  return it == operations_.end() ? behind_.find(name) : it->second;
}

std::vector<std::string> ScenarioOperations::names() const {
  std::vector<std::string> names = behind_.names();
  for (const auto& [name, operation] : operations_) names.push_back(name);
  return names;
}

}  // namespace sagaloom::workflow::scenario
