#include "runtime/app/plugin_files.h"

#include <algorithm>
#include <filesystem>

#include "runtime/app/program_place.h"

namespace sagaloom::app {
namespace {

using expression::Value;

Value settings_of(const Configuration& configuration, const std::string& plugin) {
  const auto found = configuration.plugin_settings.find(plugin);
  return found == configuration.plugin_settings.end() ? Value() : found->second;
}

}  // namespace

expression::Result<std::vector<steps::PluginSpec>> plugin_specs(
    const Configuration& configuration) {
  const std::filesystem::path directory =
      configuration.plugin_directory.empty()
          ? program_directory() / "plugins"
          : std::filesystem::path(configuration.plugin_directory);
  std::vector<steps::PluginSpec> specs;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(directory, failed)) {
    if (entry.path().extension() != ".so") continue;
    specs.push_back({entry.path().string(),
                     settings_of(configuration, entry.path().stem().string()),
                     configuration.plugin_threads, configuration.plugin_queue});
  }
  if (failed) {
    return expression::Error{
        "plugins.directory", directory.string() + " cannot be read: " + failed.message(), {}};
  }
  std::sort(specs.begin(), specs.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  return specs;
}

}  // namespace sagaloom::app
