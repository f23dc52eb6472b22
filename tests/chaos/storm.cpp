#include "tests/chaos/storm.h"

#include <algorithm>
#include <thread>

#include "tests/chaos/witness_reading.h"

namespace sagaloom::chaos {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int customer_threads = 24;
constexpr int listen_limit_ms = 60'000;
constexpr int failpoint_limit_ms = 6'000;  // then it is killed where it stands
constexpr int usual_start_ms = 500;
constexpr int strike_limit_ms = 5'000;
constexpr int acknowledged_limit_ms = 120'000;
constexpr int limit_per_order_ms = 40;  // slow machines and debug builds
constexpr int ended_limit_ms = 180'000;
constexpr int drain_limit_ms = 40'000;
constexpr auto poll_every = std::chrono::milliseconds(10);

int ms_since(Clock::time_point start) {
  return static_cast<int>(
      std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start).count());
}

}  // namespace

Storm::Storm(const StormOptions& options)
    : options_(options),
      orders_per_life_(std::max(4, options.sagas / options.kills)),
      surroundings_(options.postgres),
      program_(surroundings_.folder(), surroundings_.configuration_file()),
      plan_(options.seed, options.kills, orders_per_life_, options.postgres),
      customers_(options.seed, customer_threads) {}

StormReport Storm::run() {
  for (int lives = 0; !plan_.reached(report_.landed) && lives < 2 * options_.kills + 10; ++lives) {
    live(plan_.next(report_.landed));
    if (findings_.size() > 20) break;
  }
  end_quietly();
  auto& all = report_.judgement.findings;
  all.insert(all.end(), findings_.begin(), findings_.end());
  for (auto& finding : customers_.findings()) all.push_back(std::move(finding));
  report_.retries = customers_.retries();
  if (all.empty()) return std::move(report_);
  surroundings_.keep();
  report_.folder = surroundings_.folder();
  return std::move(report_);
}

void Storm::live(const Life& life) {
  allowed_ += orders_per_life_;
  customers_.allow(allowed_);
  started_ = Clock::now();
  program_.start(life.failpoint);
  bool opened = false;
  if (life.place == Place::starting) {
    program_.wait(life.delay_ms);
  } else if (const int port = open_doors()) {
    opened = true;
    customers_.server_is_at(port);
    for (const StoreFault fault : life.faults) strike(fault);
    program_.wait(life.failpoint.empty() ? stretched(life.delay_ms) : failpoint_limit_ms);
  }
  const Ending ending = program_.kill();
  customers_.server_is_at(0);
  count(life, ending, opened);
}

// On a slow machine a life is as much longer as its start was, else nothing but starts would
// happen.
int Storm::stretched(int delay_ms) const {
  return delay_ms * std::max(1, report_.recovery_ms.back() / usual_start_ms);
}

int Storm::open_doors() {
  const int port = program_.wait_for_port(listen_limit_ms);
  HttpConnection connection;
  while (port != 0 && program_.wait(0) == Ending::running) {
    const auto reply = connection.request(port, "GET", "/readyz");
    if (reply && reply->status == 200) {
      report_.recovery_ms.push_back(ms_since(started_));
      return port;
    }
    if (ms_since(started_) > listen_limit_ms) break;
    std::this_thread::sleep_for(poll_every);
  }
  if (program_.wait(0) == Ending::running) find("the server is not ready within a minute");
  return 0;
}

void Storm::strike(StoreFault fault) {
  if (fault != StoreFault::restart) return strike_commit(fault);
  surroundings_.postgres()->restart_immediate();
  ++report_.landed.at(fault);
}

// Counts when the proxy struck and the committer says that it does not know.
void Storm::strike_commit(StoreFault fault) {
  auto& proxy = *surroundings_.proxy();
  const int strikes = proxy.strikes();
  const long before = program_.messages_size();
  proxy.at_next_commit(fault == StoreFault::commit_applied ? tests::CommitFaultPoint::cut_after
                                                           : tests::CommitFaultPoint::cut_before);
  const bool struck = proxy.wait_for_strikes(strikes + 1, strike_limit_ms);
  if (!struck) return proxy.pass();
  const auto start = Clock::now();
  while (ms_since(start) < strike_limit_ms) {
    const long seen = program_.count_in_messages(before, "commit.failed", "unknown");
    if (seen > 0) {
      ++report_.landed.at(fault);
      report_.unknown_commits_seen += seen;
      return;
    }
    std::this_thread::sleep_for(poll_every);
  }
}

void Storm::count(const Life& life, Ending ending, bool opened) {
  if (ending == Ending::failpoint) {
    ++report_.landed.at(life.place);
  } else if (ending == Ending::killed) {
    ++report_.landed.at(opened ? Place::anywhere : Place::starting);
  } else {
    find("the server ended by itself: " + program_.messages());
  }
}

void Storm::end_quietly() {
  allowed_ = std::max(allowed_, options_.sagas);
  customers_.allow(allowed_);
  started_ = Clock::now();
  program_.start({});
  const int port = open_doors();
  if (port == 0) return find("the last start failed: " + program_.messages());
  customers_.server_is_at(port);
  if (!customers_.wait_until_acknowledged(allowed_,
                                          acknowledged_limit_ms + allowed_ * limit_per_order_ms)) {
    find("after the last kill orders are not acknowledged");
  }
  Evidence evidence;
  evidence.seed = options_.seed;
  evidence.acknowledged = customers_.acknowledged();
  report_.acknowledged = static_cast<int>(evidence.acknowledged.size());
  if (!wait_until_all_ended(port)) find("after the last kill sagas do not end");
  collect(port, evidence);
  report_.judgement = judge(evidence);
}

bool Storm::wait_until_all_ended(int port) {
  const auto start = Clock::now();
  while (ms_since(start) < ended_limit_ms) {
    const auto live = read_sagas(port, "live=true");
    if (live.empty()) return true;
    const bool parked =
        std::any_of(live.begin(), live.end(), [](const auto& s) { return s.state == "PARKED"; });
    if (parked) return false;  // the verdict names them
    std::this_thread::sleep_for(10 * poll_every);
  }
  return false;
}

// REST while it runs; the plugins' databases after the drain.
void Storm::collect(int port, Evidence& evidence) {
  evidence.sagas = read_sagas(port);
  evidence.read_back = read_orders(port, evidence.acknowledged);
  if (program_.terminate(drain_limit_ms) != Ending::clean) {
    find("the server did not drain: " + program_.messages());
  }
  for (const char* plugin : {"inventory", "payment", "delivery"}) {
    add_effects(surroundings_.plugin_database(plugin), evidence.effects);
  }
  read_stock(surroundings_.plugin_database("inventory"), evidence);
}

}  // namespace sagaloom::chaos
