#include "tests/chaos/plan.h"

#include <algorithm>
#include <numeric>

namespace sagaloom::chaos {
namespace {

struct PlaceRow {
  const char* name;
  const char* failpoint;
  int weight;   // of a free draw
  int percent;  // demanded of all kills
};

constexpr std::array<PlaceRow, place_count> places = {{
    {"between effect and result commit", "after_effect_before_result", 22, 15},
    {"during undo", "during_undo", 15, 10},
    {"during recovery", "during_recovery", 9, 5},
    {"before a commit", "before_commit", 8, 0},
    {"after a commit", "after_commit", 8, 0},
    {"before a reply", "before_reply", 6, 0},
    {"while starting", "", 6, 0},
    {"anywhere", "", 26, 0},
}};

constexpr std::array<const char*, fault_count> fault_names = {
    "unknown COMMIT, applied", "unknown COMMIT, not applied", "immediate restart of Postgres"};
constexpr int fault_percent = 5;

int share(int percent, int kills) {
  return percent == 0 ? 0 : std::max(1, percent * kills / 100);
}

}  // namespace

const char* name(Place place) {
  return places[static_cast<std::size_t>(place)].name;
}

const char* name(StoreFault fault) {
  return fault_names[static_cast<std::size_t>(fault)];
}

int demanded(Place place, int kills) {
  return share(places[static_cast<std::size_t>(place)].percent, kills);
}

int demanded(StoreFault fault, int kills) {
  return share(fault_percent, kills);
}

int Landed::all() const {
  return std::accumulate(kills.begin(), kills.end(), 0);
}

Plan::Plan(std::uint64_t seed, int kills, int orders_per_life, bool store_faults)
    : random_(seed),
      kills_(kills),
      orders_per_life_(orders_per_life),
      store_faults_(store_faults) {}

int Plan::draw(int least, int most) {
  return std::uniform_int_distribution<int>(least, std::max(least, most))(random_);
}

bool Plan::reached(const Landed& landed) const {
  if (landed.all() < kills_) return false;
  for (std::size_t i = 0; i < place_count; ++i) {
    if (landed.kills[i] < demanded(Place(i), kills_)) return false;
  }
  for (std::size_t i = 0; store_faults_ && i < fault_count; ++i) {
    if (landed.faults[i] < demanded(StoreFault(i), kills_)) return false;
  }
  return true;
}

// Store faults happen in lives that end anywhere, two a life: those count as a need of their own.
Place Plan::draw_place(const Landed& landed) {
  std::vector<Place> lacking;
  for (std::size_t i = 0; i < place_count; ++i) {
    const int missing = demanded(Place(i), kills_) - landed.kills[i];
    lacking.insert(lacking.end(), std::max(0, missing), Place(i));
  }
  for (std::size_t i = 0; store_faults_ && i < fault_count; ++i) {
    const int missing = demanded(StoreFault(i), kills_) - landed.faults[i];
    lacking.insert(lacking.end(), std::max(0, missing), Place::anywhere);
  }
  if (!lacking.empty() && static_cast<int>(lacking.size()) >= kills_ - landed.all()) {
    return lacking[static_cast<std::size_t>(draw(0, static_cast<int>(lacking.size()) - 1))];
  }
  int at = draw(0, 99);
  for (std::size_t i = 0; i < place_count; ++i) {
    if ((at -= places[i].weight) < 0) return Place(i);
  }
  return Place::anywhere;
}

std::vector<StoreFault> Plan::draw_faults(const Landed& landed) {
  std::vector<StoreFault> faults;
  for (std::size_t i = 0; i < fault_count; ++i) {
    if (landed.faults[i] < demanded(StoreFault(i), kills_)) faults.push_back(StoreFault(i));
  }
  faults.push_back(StoreFault(draw(0, fault_count - 1)));
  std::shuffle(faults.begin(), faults.end(), random_);
  faults.resize(std::min<std::size_t>(faults.size(), 2));
  return faults;
}

// How often a place is passed in one life follows from the orders that come in it.
std::string Plan::draw_failpoint(Place place) {
  const std::string failpoint = places[static_cast<std::size_t>(place)].failpoint;
  if (failpoint.empty()) return {};
  int most = 40;
  if (place == Place::effect_before_result) most = orders_per_life_ * 2;
  if (place == Place::during_undo) most = orders_per_life_ / 4;
  if (place == Place::during_recovery) most = 12;
  if (place == Place::before_reply) most = orders_per_life_ / 2;
  return failpoint + ":" + std::to_string(draw(1, most));
}

Life Plan::next(const Landed& landed) {
  Life life;
  life.place = draw_place(landed);
  life.failpoint = draw_failpoint(life.place);
  life.delay_ms = life.place == Place::starting ? draw(2, 120) : draw(20, 500);
  if (store_faults_ && life.place == Place::anywhere) life.faults = draw_faults(landed);
  return life;
}

}  // namespace sagaloom::chaos
