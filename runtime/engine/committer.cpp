#include "runtime/engine/committer.h"

#include <chrono>
#include <utility>

#include "runtime/engine/failpoint.h"

namespace sagaloom::engine {

namespace {

constexpr core::Duration job_pause{200};
constexpr core::Duration passing_trouble{1'000};  // shorter than this nobody is told

std::string_view name(CommitStatus status) {
  switch (status) {
    case CommitStatus::committed:
      return "committed";
    case CommitStatus::fenced:
      return "fenced";
    case CommitStatus::refused:
      return "refused";
    case CommitStatus::not_written:
      return "not_written";
    case CommitStatus::unknown:
      return "unknown";
  }
  return "";
}

}  // namespace

Committer::Committer(Journal& journal, Options options, std::shared_ptr<Observer> observer,
                     Deliver deliver)
    : journal_(journal),
      options_(options),
      observer_(std::move(observer)),
      deliver_(std::move(deliver)) {}

Committer::~Committer() {
  stop();
}

void Committer::start() {
  thread_ = std::thread([this] { loop(); });
}

void Committer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Committer::offer(BatchPointer batch) {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    wake = !busy_ && offered_.empty();
    offered_.push_back(std::move(batch));
  }
  if (wake) wake_.notify_one();
}

void Committer::run_job(Job job) {
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  wake_.notify_one();
}

std::string Committer::trouble() const {
  const std::lock_guard lock(mutex_);
  const bool lasting = std::chrono::steady_clock::now() - trouble_since_ >= passing_trouble;
  return lasting ? trouble_ : std::string();
}

bool Committer::idle() const {
  const std::lock_guard lock(mutex_);
  return !busy_ && offered_.empty() && jobs_.empty();
}

void Committer::loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    busy_ = false;
    wake_.wait(lock, [&] { return stopping_ || !jobs_.empty() || !offered_.empty(); });
    if (stopping_) return;
    busy_ = true;
    std::deque<Job> jobs = std::exchange(jobs_, {});
    std::vector<BatchPointer> batches = take_batches();
    lock.unlock();
    for (const Job& job : jobs) run(job);
    if (!batches.empty()) commit(std::move(batches));
    lock.lock();
  }
}

// Under the lock: at least one batch, then as many as the budget allows.
std::vector<BatchPointer> Committer::take_batches() {
  std::vector<BatchPointer> batches;
  std::size_t rows = 0, bytes = 0;
  while (!offered_.empty()) {
    const Batch& next = *offered_.front();
    const bool over =
        rows + next.items.size() > options_.rows || bytes + next.bytes > options_.bytes;
    if (!batches.empty() && (over || batches.size() == options_.shards)) break;
    rows += next.items.size();
    bytes += next.bytes;
    batches.push_back(std::move(offered_.front()));
    offered_.pop_front();
  }
  return batches;
}

void Committer::run(const Job& job) {
  while (true) {
    try {
      job(journal_);
      set_trouble({});
      return;
    } catch (const StoreError& error) {
      set_trouble(error.what());
      if (!pause(job_pause)) return;
    }
  }
}

void Committer::commit(std::vector<BatchPointer> batches) {
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t rows = 0;
  const std::uint64_t shards = batches.size();
  for (const BatchPointer& batch : batches) rows += batch->items.size();
  CommitFlow flow(std::move(batches));
  while (flow.need() != CommitFlow::Need::done) {
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
    }
    advance(flow);
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  observer_->batch_committed(rows, shards, took.count());
  deliver_(flow.take_verdicts());
}

void Committer::advance(CommitFlow& flow) {
  try {
    switch (flow.need()) {
      case CommitFlow::Need::commit:
        return commit_once(flow);
      case CommitFlow::Need::settle:
        return flow.on_settled(journal_.settle(flow.owned()));
      case CommitFlow::Need::read_owned:
        return flow.on_owned(journal_.read_owned(flow.owned()));
      case CommitFlow::Need::pause:
        if (pause(flow.pause())) flow.on_paused();
        return;
      case CommitFlow::Need::done:
        return;
    }
  } catch (const StoreError& error) {
    set_trouble(error.what());
    flow.on_away();
  }
}

void Committer::commit_once(CommitFlow& flow) {
  CommitOutcome outcome;
  SAGALOOM_FAILPOINT("before_commit");
  try {
    outcome = journal_.commit(flow.rows());
  } catch (const StoreError& error) {  // sent or not: nobody can tell
    outcome = {CommitStatus::unknown, error.what()};
  }
  SAGALOOM_FAILPOINT("after_commit");
  if (outcome.status == CommitStatus::committed) {
    set_trouble({});
  } else {
    observer_->commit_failed(name(outcome.status));
    observer_->log("warning", "commit.failed",
                   std::string(name(outcome.status)) + ": " + outcome.reason);
    const bool away =
        outcome.status == CommitStatus::unknown || outcome.status == CommitStatus::not_written;
    if (away) set_trouble(outcome.reason.empty() ? "the commit failed" : outcome.reason);
  }
  flow.on_commit(outcome);
}

bool Committer::pause(core::Duration span) {
  std::unique_lock lock(mutex_);
  return !wake_.wait_for(lock, span, [&] { return stopping_; });
}

void Committer::set_trouble(std::string what) {
  const std::lock_guard lock(mutex_);
  if (trouble_.empty()) trouble_since_ = std::chrono::steady_clock::now();
  trouble_ = std::move(what);
}

}  // namespace sagaloom::engine
