// A child process opens the plugin and makes the call again and again; the parent kills it with -9
// at a random moment, opens the plugin itself and makes the same call once more.
#include <chrono>
#include <functional>
#include <signal.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

#include "sdk/conformance/cases.h"

namespace sagaloom::sdk::conformance {

namespace {

constexpr int kRounds = 8;
constexpr unsigned kLatestKill_us = 3000;

// Waits on a pipe, not on a clock in the child: the moment counts from the first call's start.
class Child {
 public:
  explicit Child(const std::function<void(int ready)>& body) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
    pid_ = ::fork();
    if (pid_ < 0) throw std::runtime_error("no process");
    if (pid_ == 0) {
      ::close(ends[0]);
      body(ends[1]);
      ::_exit(0);
    }
    ::close(ends[1]);
    char byte = 0;
    [[maybe_unused]] const ssize_t got = ::read(ends[0], &byte, 1);  // 0 bytes: it failed to open
    ::close(ends[0]);
  }
  ~Child() {
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
  }
  Child(const Child&) = delete;

 private:
  pid_t pid_;
};

void spin_for(std::chrono::microseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  while (std::chrono::steady_clock::now() < end) {
  }
}

// Ends when the child is dead. The plugin must not be open here.
void call_and_kill(Bench& bench, const TestCall& call) {
  const Child child([&](int ready) {
    FakeHost host(bench.plugin(), bench.config());
    [[maybe_unused]] const ssize_t told = ::write(ready, "r", 1);
    host.call(call);
  });
  spin_for(std::chrono::microseconds(bench.random() % kLatestKill_us));
}

bool is_idempotent(const Subject& subject) {
  return subject.idempotent;
}
bool has_undo(const Subject& subject) {
  return subject.idempotent && !subject.undo.empty();
}

void killed_in_call_then_same_key(Bench& bench) {
  for (int round = 0; round < kRounds; ++round) {
    const TestCall call = bench.forward("k");
    bench.close();
    call_and_kill(bench, call);
    bench.open();
  }
  const Answer first = bench.call(bench.forward("k"));
  bench.expect_made(first, "the call after the kill");
  const std::string once = bench.snapshot();
  bench.expect(bench.call(bench.forward("k")) == first, "one more call has another answer");
  bench.expect_snapshot(once, "after one more call");
}

void killed_in_call_then_undo(Bench& bench) {
  const std::string before = bench.snapshot();
  for (int round = 0; round < kRounds; ++round) {
    const std::string key = "k" + std::to_string(round);
    const TestCall call = bench.forward(key);
    bench.close();
    call_and_kill(bench, call);
    bench.open();
    bench.expect_undone(bench.call(bench.undo(key)), "the undo after the kill");
  }
  bench.expect_snapshot(before, "after kills and undos");
}

void killed_in_undo_then_undo(Bench& bench) {
  const std::string before = bench.snapshot();
  for (int round = 0; round < kRounds; ++round) {
    const std::string key = "k" + std::to_string(round);
    bench.call(bench.forward(key));
    const TestCall undo = bench.undo(key);
    bench.close();
    call_and_kill(bench, undo);
    bench.open();
    bench.expect_undone(bench.call(bench.undo(key)), "the undo after the kill");
  }
  bench.expect_snapshot(before, "after kills in undos");
}

}  // namespace

std::vector<Case> kill_cases() {
  return {
      {"killed_in_call_then_same_key", is_idempotent, killed_in_call_then_same_key},
      {"killed_in_call_then_undo", has_undo, killed_in_call_then_undo},
      {"killed_in_undo_then_undo", has_undo, killed_in_undo_then_undo},
  };
}

}  // namespace sagaloom::sdk::conformance
