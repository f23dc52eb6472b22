#include "runtime/workflow/scenario/read.h"

#include "runtime/document/file.h"
#include "runtime/document/json.h"
#include "runtime/expression/time.h"
#include "runtime/schema/schema.h"
#include "runtime/workflow/scalar.h"
#include "runtime/workflow/scenario/catalog.h"
#include "runtime/workflow/scenario/parts.h"
#include "runtime/workflow/scenario/schema_text.h"
#include "runtime/workflow/source.h"

namespace sagaloom::workflow::scenario {
namespace {

namespace fs = std::filesystem;

const schema::Schema& file_schema() {
  static const std::shared_ptr<const schema::Schema> compiled = [] {
    auto parsed = document::parse(schema_text);
    auto schema = schema::Schema::compile(*parsed);
    return *schema;
  }();
  return *compiled;
}

class Reader {
 public:
  Reader(const fs::path& file, std::string text, const OperationCatalog& behind)
      : path_(file), source_(file.string(), std::move(text)), report_(source_), behind_(behind) {}

  ScenarioFile read();

 private:
  bool check_shape();
  Scenario scenario(const Node& node, const Value& value);
  void given(const Value& value, const Node& node, Scenario& out);
  void answers(const Value& value, const Node& node, Scenario& out);
  void acts(const Value& value, const Node& node, Scenario& out);
  void manifests(const Value* list, const Node* node, ScenarioOperations& operations);
  core::DefinitionPointer definition(const Node& node, const ScenarioOperations& operations);
  void keep(const Loaded& loaded, const Node& node, bool inside);
  void error(const Node& at, const std::string& message, const std::string& fix = {}) {
    report_.error("S02", at.offset, message, fix);
  }

