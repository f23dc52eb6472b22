// The load: threads that each have one order under way, repeat it under the same id until it is
// acknowledged, and record what was acknowledged.
//
// How far they may go is set by allow(), so that orders are spread over all kills. One order in
// twenty is sent again after its answer, which must name the same saga.
// Lifecycle: threads start in the constructor and end in the destructor or when all is
// acknowledged. Threads: methods from any. Errors: findings() are answers that must not be.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/chaos/http_connection.h"
#include "tests/chaos/orders.h"

namespace sagaloom::chaos {

class Customers {
 public:
  Customers(std::uint64_t seed, int threads);
  ~Customers();
  Customers(const Customers&) = delete;
  Customers& operator=(const Customers&) = delete;

  void server_is_at(int port);  // 0: away
  void allow(int orders);       // numbers below this may be submitted
  bool wait_until_acknowledged(int orders, int limit_ms);

  int acknowledged_count() const;
  std::map<std::string, std::string> acknowledged() const;  // saga id by order id
  std::vector<std::string> findings() const;                // at most twenty
  long retries() const { return retries_; }

 private:
  void serve();
  int take_number();  // -1: the end
  int wait_for_port();
  bool submit(HttpConnection& connection, const Order& order);
  bool submit_once(HttpConnection& connection, const Order& order, int port);
  void record(const Order& order, const std::string& saga);
  void find(std::string what);

  const std::uint64_t seed_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int port_ = 0, allowed_ = 0, next_ = 0;
  bool ending_ = false;
  std::map<std::string, std::string> acknowledged_;
  std::vector<std::string> findings_;
  std::atomic<long> retries_{0};
  std::vector<std::thread> threads_;
};

// A member of a flat JSON object as text; empty: none.
std::string member_of(const std::string& json, const char* name);

}  // namespace sagaloom::chaos
