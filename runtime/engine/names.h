// Which names a saga may have, so that every store can keep them and every URL can carry them.
// Threads: a free function without state. Errors: as text for whoever started the saga.
#pragma once

#include <string>

#include "runtime/core/saga.h"

namespace sagaloom::engine {

// What is wrong with the identity or the concurrency key, and where; empty: nothing.
std::string name_problem(const core::SagaRecord& head);

}  // namespace sagaloom::engine
