// The signals that end the program, taken by one thread instead of handlers.
//
// Lifecycle: `block_signals` before the first thread is made, so that all of them inherit the mask.
// Threads: `wait_for_signal` on any one thread. SIGPIPE is ignored.
#pragma once

#include <chrono>

namespace sagaloom::app {

void block_signals();

// Returns when SIGTERM or SIGINT has come, with its number.
int wait_for_signal();

// The same; 0 when the limit is over first.
int wait_for_signal(std::chrono::milliseconds limit);

}  // namespace sagaloom::app
