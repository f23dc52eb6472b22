// The `$` objects that stand for what JSON has no word for; listed in json.h.
//
// Threads: free functions without state.
#pragma once

#include <optional>
#include <string_view>

#include "runtime/expression/value.h"

namespace sagaloom::document {

// Whether `write` wraps a map like this one into {"$map": …} because a key begins with `$`.
bool has_dollar_key(const expression::Map& members);

// Whether a map as read is one of the tags: it has a key that begins with `$`.
bool is_tag(const expression::Value& map);

// What a tag stands for; nullopt when it is none that `write` makes.
std::optional<expression::Value> untag(const expression::Value& map);

// "NaN", "Infinity" or "-Infinity".
std::string_view name_of_real(double real);

}  // namespace sagaloom::document
