// Which plugins a server loads, and what they are told.
//
// Threads: free functions. Errors: `plugins.directory` when it cannot be read.
#pragma once

#include <string>
#include <vector>

#include "runtime/app/configuration.h"
#include "runtime/expression/result.h"
#include "runtime/steps/hosted_plugin.h"

namespace sagaloom::app {

// Every shared object of the directory in order of name, with the settings of its name.
expression::Result<std::vector<steps::PluginSpec>> plugin_specs(const Configuration& configuration);

}  // namespace sagaloom::app
