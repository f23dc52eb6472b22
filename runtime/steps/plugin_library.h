// A plugin's shared object in memory: checked, copied to `<state>/plugins/<sha256>/`, loaded from
// there, and never unloaded. The copy makes replacing or truncating the original harmless, and a
// new version always a new path (the dynamic linker gives the old code for a known one).
//
// Lifecycle: what is loaded stays until the process ends; that is why a table pointer may be kept.
// Threads: load from one thread at a time. Errors: `plugin.not_found`, `plugin.not_a_library`,
// `plugin.no_symbol`, `plugin.load_failed`, `plugin.abi`, `plugin.store_failed`, each with the
// path. Library: Boost.DLL, in the .cpp only.
#pragma once

#include <string>

#include "runtime/expression/result.h"
#include "sdk/saga_plugin.h"

namespace sagaloom::steps {

struct PluginLibrary {
  const saga_plugin* table = nullptr;  // valid for ever
  std::string path;                    // of the original
  std::string loaded_path;             // of the copy
  std::string sha256;                  // 64 hex digits

  static expression::Result<PluginLibrary> load(const std::string& path,
                                                const std::string& state_directory);
};

// Empty when this host can speak to the plugin; else why not.
std::string why_not_our_contract(const saga_plugin& table);

}  // namespace sagaloom::steps
