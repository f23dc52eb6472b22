// What is drawn once per seed: which faults are on (each class with probability 1/2), how often
// they strike, and the settings of the product, far from their defaults, since production-like
// settings hide bugs (swarm testing: Groce et al. 2012).
#pragma once

#include <cstdint>

#include "tests/simulation/world.h"

namespace sagaloom::simulation {

struct Knobs {
  // size
  int nodes = 3;
  int shards = 4;
  int sagas = 12;
  int definitions = 2;
  Duration chaos{15'000};

  // store
  double commit_unknown_applied = 0, commit_unknown_lost = 0, commit_unknown_late = 0;
  double commit_not_written = 0, commit_refused = 0, store_away = 0;
  Duration commit_ms{3};

  // participants
  double refuse = 0.05, not_done = 0, lost_before = 0, lost_after = 0, late = 0, crash_call = 0;
  double pending_tail = 0;  // answers that take up to 6 s
  double bad_output = 0;    // an ok that breaks the schema
  double fatal = 0, refuse_undo = 0;
  double refuse_later = 0;  // the end of a call that was answered «pending»
  Duration decide_ms{1'000};
  Duration missing_every{0};  // a plugin goes for a while; 0: never

  // nodes
  double crash_every_s = 0, pause_every_s = 0;
  bool restart_elsewhere = false;

  // broker
  double message_lost_ack = 0, broker_down = 0;

  // clients
  double duplicate_submit = 0.3, cancel = 0.1, other_body = 0.05;
  double event_twice = 0.1;                        // the source writes an event twice
  double wrong_answer = 0.3, second_answer = 0.2;  // of the people who answer tasks
  double signals = 2;                              // to each saga, on average
  Duration verb_every{0};                          // an operator's verb on some saga; 0: never

  // product settings
  Duration lease{3000};
  std::uint32_t batch_rows = 100;
  std::uint32_t checkpoint_lag = 50;
  Duration residence_horizon{60'000};
  std::uint32_t inlet_limit = 64;
  std::size_t ring_bytes = 64 << 10;
};

inline Knobs draw_knobs(Random& random) {
  Knobs k;
  const auto maybe = [&](double most) { return random.chance(0.5) ? random.unit() * most : 0.0; };
  k.nodes = static_cast<int>(random.between(3, 4));
  k.shards = static_cast<int>(random.between(2, 6));
  k.sagas = static_cast<int>(random.between(12, 24));
  k.definitions = static_cast<int>(random.between(1, 3));
  k.chaos = Duration(random.between(8'000, 20'000));
  k.commit_unknown_applied = maybe(0.10);
  k.commit_unknown_lost = maybe(0.10);
  k.commit_unknown_late = maybe(0.10);
  k.commit_not_written = maybe(0.10);
  k.commit_refused = maybe(0.02);
  k.store_away = maybe(0.05);
  k.commit_ms = Duration(random.between(1, 40));
  k.refuse = random.chance(0.8) ? random.unit() * 0.2 : 0;
  k.not_done = maybe(0.2);
  k.lost_before = maybe(0.2);
  k.lost_after = maybe(0.2);
  k.late = maybe(0.2);
  k.crash_call = maybe(0.1);
  k.pending_tail = maybe(0.15);
  k.bad_output = maybe(0.15);
  k.fatal = maybe(0.05);
  k.refuse_undo = maybe(0.15);
  k.refuse_later = maybe(0.5);
  k.decide_ms = Duration(random.between(50, 5'000));
  if (random.chance(0.3)) k.missing_every = Duration(random.between(500, 5'000));
  k.crash_every_s = random.chance(0.6) ? 1 + random.unit() * 8 : 0;
  k.pause_every_s = random.chance(0.5) ? 1 + random.unit() * 8 : 0;
  k.restart_elsewhere = random.chance(0.5);
  k.message_lost_ack = maybe(0.2);
  k.broker_down = random.chance(0.3) ? random.unit() : 0;
  k.duplicate_submit = random.unit() * 0.6;
  k.cancel = random.unit() * 0.3;
  k.other_body = maybe(0.1);
  k.event_twice = maybe(0.3);
  k.wrong_answer = maybe(0.6);
  k.second_answer = maybe(0.5);
  k.signals = random.unit() * 3;
  if (random.chance(0.7)) k.verb_every = Duration(random.between(50, 1'500));
  k.lease = Duration(random.between(500, 5'000));
  k.batch_rows = static_cast<std::uint32_t>(random.between(1, 100));
  k.checkpoint_lag = static_cast<std::uint32_t>(random.between(3, 200));
  k.residence_horizon = Duration(random.between(200, 60'000));
  k.inlet_limit = static_cast<std::uint32_t>(random.between(2, 64));
  k.ring_bytes = static_cast<std::size_t>(random.between(512, 64 << 10));
  return k;
}

// Once faults stop, everything must end.
inline Knobs healed(Knobs k) {
  k.commit_unknown_applied = k.commit_unknown_lost = k.commit_unknown_late = 0;
  k.commit_not_written = k.commit_refused = k.store_away = 0;
  k.not_done = k.lost_before = k.lost_after = k.late = k.crash_call = k.pending_tail = 0;
  k.bad_output = k.refuse = k.fatal = k.refuse_undo = k.refuse_later = 0;
  k.wrong_answer = k.second_answer = k.event_twice = 0;
  k.verb_every = k.missing_every = Duration(0);
  k.crash_every_s = k.pause_every_s = 0;
  k.message_lost_ack = k.broker_down = 0;
  return k;
}

}  // namespace sagaloom::simulation
