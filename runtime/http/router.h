// From a request to its route: path, method, query, media types, body; then the route's function.
//
// Lifecycle: one per server, kept alive by the requests that the engine has not answered yet.
// Threads: `handle` from any io thread; it keeps no state of requests. Errors: every refusal is a
// problem document; an exception of a route becomes `internal`.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/http/exchange.h"

namespace sagaloom::http {

class Router : public std::enable_shared_from_this<Router> {
 public:
  Router(std::shared_ptr<Backend> backend, Platform platform);

  // `respond` is called once, on this thread or on one of the engine's.
  void handle(Request request, Respond respond);
  // Ends the worker; what it has begun is answered.
  void close() { worker_.stop(); }

 private:
  struct Compiled {
    const Route* route;
    std::vector<std::string_view> segments;  // of the pattern
  };
  struct Found {
    const Route* route = nullptr;
    bool path_known = false;
    std::vector<std::string_view> allowed;  // methods at this path
  };

  static std::vector<Compiled> compile(const std::vector<Route>& routes);
  static void match(const std::vector<Compiled>& routes, std::size_t skip, Exchange& exchange,
                    Found& found);
  Found find(Exchange& exchange) const;
  void find_exposed(Exchange& exchange, Found& found) const;
  void run(const Found& found, const ExchangePointer& exchange);

  const std::shared_ptr<Backend> backend_;
  const Platform platform_;
  Worker worker_;
  const Services services_;
  const std::vector<Compiled> fixed_, exposed_;
};

}  // namespace sagaloom::http
