// sagaloom-bench: how many sagas a second the runtime completes, durably, beside what the store
// alone can write.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include "tests/bench/bound.h"
#include "tests/bench/load.h"
#include "tests/bench/subject.h"

namespace {

using namespace sagaloom;
using bench::Place;

constexpr const char* usage =
    "sagaloom-bench [--store postgres|sqlite|both] [--seconds S] [--in-flight 1,16,128,1024]\n"
    "               [--rest | --in-process] [--help]\n"
    "Runs the benchmark saga (an identity, 256 B of input, three no-op steps with 96 B of output\n"
    "and one 256 B event each, a status at accept and end), durably, S seconds a point: against\n"
    "the engine in this process and through REST on loopback (or only one of them), each beside\n"
    "the bound, which writes the same rows through the store and does nothing else. PostgreSQL is\n"
    "a private cluster with fsync on. Rows are journal rows + other rows; log bytes are the\n"
    "server's WAL, or what the process wrote to files. Columns with two figures: runtime / bound.\n"
    "The last line is the summary; exit status 1 when a saga did not end COMPLETED.\n";

struct Arguments {
  std::string store = "both";
  int seconds = 5;
  std::vector<std::size_t> in_flight = {1, 16, 128, 1'024};
  bool engine = true, rest = true;
};

std::vector<std::size_t> numbers(const char* text) {
  std::vector<std::size_t> found;
  char* end = nullptr;
  for (const char* at = text;; at = end + 1) {
    found.push_back(std::strtoul(at, &end, 10));
    if (*end != ',') break;
  }
  const bool good = *end == '\0' && found.back() > 0 && found.back() <= 4'000;
  return good ? found : std::vector<std::size_t>{};
}

bool parse(int count, char** words, Arguments& arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string name = words[i];
    const char* value = i + 1 < count ? words[i + 1] : "";
    if (name == "--rest")
      arguments.engine = false;
    else if (name == "--in-process")
      arguments.rest = false;
    else if (name == "--store")
      arguments.store = value, ++i;
    else if (name == "--seconds")
      arguments.seconds = std::atoi(value), ++i;
    else if (name == "--in-flight")
      arguments.in_flight = numbers(value), ++i;
    else
      return false;
  }
  const std::string& store = arguments.store;
  const bool store_known = store == "postgres" || store == "sqlite" || store == "both";
  return store_known && arguments.seconds > 0 && !arguments.in_flight.empty() &&
         (arguments.engine || arguments.rest);
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Figures of the measured time: what they were at its begin, and then the difference.
struct Cost {
  bench::JournalFigures journal;
  std::int64_t log_bytes = 0;
  double cpu_seconds = 0;
};

struct Point {
  bench::LoadResult load;
  Cost cost;
};

Point measure(Place& place, const Arguments& arguments, std::size_t in_flight, bool rest) {
  bench::Subject subject(place);
  Point point;
  const auto read = [&] {
    return Cost{subject.counts().figures(), place.log_bytes(), cpu_seconds()};
  };
  bench::LoadOptions options;
  options.in_flight = in_flight;
  options.run_for = std::chrono::seconds(arguments.seconds);
  options.on_begin = [&] { point.cost = read(); };
  options.on_end = [&] {
    const Cost now = read();
    point.cost = {now.journal - point.cost.journal, now.log_bytes - point.cost.log_bytes,
                  now.cpu_seconds - point.cost.cpu_seconds};
  };
  point.load = rest ? bench::load_rest(subject.serve(), options)
                    : bench::load_engine(subject.engine(), options);
  return point;
}

bench::BoundResult measure_bound(Place& place, const Arguments& arguments, std::size_t in_flight) {
  auto store = place.make_store();
  bench::BoundOptions options;
  options.in_flight = in_flight;
  options.run_for = std::chrono::seconds(arguments.seconds);
  options.log_bytes = [&place] { return place.log_bytes(); };
  return bench::run_bound(store, options);
}

void print_head() {
  std::printf("%-9s %-10s %9s %8s %8s %8s %9s %8s %15s %13s %17s %8s\n", "store", "path",
              "in flight", "sagas/s", "p50 ms", "p99 ms", "bound/s", "of bound", "rows/saga",
              "log B/saga", "round trips/saga", "CPU us");
}

void print(const Place& place, const char* path, std::size_t in_flight, const Point& point,
           const bench::BoundResult& bound) {
  const double sagas = std::max(1.0, static_cast<double>(point.load.sagas));
  const auto& journal = point.cost.journal;
  char rows[64], bytes[64], trips[64];
  std::snprintf(rows, sizeof rows, "%.1f+%.1f / %.1f+%.1f",
                static_cast<double>(journal.journal_rows) / sagas,
                static_cast<double>(journal.other_rows) / sagas, bound.per_saga(bound.journal_rows),
                bound.per_saga(bound.other_rows));
  std::snprintf(bytes, sizeof bytes, "%.0f / %.0f",
                static_cast<double>(point.cost.log_bytes) / sagas, bound.per_saga(bound.log_bytes));
  std::snprintf(trips, sizeof trips, "%.4f / %.4f",
                static_cast<double>(journal.round_trips()) / sagas, bound.per_saga(bound.commits));
  std::printf("%-9s %-10s %9zu %8.0f %8.2f %8.2f %9.0f %7.1f%% %15s %13s %17s %8.1f\n",
              place.name(), path, in_flight, point.load.per_second(), point.load.p50_ms,
              point.load.p99_ms, bound.per_second(),
              100 * point.load.per_second() / bound.per_second(), rows, bytes, trips,
              1e6 * point.cost.cpu_seconds / sagas);
  std::fflush(stdout);
}

struct Summary {
  std::int64_t sagas = 0, wrong = 0;
  std::string text, what;

