// The members of a bundled plugin's config that choose its database: `database`, `dsn`, `schema`,
// `connections`. Errors: InvalidInput when one is of the wrong kind.
#pragma once

#include "sdk/guard/open_database.h"
#include "sdk/json/json.h"

namespace sagaloom::sdk {
inline namespace v1 {

inline DatabaseChoice database_choice(const Json& config) {
  return {text_or(config, "database", ""), text_or(config, "dsn", ""),
          text_or(config, "schema", ""),
          static_cast<std::size_t>(integer_or(config, "connections", 8))};
}

}  // namespace v1
}  // namespace sagaloom::sdk
