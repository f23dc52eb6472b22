// Moving a running saga to another registered version of its workflow.
//
// Threads: the route on any io thread; the proof on the worker's. Errors: workflow_unknown (no such
// version), migration.unsafe (it is not proven that the saga can go on there), saga.moved (it went
// on meanwhile: repeat), wrong_state.
#pragma once

#include "runtime/http/exchange.h"

namespace sagaloom::http {

// {version, reason, by?, dry_run?}; 200 with the saga, which a dry run leaves as it is.
void migrate_saga(const Services& services, const ExchangePointer& exchange);

}  // namespace sagaloom::http
