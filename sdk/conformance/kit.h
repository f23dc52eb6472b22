// The plugin test kit: does an operation keep the promises about keys that its manifest makes?
//
// Each case opens the plugin on an empty database of its own, makes calls as a runtime does when
// answers are lost, calls are repeated, come late or at the same time, and compares snapshots of
// the effects (extension saga.plugin.oracle/1, or a probe of the caller's).
//
// Lifecycle: a Kit may run any case any number of times. Threads: one; cases use threads of their
// own and join them. The kill cases fork a child that makes the call and kill it with -9. Errors:
// what a plugin does wrong is a finding; what the suite has wrong throws.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sdk/conformance/suite.h"
#include "sdk/saga_plugin.h"

namespace sagaloom::sdk::conformance {

struct CaseName {
  std::string operation;
  std::string rule;
  std::string text() const { return operation + ": " + rule; }
};

using Findings = std::vector<std::string>;  // empty: the promise was kept

class Kit {
 public:
  // `directory` for the databases of a run; `seed` for the moments at which children are killed.
  Kit(const saga_plugin& plugin, Suite suite, std::string directory, unsigned seed = 1);

  // Those that apply, by the facts of the manifest.
  std::vector<CaseName> cases() const;
  Findings run(const CaseName& name);

 private:
  const saga_plugin& plugin_;
  const Suite suite_;
  const std::string directory_;
  unsigned seed_;
  unsigned runs_ = 0;
};

}  // namespace sagaloom::sdk::conformance
