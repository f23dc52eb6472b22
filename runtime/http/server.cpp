#include "runtime/http/server.h"

#include <condition_variable>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "runtime/http/router.h"
#include "runtime/http/session.h"

namespace sagaloom::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using expression::Error;
using expression::Result;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;
using WorkGuard = asio::executor_work_guard<Executor>;

// After EMFILE and its like: a later connection may find room again.
constexpr std::chrono::milliseconds accept_pause{100};

Error failed(std::string_view code, std::string message) {
  return Error{std::string(code), std::move(message), "", Error::npos};
}

std::string refusal_when_full() {
  auto problem = problem_of("server.too_many_connections", "The limit of connections is reached.");
  const auto response = to_response(problem, "");
  return "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\n"
         "Retry-After: 1\r\nConnection: close\r\nContent-Length: " +
         std::to_string(response.body.size()) + "\r\n\r\n" + response.body;
}

}  // namespace

// Several connections on several loops; the first loop accepts.
class Server::Listener {
 public:
  Listener(std::shared_ptr<Backend> backend, Platform platform, ServerOptions options)
      : options_(std::move(options)), shared_(std::make_shared<Shared>()) {
    shared_->limits = options_.limits;
    shared_->router = std::make_shared<Router>(std::move(backend), std::move(platform));
    full_ = refusal_when_full();
  }

  Result<std::uint16_t> listen();
  bool stop(core::Duration limit);
  std::size_t connections() const { return shared_->connections.load(); }

 private:
  Result<tcp::endpoint> endpoint() const;
  void start_loops();
  void accept();
  void on_accepted(error_code error, Socket socket, std::size_t loop);
  void open(Socket socket, const std::shared_ptr<Loop>& loop);
  void turn_away(Socket socket) const;
  void pause();
  void drain_loop(const std::shared_ptr<Loop>& loop);
  bool wait_until_idle(core::Duration limit);
  void finish();

  const ServerOptions options_;
  const std::shared_ptr<Shared> shared_;
  std::string full_;
  std::vector<std::shared_ptr<Loop>> loops_;
  std::vector<WorkGuard> guards_;
  std::vector<std::thread> threads_;
  std::optional<Acceptor> acceptor_;
  std::optional<Timer> pause_;
  std::size_t next_ = 0;
  bool stopped_ = false;
};

// ---------------------------------------------------------------- listening

Result<tcp::endpoint> Server::Listener::endpoint() const {
  const auto& text = options_.address == "localhost" ? "127.0.0.1" : options_.address;
  error_code error;
  const auto address = asio::ip::make_address(text, error);
  if (error) {
    return failed("listen.failed",
                  "`" + options_.address + "` is no address; use 127.0.0.1 or ::1");
  }
  if (!address.is_loopback()) {
    return failed("listen.not_loopback",
                  "`" + options_.address +
                      "` is not loopback: there is no authentication yet, so only 127.0.0.1 and "
                      "::1 are listened on; put a proxy in front");
  }
  return tcp::endpoint(address, options_.port);
}

Result<std::uint16_t> Server::Listener::listen() {
  const auto where = endpoint();
  if (!where) return where.error();
  loops_.push_back(std::make_shared<Loop>());
  acceptor_.emplace(loops_.front()->context);
  error_code error;
  acceptor_->open(where->protocol(), error);
  if (!error) acceptor_->set_option(Acceptor::reuse_address(true), error);
  if (!error) acceptor_->bind(*where, error);
  if (!error) acceptor_->listen(asio::socket_base::max_listen_connections, error);
  if (error) {
    acceptor_.reset();
    loops_.clear();
    return failed("listen.failed",
                  options_.address + ":" + std::to_string(options_.port) + ": " + error.message());
  }
  const auto port = acceptor_->local_endpoint().port();
  start_loops();
  return port;
}

void Server::Listener::start_loops() {
  while (loops_.size() < std::max(1u, options_.threads)) loops_.push_back(std::make_shared<Loop>());
  pause_.emplace(loops_.front()->context);
  accept();
  for (const auto& loop : loops_) {
    guards_.emplace_back(loop->context.get_executor());
    threads_.emplace_back([loop] { loop->context.run(); });
  }
}

// ---------------------------------------------------------------- accepting

void Server::Listener::accept() {
  const auto loop = next_++ % loops_.size();
  acceptor_->async_accept(loops_[loop]->context, [this, loop](error_code error, Socket socket) {
    on_accepted(error, std::move(socket), loop);
  });
}

void Server::Listener::on_accepted(error_code error, Socket socket, std::size_t loop) {
  if (!acceptor_->is_open()) return;
  if (error == asio::error::operation_aborted) return;
  if (error) return pause();
  if (shared_->connections.fetch_add(1) >= options_.limits.connections) {
    shared_->connections.fetch_sub(1);
    turn_away(std::move(socket));
  } else {
    open(std::move(socket), loops_[loop]);
  }
  accept();
}

void Server::Listener::open(Socket socket, const std::shared_ptr<Loop>& loop) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const auto session = std::make_shared<Session>(std::move(socket), loop, shared_);
  loop->post([session] { session->start(); });
}

// One attempt without waiting: a connection that is too many costs nothing more.
void Server::Listener::turn_away(Socket socket) const {
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(full_), ignored);
  socket.shutdown(Socket::shutdown_send, ignored);
}

void Server::Listener::pause() {
  pause_->expires_after(accept_pause);
  pause_->async_wait([this](error_code error) {
    if (!error && acceptor_->is_open()) accept();
  });
}

// ---------------------------------------------------------------- stopping

void Server::Listener::drain_loop(const std::shared_ptr<Loop>& loop) {
  loop->draining = true;
  const auto sessions = loop->sessions;  // closing changes the set
  for (auto* session : sessions) session->drain();
}

bool Server::Listener::wait_until_idle(core::Duration limit) {
  // Polled: the end of a drain is no hot path, and a lock per connection would be one.
  const auto end = std::chrono::steady_clock::now() + limit;
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  while (connections() > 0 && std::chrono::steady_clock::now() < end) {
    never.wait_for(lock, std::chrono::milliseconds(5));
  }
  return connections() == 0;
}

void Server::Listener::finish() {
  for (const auto& loop : loops_) {
    loop->post([loop] {
      const auto sessions = loop->sessions;
      for (auto* session : sessions) session->close();
      loop->close_door();
    });
  }
  for (auto& guard : guards_) guard.reset();
  for (auto& thread : threads_) thread.join();
}

bool Server::Listener::stop(core::Duration limit) {
  if (stopped_ || threads_.empty()) return true;
  stopped_ = true;
  loops_.front()->post([this] {
    error_code ignored;
    acceptor_->close(ignored);
    pause_->cancel();
  });
  for (const auto& loop : loops_) loop->post([this, loop] { drain_loop(loop); });
  const bool idle = wait_until_idle(limit);
  finish();
  shared_->router->close();
  return idle;
}

// ---------------------------------------------------------------- Server

Server::Server(std::shared_ptr<Backend> backend, Platform platform, ServerOptions options)
    : listener_(std::make_unique<Listener>(std::move(backend), std::move(platform),
                                           std::move(options))) {}

Server::~Server() {
  listener_->stop(core::Duration(0));
}

Result<std::uint16_t> Server::listen() {
  return listener_->listen();
}

bool Server::stop(core::Duration limit) {
  return listener_->stop(limit);
}

std::size_t Server::connections() const {
  return listener_->connections();
}

}  // namespace sagaloom::http
