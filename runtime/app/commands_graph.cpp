#include <filesystem>
#include <iostream>

#include "runtime/app/commands.h"
#include "runtime/app/definition_files.h"
#include "runtime/app/exit_code.h"
#include "runtime/app/graphviz.h"
#include "runtime/app/local_plugins.h"
#include "runtime/app/text_output.h"
#include "runtime/document/file.h"
#include "runtime/workflow/graph/drawing.h"

namespace sagaloom::app {
namespace {

// A drawing needs no manifest: an operation that no loaded plugin offers is drawn as it is written.
class AnyOperation final : public workflow::OperationCatalog {
 public:
  explicit AnyOperation(const engine::StepHost& host) : loaded_(host) {}

  core::OperationPointer find(std::string_view name) const override {
    if (auto known = loaded_.find(name)) return known;
    auto made = std::make_shared<core::Operation>();
    made->name = std::string(name);
    made->plugin = made->name.substr(0, made->name.find('.'));
    made->effect = core::Effect::none;  // nothing that a manifest could say forbids a drawing
    made->idempotent = true;
    made->undo = "auto";  // what `compensate: auto` calls is not known
    return made;
  }
  std::vector<std::string> names() const override { return loaded_.names(); }

 private:
  LoadedOperations loaded_;
};

int draw(const CommandLine& line, const core::Definition& definition) {
  const auto drawing = workflow::graph::draw(definition);
  if (line.format == "mermaid") return write_document(line.out, workflow::graph::mermaid(drawing));
  const std::string dot = workflow::graph::dot(drawing);
  if (line.format == "dot") return write_document(line.out, dot);
  const auto drawn = svg(dot, std::chrono::seconds(line.timeout_s));
  return drawn.ok() ? write_document(line.out, *drawn) : report(drawn.error(), exit_error);
}

}  // namespace

int run_graph(const CommandLine& line) {
  const std::string& path = line.files.front();
  const auto text = document::read_file(path);
  if (!text.ok()) return report(text.error(), exit_usage);
  const auto plugins = LocalPlugins::open(line.plugins);
  if (!plugins.ok()) return report(plugins.error(), exit_usage);
  workflow::LoadOptions options;
  options.file = path;
  options.directory = std::filesystem::absolute(path).parent_path();
  options.checks = false;
  const auto loaded = workflow::load(*text, AnyOperation((*plugins)->host()), options);
  if (loaded.ok()) return draw(line, *loaded.definition);
  for (const auto& diagnostic : loaded.diagnostics) std::cerr << workflow::text(diagnostic) << "\n";
  return exit_invalid;
}

}  // namespace sagaloom::app
