// What the client commands speak to a running server with: one HTTP request, one reply.
//
// Lifecycle: make one per command. Threads: not shared. Errors: a reply with any status is a reply;
// `Unreachable` says that there was none (connection refused, time over), for people.
// Library: libcurl, so that proxies and TLS work as everywhere.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sagaloom::app {

struct RestRequest {
  std::string method = "GET";
  std::string path;  // from the root, with its query: "/api/v1/sagas?limit=50"
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::string> body;  // JSON
  bool accept_json = true;          // false: whatever the route gives
  long limit_s = 30;                // for the whole exchange
};

struct RestReply {
  long status = 0;
  std::string content_type;
  std::string body;
};

struct Unreachable {
  std::string reason;
};

class RestClient {
 public:
  // `server`: "http://127.0.0.1:8080", without a path.
  explicit RestClient(std::string server);
  std::variant<RestReply, Unreachable> send(const RestRequest& request) const;
  const std::string& server() const { return server_; }

 private:
  std::string server_;
};

}  // namespace sagaloom::app
