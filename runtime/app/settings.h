// The table of configuration keys: one row per key, from which reading, the environment's names and
// the reference page follow.
//
// Threads: immutable after the first call. Errors: `assign` answers what would have fitted, or
// nothing when it did.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/app/configuration.h"

namespace sagaloom::app {

struct Setting {
  std::string key;       // "http.port"; a last part `*` stands for any name
  std::string kind;      // for people: "number from 0 to 65535"
  std::string fallback;  // the default, as text
  std::string meaning;
  bool list = false;    // a YAML list, or commas in the environment
  bool secret = false;  // never printed
  // The value, and for keys with `*` the names that took their place. Empty: it fitted.
  std::function<std::string(Configuration&, const std::vector<std::string>& names,
                            const std::string& value)>
      assign;
};

const std::vector<Setting>& settings();

// The row for a key and the names that its `*` stand for; nullptr: no such key.
const Setting* find_setting(std::string_view key, std::vector<std::string>& names);

// Whether some key begins with `<prefix>.`
bool is_section(std::string_view prefix);

// The known key that was probably meant; empty: none is near.
std::string nearest_key(std::string_view key);

// The reference page, docs/configuration.md.
std::string reference_page();

}  // namespace sagaloom::app
