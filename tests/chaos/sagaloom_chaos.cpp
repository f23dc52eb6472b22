// sagaloom-chaos: kills the real server under load and compares what is left.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <random>
#include <string>

#include "tests/chaos/storm.h"

namespace {

using namespace sagaloom::chaos;

constexpr const char* usage =
    "sagaloom-chaos --store sqlite|postgres --kills N --sagas M [--seed S]\n"
    "\n"
    "Starts the server (a build with failpoints) over SQLite, or over a Postgres of its own "
    "behind\n"
    "a proxy; submits at least M orders over REST from many clients; kills the server with -9 at\n"
    "least N times, at failpoints and at random, and starts it again at once. On Postgres it also\n"
    "cuts the answer of COMMIT, with both truths, and restarts Postgres as after a power loss.\n"
    "At the end it compares what was acknowledged, what the server lists and what the plugins'\n"
    "databases hold.\n"
    "\n"
    "  --store   sqlite (the default) or postgres\n"
    "  --kills   from 1 to 100000, default 20\n"
    "  --sagas   from 1 to 10000000, default 2000\n"
    "  --seed    of the plan and the orders; printed; random without it\n"
    "\n"
    "Prints where the kills landed. The last line is the summary. Exit status: 0 all is well, 1\n"
    "something is wrong or a demanded number was not reached, 2 wrong arguments.\n";

template <typename Number>
bool read_number(const char* text, long least, long most, Number& number) {
  char* end = nullptr;
  const long value = std::strtol(text, &end, 10);
  if (*text == '\0' || *end != '\0' || value < least || value > most) return false;
  number = static_cast<Number>(value);
  return true;
}

bool take(const std::string& name, const char* value, StormOptions& options) {
  if (name == "--store") {
    options.postgres = std::string(value) == "postgres";
    return options.postgres || std::string(value) == "sqlite";
  }
  if (name == "--kills") return read_number(value, 1, 100'000, options.kills);
  if (name == "--sagas") return read_number(value, 1, 10'000'000, options.sagas);
  if (name == "--seed") return read_number(value, 0, 1'000'000'000, options.seed);
  return false;
}

std::optional<StormOptions> parse(int count, char** words) {
  StormOptions options;
  options.seed = std::random_device{}() % 1'000'000'000;
  for (int i = 1; i < count; i += 2) {
    if (i + 1 == count || !take(words[i], words[i + 1], options)) {
      std::fprintf(stderr, "sagaloom-chaos: `%s` is not understood; see --help\n", words[i]);
      return std::nullopt;
    }
  }
  return options;
}

void print_row(const char* what, int count, int wanted) {
  if (wanted == 0) {
    std::printf("  %-34s %6d\n", what, count);
  } else {
    std::printf("  %-34s %6d   at least %d%s\n", what, count, wanted,
                count < wanted ? "  NOT REACHED" : "");
  }
}

// Whether every demanded number was reached.
bool print_landed(const Landed& landed, const StormOptions& options) {
  bool reached = landed.all() >= options.kills;
  std::printf("\nWhere the kills landed\n");
  for (std::size_t i = 0; i < place_count; ++i) {
    const int wanted = demanded(Place(i), options.kills);
    print_row(name(Place(i)), landed.kills[i], wanted);
    reached = reached && landed.kills[i] >= wanted;
  }
  print_row("all", landed.all(), options.kills);
  for (std::size_t i = 0; options.postgres && i < fault_count; ++i) {
    const int wanted = demanded(StoreFault(i), options.kills);
    print_row(name(StoreFault(i)), landed.faults[i], wanted);
    reached = reached && landed.faults[i] >= wanted;
  }
  return reached;
}

int quantile(std::vector<int> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

void print_figures(const StormReport& report, const StormOptions& options) {
  std::printf("\nacknowledged %d, retries of clients %ld\n", report.acknowledged, report.retries);
  for (const auto& [state, count] : report.judgement.ends) {
    std::printf("  %-34s %6d\n", state.c_str(), count);
  }
  std::printf("effects done %d, undone %d\n", report.judgement.effects_done,
              report.judgement.effects_undone);
  std::printf("orders that could have been completed and were not: %d\n",
              report.judgement.turned_back);
  if (options.postgres) {
    std::printf("commits that the server called unknown: %ld\n", report.unknown_commits_seen);
  }
  std::printf("start to ready: p50 %d ms, max %d ms, of %zu starts\n",
              quantile(report.recovery_ms, 0.5), quantile(report.recovery_ms, 1),
              report.recovery_ms.size());
}

int print(const StormReport& report, const StormOptions& options) {
  const bool reached = print_landed(report.landed, options);
  print_figures(report, options);
  const auto& findings = report.judgement.findings;
  for (const auto& finding : findings) std::printf("WRONG %s\n", finding.c_str());
  if (!findings.empty()) std::printf("files are kept in %s\n", report.folder.c_str());
  const bool well = reached && findings.empty();
  std::printf("chaos %s: %s; %d kills, %d orders acknowledged, %zu findings%s; seed %llu\n",
              options.postgres ? "postgres" : "sqlite", well ? "ok" : "FAILED", report.landed.all(),
              report.acknowledged, findings.size(),
              reached ? "" : ", a demanded number was not reached",
              static_cast<unsigned long long>(options.seed));
  return well ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  if (count == 2 && std::string(words[1]) == "--help") return std::fputs(usage, stdout) < 0;
  const auto options = parse(count, words);
  if (!options) return 2;
  std::printf("seed %llu\n", static_cast<unsigned long long>(options->seed));
  std::fflush(stdout);
  try {
    Storm storm(*options);
    return print(storm.run(), *options);
  } catch (const std::exception& error) {
    std::printf("chaos: FAILED; the run could not go on: %s\n", error.what());
    return 1;
  }
}