  void add(const Place& place, const char* path, std::size_t in_flight, const Point& point,
           const bench::BoundResult& bound) {
    sagas += point.load.sagas;
    wrong += point.load.wrong;
    if (what.empty()) what = point.load.what;
    char line[128];
    std::snprintf(line, sizeof line, "%s %s at %zu: %.0f sagas/s, %.1f%% of the bound; ",
                  place.name(), path, in_flight, point.load.per_second(),
                  100 * point.load.per_second() / bound.per_second());
    text += line;
  }
};

void run(Place::Kind kind, const Arguments& arguments, Summary& summary) {
  Place place(kind);
  for (const std::size_t in_flight : arguments.in_flight) {
    const auto bound = measure_bound(place, arguments, in_flight);
    for (const bool rest : {false, true}) {
      if (rest ? !arguments.rest : !arguments.engine) continue;
      const char* path = rest ? "rest" : "in-process";
      const Point point = measure(place, arguments, in_flight, rest);
      print(place, path, in_flight, point, bound);
      const bool last = in_flight == arguments.in_flight.back();
      if (last || point.load.wrong > 0) summary.add(place, path, in_flight, point, bound);
    }
  }
}

int run_all(const Arguments& arguments) {
  Summary summary;
  std::printf("%u cores, %d s a point; pairs are runtime / bound\n",
              std::thread::hardware_concurrency(), arguments.seconds);
  print_head();
  if (arguments.store != "sqlite") run(Place::Kind::postgres, arguments, summary);
  if (arguments.store != "postgres") run(Place::Kind::sqlite, arguments, summary);
  if (summary.wrong > 0) std::printf("first wrong: %s\n", summary.what.c_str());
  std::printf("summary: %s%lld wrong\n", summary.text.c_str(),
              static_cast<long long>(summary.wrong));
  return summary.wrong == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
  Arguments arguments;
  if (count == 2 && std::strcmp(words[1], "--help") == 0) return std::fputs(usage, stdout) < 0;
  if (!parse(count, words, arguments)) return std::fputs(usage, stderr), 2;
  try {
    return run_all(arguments);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "sagaloom-bench: %s\n", failure.what());
    return 1;
  }
}
