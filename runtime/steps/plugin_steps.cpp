#include "runtime/steps/plugin_steps.h"

#include <algorithm>
#include <utility>

#include "runtime/steps/call_answer.h"

namespace sagaloom::steps {

using expression::Error;
using expression::Result;

Result<std::unique_ptr<PluginSteps>> PluginSteps::open(const std::vector<PluginSpec>& specs,
                                                       const Environment& environment) {
  std::unique_ptr<PluginSteps> host(new PluginSteps());
  for (const PluginSpec& spec : specs) {
    auto plugin = HostedPlugin::open(spec, environment, host->deadlines_);
    if (!plugin.ok()) return plugin.error();
    const std::string& name = (*plugin)->manifest().plugin;
    const auto same =
        std::find_if(host->plugins_.begin(), host->plugins_.end(),
                     [&name](const auto& other) { return other->manifest().plugin == name; });
    if (same != host->plugins_.end()) {
      return Error{"plugin.duplicate",
                   "plugin " + spec.path + ": " + (*same)->library().path +
                       " is already loaded under the name \"" + name + "\"",
                   {}};
    }
    host->add(std::move(plugin).value());
  }
  return host;
}

void PluginSteps::add(std::shared_ptr<HostedPlugin> plugin) {
  for (const auto& operation : plugin->manifest().operations) {
    routes_[operation->name] = {operation, plugin.get(), plugin->find_step(operation->name)};
  }
  plugins_.push_back(std::move(plugin));
}

PluginSteps::~PluginSteps() {
  drain(core::Duration(1000));
  deadlines_->stop();
  for (const auto& plugin : plugins_) plugin->close();
}

void PluginSteps::invoke(engine::StepCall call, Completion completion) {
  const auto route = routes_.find(std::string_view(call.command.operation));
  if (route == routes_.end()) {
    const std::string why = "no loaded plugin has the operation " + call.command.operation;
    return completion(not_sent(call.command, "plugin.missing", why));
  }
  route->second.plugin->invoke(*route->second.step, std::move(call), std::move(completion));
}

core::OperationPointer PluginSteps::operation(std::string_view name) const {
  const auto route = routes_.find(name);
  return route == routes_.end() ? nullptr : route->second.operation;
}

std::vector<core::OperationPointer> PluginSteps::operations() const {
  std::vector<core::OperationPointer> all;
  for (const auto& plugin : plugins_) {
    const auto& its = plugin->manifest().operations;
    all.insert(all.end(), its.begin(), its.end());
  }
  return all;
}

void PluginSteps::drain(core::Duration limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  for (const auto& plugin : plugins_) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        end - std::chrono::steady_clock::now());
    plugin->drain(std::max(left, std::chrono::milliseconds(0)));
  }
}

}  // namespace sagaloom::steps
