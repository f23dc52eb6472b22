// Graphviz' `dot` as a child process: DOT text in, SVG text out.
//
// Lifecycle: the child ends before the call returns; it is killed when its time is over. Threads:
// call it from one thread. Units: milliseconds. Limits: 64 MiB of SVG.
// Errors: `graph.dot_missing` (what to install), `graph.dot_failed` (what it said),
// `graph.dot_timeout`.
#pragma once

#include <chrono>
#include <string>

#include "runtime/expression/result.h"

namespace sagaloom::app {

expression::Result<std::string> svg(const std::string& dot, std::chrono::milliseconds limit);

}  // namespace sagaloom::app
