#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/bench/load.h"
#include "tests/bench/workload.h"

namespace sagaloom::bench {
namespace {

using engine::Answer;
using engine::EngineError;
using Clock = std::chrono::steady_clock;

constexpr core::Duration end_limit{60'000};

struct Ended {
  std::size_t slot = 0;
  std::string wrong;
};

// From the engine's threads to the one that begins sagas.
class EndedQueue {
 public:
  void put(Ended ended) {
    bool first = false;
    {
      const std::lock_guard lock(mutex_);
      first = ended_.empty();
      ended_.push_back(std::move(ended));
    }
    if (first) wake_.notify_one();
  }

  std::vector<Ended> take() {
    std::unique_lock lock(mutex_);
    if (!wake_.wait_for(lock, end_limit, [&] { return !ended_.empty(); })) {
      throw std::runtime_error("no saga has ended for a minute");
    }
    return std::exchange(ended_, {});
  }

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Ended> ended_;
};

std::string wrong_with(const Answer<engine::SagaView>& answer) {
  if (const auto* error = std::get_if<EngineError>(&answer)) {
    return error->code + ": " + error->message;
  }
  const auto state = core::state_name(std::get<engine::SagaView>(answer).saga);
  return state == end_state ? std::string() : "a saga is " + std::string(state);
}

// `queue` outlives the engine's answers, since the loop ends after the last of them.
void begin_saga(engine::Engine& engine, EndedQueue& queue, std::size_t slot, std::int64_t number) {
  engine::StartRequest request;
  request.workflow = workflow_name;
  request.submission = submission(number);
  engine.start(std::move(request), [&engine, &queue, slot](Answer<engine::StartReply> answer) {
    if (const auto* error = std::get_if<EngineError>(&answer)) {
      return queue.put({slot, error->code + ": " + error->message});
    }
    const auto id = std::get<engine::StartReply>(answer).id;
    engine.wait(id, end_limit, [&queue, slot](Answer<engine::SagaView> view) {
      queue.put({slot, wrong_with(view)});
    });
  });
}

}  // namespace

LoadResult load_engine(engine::Engine& engine, const LoadOptions& options) {
  EndedQueue queue;
  LoadClock clock(options);
  std::vector<Clock::time_point> begun(options.in_flight);
  std::int64_t number = 0;
  std::size_t open = options.in_flight;
  const auto begin = [&](std::size_t slot) {
    begun[slot] = Clock::now();
    begin_saga(engine, queue, slot, ++number);
  };
  for (std::size_t slot = 0; slot < options.in_flight; ++slot) begin(slot);
  while (open > 0) {
    for (Ended& ended : queue.take()) {
      const bool again = clock.ended(begun[ended.slot], std::move(ended.wrong));
      again ? begin(ended.slot) : void(--open);
    }
  }
  return clock.result();
}

}  // namespace sagaloom::bench
