// Collects the evidence: sagas and orders over REST, effects and stock from the plugins' files.
//
// Threads: one. Errors: std::runtime_error when a side cannot be read.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/chaos/witness.h"

namespace sagaloom::chaos {

std::vector<ListedSaga> read_sagas(int port, const std::string& filter = {});  // "live=true"
// Saga id by order id; orders that are not found are left out.
std::map<std::string, std::string> read_orders(
    int port, const std::map<std::string, std::string>& acknowledged);
void add_effects(const std::string& database, std::vector<SeenEffect>& effects);
void read_stock(const std::string& database, Evidence& evidence);

}  // namespace sagaloom::chaos
