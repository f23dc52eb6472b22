// sagaloom-sim: the deterministic simulator. Every seed is one small world of nodes, sagas and
// faults; the same seed gives the same run, bit for bit.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <unistd.h>

#include "tests/simulation/cluster.h"

namespace {

using sagaloom::simulation::Cluster;
using sagaloom::simulation::SeedResult;
using sagaloom::simulation::Sometimes;

constexpr const char* usage =
    "usage: sagaloom-sim [--seeds N] [--seed S] [--first F] [--story] [--until-found] "
    "[--counters]\n"
    "  --seeds N      run N seeds (default 1000), from --first on\n"
    "  --first F      the first seed (default 1)\n"
    "  --seed S       run one seed twice and compare the hashes of both runs\n"
    "  --story        with --seed: print every committed record of the first run\n"
    "  --until-found  stop at the first violation and exit 0 when there was one\n"
    "  --counters     print how often each thing that must sometimes happen did\n"
    "Exit status 1: a violation, a difference between two runs of one seed, or a counter at 0.\n";

// Everything that a sound run over many seeds must have met.
constexpr const char* required[] = {
    "an awaited answer came too late",
    "an awaited answer was taken",
    "a batch was fenced",
    "the broker was away",
    "a call begun before it was made while suspended",
    "a call failed for good",
    "a call took effect after its deadline",
    "a cancel came too late",
    "a cancel was taken",
    "a check fenced its call",
    "a child saga was undone",
    "a child's place was undone in its stead",
    "a commit was definitely not written",
    "a concurrency key was refused",
    "a duplicate event was published",
    "an effect was kept",
    "an event came while its saga was suspended",
    "an event was delivered again",
    "an event was stored",
    "an event was taken",
    "an event was written twice",
    "a full inlet refused",
    "an identity with another body was refused",
    "a kept event was applied after resume",
    "a late commit met its fence",
    "a migration came too late",
    "a node crashed",
    "a node was paused",
    "an operator resolved a step",
    "an operator's abort_step was done",
    "an operator's resolve was done",
    "an operator's resume was done",
    "an operator's retry was done",
    "an operator's skip_undo was done",
    "an operator's verb was refused",
    "a participant refused a late call",
    "a participant refused a smaller epoch",
    "a plugin was missing",
    "a question without end was resolved",
    "a queued call was held back by the lease",
    "the relay read below its ring",
    "a remembered answer was given again",
    "a saga ended before its last step",
    "a saga that had left memory was loaded",
    "a saga waited for its concurrency key",
    "a saga was migrated",
    "a saga was suspended",
    "a second answer came too late",
    "several events were collected",
    "a shard was taken over",
    "a signal came after the end",
    "a signal was accepted",
    "a signal was taken",
    "a stale owner was refused",
    "a step was parked",
    "a step was retried with another input",
    "the store refused a record",
    "a submission was replayed",
    "a takeover during undo",
    "a takeover of a suspended saga",
    "a task escalated",
    "a task was answered",
    "an undo of three steps",
    "an undo was given up",
    "an undo was stuck",
    "an unknown commit that was applied",
    "an unknown commit that was applied late",
    "an unknown commit that was not applied",
    "an unknown commit was settled",
    "a wait for one of several was ended by time",
    "a wait timed out",
    "what was taken came before its wait",
    "a wrong answer was refused",
};

struct Options {
  std::uint64_t seeds = 1000, first = 1, seed = 0;
  bool until_found = false, counters = false, story = false;
};

bool parse(int argc, char** argv, Options& options) {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const auto number = [&](std::uint64_t& into) {
      if (i + 1 >= argc) return false;
      into = std::strtoull(argv[++i], nullptr, 10);
      return true;
    };
    if (name == "--seeds" && number(options.seeds)) continue;
    if (name == "--first" && number(options.first)) continue;
    if (name == "--seed" && number(options.seed)) continue;
    if (name == "--until-found") {
      options.until_found = true;
    } else if (name == "--story") {
      options.story = true;
    } else if (name == "--counters") {
      options.counters = true;
    } else {
      return false;
    }
  }
  return true;
}

