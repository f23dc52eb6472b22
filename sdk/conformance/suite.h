// What the conformance kit needs to be told of a plugin: how to open it on an empty database, and
// for each forward operation a valid input, another one, and how to get it refused.
//
// Read from JSON (docs/writing_plugins.md shows one); facts about an operation come from the
// plugin's own manifest. `${directory}` and `${case}` in the config stand for a folder of the run
// and a name that no other case has; `${before.0.member}` in an input for the output of a call made
// before. Errors: reading throws std::runtime_error with what is wrong.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/json/json.h"

namespace sagaloom::sdk::conformance {

using sdk::Json;

struct Setup {  // a call that prepares the ground
  std::string operation;
  Json input;
};

struct Refusal {
  Json input;
  std::string code;
  std::optional<Setup> refill;  // makes the refused request possible
};

struct Subject {
  std::string operation;
  std::vector<Setup> before;
  Json input;
  Json other_input;
  std::optional<Refusal> refused;

  // From the manifest.
  std::string undo;   // empty: none
  std::string check;  // empty: none
  bool check_fences = false;
  bool idempotent = false;
  bool fences = false;
  bool asynchronous = false;  // it answers PENDING where another answers OK
  std::vector<std::string> errors;
};

struct Suite {
  Json config;
  std::vector<Subject> subjects;
};

Suite read_suite(std::string_view suite_json, std::string_view manifest_json);

// The value with `${name}` texts replaced; a text that is exactly one placeholder becomes the JSON
// it stands for. Unknown names throw.
Json filled(const Json& value, const Json& names);

}  // namespace sagaloom::sdk::conformance
