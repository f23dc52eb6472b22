#include "runtime/steps/manifest.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "runtime/document/json.h"
#include "runtime/expression/time.h"
#include "runtime/steps/manifest_fields.h"

namespace sagaloom::steps {

namespace {

using core::Operation;
using expression::Error;
using expression::Result;
using expression::Value;

constexpr document::Limits kLimits = {32, 1024 * 1024};

const std::set<std::string_view> kManifestMembers = {"manifest", "id",     "plugin",    "version",
                                                     "title",    "config", "operations"};
const std::set<std::string_view> kOperationMembers = {
    "name",        "title",       "input",     "output",          "errors",    "effect", "undo",
    "check",       "idempotent",  "fences",    "nothing_to_undo", "async",     "gives",  "timeout",
    "cancellable", "commutative", "holds_for", "secret_members",  "deprecated"};

void read_errors(Fields& fields, Operation& operation) {
  for (const Value& each : fields.list("errors")) {
    Fields error(each, fields.pointer() + "/errors", fields.problem());
    const std::string code = error.text("code");
    const std::string verdict = error.text("verdict");
    if (verdict != "rejected" && verdict != "not_done") {
      error.fail("verdict", "must be rejected or not_done");
    }
    if (verdict == "rejected") operation.errors.push_back(code);
  }
}

core::Effect read_effect(Fields& fields) {
  static const std::map<std::string_view, core::Effect> effects = {
      {"none", core::Effect::none},
      {"reversible", core::Effect::reversible},
      {"irreversible", core::Effect::irreversible}};
  const std::string name = fields.text("effect");
  const auto found = effects.find(name);
  if (found != effects.end()) return found->second;
  fields.fail("effect", "must be none, reversible or irreversible");
  return core::Effect::reversible;
}

void read_check(Fields& fields, Operation& operation) {
  const Value* check = fields.find("check");
  if (check == nullptr) return;
  Fields members(*check, fields.pointer() + "/check", fields.problem());
  operation.check = members.text("operation");
  operation.check_fences = members.flag("fences");
}

Operation read_operation(const Value& value, const std::string& pointer,
                         std::optional<Error>& problem) {
  Fields fields(value, pointer, problem);
  fields.only(kOperationMembers);
  Operation operation;
  operation.name = fields.text("name");
  operation.input = fields.schema("input");
  operation.output = fields.schema("output");
  read_errors(fields, operation);
  operation.effect = read_effect(fields);
  operation.idempotent = fields.flag("idempotent");
  if (fields.find("fences") != nullptr) {
    operation.fences = fields.flag("fences") ? core::Fencing::yes : core::Fencing::no;
  }
  operation.undo = fields.text_or("undo", "");
  operation.nothing_to_undo = fields.texts("nothing_to_undo");
  read_check(fields, operation);
  operation.asynchronous = fields.flag("async");
  operation.cancellable = fields.flag("cancellable");
  operation.commutative = fields.flag("commutative");
  operation.gives = fields.flag("gives");
  operation.timeout = fields.duration("timeout");
  operation.holds_for = fields.duration("holds_for");
  operation.deprecated = fields.text_or("deprecated", "");
  return operation;
}

// The number before the first point of a semantic version; nullopt: it is none.
std::optional<std::uint32_t> major_of(const std::string& version) {
  const std::size_t point = version.find('.');
  if (point == 0 || point == std::string::npos || point > 9) return std::nullopt;
  std::uint32_t major = 0;
  for (const char c : version.substr(0, point)) {
    if (c < '0' || c > '9') return std::nullopt;
    major = major * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return major;
}

Error broken(const std::string& pointer, const std::string& what) {
  return Error{"plugin.manifest", "the manifest's " + pointer + " " + what, pointer};
}

using ByName = std::map<std::string_view, const Operation*>;

std::optional<Error> check_references(const Operation& operation, const ByName& known,
                                      const std::string& pointer) {
  if (!operation.undo.empty() && !known.contains(operation.undo)) {
    return broken(pointer + "/undo", "names " + operation.undo + ", which is not there");
  }
  if (!operation.undo.empty() && operation.effect == core::Effect::none) {
    return broken(pointer + "/undo", "undoes an operation without effect");
  }
  if (operation.check.empty()) return std::nullopt;
  const auto check = known.find(operation.check);
  if (check == known.end()) {
    return broken(pointer + "/check", "names " + operation.check + ", which is not there");
  }
  if (check->second->effect != core::Effect::none) {
    return broken(pointer + "/check", "names an operation with an effect of its own");
  }
  return std::nullopt;
}

// The rules between operations.
std::optional<Error> check_operations(const Manifest& manifest) {
  ByName known;
  for (const auto& operation : manifest.operations) {
    if (!operation->name.starts_with(manifest.plugin + ".")) {
      return broken("/operations", "has " + operation->name + ", whose name must begin with \"" +
                                       manifest.plugin + ".\"");
    }
    if (!known.emplace(operation->name, operation.get()).second) {
      return broken("/operations", "has " + operation->name + " twice");
    }
  }
  for (std::size_t i = 0; i < manifest.operations.size(); ++i) {
    const std::string pointer = "/operations/" + std::to_string(i);
    if (auto problem = check_references(*manifest.operations[i], known, pointer)) return problem;
  }
  return std::nullopt;
}

void read_operations(Fields& fields, Manifest& manifest) {
  const auto major = major_of(manifest.version);
  if (!major) fields.fail("version", "must be a version like 1.0.0");
  std::size_t index = 0;
  for (const Value& each : fields.list("operations")) {
    Operation operation =
        read_operation(each, "/operations/" + std::to_string(index++), fields.problem());
    operation.plugin = manifest.plugin;
    operation.major = major.value_or(1);
    manifest.operations.push_back(std::make_shared<const Operation>(std::move(operation)));
  }
  if (manifest.operations.empty()) fields.fail("operations", "must name at least one operation");
}

}  // namespace

Result<Manifest> read_manifest(std::string_view json) {
  const auto value = document::parse(json, kLimits);
  if (!value.ok()) return Error{"plugin.manifest", value.error().message, value.error().pointer};
  std::optional<Error> problem;
  Fields fields(*value, "", problem);
  fields.only(kManifestMembers);
  if (const Value* form = fields.find("manifest"); form == nullptr || *form != Value(1)) {
    fields.fail("manifest", "must be 1, the only form of manifest that this host knows");
  }
  Manifest manifest;
  manifest.id = fields.text("id");
  manifest.plugin = fields.text("plugin");
  manifest.version = fields.text("version");
  manifest.config = fields.schema("config");
  read_operations(fields, manifest);
  if (!problem) problem = check_operations(manifest);
  if (problem) return *problem;
  return manifest;
}

}  // namespace sagaloom::steps
