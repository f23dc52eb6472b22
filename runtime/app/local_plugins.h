// The plugins of a command that needs no server: loaded for their manifests, never called.
//
// Lifecycle: the scratch directory they are given lives as long as the object. Threads: one.
// Errors: those of plugin_files.h and of loading (`plugin.*`).
#pragma once

#include <memory>
#include <string>

#include "runtime/expression/result.h"
#include "runtime/steps/plugin_steps.h"

namespace sagaloom::app {

class LocalPlugins {
 public:
  // `directory` empty: those beside the program.
  static expression::Result<std::unique_ptr<LocalPlugins>> open(const std::string& directory);
  ~LocalPlugins();
  LocalPlugins(const LocalPlugins&) = delete;
  LocalPlugins& operator=(const LocalPlugins&) = delete;

  const engine::StepHost& host() const { return *steps_; }

 private:
  LocalPlugins();

  std::string scratch_;
  std::unique_ptr<steps::PluginSteps> steps_;
};

}  // namespace sagaloom::app
