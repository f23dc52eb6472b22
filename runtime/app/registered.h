// What an engine has registered, for the checks across definitions.
//
// Lifecycle: for one registration; a snapshot of the names, definitions as they are asked for.
// Threads: one, not an engine's: with `running` it waits for the engine's answers. Errors: none;
// what the engine does not answer in time counts as not there.
#pragma once

#include <string>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/workflow/load.h"

namespace sagaloom::app {

class Registered final : public workflow::KnownDefinitions {
 public:
  // `running`: the engine runs, so that it can be asked what its sagas wait for.
  Registered(engine::Engine& engine, bool running);

  core::DefinitionPointer find(std::string_view name, std::uint32_t version) const override;
  std::vector<std::uint32_t> versions(std::string_view name) const override;
  std::vector<std::string> names() const override;
  std::string registered(std::string_view name, std::uint32_t version) const override;
  std::vector<Route> routes() const override;
  // Of the newest 500 live sagas of the workflow.
  std::vector<Awaited> awaited(std::string_view name) const override;

 private:
  engine::Engine& engine_;
  const bool running_;
  const std::vector<core::DefinitionPointer> all_;
};

}  // namespace sagaloom::app
