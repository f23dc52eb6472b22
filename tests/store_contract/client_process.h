// A child process running `store_client`, and its lines.
// Lifecycle: the destructor kills it. Threads: one.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace sagaloom::tests {

class ClientProcess {
 public:
  explicit ClientProcess(const std::vector<std::string>& arguments);
  ~ClientProcess();
  ClientProcess(const ClientProcess&) = delete;
  ClientProcess& operator=(const ClientProcess&) = delete;

  std::string read_line();  // within 20 s; empty: it ended, or said nothing
  void signal(int number) const;
  bool wait_until_stopped() const;  // by a SIGSTOP of its own
  void kill();                      // and waits for its end
  bool running() const { return pid_ > 0; }

 private:
  pid_t pid_ = -1;
  int output_ = -1;
  std::string buffer_;
};

}  // namespace sagaloom::tests
