// The proof that a running saga may go on under another version, with what the engine knows of it.
//
// Threads: any thread that may block, not one of the engine's. Errors: std::runtime_error when the
// engine does not answer in time or can't read the journal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/engine/engine.h"

namespace sagaloom::app {

struct MigrationProof {
  std::optional<std::string> objection;  // why the saga must stay; nullopt: proven
  std::uint32_t records = 0;             // of the saga, when it was proven
};

MigrationProof prove_migration(engine::Engine& engine, const core::SagaId& saga,
                               const core::Definition& to);

}  // namespace sagaloom::app
