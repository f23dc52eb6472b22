// One keep-alive HTTP/1.1 connection to a port of 127.0.0.1.
//
// Lifecycle: connects at the first request and again after a failure. Threads: one. Units: the time
// limit is per read or write. Errors: nothing when the answer did not come whole; whether the
// request was carried out is unknown then.
#pragma once

#include <optional>
#include <string>

namespace sagaloom::chaos {

struct HttpReply {
  int status = 0;
  std::string body;
};

class HttpConnection {
 public:
  explicit HttpConnection(int timeout_ms = 10'000) : timeout_ms_(timeout_ms) {}
  ~HttpConnection() { close(); }
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  std::optional<HttpReply> request(int port, const std::string& method, const std::string& target,
                                   const std::string& body = {});

 private:
  bool connect(int port);
  bool send(const std::string& text);
  std::optional<HttpReply> receive();
  bool read_more(std::string& buffer);
  void close();

  const int timeout_ms_;
  int socket_ = -1, port_ = 0;
};

}  // namespace sagaloom::chaos
