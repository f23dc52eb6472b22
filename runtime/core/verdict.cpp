#include "runtime/core/verdict.h"

#include <algorithm>

namespace sagaloom::core {

namespace {

// The participant guard's own refusal, accepted without being declared (language.md section 3).
constexpr std::string_view guard_refusal = "call.fenced";

bool declared(const Operation& operation, std::string_view code) {
  return code == guard_refusal || std::find(operation.errors.begin(), operation.errors.end(),
                                            code) != operation.errors.end();
}

// One cell of semantics.md section 1: what an outcome means in a role.
struct Cell {
  VerdictKind kind = VerdictKind::ok;
  std::string_view failure{};  // its kind; empty: none
  std::string_view code{};     // unless the answer has one
  bool fatal = false;
  bool hints = false;  // `retry_after` is a lower bound of the next try
};

// In the order of Outcome.
constexpr Cell of_call[] = {
    {VerdictKind::ok},
    {VerdictKind::pending},
    {VerdictKind::rejected, "business", "call.undeclared"},
    {VerdictKind::not_done, "transient", "call.not_done", false, true},
    {VerdictKind::lost, "unknown", "call.lost"},
    {VerdictKind::lost, "unknown", "call.lost"},
    {VerdictKind::lost, "internal", "call.lost", true},
    {VerdictKind::lost, "unknown", "call.protocol"},
    {VerdictKind::lost, "unknown", "call.protocol"},
};
constexpr Cell of_undo[] = {
    {VerdictKind::ok},
    {VerdictKind::lost, "unknown", "call.lost"},
    {VerdictKind::rejected, "business", "call.undeclared"},
    {VerdictKind::not_done, "transient", "call.not_done", false, true},
    {VerdictKind::lost, "unknown", "call.lost"},
    {VerdictKind::lost, "unknown", "call.lost"},
    {VerdictKind::lost, "internal", "call.lost", true},
    {VerdictKind::ok, "unknown", "call.lost"},
    {VerdictKind::lost, "unknown", "call.protocol"},
};
constexpr Cell unavailable{VerdictKind::unavailable, "transient", "call.lost", false, true};
constexpr Cell of_check[] = {
    {VerdictKind::found},
    unavailable,
    {VerdictKind::refused, "business", "call.undeclared"},
    unavailable,
    unavailable,
    unavailable,
    {VerdictKind::unavailable, "internal", "call.lost", true},
    {VerdictKind::absent, "business", "call.absent"},
    unavailable,
};

Verdict verdict_by(const Cell (&cells)[9], const Event& answer) {
  const Cell& cell = cells[static_cast<std::size_t>(answer.outcome)];
  Verdict verdict{cell.kind};
  if (cell.failure.empty()) return verdict;
  const bool unnamed = answer.code.empty() || cell.code == "call.protocol";
  verdict.error = {unnamed ? std::string(cell.code) : answer.code,
                   std::string(cell.failure),
                   answer.message,
                   answer.path,
                   answer.number,
                   answer.details};
  verdict.fatal = cell.fatal;
  if (cell.hints) verdict.retry_after = answer.retry_after;
  const bool no_effect = answer.outcome == Outcome::cancelled && answer.no_effect;
  if (no_effect && cell.kind == VerdictKind::lost) {
    verdict.kind = VerdictKind::not_done;
    verdict.error.kind = "transient";
    if (answer.code.empty()) verdict.error.code = "call.not_done";
  }
  return verdict;
}

}  // namespace

Verdict verdict_of_call(const Event& answer, const Call& call) {
  Verdict verdict = verdict_by(of_call, answer);
  Failure& error = verdict.error;
  if (verdict.kind == VerdictKind::rejected && !declared(*call.operation, error.code)) {
    error.details = Value::object({{"code", error.code}, {"details", answer.details}});
    error.code = "call.undeclared";
  }
  if (verdict.kind == VerdictKind::pending && !call.await) {
    verdict.kind = VerdictKind::lost;
    error = {"call.not_awaited", "unknown",     answer.message,
             answer.path,        answer.number, answer.details};
  }
  if (verdict.kind == VerdictKind::lost && call.effect == Effect::none) {
    verdict.kind = VerdictKind::not_done;
  }
  return verdict;
}

Verdict verdict_of_undo(const Event& answer) {
  Verdict verdict = verdict_by(of_undo, answer);
  verdict.nothing = answer.outcome == Outcome::no_effect;
  return verdict;
}

Verdict verdict_of_check(const Event& answer) {
  return verdict_by(of_check, answer);
}

bool matches_any(const std::vector<std::string>& patterns, std::string_view code) {
  return std::any_of(patterns.begin(), patterns.end(), [code](std::string_view pattern) {
    return pattern.ends_with('*') ? code.starts_with(pattern.substr(0, pattern.size() - 1))
                                  : code == pattern;
  });
}

}  // namespace sagaloom::core
