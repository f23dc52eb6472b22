#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "tests/bench/load.h"
#include "tests/bench/workload.h"

namespace sagaloom::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int quiet_limit_ms = 60'000;

// One kept connection with at most one request on it.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int yes = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
      ::close(socket_);
      throw std::runtime_error("no connection to the server");
    }
  }
  ~Connection() { ::close(socket_); }
  Connection(const Connection&) = delete;

  int socket() const { return socket_; }
  Clock::time_point begun() const { return begun_; }

  void begin_saga(std::int64_t number) {
    begun_ = Clock::now();
    const std::string body = input_text(number);
    const std::string text = std::string("POST ") + workflow_route +
                             " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                             "Prefer: wait=60\r\nContent-Length: " +
                             std::to_string(body.size()) + "\r\n\r\n" + body;
    const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(text.size())) throw std::runtime_error("a request was cut");
  }

  // Reads what there is. True: `answer` holds a whole one.
  bool read(std::string& answer) {
    char buffer[16 * 1024];
    const auto got = ::recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return false;
    if (got <= 0) throw std::runtime_error("the server closed a connection: " + pending_);
    pending_.append(buffer, static_cast<std::size_t>(got));
    const auto head_end = pending_.find("\r\n\r\n");
    if (head_end == std::string::npos) return false;
    const auto at = pending_.find("Content-Length: ");
    const std::size_t body =
        at < head_end ? std::strtoul(pending_.c_str() + at + 16, nullptr, 10) : 0;
    if (pending_.size() < head_end + 4 + body) return false;
    answer.swap(pending_);
    pending_.clear();
    return true;
  }

 private:
  const int socket_;
  Clock::time_point begun_{};
  std::string pending_;
};

class Poller {
 public:
  Poller() : poller_(::epoll_create1(0)) {}
  ~Poller() { ::close(poller_); }
  Poller(const Poller&) = delete;

  void add(const Connection& connection, std::size_t slot) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = slot;
    if (::epoll_ctl(poller_, EPOLL_CTL_ADD, connection.socket(), &event) != 0) {
      throw std::runtime_error("a connection can't be watched");
    }
  }

  std::vector<std::size_t> wait() {
    epoll_event events[256];
    const int count = ::epoll_wait(poller_, events, 256, quiet_limit_ms);
    if (count == 0) throw std::runtime_error("no saga has ended for a minute");
    std::vector<std::size_t> slots;
    for (int i = 0; i < count; ++i) slots.push_back(events[i].data.u64);
    return slots;
  }

 private:
  const int poller_;
};

std::string wrong_with(const std::string& answer) {
  const bool good = answer.rfind("HTTP/1.1 200", 0) == 0 &&
                    answer.find('"' + std::string(end_state) + '"') != std::string::npos;
  return good ? std::string() : "an answer is not that of a completed saga: " + answer;
}

}  // namespace

LoadResult load_rest(std::uint16_t port, const LoadOptions& options) {
  Poller poller;
  std::vector<std::unique_ptr<Connection>> connections;
  for (std::size_t slot = 0; slot < options.in_flight; ++slot) {
    connections.push_back(std::make_unique<Connection>(port));
    poller.add(*connections.back(), slot);
  }
  LoadClock clock(options);
  std::int64_t number = 0;
  std::size_t open = connections.size();
  for (auto& connection : connections) connection->begin_saga(++number);
  std::string answer;
  while (open > 0) {
    for (const std::size_t slot : poller.wait()) {
      Connection& connection = *connections[slot];
      if (!connection.read(answer)) continue;
      const bool again = clock.ended(connection.begun(), wrong_with(answer));
      again ? connection.begin_saga(++number) : void(--open);
    }
  }
  return clock.result();
}

}  // namespace sagaloom::bench
