// A host for a plugin's own tests: opens one plugin, makes calls, keeps what it logs and counts
// what it does against the contract. No runtime is needed.
//
//   FakeHost host(saga_plugin_v1, R"({"database": "/tmp/x.db"})");
//   const Answer answer = host.call({.operation = "shop.hold", .key = "k1", .input = "{}"});
//
// Lifecycle: the constructor opens (throws std::runtime_error with the plugin's text), the
// destructor destroys the instance. Threads: call from many threads at once, as the runtime does.
// Units: `answer_limit` in milliseconds; a call that is not answered in time gives status 0.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/call.h"
#include "sdk/saga_plugin.h"

namespace sagaloom::sdk::testing {

struct TestCall {
  std::string operation;
  std::string key = "key";  // the effect key, in every role
  std::string input = "{}";
  Role role = Role::execute;
  std::uint64_t epoch = 1;
  std::uint32_t attempt = 1;
  std::string request_key;     // empty: the key with the role's suffix, as the runtime makes it
  std::string forward_output;  // not empty: the forward call is known to be done
  std::string saga = "00000000-0000-7000-8000-000000000001";
  std::chrono::milliseconds time_left{30'000};
};

struct Answer {
  std::uint32_t status = 0;  // SAGA_…; 0: no answer
  std::string output, code, message, details, correlation, effect_ref;
  std::uint64_t flags = 0;
  std::uint64_t retry_after_ns = 0;

  bool operator==(const Answer&) const = default;
};

// "OK", "BUSINESS payment.insufficient_funds": for test messages.
std::string to_string(const Answer& answer);
std::string_view status_name(std::uint32_t status);

class FakeHost {
 public:
  explicit FakeHost(const saga_plugin& plugin, std::string config = "{}",
                    std::chrono::milliseconds answer_limit = std::chrono::seconds(30));
  ~FakeHost();
  FakeHost(const FakeHost&) = delete;

  // Invokes on this thread and waits for the answer.
  Answer call(const TestCall& call);

  bool has_step(std::string_view operation) const;
  // Of the extension saga.plugin.oracle/1; empty when the plugin does not offer it.
  std::string snapshot();
  std::vector<std::string> log_lines();
  std::size_t misplaced_answers();  // second ones, or for calls that nobody made
  // What heartbeat answers from now on, SAGA_GO_ON at first.
  void answer_heartbeats(std::uint32_t answer) { heartbeat_answer_ = answer; }

 private:
  struct Pending;
  const saga_step* find_step(std::string_view operation) const;
  static void complete(void* ctx, saga_call call, const saga_result* result);
  static std::uint32_t heartbeat(void* ctx, saga_call call, saga_str checkpoint);
  static void log(void* ctx, saga_call call, std::uint32_t level, saga_str message);
  static const void* get_extension(void* ctx, saga_str id);

  const std::chrono::milliseconds answer_limit_;
  saga_host host_{};
  saga_instance instance_{};
  std::mutex mutex_;
  std::uint64_t next_ = 1;
  std::map<std::uint64_t, std::shared_ptr<Pending>> pending_;
  std::vector<std::string> log_lines_;
  std::size_t misplaced_ = 0;
  std::atomic<std::uint32_t> heartbeat_answer_{SAGA_GO_ON};
};

}  // namespace sagaloom::sdk::testing
