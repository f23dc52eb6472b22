// A TCP proxy on loopback in front of a PostgreSQL server, for faults between client and server.
//
//   pass                  everything goes through
//   hold                  what clients send is kept back until pass (they are frozen as the server
//                         sees them); each connection that sends something counts as a strike
//   cut                   all connections are closed and new ones refused
//   cut_before_commit     one shot: everything before the next COMMIT goes through, then both
//                         sides are closed: it was not committed
//   cut_after_commit      one shot: COMMIT goes through, its answer does not: it was committed
//   hold_before_commit    one shot: from the next COMMIT on that connection is held
//
// A COMMIT is a simple query, a Parse or a Bind of that name, as the message says.
// Lifecycle: the destructor closes everything. Threads: one inside; the methods may be called
// from any thread and have effect when they return.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace sagaloom::tests {

enum class CommitFaultPoint : std::uint8_t { none, cut_before, cut_after, hold_before };

class FaultProxy {
 public:
  explicit FaultProxy(int server_port);
  ~FaultProxy();
  FaultProxy(const FaultProxy&) = delete;
  FaultProxy& operator=(const FaultProxy&) = delete;

  int port() const;
  void retarget(int server_port);  // of connections made from now on
  void pass();
  void hold();
  void cut();
  void at_next_commit(CommitFaultPoint point);
  // How many one-shot faults have struck so far; waits for the first `count` of them.
  int strikes() const;
  bool wait_for_strikes(int count, int timeout_ms) const;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace sagaloom::tests
