#include "tests/plugins/private_postgres.h"

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>

namespace sagaloom::tests {

namespace {

constexpr char kPrograms[] = "/usr/lib/postgresql/15/bin/";

void run(const std::string& command, const std::string& directory) {
  const std::string logged = command + " >>" + directory + "/commands.log 2>&1";
  if (std::system(logged.c_str()) != 0) {
    throw std::runtime_error("failed: " + command + "; see " + directory + "/commands.log");
  }
}

}  // namespace

PrivatePostgres::PrivatePostgres() {
  char name[] = "/tmp/sagaloom-plugins-XXXXXX";
  if (::mkdtemp(name) == nullptr) throw std::runtime_error("no temporary folder");
  directory_ = name;
  if (::geteuid() == 0) run("chown postgres " + directory_, directory_);
  run(as_postgres(std::string(kPrograms) + "initdb -A trust -U postgres -D " + directory_ +
                  "/data --no-sync"),
      directory_);
  start();
}

PrivatePostgres::~PrivatePostgres() {
  std::system((as_postgres(std::string(kPrograms) + "pg_ctl -D " + directory_ +
                           "/data -m immediate -w stop") +
               " >/dev/null 2>&1")
                  .c_str());
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::string PrivatePostgres::as_postgres(const std::string& command) const {
  return ::geteuid() == 0 ? "runuser -u postgres -- " + command : command;
}

void PrivatePostgres::start() {
  run(as_postgres(std::string(kPrograms) + "pg_ctl -D " + directory_ + "/data -l " + directory_ +
                  "/server.log -w -o \"-c listen_addresses='' -c unix_socket_directories=" +
                  directory_ + " -c max_connections=60\" start"),
      directory_);
}

void PrivatePostgres::restart_immediately() {
  run(as_postgres(std::string(kPrograms) + "pg_ctl -D " + directory_ +
                  "/data -m immediate -w stop"),
      directory_);
  start();
}

std::string PrivatePostgres::dsn() const {
  return "host=" + directory_ + " user=postgres dbname=postgres";
}

}  // namespace sagaloom::tests