  fs::path path_;
  Source source_;
  Report report_;
  const OperationCatalog& behind_;
  std::vector<Diagnostic> elsewhere_;
  std::optional<Node> tree_;
  Value value_;
  core::DefinitionPointer shared_;  // the file's own definition
};

bool Reader::check_shape() {
  for (const auto& violation : file_schema().validate(value_)) {
    report_.error("S02", at_pointer(*tree_, violation.pointer).offset,
                  violation.pointer + ": " + violation.message,
                  "docs/scenarios.md lists every key");
  }
  return !report_.failed();
}

ScenarioFile Reader::read() {
  ScenarioFile out;
  out.file = source_.file();
  tree_ = parse_source(source_, report_);
  if (tree_) value_ = to_value(*tree_, report_);
  if (tree_ && !report_.failed() && check_shape()) {
    const Node& list = *tree_->find("scenarios");
    const Value& values = *value_.find("scenarios");
    for (std::size_t i = 0; i < list.items.size(); ++i) {
      out.scenarios.push_back(scenario(list.items[i], values.items()[i]));
    }
  }
  out.diagnostics = report_.take();
  out.diagnostics.insert(out.diagnostics.end(), elsewhere_.begin(), elsewhere_.end());
  arrange(out.diagnostics);
  return out;
}

void Reader::manifests(const Value* list, const Node* node, ScenarioOperations& operations) {
  if (!list) return;
  for (std::size_t i = 0; i < list->items().size(); ++i) {
    const Value& item = list->items()[i];
    const auto problem = item.is_string() ? operations.add_file(path_.parent_path() / item.string())
                                          : operations.add(item);
    if (problem) error(node->items[i], *problem);
  }
}

// Diagnostics of a definition that stands inside this file are about places in this file.
void Reader::keep(const Loaded& loaded, const Node& node, bool inside) {
  const Source text("", node.text);
  for (Diagnostic each : loaded.diagnostics) {
    if (each.severity != Severity::error) continue;
    if (inside) {
      const std::size_t index = text.line_start(each.position.line) + each.position.column - 1;
      each.file = source_.file();
      each.position = source_.position(locate(source_, node, std::min(index, node.text.size())));
    }
    elsewhere_.push_back(std::move(each));
  }
}

core::DefinitionPointer Reader::definition(const Node& node, const ScenarioOperations& operations) {
  const bool inside = node.text.find('\n') != std::string::npos;
  const fs::path file = path_.parent_path() / node.text;
  const auto text = inside ? node.text : document::read_file(file.string());
  if (!text.ok()) {
    error(node, text.error().message, "name a file, or write the workflow after `|`");
    return nullptr;
  }
  LoadOptions options;
  options.file = inside ? source_.file() : file.string();
  options.directory = inside ? path_.parent_path() : file.parent_path();
  options.checks = false;
  const Loaded loaded = load(*text, operations, options);
  keep(loaded, node, inside);
  return loaded.definition;
}

void Reader::answers(const Value& value, const Node& node, Scenario& out) {
  for (const auto& [key, answer] : value.members()) {
    auto script = read_script(answer);
    if (!script.ok()) {
      error(*node.find(key.string()), key.string() + ": " + script.error().message);
      continue;
    }
    out.answers[key.string()] = std::move(*script);
  }
}

void Reader::acts(const Value& value, const Node& node, Scenario& out) {
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    auto act = read_act(value.items()[i]);
    if (act.ok()) {
      out.acts.push_back(std::move(*act));
    } else {
      error(node.items[i], act.error().message);
    }
  }
}

// What a scenario and the file's `given` have in common.
void Reader::given(const Value& value, const Node& node, Scenario& out) {
  if (const Value* input = value.find("input")) out.input = *input;
  if (const Value* key = value.find("key")) out.key = key->string();
  if (const Value* child = value.find("as_child")) out.as_child = child->boolean();
  if (const Value* jitter = value.find("jitter")) {
    out.jitter = jitter->is_integer() ? static_cast<double>(jitter->integer()) : jitter->real();
  }
  if (const Value* start = value.find("starts_at")) {
    if (const auto time = expression::parse_timestamp(start->string())) {
      out.starts_at = Time(Duration(time->seconds * 1000 + time->nanos / 1'000'000));
    }
  }
  if (const Value* missing = value.find("missing")) out.missing = read_texts(*missing);
  if (const Value* said = value.find("answers")) answers(*said, *node.find("answers"), out);
}

Scenario Reader::scenario(const Node& node, const Value& value) {
  Scenario out;
  out.name = value.find("name")->string();
  out.position = source_.position(node.offset);
  out.input = Value(expression::Map{});
  if (const Node* shared = tree_->find("given")) given(*value_.find("given"), *shared, out);
  given(value, node, out);
  if (const Value* covers = value.find("covers")) out.covers = read_texts(*covers);
  if (const Value* happens = value.find("happens")) acts(*happens, *node.find("happens"), out);
  if (const Value* until = value.find("until")) out.until = read_moment(until->string());
  out.expect = *value.find("expect");
  ScenarioOperations operations(behind_);
  manifests(value_.find("manifests"), tree_->find("manifests"), operations);
  manifests(value.find("manifests"), node.find("manifests"), operations);
  const Node* own = node.find("definition");
  const Node* text = own ? own : tree_->find("definition");
  const bool shareable = !own && !node.find("manifests");
  if (!text) {
    error(node, "scenario `" + out.name + "` has no definition",
          "name one at the top of the file or in the scenario");
  } else if (shareable && shared_) {
    out.definition = shared_;
  } else if (!report_.failed()) {
    out.definition = definition(*text, operations);
    if (shareable) shared_ = out.definition;
  }
  out.operations = operations.own();
  return out;
}

}  // namespace

ScenarioFile read_file(const fs::path& file, const OperationCatalog& behind) {
  auto text = document::read_file(file.string());
  if (text.ok()) return Reader(file, std::move(*text), behind).read();
  ScenarioFile out;
  out.file = file.string();
  out.diagnostics.push_back({file.string(),
                             {},
                             Severity::error,
                             "Y01",
                             text.error().message,
                             "give the name of a scenario file"});
  return out;
}

}  // namespace sagaloom::workflow::scenario
