// `sagaloom-failpoints serve` as a process: started with or without a failpoint, killed, reaped.
//
// Lifecycle: the destructor kills what still runs; the process also ends with the thread that
// started it (parent-death signal). Threads: one. Errors: std::runtime_error when it cannot be
// started at all; that it ended is an answer.
#pragma once

#include <string>
#include <sys/types.h>

namespace sagaloom::chaos {

enum class Ending : unsigned char { running, failpoint, killed, clean, failed };

class ServedProgram {
 public:
  // `folder` takes the files `out` and `err`; `err` grows over all starts.
  ServedProgram(std::string folder, std::string configuration_file);
  ~ServedProgram();
  ServedProgram(const ServedProgram&) = delete;
  ServedProgram& operator=(const ServedProgram&) = delete;

  void start(const std::string& failpoint);  // "<name>:<n>", or empty: none
  // The port once it listens; 0: it ended, or the limit is over.
  int wait_for_port(int limit_ms);
  // What became of it within the time; `running`: nothing yet.
  Ending wait(int limit_ms);
  Ending kill();                   // -9, and what ended it
  Ending terminate(int limit_ms);  // SIGTERM; -9 after the limit

  std::string messages() const;  // the end of `err`
  long messages_size() const;    // bytes of `err` so far
  // Lines with both texts after so many bytes.
  long count_in_messages(long from, const std::string& a, const std::string& b) const;

 private:
  Ending ended_with(int wait_status);
  int find_port() const;

  const std::string folder_, configuration_file_;
  pid_t pid_ = -1;
  Ending ending_ = Ending::clean;
};

}  // namespace sagaloom::chaos
