#include "runtime/engine/names.h"

#include <algorithm>

namespace sagaloom::engine {

namespace {

bool is_control(char byte) {
  return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f;
}

}  // namespace

std::string name_problem(const core::SagaRecord& head) {
  const std::string& identity = head.identity;
  if (identity == "." || identity == "..") {
    return "id: the saga's identity must not be '.' or '..', since no path can end with it";
  }
  if (std::any_of(identity.begin(), identity.end(), is_control)) {
    return "id: the saga's identity must not hold control characters (U+0000 to U+001F, U+007F)";
  }
  if (head.lock_key.find('\0') != std::string::npos) {
    return "concurrency.key: it must not hold U+0000";
  }
  return {};
}

}  // namespace sagaloom::engine
