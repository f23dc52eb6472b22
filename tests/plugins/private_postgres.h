// A Postgres cluster of the test's own: own folder, own socket, no TCP; ended by the destructor.
// Postgres refuses root, so as root its programs run as the user `postgres`.
#pragma once

#include <string>

namespace sagaloom::tests {

class PrivatePostgres {
 public:
  PrivatePostgres();  // throws std::runtime_error with the server's log
  ~PrivatePostgres();
  PrivatePostgres(const PrivatePostgres&) = delete;

  std::string dsn() const;  // of the database `postgres`
  // Ends every session as a restart does; the server stays.
  void restart_immediately();

 private:
  void start();
  std::string as_postgres(const std::string& command) const;

  std::string directory_;
};

}  // namespace sagaloom::tests
