// What one life of the server is to suffer, drawn so that every demanded number is reached: places
// that lack kills come first as soon as the lives that are left are just enough for them.
//
// Pure but for the generator inside. Threads: one. Units: times in ms.
#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace sagaloom::chaos {

// Where a kill landed. The first six are failpoints; `starting` is before the server listened.
enum class Place : std::uint8_t {
  effect_before_result,
  during_undo,
  during_recovery,
  before_commit,
  after_commit,
  before_reply,
  starting,
  anywhere,
};
inline constexpr std::size_t place_count = 8;

// `commit_applied` and `commit_lost`: the two truths of a COMMIT without an answer.
enum class StoreFault : std::uint8_t { commit_applied, commit_lost, restart };
inline constexpr std::size_t fault_count = 3;

const char* name(Place place);
const char* name(StoreFault fault);
// Of so many kills at least so many there; 0: nothing is demanded.
int demanded(Place place, int kills);
int demanded(StoreFault fault, int kills);

struct Landed {
  std::array<int, place_count> kills{};
  std::array<int, fault_count> faults{};

  int all() const;
  int& at(Place place) { return kills[static_cast<std::size_t>(place)]; }
  int at(Place place) const { return kills[static_cast<std::size_t>(place)]; }
  int& at(StoreFault fault) { return faults[static_cast<std::size_t>(fault)]; }
  int at(StoreFault fault) const { return faults[static_cast<std::size_t>(fault)]; }
};

struct Life {
  Place place = Place::anywhere;
  std::string failpoint;           // "<name>:<n>"; empty: killed from outside
  int delay_ms = 0;                // from listening (starting: from the start) to the kill
  std::vector<StoreFault> faults;  // before the kill, in this order
};

class Plan {
 public:
  Plan(std::uint64_t seed, int kills, int orders_per_life, bool store_faults);
  Life next(const Landed& landed);
  bool reached(const Landed& landed) const;

 private:
  int draw(int least, int most);
  Place draw_place(const Landed& landed);
  std::vector<StoreFault> draw_faults(const Landed& landed);
  std::string draw_failpoint(Place place);

  std::mt19937_64 random_;
  const int kills_, orders_per_life_;
  const bool store_faults_;
};

}  // namespace sagaloom::chaos
