// What a route sees of HTTP: plain structs, without Beast.
//
// Lifecycle: a Request is made by a session once its body is complete; a Response is given back
// exactly once, on any thread, through `Respond`. Ownership: both own all their bytes.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sagaloom::http {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  // "GET"; case matters
  std::string target;  // as it came: "/api/v1/sagas?limit=5"
  Fields headers;      // in order, names as they came
  std::string body;

  // The first field of this name (case does not matter); nullptr: none.
  const std::string* header(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  Fields headers;
  bool close = false;  // the connection ends after this answer
};

using Respond = std::function<void(Response)>;

// ASCII only, as field names are.
bool equal_ignoring_case(std::string_view left, std::string_view right);

// The standard reason phrase ("Not Found"); "Unknown" for a status this server never sends.
std::string_view reason(int status);

}  // namespace sagaloom::http
