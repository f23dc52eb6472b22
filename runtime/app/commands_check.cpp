#include <filesystem>
#include <iostream>
#include <unistd.h>

#include "runtime/app/commands.h"
#include "runtime/app/configuration.h"
#include "runtime/app/definition_files.h"
#include "runtime/app/exit_code.h"
#include "runtime/app/plugin_files.h"
#include "runtime/document/json.h"
#include "runtime/steps/plugin_steps.h"

namespace sagaloom::app {
namespace {

using expression::Value;

// Plugins want a directory to work in, also when only their manifests are read.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "sagaloom-check-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

expression::Result<std::unique_ptr<steps::PluginSteps>> open_plugins(const CommandLine& line,
                                                                     const std::string& folder) {
  Configuration configuration;
  configuration.data = folder;
  configuration.plugin_directory = line.plugins;
  const auto specs = plugin_specs(configuration);
  if (!specs.ok()) return specs.error();
  return steps::PluginSteps::open(*specs, {folder, {}, {}});
}

Value as_value(const workflow::Diagnostic& diagnostic) {
  return Value::object(
      {{"file", Value(diagnostic.file)},
       {"line", Value(static_cast<std::int64_t>(diagnostic.position.line))},
       {"column", Value(static_cast<std::int64_t>(diagnostic.position.column))},
       {"severity", Value(diagnostic.severity == workflow::Severity::error ? "error" : "warning")},
       {"code", Value(diagnostic.code)},
       {"message", Value(diagnostic.message)},
       {"fix", Value(diagnostic.fix)}});
}

void print_json(const std::vector<workflow::Diagnostic>& diagnostics) {
  expression::List items;
  for (const auto& diagnostic : diagnostics) items.push_back(as_value(diagnostic));
  std::cout << document::write(Value::object({{"diagnostics", Value(std::move(items))}})) << "\n";
}

int print_result(const CommandLine& line, const std::vector<workflow::Loaded>& loaded) {
  std::vector<workflow::Diagnostic> all;
  for (const auto& each : loaded)
    all.insert(all.end(), each.diagnostics.begin(), each.diagnostics.end());
  if (line.json) {
    print_json(all);
  } else {
    for (const auto& diagnostic : all) std::cout << workflow::text(diagnostic) << "\n";
    for (const auto& each : loaded)
      if (each.ok())
        std::cout << each.definition->name << " version " << each.definition->version << ": ok\n";
  }
  return workflow::has_errors(all) ? exit_invalid : exit_ok;
}

}  // namespace

int run_check(const CommandLine& line) {
  const Scratch scratch;
  const auto plugins = open_plugins(line, scratch.path());
  if (!plugins.ok()) {
    std::cerr << "error[" << plugins.error().code << "]: " << plugins.error().message << "\n";
    return exit_usage;
  }
  return print_result(line, load_workflows(line.files, LoadedOperations(**plugins)));
}

}  // namespace sagaloom::app
