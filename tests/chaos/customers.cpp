#include "tests/chaos/customers.h"

#include <chrono>

#include "runtime/document/json.h"

namespace sagaloom::chaos {
namespace {

constexpr std::size_t most_findings = 20;
constexpr auto between_tries = std::chrono::milliseconds(10);

// Refusals that say "later": draining, inlet full, store away.
bool is_later(int status) {
  return status == 429 || status == 503;
}

}  // namespace

std::string member_of(const std::string& json, const char* name) {
  const auto parsed = document::parse(json);
  if (!parsed.ok()) return {};
  const auto* member = parsed->find(name);
  return member != nullptr && member->is_string() ? member->string() : std::string();
}

Customers::Customers(std::uint64_t seed, int threads) : seed_(seed) {
  for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { serve(); });
}

Customers::~Customers() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Customers::server_is_at(int port) {
  {
    const std::lock_guard lock(mutex_);
    port_ = port;
  }
  changed_.notify_all();
}

void Customers::allow(int orders) {
  {
    const std::lock_guard lock(mutex_);
    allowed_ = orders;
  }
  changed_.notify_all();
}

bool Customers::wait_until_acknowledged(int orders, int limit_ms) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(limit_ms), [&] {
    return acknowledged_.size() >= static_cast<std::size_t>(orders);
  });
}

int Customers::acknowledged_count() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(acknowledged_.size());
}

std::map<std::string, std::string> Customers::acknowledged() const {
  const std::lock_guard lock(mutex_);
  return acknowledged_;
}

std::vector<std::string> Customers::findings() const {
  const std::lock_guard lock(mutex_);
  return findings_;
}

int Customers::take_number() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ending_ || next_ < allowed_; });
  return ending_ ? -1 : next_++;
}

int Customers::wait_for_port() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return ending_ || port_ != 0; });
  return ending_ ? 0 : port_;
}

void Customers::serve() {
  HttpConnection connection;
  for (int number = take_number(); number >= 0; number = take_number()) {
    const Order order = order_at(seed_, number);
    if (!submit(connection, order)) return;
    if (number % 20 == 0 && !submit(connection, order)) return;
  }
}

// Until it is acknowledged, whatever happens to the server; false: the run is ending.
bool Customers::submit(HttpConnection& connection, const Order& order) {
  while (const int port = wait_for_port()) {
    if (submit_once(connection, order, port)) return true;
    ++retries_;
    std::this_thread::sleep_for(between_tries);
  }
  return false;
}

bool Customers::submit_once(HttpConnection& connection, const Order& order, int port) {
  const auto reply = connection.request(port, "POST", "/api/orders", order.json());
  if (!reply) return false;
  if (reply->status >= 200 && reply->status < 300) {
    record(order, member_of(reply->body, "saga"));
    return true;
  }
  if (!is_later(reply->status)) {
    find(order.id + " was answered " + std::to_string(reply->status) + ": " +
         reply->body.substr(0, 300));
  }
  return false;
}

void Customers::record(const Order& order, const std::string& saga) {
  if (saga.empty()) return find(order.id + " was acknowledged without a saga id");
  std::string before;
  {
    const std::lock_guard lock(mutex_);
    before = acknowledged_.emplace(order.id, saga).first->second;
  }
  changed_.notify_all();
  if (before != saga) find(order.id + " was acknowledged as " + before + " and as " + saga);
}

void Customers::find(std::string what) {
  const std::lock_guard lock(mutex_);
  if (findings_.size() < most_findings) findings_.push_back(std::move(what));
}

}  // namespace sagaloom::chaos
