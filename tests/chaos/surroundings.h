// What the server of a run stands in: its folder with configuration and databases, and on Postgres
// a private cluster behind a fault proxy.
//
// Lifecycle: the folder stays when keep() was called, for whoever looks for the cause. Threads: the
// one that made it (the cluster ends with that thread). Errors: std::runtime_error.
#pragma once

#include <memory>
#include <string>

#include "tests/servers/fault_proxy.h"
#include "tests/servers/private_postgres.h"

namespace sagaloom::chaos {

class Surroundings {
 public:
  explicit Surroundings(bool postgres);
  ~Surroundings();
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;

  const std::string& folder() const { return folder_; }
  std::string configuration_file() const { return folder_ + "/sagaloom.yaml"; }
  std::string plugin_database(const std::string& plugin) const;
  void keep() { kept_ = true; }

  // Null on SQLite.
  tests::PrivatePostgres* postgres() { return postgres_.get(); }
  tests::FaultProxy* proxy() { return proxy_.get(); }

 private:
  void write_configuration() const;

  std::string folder_;
  bool kept_ = false;
  std::unique_ptr<tests::PrivatePostgres> postgres_;
  std::unique_ptr<tests::FaultProxy> proxy_;
};

}  // namespace sagaloom::chaos
