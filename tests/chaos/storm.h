// A run: lives of the server under load, each ended by a kill, then a quiet end and the verdict.
//
// Lifecycle: make it, run() once. Threads: the caller's, and those of the customers; run it on the
// main thread (the servers end with it). Units: ms. Errors: what is wrong comes as findings;
// std::runtime_error when the run itself cannot go on.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/chaos/customers.h"
#include "tests/chaos/plan.h"
#include "tests/chaos/served_program.h"
#include "tests/chaos/surroundings.h"
#include "tests/chaos/witness.h"

namespace sagaloom::chaos {

struct StormOptions {
  bool postgres = false;
  int kills = 20, sagas = 2'000;
  std::uint64_t seed = 1;
};

struct StormReport {
  Landed landed;
  int acknowledged = 0;
  long retries = 0, unknown_commits_seen = 0;
  std::vector<int> recovery_ms;  // from the start of the process to ready
  Judgement judgement;
  std::string folder;  // kept because of findings; empty: removed
};

class Storm {
 public:
  explicit Storm(const StormOptions& options);
  StormReport run();

 private:
  void live(const Life& life);
  int stretched(int delay_ms) const;
  int open_doors();  // the port when ready; 0: it ended before
  void strike(StoreFault fault);
  void strike_commit(StoreFault fault);
  void count(const Life& life, Ending ending, bool opened);
  void end_quietly();
  bool wait_until_all_ended(int port);
  void collect(int port, Evidence& evidence);
  void find(std::string what) { findings_.push_back(std::move(what)); }

  const StormOptions options_;
  const int orders_per_life_;
  Surroundings surroundings_;
  ServedProgram program_;
  Plan plan_;
  StormReport report_;
  std::vector<std::string> findings_;
  std::chrono::steady_clock::time_point started_;
  int allowed_ = 0;
  Customers customers_;
};

}  // namespace sagaloom::chaos
