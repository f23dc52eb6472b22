// Values as JSON text for clients: unlike document::write nothing is tagged, since nobody reads it
// back into a Value. Timestamps are RFC 3339 text, durations "1.5s".
//
// Threads: free functions without state. Depth is bounded by that of values (32) plus ours.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "runtime/core/time.h"
#include "runtime/expression/value.h"
#include "runtime/http/request.h"

namespace sagaloom::http {

void append_json(std::string& out, const expression::Value& value);
std::string to_json(const expression::Value& value);

// A JSON object that is being put together.
class Object {
 public:
  Object& set(std::string_view key, expression::Value value);
  Object& set_text(std::string_view key, const std::string& text);  // left out when empty
  Object& set_time(std::string_view key, core::Time time);          // left out when none
  expression::Value take() { return expression::Value(std::move(members_)); }

 private:
  expression::Map members_;
};

expression::Value time_value(core::Time time);
Response json_response(int status, const expression::Value& body);

}  // namespace sagaloom::http
