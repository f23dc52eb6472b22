// The calls that one open plugin has not answered yet, by slot and generation.
//
// A call is queued, running, or timed out and still running. Whatever happens to it, its completion
// gets one answer; a call that was answered as timed out gets, when the plugin returns, its late
// answer and then `call_returned`. A completion for a slot that was given to another call, or that
// comes twice, is counted and ignored.
//
// Lifecycle: outlives the plugin's last completion, so it is shared with the host table's context
// and never destroyed while a call is open. Threads: any. Bounded: at most `limit` open calls.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/engine/step_host.h"
#include "runtime/steps/deadlines.h"
#include "sdk/saga_plugin.h"

namespace sagaloom::steps {

// One call with everything the request points into.
struct OpenCall {
  engine::StepCall call;
  engine::StepHost::Completion completion;
  std::string saga, version, input, forward_output;
  std::vector<std::string> secrets;
  saga_request request{};
};
using OpenCallPointer = std::shared_ptr<OpenCall>;

// Fills the request from the call; its strings point into `open`.
void make_request(OpenCall& open, std::string input_json, Deadlines::Clock::time_point deadline);

class PluginCalls {
 public:
  struct Counters {
    std::atomic<std::uint64_t> late{0};       // answered after their time
    std::atomic<std::uint64_t> misplaced{0};  // a second answer, or for a call nobody made
    std::atomic<std::uint64_t> timed_out{0};
    std::atomic<std::uint64_t> refused{0};  // no room, not owner, draining
  };

  PluginCalls(std::size_t limit, Deadlines& deadlines) : limit_(limit), deadlines_(deadlines) {}

  // 0: there is no room. The call is queued until `begin`.
  std::uint64_t add(OpenCallPointer open);
  // The deadline counts from now; silence until then is answered for the plugin.
  void watch(std::uint64_t id, Deadlines::Clock::time_point deadline);
  // Marks the queued call running; null when its time was over before it began.
  OpenCallPointer begin(std::uint64_t id);
  // Takes the queued call out, to be answered by the caller; null as for `begin`.
  OpenCallPointer withdraw(std::uint64_t id);

  // Waits for completions that run; from now on they are dropped.
  void mute();

  // From the plugin.
  void complete(std::uint64_t id, const saga_result& result);
  std::uint32_t heartbeat(std::uint64_t id);
  // Null when it is over.
  OpenCallPointer look_up(std::uint64_t id);

  std::size_t open() const;
  // True when no call is open any more.
  bool wait_until_none(std::chrono::milliseconds limit);
  const Counters& counters() const { return counters_; }
  void count_refused() { ++counters_.refused; }

 private:
  enum class State : std::uint8_t { queued, running, timing_out, timed_out };
  struct Slot {
    std::uint32_t generation = 1;
    State state = State::queued;
    OpenCallPointer open;
    std::optional<Deadlines::Entry> deadline;
    std::optional<core::Event> late;  // arrived while the time-out was being told
  };

  Slot* find(std::uint64_t id);  // null: over, or never there
  OpenCallPointer release(Slot& slot);
  void tell(const OpenCall& open, core::Event event);
  void tell_late(const OpenCall& open, core::Event late);
  void arm(Slot& slot, std::uint64_t id, Deadlines::Clock::time_point deadline);
  void expire(std::uint64_t id, Deadlines::Clock::time_point deadline);
  void tell_timeout(std::uint64_t id, const OpenCallPointer& open);

  const std::size_t limit_;
  Deadlines& deadlines_;
  mutable std::mutex mutex_;
  std::condition_variable emptied_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::size_t open_ = 0;
  std::atomic<int> telling_{0};  // completions that run now
  std::atomic<bool> muted_{false};
  Counters counters_;
};

}  // namespace sagaloom::steps
