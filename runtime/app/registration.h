// Registering workflows with a running engine: the files at the start, and texts over REST.
//
// Threads: one call at a time; blocking. Errors: files: NodeError with every diagnostic; REST: a
// Registration.
#pragma once

#include <string>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/http/platform.h"

namespace sagaloom::app {

// Refuses the start when a file has an error; warnings go to the log.
void register_files(engine::Engine& engine, const engine::StepHost& steps,
                    engine::Observer& observer, const std::vector<std::string>& paths);

http::Registration register_text(engine::Engine& engine, const engine::StepHost& steps,
                                 const std::string& yaml);

}  // namespace sagaloom::app
