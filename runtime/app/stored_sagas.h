// Sagas as they are stored, read without a server or beside one: what audit and whatif look at.
//
// Nothing is written and no lock is taken. Lifecycle: open, read, drop. Threads: one.
// Errors: NodeError when the store can't be opened; `read` throws engine::StoreError when it is
// away and store::Unreadable when a row is damaged.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "runtime/app/command_line.h"
#include "runtime/app/configuration.h"
#include "runtime/engine/store.h"
#include "runtime/workflow/replay/audit.h"

namespace sagaloom::app {

// One saga: its row, its records oldest first, and the state before the first of them.
struct StoredSaga {
  engine::StoredRow row;
  std::vector<workflow::replay::Entry> journal;
  std::optional<workflow::replay::Snapshot> base;  // absent: the journal begins with the accept
  bool trimmed = false;  // records before the journal's first are no longer kept, and no state
  bool moving = false;   // a server changed it again and again while it was read
};

class StoredSagas {
 public:
  // The configuration of `serve`; nullopt: it has errors, which are printed.
  static std::optional<Configuration> configure(const CommandLine& line);

  explicit StoredSagas(const Configuration& configuration);

  // Calls `take` with every saga that fits, newest first; false from it ends the walk.
  void each(const engine::SagaFilter& filter,
            const std::function<bool(const engine::SagaSummary&)>& take);
  // nullopt: no such saga.
  std::optional<StoredSaga> read(const core::SagaId& id);

  workflow::replay::Definitions definitions() const;
  // The one with this name; without a version the highest.
  core::DefinitionPointer definition(const std::string& name,
                                     std::optional<std::uint32_t> version) const;
  // Whether any version of it is stored, or the name is empty; says so when none is.
  bool knows_workflow(const std::string& name) const;

 private:
  engine::Store store_;
  std::map<std::string, core::DefinitionPointer> definitions_;  // by hash
};

}  // namespace sagaloom::app
