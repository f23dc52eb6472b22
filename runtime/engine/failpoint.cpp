#include "runtime/engine/failpoint.h"

#ifdef SAGALOOM_FAILPOINTS

#include <atomic>
#include <cstdlib>
#include <string>
#include <unistd.h>

namespace sagaloom::engine {

namespace {

struct Wanted {
  std::string name;
  long hits = 1;
  bool pause = false;
};

Wanted read_wanted() {
  Wanted wanted;
  const char* text = std::getenv("SAGALOOM_FAILPOINT");
  if (text == nullptr) return wanted;
  const std::string all = text;
  const std::size_t colon = all.find(':');
  wanted.name = all.substr(0, colon);
  if (colon == std::string::npos) return wanted;
  wanted.hits = std::strtol(all.c_str() + colon + 1, nullptr, 10);
  wanted.pause = all.ends_with(":pause");
  return wanted;
}

}  // namespace

void hit_failpoint(std::string_view name) {
  static const Wanted wanted = read_wanted();
  static std::atomic<long> hits{0};
  if (name != wanted.name || ++hits != wanted.hits) return;
  while (wanted.pause) ::pause();
  ::_exit(137);
}

}  // namespace sagaloom::engine

#endif
