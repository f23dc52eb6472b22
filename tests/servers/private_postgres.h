// A PostgreSQL cluster of a test's own: temporary folder, free loopback port, fsync on, no
// passwords. When the test runs as root, the server runs as the user `postgres`.
//
// Lifecycle: the destructor ends the server by its pid and removes the folder. The server also
// ends with the thread that started it (parent-death signal): start it from the main thread.
// Threads: one at a time. Errors: std::runtime_error with the end of the server's log.
#pragma once

#include <string>
#include <sys/types.h>
#include <vector>

namespace sagaloom::tests {

class PrivatePostgres {
 public:
  // Makes the cluster and starts it; `settings` are lines of postgresql.conf.
  explicit PrivatePostgres(const std::vector<std::string>& settings = {});
  ~PrivatePostgres();
  PrivatePostgres(const PrivatePostgres&) = delete;
  PrivatePostgres& operator=(const PrivatePostgres&) = delete;

  int port() const { return port_; }
  pid_t pid() const { return pid_; }
  const std::string& folder() const { return folder_; }
  // Connection string over TCP; `port` 0: the server's own, else for example a proxy's.
  std::string dsn(int port = 0) const;

  void start();              // waits until it answers
  void stop_immediate();     // SIGQUIT: as after a power loss, recovery at the next start
  void restart_immediate();  // both
  void kill_postmaster();    // kill -9; its backends end by themselves
  bool running() const { return pid_ > 0; }

 private:
  void make_cluster(const std::vector<std::string>& settings);
  void wait_until_ready();
  pid_t spawn(const std::vector<std::string>& command, const std::string& output) const;
  void run(const std::vector<std::string>& command) const;
  std::string log_tail() const;

  std::string folder_, binaries_;
  int port_ = 0;
  pid_t pid_ = -1;
};

// A TCP port of 127.0.0.1 that was free a moment ago.
int free_port();

}  // namespace sagaloom::tests
