// The HTTP server: listens, keeps connections, hands requests to the routes.
//
// Lifecycle: construct, `listen`, and `stop` before the engine behind the backend goes. Threads:
// runs its own io threads (ServerOptions::threads); `listen` and `stop` from one thread. Answers of
// the engine that come after `stop` are dropped. Errors: `listen.not_loopback`, `listen.failed`.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "runtime/core/time.h"
#include "runtime/expression/result.h"
#include "runtime/http/backend.h"
#include "runtime/http/limits.h"
#include "runtime/http/platform.h"

namespace sagaloom::http {

struct ServerOptions {
  std::string address = "127.0.0.1";  // only loopback is accepted: there is no authentication yet
  std::uint16_t port = 8080;          // 0: any free one
  unsigned threads = 1;
  Limits limits;
};

class Server {
 public:
  Server(std::shared_ptr<Backend> backend, Platform platform, ServerOptions options);
  ~Server();  // stops at once, if that was not done
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Begins to accept; gives the port.
  expression::Result<std::uint16_t> listen();

  // Accepts nothing more, closes idle connections, lets requests under way be answered (their
  // connections end with it), at most so long. True: none was cut off.
  bool stop(core::Duration limit);

  std::size_t connections() const;

 private:
  class Listener;
  std::unique_ptr<Listener> listener_;
};

}  // namespace sagaloom::http
