#include "runtime/app/local_plugins.h"

#include <filesystem>
#include <unistd.h>

#include "runtime/app/configuration.h"
#include "runtime/app/plugin_files.h"

namespace sagaloom::app {

// Plugins want a directory to work in, also when only their manifests are read.
LocalPlugins::LocalPlugins() {
  std::string name = (std::filesystem::temp_directory_path() / "sagaloom-XXXXXX").string();
  if (::mkdtemp(name.data()) != nullptr) scratch_ = name;
}

LocalPlugins::~LocalPlugins() {
  steps_.reset();
  std::error_code ignored;
  if (!scratch_.empty()) std::filesystem::remove_all(scratch_, ignored);
}

expression::Result<std::unique_ptr<LocalPlugins>> LocalPlugins::open(const std::string& directory) {
  std::unique_ptr<LocalPlugins> plugins(new LocalPlugins);
  Configuration configuration;
  configuration.data = plugins->scratch_;
  configuration.plugin_directory = directory;
  const auto specs = plugin_specs(configuration);
  if (!specs.ok()) return specs.error();
  auto steps = steps::PluginSteps::open(*specs, {plugins->scratch_, {}, {}});
  if (!steps.ok()) return steps.error();
  plugins->steps_ = std::move(*steps);
  return plugins;
}

}  // namespace sagaloom::app
