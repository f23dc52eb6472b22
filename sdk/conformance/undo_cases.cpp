#include <thread>

#include "sdk/conformance/cases.h"

namespace sagaloom::sdk::conformance {

namespace {

constexpr int kRounds = 40;

bool has_undo(const Subject& subject) {
  return !subject.undo.empty();
}
bool has_fencing_undo(const Subject& subject) {
  return has_undo(subject) && subject.fences;
}
bool has_check(const Subject& subject) {
  return !subject.check.empty();
}
bool has_fencing_check(const Subject& s) {
  return has_check(s) && s.check_fences;
}
bool has_open_check(const Subject& s) {
  return has_check(s) && !s.check_fences;
}
bool has_undo_and_check(const Subject& s) {
  return has_undo(s) && has_check(s);
}

void undo_takes_back(Bench& bench) {
  const std::string before = bench.snapshot();
  bench.expect_made(bench.call(bench.forward("k")), "the call");
  bench.expect(bench.snapshot() != before, "the call has no effect that the snapshot shows");
  bench.expect_status(bench.call(bench.undo("k")), SAGA_OK, "the undo");
  bench.expect_snapshot(before, "after the undo");
}

void undo_twice(Bench& bench) {
  const std::string before = bench.snapshot();
  bench.call(bench.forward("k"));
  bench.expect_undone(bench.call(bench.undo("k")), "the first undo");
  bench.expect_undone(bench.call(bench.undo("k")), "the second undo");
  TestCall changed = bench.undo("k");
  changed.input = "{}";
  bench.expect_undone(bench.call(changed), "an undo with changed input after it was done");
  bench.expect_snapshot(before, "after three undos");
}

void undo_before_call_then_call(Bench& bench) {
  const std::string before = bench.snapshot();
  bench.expect_undone(bench.call(bench.undo("k")), "the undo of an unknown key");
  const Answer late = bench.call(bench.forward("k"));
  bench.expect_code(late, SAGA_BUSINESS, "call.fenced", "the call after its undo");
  bench.expect_snapshot(before, "after undo and late call");
}

void call_lost_then_undo(Bench& bench) {
  const std::string before = bench.snapshot();
  bench.call(bench.forward("k"));  // made; its answer never arrives
  bench.expect_undone(bench.call(bench.undo("k")), "the undo of a lost call");
  bench.expect_snapshot(before, "after the undo of a lost call");
  TestCall again = bench.forward("k");
  again.attempt = 2;
  bench.expect_code(bench.call(again), SAGA_BUSINESS, "call.fenced", "the lost call, repeated");
  bench.expect_snapshot(before, "after the repeated call");
}

void undo_of_a_refusal(Bench& bench) {
  const std::string before = bench.snapshot();
  bench.call(bench.forward("k", bench.subject().refused->input));
  bench.expect_undone(bench.call(bench.undo("k")), "the undo of a refused call");
  bench.expect_snapshot(before, "after the undo of a refused call");
}

void concurrent_call_and_undo(Bench& bench) {
  const std::string before = bench.snapshot();
  for (int round = 0; round < kRounds; ++round) {
    const std::string key = "k" + std::to_string(round);
    Answer undone;
    std::thread undo([&] { undone = bench.call(bench.undo(key)); });
    const Answer made = bench.call(bench.forward(key));
    undo.join();
    if (undone.status == SAGA_RETRYABLE) undone = bench.call(bench.undo(key));
    bench.expect_undone(undone, "an undo at the same time");
    bench.expect(bench.made(made) || made.status == SAGA_RETRYABLE || made.code == "call.fenced",
                 "a call at the same time as its undo: " + to_string(made));
  }
  bench.expect_snapshot(before, "after calls and undos at the same time");
}

void check_before_and_after_call(Bench& bench) {
  const Answer before = bench.call(bench.check("other"));
  bench.expect_status(before, SAGA_NO_EFFECT, "the check of an unknown key");
  const Answer made = bench.call(bench.forward("k"));
  const std::string once = bench.snapshot();
  const Answer found = bench.call(bench.check("k"));
  bench.expect_status(found, SAGA_OK, "the check of a done call");
  bench.expect(found.output == made.output, "the check gives another output than the call");
  bench.expect_snapshot(once, "after checks");
}

void check_after_refusal(Bench& bench) {
  const Refusal& refusal = *bench.subject().refused;
  bench.call(bench.forward("k", refusal.input));
  bench.expect_code(bench.call(bench.check("k")), SAGA_BUSINESS, refusal.code,
                    "the check of a refused call");
}

void check_after_undo(Bench& bench) {
  bench.call(bench.forward("k"));
  bench.call(bench.undo("k"));
  bench.expect_status(bench.call(bench.check("k")), SAGA_NO_EFFECT, "the check after the undo");
}

void fencing_check_then_call(Bench& bench) {
  const std::string before = bench.snapshot();
  bench.expect_status(bench.call(bench.check("k")), SAGA_NO_EFFECT, "the check");
  bench.expect_code(bench.call(bench.forward("k")), SAGA_BUSINESS, "call.fenced",
                    "the call after a fencing check");
  bench.expect_snapshot(before, "after check and late call");
}

void open_check_then_call(Bench& bench) {
  bench.expect_status(bench.call(bench.check("k")), SAGA_NO_EFFECT, "the check");
  bench.expect_made(bench.call(bench.forward("k")), "the call after a check that only looks");
}

}  // namespace

std::vector<Case> undo_cases() {
  return {
      {"undo_takes_back", has_undo, undo_takes_back},
      {"undo_twice", has_undo, undo_twice},
      {"undo_before_call_then_call", has_fencing_undo, undo_before_call_then_call},
      {"call_lost_then_undo", has_fencing_undo, call_lost_then_undo},
      {"undo_of_a_refusal", [](const Subject& s) { return has_undo(s) && s.refused.has_value(); },
       undo_of_a_refusal},
      {"concurrent_call_and_undo", has_fencing_undo, concurrent_call_and_undo},
      {"check_before_and_after_call", has_check, check_before_and_after_call},
      {"check_after_refusal",
       [](const Subject& s) { return has_check(s) && s.refused.has_value(); }, check_after_refusal},
      {"check_after_undo", has_undo_and_check, check_after_undo},
      {"fencing_check_then_call", has_fencing_check, fencing_check_then_call},
      {"open_check_then_call", has_open_check, open_check_then_call},
  };
}

}  // namespace sagaloom::sdk::conformance
