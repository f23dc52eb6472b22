#include <iostream>

#include "runtime/app/commands.h"
#include "runtime/app/definition_files.h"
#include "runtime/app/exit_code.h"
#include "runtime/app/local_plugins.h"
#include "runtime/app/text_output.h"
#include "runtime/app/version.h"
#include "runtime/workflow/sarif.h"

namespace sagaloom::app {
namespace {

// Operations are taken as they are written, so none has to be found.
class NoOperations final : public workflow::OperationCatalog {
 public:
  core::OperationPointer find(std::string_view) const override { return nullptr; }
  std::vector<std::string> names() const override { return {}; }
};

void print_text(const std::vector<workflow::Diagnostic>& all,
                const std::vector<workflow::Loaded>& loaded) {
  std::cout << workflow::text(all);
  for (const auto& each : loaded)
    if (each.ok())
      std::cout << each.definition->name << " version " << each.definition->version << ": ok\n";
}

int print_result(const CommandLine& line, const std::vector<workflow::Loaded>& loaded) {
  std::vector<workflow::Diagnostic> all;
  for (const auto& each : loaded)
    all.insert(all.end(), each.diagnostics.begin(), each.diagnostics.end());
  if (line.json) {
    std::cout << workflow::json(all) << "\n";
  } else if (line.sarif) {
    std::cout << workflow::sarif(all, std::string(version)) << "\n";
  } else {
    print_text(all, loaded);
  }
  return workflow::has_errors(all) ? exit_invalid : exit_ok;
}

}  // namespace

int run_check(const CommandLine& line) {
  for (const std::string& path : line.files) {
    if (!is_folder_without_workflows(path)) continue;
    return report({"file.not_read", path + " has no workflow file (*.yaml, *.yml) in it"},
                  exit_usage);
  }
  if (line.no_plugins) {
    workflow::CheckOptions options;
    options.no_plugins = true;
    return print_result(line, load_workflows(line.files, NoOperations(), options));
  }
  const auto plugins = LocalPlugins::open(line.plugins);
  if (!plugins.ok()) {
    std::cerr << "error[" << plugins.error().code << "]: " << plugins.error().message << "\n";
    return exit_usage;
  }
  return print_result(line, load_workflows(line.files, LoadedOperations((*plugins)->host())));
}

}  // namespace sagaloom::app
