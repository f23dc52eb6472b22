#include "tests/servers/fault_proxy.h"

#include <arpa/inet.h>
#include <chrono>
#include <condition_variable>
#include <list>
#include <mutex>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include "tests/servers/postgres_messages.h"

namespace sagaloom::tests {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

int listen_on_loopback(int& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener, 64) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the proxy cannot listen");
  }
  port = ntohs(address.sin_port);
  return listener;
}

int connect_to(int port) {
  const int peer = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(port);
  const int on = 1;
  ::setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(peer, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return peer;
  }
  ::close(peer);
  return -1;
}

bool send_all(int peer, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(peer, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

struct Pair {
  int client = -1, server = -1;
  MessageStream from_client{true}, from_server{false};
  bool held = false;
  std::string kept;  // of a held connection: what came after the point
  bool closed = false;

  void close() {
    if (client >= 0) ::close(client);
    if (server >= 0) ::close(server);
    client = server = -1;
    closed = true;
  }
};

}  // namespace

class FaultProxy::Loop {
 public:
  explicit Loop(int server_port) : server_port_(server_port) {
    listener_ = listen_on_loopback(port_);
    if (::pipe(wake_) != 0) throw std::runtime_error("the proxy has no pipe");
    thread_ = std::thread([this] { run(); });
  }

  ~Loop() {
    command([this] { ending_ = true; });
    thread_.join();
    for (auto& pair : pairs_) pair.close();
    ::close(listener_);
    ::close(wake_[0]);
    ::close(wake_[1]);
  }

  int port() const { return port_; }

  // Runs `change` under the lock and wakes the loop.
  template <typename Change>
  void command(Change&& change) {
    {
      const std::lock_guard lock(mutex_);
      change();
    }
    [[maybe_unused]] const auto written = ::write(wake_[1], "", 1);
  }

  void pass() {
    command([this] {
      cutting_ = holding_ = false;
      point_ = CommitFaultPoint::none;
      for (auto& pair : pairs_) release(pair);
    });
  }

  void hold() {
    command([this] {
      for (auto& pair : pairs_) pair.held = true;
      holding_ = true;
    });
  }

  void cut() {
    command([this] {
      cutting_ = true;
      for (auto& pair : pairs_) pair.close();
    });
  }

  void at_next_commit(CommitFaultPoint point) {
    command([&] { point_ = point; });
  }

  void retarget(int server_port) {
    command([&] { server_port_ = server_port; });
  }

  int strikes() const {
    const std::lock_guard lock(mutex_);
    return strikes_;
  }

  bool wait_for_strikes(int count, int timeout_ms) const {
    std::unique_lock lock(mutex_);
    return struck_.wait_for(lock, std::chrono::milliseconds(timeout_ms),
                            [&] { return strikes_ >= count; });
  }

 private:
  void run() {
    for (;;) {
      std::vector<pollfd> polled = collect();
      ::poll(polled.data(), polled.size(), -1);
      const std::lock_guard lock(mutex_);
      if (ending_) return;
      drain_wake(polled[0]);
      if (polled[1].revents & POLLIN) accept_one();
      for (std::size_t i = 2; i < polled.size(); ++i) {
        if (polled[i].revents != 0) move(polled[i].fd);
      }
      pairs_.remove_if([](const Pair& pair) { return pair.closed; });
    }
  }

  std::vector<pollfd> collect() {
    const std::lock_guard lock(mutex_);
    std::vector<pollfd> polled = {{wake_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    for (const auto& pair : pairs_) {
      if (pair.closed) continue;
      polled.push_back({pair.client, POLLIN, 0});
      polled.push_back({pair.server, POLLIN, 0});
    }
    return polled;
  }

  void drain_wake(const pollfd& wake) {
    char bytes[64];
    if (wake.revents & POLLIN) [[maybe_unused]]
      const auto got = ::read(wake_[0], bytes, 64);
  }

  void accept_one() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = cutting_ ? -1 : connect_to(server_port_);
    if (server < 0) {
      ::close(client);
      return;
    }
    const int on = 1;
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto& pair = pairs_.emplace_back();
    pair.held = holding_;
    pair.client = client;
    pair.server = server;
  }

  void move(int descriptor) {
    for (auto& pair : pairs_) {
      if (pair.closed || (pair.client != descriptor && pair.server != descriptor)) continue;
      char bytes[65536];
      const auto got = ::recv(descriptor, bytes, sizeof bytes, 0);
      if (got <= 0) return pair.close();
      const std::string_view part(bytes, static_cast<std::size_t>(got));
      if (descriptor == pair.client) {
        from_client(pair, part);
      } else {
        from_server(pair, part);
      }
      return;
    }
  }

  void from_client(Pair& pair, std::string_view bytes) {
    pair.from_client.append(bytes);
    std::string forward;
    while (auto message = pair.from_client.next()) {
      if (pair.held) {
        if (pair.kept.empty()) strike();
        pair.kept += *message;
        continue;
      }
      if (asks_for_commit(*message) && strikes_on_request(pair, forward, *message)) {
        if (pair.closed) return;
        continue;
      }
      forward += *message;
    }
    if (!forward.empty() && !send_all(pair.server, forward)) pair.close();
  }

  // Whether the armed fault struck at this COMMIT.
  bool strikes_on_request(Pair& pair, std::string& forward, const std::string& message) {
    if (point_ != CommitFaultPoint::cut_before && point_ != CommitFaultPoint::hold_before) {
      return false;
    }
    send_all(pair.server, forward);
    forward.clear();
    if (point_ == CommitFaultPoint::cut_before) {
      pair.close();
    } else {
      pair.held = true;
      pair.kept = message;
    }
    strike();
    return true;
  }

  void from_server(Pair& pair, std::string_view bytes) {
    pair.from_server.append(bytes);
    std::string forward;
    while (auto message = pair.from_server.next()) {
      if (point_ == CommitFaultPoint::cut_after && confirms_commit(*message)) {
        pair.close();
        return strike();
      }
      forward += *message;
    }
    if (!forward.empty() && !send_all(pair.client, forward)) pair.close();
  }

  void strike() {
    point_ = CommitFaultPoint::none;
    ++strikes_;
    struck_.notify_all();
  }

  void release(Pair& pair) {
    if (!pair.held || pair.closed) return;
    pair.held = false;
    if (!send_all(pair.server, pair.kept)) pair.close();
    pair.kept.clear();
  }

  int server_port_;
  int port_ = 0, listener_ = -1;
  int wake_[2] = {-1, -1};
  mutable std::mutex mutex_;
  mutable std::condition_variable struck_;
  std::list<Pair> pairs_;
  CommitFaultPoint point_ = CommitFaultPoint::none;
  bool holding_ = false, cutting_ = false, ending_ = false;
  int strikes_ = 0;
  std::thread thread_;
};

FaultProxy::FaultProxy(int server_port) : loop_(std::make_unique<Loop>(server_port)) {}
FaultProxy::~FaultProxy() = default;
int FaultProxy::port() const {
  return loop_->port();
}
void FaultProxy::retarget(int server_port) {
  loop_->retarget(server_port);
}
void FaultProxy::pass() {
  loop_->pass();
}
void FaultProxy::hold() {
  loop_->hold();
}
void FaultProxy::cut() {
  loop_->cut();
}
void FaultProxy::at_next_commit(CommitFaultPoint point) {
  loop_->at_next_commit(point);
}
int FaultProxy::strikes() const {
  return loop_->strikes();
}
bool FaultProxy::wait_for_strikes(int count, int timeout_ms) const {
  return loop_->wait_for_strikes(count, timeout_ms);
}

}  // namespace sagaloom::tests
