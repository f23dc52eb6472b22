#include "tests/chaos/surroundings.h"

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <stdlib.h>

#include "tests/chaos/orders.h"

namespace sagaloom::chaos {
namespace {

constexpr int checkpoint_lag = 500;  // journal rows of a shard

}  // namespace

Surroundings::Surroundings(bool postgres)
    : folder_(std::filesystem::temp_directory_path() / "sagaloom-chaos-XXXXXX") {
  if (::mkdtemp(folder_.data()) == nullptr) throw std::runtime_error("no temporary folder");
  if (postgres) {
    postgres_ = std::make_unique<tests::PrivatePostgres>();
    proxy_ = std::make_unique<tests::FaultProxy>(postgres_->port());
  }
  write_configuration();
}

Surroundings::~Surroundings() {
  std::error_code ignored;
  if (!kept_) std::filesystem::remove_all(folder_, ignored);
}

std::string Surroundings::plugin_database(const std::string& plugin) const {
  return folder_ + "/data/" + plugin + ".db";
}

// Checkpoints are asked for early: so they happen under the kills, and a recovery stays short
// although sagas that are interrupted again and again hold the journal's tail.
void Surroundings::write_configuration() const {
  std::ofstream file(configuration_file());
  if (postgres_) {
    file << "store: postgres\npostgres: {dsn: '" << postgres_->dsn(proxy_->port()) << "'}\n";
  } else {
    file << "store: sqlite\n";
  }
  file << "data: " << folder_ << "/data\nhttp: {port: 0}\nlog: {format: json}\n"
       << "engine: {checkpoint_lag: " << checkpoint_lag << "}\n"
       << "plugins:\n  settings:\n    inventory: {stock: {" << article << ": " << opening_stock
       << "}}\n    payment: {default_balance_minor: 1000000000000, balances: {" << poor_customer
       << ": 0}}\n";
}

}  // namespace sagaloom::chaos
