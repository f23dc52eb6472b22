// The step host over in-process plugins: finds the plugin of an operation and hands the call to it.
//
// Lifecycle: open() loads and opens all plugins or none; the destructor drains for a second and
// closes them. Threads: StepHost's. Errors: those of HostedPlugin, and `plugin.duplicate` when two
// plugins have the same name. An operation that is not there is answered `plugin.missing`,
// retryable.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "runtime/engine/step_host.h"
#include "runtime/expression/result.h"
#include "runtime/steps/hosted_plugin.h"

namespace sagaloom::steps {

class PluginSteps : public engine::StepHost {
 public:
  using Environment = HostedPlugin::Environment;

  static expression::Result<std::unique_ptr<PluginSteps>> open(const std::vector<PluginSpec>& specs,
                                                               const Environment& environment);
  ~PluginSteps() override;

  void invoke(engine::StepCall call, Completion completion) override;
  core::OperationPointer operation(std::string_view name) const override;
  std::vector<core::OperationPointer> operations() const override;
  void drain(core::Duration limit) override;

  // For health and metrics.
  const std::vector<std::shared_ptr<HostedPlugin>>& plugins() const { return plugins_; }

 private:
  struct Route {
    core::OperationPointer operation;
    HostedPlugin* plugin = nullptr;
    HostedPlugin::Step* step = nullptr;
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  PluginSteps() = default;
  void add(std::shared_ptr<HostedPlugin> plugin);

  std::shared_ptr<Deadlines> deadlines_ = std::make_shared<Deadlines>();
  std::vector<std::shared_ptr<HostedPlugin>> plugins_;
  std::unordered_map<std::string, Route, Hash, std::equal_to<>> routes_;
};

}  // namespace sagaloom::steps
