// A store that cannot be opened, for a reason that waiting does not cure: the program says so and
// ends. Codes: `store.newer`, `store.migration_edited`, `store.locked`, `store.shards_differ`,
// `store.unsafe_settings`, `store.open_failed`.
#pragma once

#include <stdexcept>
#include <string>

namespace sagaloom::store {

class OpenError : public std::runtime_error {
 public:
  OpenError(std::string code, const std::string& message)
      : std::runtime_error(message), code_(std::move(code)) {}
  const std::string& code() const { return code_; }

 private:
  std::string code_;
};

}  // namespace sagaloom::store
