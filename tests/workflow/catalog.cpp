#include "tests/workflow/catalog.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "runtime/document/json.h"
#include "runtime/workflow/scalar.h"

namespace sagaloom::workflow::testing {
namespace {

using expression::Value;

std::string text(const Value& facts, const char* key) {
  const Value* value = facts.find(key);
  return value && value->is_string() ? value->string() : "";
}

bool flag(const Value& facts, const char* key) {
  const Value* value = facts.find(key);
  return value && value->is_boolean() && value->boolean();
}

core::SchemaPointer schema(const Value& facts, const char* key) {
  const Value* value = facts.find(key);
  if (!value) return nullptr;
  auto compiled = schema::Schema::compile(*value);
  if (!compiled) throw std::runtime_error(compiled.error().message);
  return *compiled;
}

std::optional<core::Duration> duration(const Value& facts, const char* key) {
  return parse_duration(text(facts, key));
}

core::Effect effect(const Value& facts) {
  const std::string name = text(facts, "effect");
  if (name == "none") return core::Effect::none;
  return name == "irreversible" ? core::Effect::irreversible : core::Effect::reversible;
}

core::Operation operation(const std::string& plugin, const Value& facts) {
  core::Operation o;
  o.name = text(facts, "name");
  o.plugin = plugin;
  o.input = schema(facts, "input");
  o.output = schema(facts, "output");
  if (const Value* errors = facts.find("errors")) {
    for (const auto& error : errors->items()) o.errors.push_back(text(error, "code"));
  }
  o.effect = effect(facts);
  o.idempotent = flag(facts, "idempotent");
  if (facts.find("fences"))
    o.fences = flag(facts, "fences") ? core::Fencing::yes : core::Fencing::no;
  o.undo = text(facts, "undo");
  if (const Value* check = facts.find("check")) {
    o.check = text(*check, "operation");
    o.check_fences = flag(*check, "fences");
  }
  o.asynchronous = flag(facts, "async");
  o.commutative = flag(facts, "commutative");
  o.gives = flag(facts, "gives");
  o.timeout = duration(facts, "timeout");
  o.holds_for = duration(facts, "holds_for");
  o.deprecated = text(facts, "deprecated");
  return o;
}

ManifestCatalog all() {
  ManifestCatalog catalog;
  for (const char* plugin : {"inventory", "payment", "delivery"}) {
    catalog.add_file(source_path("plugins/" + std::string(plugin) + "/manifest.json"));
  }
  for (const char* plugin : {"flights", "hotels", "cars", "insurance", "warehouse"}) {
    catalog.add_file(source_path("examples/plugins/" + std::string(plugin) + "/manifest.json"));
  }
  catalog.add_file(source_path("tests/workflow/manifests/odd.json"));
  return catalog;
}

}  // namespace

void ManifestCatalog::add(core::Operation operation) {
  const std::string name = operation.name;
  operations_[name] = std::make_shared<const core::Operation>(std::move(operation));
}

void ManifestCatalog::add_file(const std::string& path) {
  const auto manifest = document::parse(read_file(path), {});
  if (!manifest) throw std::runtime_error(path + ": " + manifest.error().message);
  for (const auto& facts : manifest->find("operations")->items()) {
    add(operation(text(*manifest, "plugin"), facts));
  }
}

core::OperationPointer ManifestCatalog::find(std::string_view name) const {
  const auto it = operations_.find(name);
  return it == operations_.end() ? nullptr : it->second;
}

std::vector<std::string> ManifestCatalog::names() const {
  std::vector<std::string> names;
  for (const auto& [name, operation] : operations_) names.push_back(name);
  return names;
}

const ManifestCatalog& catalog() {
  static const ManifestCatalog instance = all();
  return instance;
}

std::string read_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  return content.str();
}

std::string source_path(const std::string& relative) {
  return std::string(SAGALOOM_SOURCE_DIR) + "/" + relative;
}

std::string around(const std::string& steps, const std::string& top) {
  return "dsl: 1\nworkflow: sample\n" + std::string("version: 1\n") + "steps:\n" + steps + top;
}

}  // namespace sagaloom::workflow::testing
