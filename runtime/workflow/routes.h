// `expose`: the REST resource that a workflow declares, and which paths it may take (R01).
//
// Threads and lifecycle: as Context.
#pragma once

#include "runtime/workflow/context.h"

namespace sagaloom::workflow {

core::Expose read_expose(Context& context, const Node& node);

// The prefix that this path may not begin with, because the server answers there itself; empty:
// none.
std::string reserved_prefix(std::string_view path);

// Whether requests for one could reach the other: equal, or one below the other.
bool paths_collide(std::string_view a, std::string_view b);

}  // namespace sagaloom::workflow
