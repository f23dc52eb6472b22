// Where the values of `secrets.x` come from: the environment (`SAGALOOM_SECRET_<NAME>`) or a
// directory with one file per secret, as orchestrators mount them. Read when an attempt is sent, so
// that a rotated secret is used at once.
//
// Threads: look-ups from any thread. Errors: nullopt when there is none. Values are never logged.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/expression/value.h"

namespace sagaloom::steps {

using SecretSource = std::function<std::optional<std::string>(std::string_view name)>;

// `environment` looks a variable up (it is the program's business to know the environment);
// `directory` may be empty. A file's last line end is cut. A name may hold letters, digits, `_`,
// `-` and `.`; any other name has no value.
SecretSource secrets_from(std::function<const char*(const char*)> environment,
                          std::string directory);

// "psp_api_key" -> "SAGALOOM_SECRET_PSP_API_KEY"
std::string secret_variable(std::string_view name);

// An input as plain JSON text with every secret in its place.
struct InputText {
  std::string json;
  std::vector<std::string> secrets;  // the values that went in, to mask them in what comes back
  std::string missing;               // name of a secret that nobody has; then there is no json
};
InputText input_text(const expression::Value& input, const SecretSource& secrets);

// Replaces every occurrence of the values by `***`; a value shorter than 4 bytes only where it is
// the whole text, since it would blacken ordinary words. The second masks every text in a JSON
// value, keys too: what a plugin gives back is kept, so an echoed secret must not be in it.
std::string masked(std::string text, const std::vector<std::string>& secrets);
expression::Value masked_value(const expression::Value& value,
                               const std::vector<std::string>& secrets);

}  // namespace sagaloom::steps
