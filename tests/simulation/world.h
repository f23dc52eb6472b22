// The simulated world: one virtual clock, one queue of things to come, one source of chance.
//
// Everything that the simulator does happens in order of (time, sequence), so a seed gives one run,
// bit for bit; `trace_hash` folds every step into one number to prove it.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <queue>
#include <string_view>
#include <vector>

#include "runtime/core/time.h"

namespace sagaloom::simulation {

using core::Duration;
using core::Time;

// SplitMix64 (Steele, Lea, Flood 2014): small, fast, the same everywhere.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool chance(double p) { return unit() < p; }
  // Both ends included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(next() % static_cast<std::uint64_t>(high - low + 1));
  }

 private:
  std::uint64_t state_;
};

class World {
 public:
  explicit World(std::uint64_t seed) : random(seed) {}

  Random random;

  Time now() const { return now_; }
  void at(Time when, std::function<void()> action) {
    queue_.push({when < now_ ? now_ : when, next_++, std::move(action)});
  }
  void after(Duration delay, std::function<void()> action) { at(now_ + delay, std::move(action)); }

  // Runs everything up to `until`; false: the queue is empty or `limit` events have passed.
  bool run_until(Time until, std::uint64_t limit) {
    while (!queue_.empty() && queue_.top().when <= until) {
      if (events_ >= limit) return false;
      Entry entry = std::move(const_cast<Entry&>(queue_.top()));
      queue_.pop();
      now_ = entry.when;
      ++events_;
      trace(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
      entry.action();
    }
    now_ = until;
    return true;
  }

  std::uint64_t events() const { return events_; }
  std::uint64_t trace_hash() const { return hash_; }
  void trace(std::uint64_t number) {
    hash_ = (hash_ ^ number) * 0x100000001b3ull;
    hash_ ^= hash_ >> 29;
  }
  void trace(std::string_view text) {
    for (const unsigned char c : text) trace(c);
  }

 private:
  struct Entry {
    Time when;
    std::uint64_t sequence;
    std::function<void()> action;
    bool operator<(const Entry& other) const {
      return when != other.when ? when > other.when : sequence > other.sequence;
    }
  };

  Time now_{Duration(1'700'000'000'000)};
  std::priority_queue<Entry> queue_;
  std::uint64_t next_ = 0, events_ = 0;
  std::uint64_t hash_ = 0xcbf29ce484222325ull;
};

}  // namespace sagaloom::simulation
