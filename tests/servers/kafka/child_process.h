// Processes that the Kafka test server starts, and free ports for them. Threads: any.
#pragma once

#include <chrono>
#include <string>
#include <sys/types.h>
#include <vector>

namespace sagaloom::test {

// Starts a program found in PATH with its output appended to `log`. It dies with its parent.
pid_t spawn(const std::vector<std::string>& command, const std::string& log);

// Waits for the end and reaps; kills when `limit` is over. Answers the exit status, or -1 when it
// ended by a signal.
int wait_for_end(pid_t pid, std::chrono::milliseconds limit);

// True when the child has ended; it is reaped then.
bool ended(pid_t pid);

// Loopback TCP ports that were free a moment ago and differ from each other.
std::vector<int> free_ports(int count);

// The last 2 kB of a file.
std::string tail_of(const std::string& path);

}  // namespace sagaloom::test