// An assertion of the product that fails is a finding too: it names its seed before the end.
volatile std::sig_atomic_t finding_is_success = 0;
std::uint64_t current_seed = 0;

void on_abort(int) {
  char line[96];
  const int size = std::snprintf(line, sizeof line,
                                 "seed %llu: invariant P: an assertion of the product failed\n",
                                 static_cast<unsigned long long>(current_seed));
  if (write(STDOUT_FILENO, line, static_cast<std::size_t>(size)) < 0) _exit(2);
  _exit(finding_is_success ? 0 : 1);
}

SeedResult run_seed(std::uint64_t seed, Sometimes& sometimes, bool story = false) {
  current_seed = seed;
  Cluster cluster(seed, sometimes);
  cluster.checker->tell_story(story);
  return cluster.run();
}

void report(std::uint64_t seed, const SeedResult& result) {
  std::printf("seed %llu: invariant %s: %s\n", static_cast<unsigned long long>(seed),
              result.violation->invariant.c_str(), result.violation->story.c_str());
}

int run_one_twice(std::uint64_t seed, bool story) {
  Sometimes sometimes;
  const SeedResult once = run_seed(seed, sometimes, story);
  const SeedResult again = run_seed(seed, sometimes);
  if (once.violation) report(seed, once);
  std::printf("seed %llu: %llu events, %llu records, hash %016llx, again %016llx\n",
              static_cast<unsigned long long>(seed), static_cast<unsigned long long>(once.events),
              static_cast<unsigned long long>(once.records),
              static_cast<unsigned long long>(once.hash),
              static_cast<unsigned long long>(again.hash));
  return once.violation || once.hash != again.hash ? 1 : 0;
}

int missing_counters(const Sometimes& sometimes, bool print) {
  int missing = 0;
  for (const char* what : required) {
    const auto it = sometimes.counts.find(what);
    const std::uint64_t times = it == sometimes.counts.end() ? 0 : it->second;
    if (print || times == 0) {
      std::printf("%12llu  %s\n", static_cast<unsigned long long>(times), what);
    }
    if (times == 0) ++missing;
  }
  return missing;
}

int run_many(const Options& options) {
  Sometimes sometimes;
  std::uint64_t events = 0, violations = 0, hash = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < options.seeds; ++i) {
    const SeedResult result = run_seed(options.first + i, sometimes);
    events += result.events;
    hash = hash * 31 + result.hash;
    if (!result.violation) continue;
    ++violations;
    if (violations <= 20) report(options.first + i, result);
    if (options.until_found) {
      std::printf("found after %llu seeds\n", static_cast<unsigned long long>(i + 1));
      return 0;
    }
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  const bool enough = options.seeds >= 1000;
  const int missing =
      enough || options.counters ? missing_counters(sometimes, options.counters) : 0;
  std::printf(
      "%llu seeds, %.0f events a seed, %.0f seeds a minute, %llu violations, %d counters at "
      "zero, hash %016llx\n",
      static_cast<unsigned long long>(options.seeds),
      static_cast<double>(events) / static_cast<double>(options.seeds),
      static_cast<double>(options.seeds) / seconds * 60,
      static_cast<unsigned long long>(violations), missing, static_cast<unsigned long long>(hash));
  if (options.until_found) return 1;
  return violations > 0 || (enough && missing > 0) ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const bool help =
      argc > 1 && (std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0);
  if (help) return std::fputs(usage, stdout), 0;
  if (!parse(argc, argv, options) || options.seeds == 0) return std::fputs(usage, stderr), 2;
  finding_is_success = options.until_found ? 1 : 0;
  std::signal(SIGABRT, on_abort);
  return options.seed != 0 ? run_one_twice(options.seed, options.story) : run_many(options);
}
