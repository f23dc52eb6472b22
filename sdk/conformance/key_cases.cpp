#include <thread>

#include "sdk/conformance/cases.h"

namespace sagaloom::sdk::conformance {

namespace {

constexpr int kThreads = 8;

bool is_idempotent(const Subject& subject) {
  return subject.idempotent;
}
bool is_refusable(const Subject& subject) {
  return subject.idempotent && subject.refused.has_value();
}

void same_key_twice(Bench& bench) {
  const Answer first = bench.call(bench.forward("k"));
  bench.expect_made(first, "the first call");
  const std::string once = bench.snapshot();
  TestCall repeated = bench.forward("k");
  repeated.attempt = 2;
  bench.expect(bench.call(repeated) == first, "the second call has another answer");
  bench.expect_snapshot(once, "after the second call");
}

void two_keys_two_effects(Bench& bench) {
  bench.call(bench.forward("k1", bench.subject().other_input));
  const std::string once = bench.snapshot();
  const Answer second = bench.call(bench.forward("k2"));
  bench.expect_made(second, "a call under another key");
  bench.expect(bench.snapshot() != once, "a call under another key changed nothing");
}

void reopened_then_same_key(Bench& bench) {
  const Answer first = bench.call(bench.forward("k"));
  const std::string once = bench.snapshot();
  bench.close();
  bench.open();
  bench.expect(bench.call(bench.forward("k")) == first, "after a restart another answer");
  bench.expect_snapshot(once, "after a restart and the same call");
}

void other_input_same_key(Bench& bench) {
  bench.call(bench.forward("k"));
  const std::string once = bench.snapshot();
  const Answer answer = bench.call(bench.forward("k", bench.subject().other_input));
  bench.expect_code(answer, SAGA_FATAL, "call.key_reused", "another input under the key");
  bench.expect_snapshot(once, "after the refused reuse");
}

void smaller_epoch(Bench& bench) {
  TestCall newer = bench.forward("k");
  newer.epoch = 7;
  bench.expect_made(bench.call(newer), "the call of epoch 7");
  const std::string once = bench.snapshot();
  TestCall older = bench.forward("k");
  older.epoch = 6;
  bench.expect_code(bench.call(older), SAGA_UNKNOWN, "call.stale_owner", "the call of epoch 6");
  if (!bench.subject().undo.empty()) {
    TestCall undo = bench.undo("k");
    undo.epoch = 6;
    bench.expect_code(bench.call(undo), SAGA_UNKNOWN, "call.stale_owner", "the undo of epoch 6");
  }
  bench.expect_snapshot(once, "after calls of a smaller epoch");
}

void refuse_refill_same_key(Bench& bench) {
  const Refusal& refusal = *bench.subject().refused;
  const std::string before = bench.snapshot();
  const Answer first = bench.call(bench.forward("k", refusal.input));
  bench.expect_code(first, SAGA_BUSINESS, refusal.code, "the refused call");
  bench.expect_snapshot(before, "after the refusal");
  if (refusal.refill) {
    bench.expect_status(bench.prepare(*refusal.refill, "refill"), SAGA_OK, "the refill");
  }
  const std::string refilled = bench.snapshot();
  bench.expect(bench.call(bench.forward("k", refusal.input)) == first,
               "after a refill the same key has another answer");
  bench.expect_snapshot(refilled, "after the repeated refused call");
}

void refill_other_key(Bench& bench) {
  const Refusal& refusal = *bench.subject().refused;
  bench.call(bench.forward("k", refusal.input));
  if (!refusal.refill) return;
  bench.prepare(*refusal.refill, "refill");
  bench.expect_made(bench.call(bench.forward("k#2", refusal.input)), "after a refill a new key");
}

// Answers of calls made at the same time, one thread each.
std::vector<Answer> at_once(Bench& bench, const std::vector<TestCall>& calls) {
  std::vector<Answer> answers(calls.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    threads.emplace_back([&, i] { answers[i] = bench.call(calls[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  return answers;
}

void eight_threads_same_key(Bench& bench) {
  const std::vector<TestCall> calls(kThreads, bench.forward("k"));
  const std::vector<Answer> answers = at_once(bench, calls);
  const std::string after = bench.snapshot();
  const Answer settled = bench.call(bench.forward("k"));
  bench.expect_made(settled, "the call after all");
  for (const Answer& answer : answers) {
    bench.expect(answer == settled || answer.status == SAGA_RETRYABLE,
                 "one of eight calls at once has another answer: " + to_string(answer));
  }
  bench.expect_snapshot(after, "after one more call");
}

}  // namespace

std::vector<Case> key_cases() {
  return {
      {"same_key_twice", is_idempotent, same_key_twice},
      {"two_keys_two_effects", [](const Subject& s) { return s.before.empty(); },
       two_keys_two_effects},
      {"reopened_then_same_key", is_idempotent, reopened_then_same_key},
      {"other_input_same_key", is_idempotent, other_input_same_key},
      {"smaller_epoch", is_idempotent, smaller_epoch},
      {"refuse_refill_same_key", is_refusable, refuse_refill_same_key},
      {"refill_other_key", is_refusable, refill_other_key},
      {"eight_threads_same_key", is_idempotent, eight_threads_same_key},
  };
}

}  // namespace sagaloom::sdk::conformance
