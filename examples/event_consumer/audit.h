// What was promised about the topics, held against what is in them: per saga, within a topic and
// record key, no gap and no reorder once seen ids are dropped; nothing in a topic that the journal
// does not have, nothing published missing.
//
// Pure. Feed it what the event log shows (`expect`) and what the topics hold, each partition in
// offset order (`see`); then ask.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <unordered_set>
#include <vector>

#include "examples/event_consumer/event.h"

namespace consumer {

struct Findings {
  std::size_t events = 0;  // without duplicates
  std::size_t sagas = 0;
  std::size_t topics = 0;
  std::size_t duplicates = 0;
  std::size_t reordered = 0;
  std::size_t missing = 0;
  std::size_t unexpected = 0;
  std::vector<std::string> details;  // one line each, at most Audit::detail_limit

  bool well() const { return reordered == 0 && missing == 0 && unexpected == 0; }
};

// "1204 events of 301 sagas in 2 topics: 17 duplicates, 0 reordered, 0 missing, 0 unexpected"
std::string summary(const Findings& findings);

class Audit {
 public:
  static constexpr std::size_t detail_limit = 20;

  void expect(const Event& event);
  void see(const Event& event);
  // Without any expected event, only the order is judged.
  Findings findings() const;

 private:
  using Stream = std::tuple<std::string, std::string, std::string>;  // topic, key, saga

  bool expects_ = false;
  std::map<std::string, Event> expected_;
  std::unordered_set<std::string> seen_;
  std::map<Stream, std::string> last_sequence_;
  std::set<std::string> sagas_, topics_;
  Findings found_;
  std::vector<Event> in_topics_;  // first sightings
};

}  // namespace consumer
