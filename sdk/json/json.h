// Reading a call's input and writing an outcome's output as JSON, for plugins that like it so.
//
// Threads: free functions. Library: nlohmann_json; never across the plugin boundary, where only
// text goes. Errors: what does not fit throws InvalidInput, which becomes FATAL `input.invalid`
// with the name of the member.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "sdk/call.h"
#include "sdk/plugin.h"

namespace sagaloom::sdk {
inline namespace v1 {

using Json = nlohmann::json;

// The text as JSON, at most 32 levels deep; empty text is an empty object.
Json parse_json(std::string_view text);

// The input of the forward call: in role EXECUTE the input itself; in an undo or a check that was
// sent as {key, input}, the member `input`.
Json forward_input(const Call& call);

// Members that must be there and be of the kind.
std::string text_of(const Json& object, const char* member);
std::int64_t integer_of(const Json& object, const char* member);
// Members that may be missing or null.
std::string text_or(const Json& object, const char* member, std::string fallback);
std::int64_t integer_or(const Json& object, const char* member, std::int64_t fallback);

// What two requests under one key must have in common: the input without the members named, so that
// a rotated secret is not a new request.
std::string fingerprint(Json input, std::initializer_list<const char*> without = {});

}  // namespace v1
}  // namespace sagaloom::sdk
