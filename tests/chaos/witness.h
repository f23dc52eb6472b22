// The verdict over a run, from three sides that do not know of each other: what the client was
// told, what the runtime lists, and what the plugins' own databases hold.
//
// Pure. Errors: findings for people, at most ten of each kind.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace sagaloom::chaos {

struct ListedSaga {
  std::string id, identity, state;
};

struct SeenEffect {
  std::string key, saga, operation, state;  // a row of a plugin's view `effect`
};

struct Evidence {
  std::uint64_t seed = 0;
  std::map<std::string, std::string> acknowledged;  // saga id by order id, as the client was told
  std::map<std::string, std::string> read_back;     // the same, asked again; without: not there
  std::vector<ListedSaga> sagas;
  std::vector<SeenEffect> effects;
  std::int64_t on_hand = 0, reserved = 0;  // of the article
};

struct Judgement {
  std::map<std::string, int> ends;  // sagas by end state
  int effects_done = 0, effects_undone = 0;
  int turned_back = 0;                // orders that could have been completed, and were not
  std::vector<std::string> findings;  // empty: all is well
};

Judgement judge(const Evidence& evidence);

}  // namespace sagaloom::chaos
