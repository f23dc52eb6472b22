// The proof that a running saga may go on under another version, with what the engine knows of it.
//
// Threads: any thread that may block, not one of the engine's. Errors: std::runtime_error when the
// engine does not answer in time or can't read the journal.
#pragma once

#include <string>
#include <vector>

#include "runtime/engine/engine.h"

namespace sagaloom::app {

// Why the saga must stay on its version; empty: it is proven that it may go on under `to`.
std::vector<std::string> objections_to_migration(engine::Engine& engine, const core::SagaId& saga,
                                                 const core::Definition& to);

}  // namespace sagaloom::app
