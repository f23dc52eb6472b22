#include "runtime/app/commands.h"

#include <iostream>

#include "runtime/app/definition_files.h"
#include "runtime/app/exit_code.h"
#include "runtime/app/local_plugins.h"
#include "runtime/app/text_output.h"
#include "runtime/workflow/scenario/suite.h"

namespace sagaloom::app {
namespace scenario = workflow::scenario;

int run_test(const CommandLine& line) {
  const auto files = scenario::scenario_files(line.files);
  if (files.empty()) {
    return report(
        {"file.not_read", "no scenario file is there; name files, or directories of them"},
        exit_usage);
  }
  const auto plugins = LocalPlugins::open(line.plugins);
  if (!plugins.ok()) return report(plugins.error(), exit_usage);
  const auto results = scenario::run_files(files, LoadedOperations((*plugins)->host()), line.only);
  if (line.junit) {
    const int written = write_document(line.junit, scenario::junit(results));
    if (written != exit_ok) return written;
  }
  std::cout << scenario::text(results, line.all_results);
  if (results.empty()) {
    const std::string which = line.only.empty() ? "" : " whose name contains `" + line.only + "`";
    return report({"scenario.none", "the files hold no scenario" + which}, exit_error);
  }
  return scenario::failed(results) > 0 ? exit_error : exit_ok;
}

}  // namespace sagaloom::app
