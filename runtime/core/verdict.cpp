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

Failure failure_of(const Event& answer, std::string_view kind, std::string_view default_code) {
  Failure error;
  error.code = answer.code.empty() ? std::string(default_code) : answer.code;
  error.kind = kind;
  error.message = answer.message;
  error.step = answer.path;
  error.attempt = answer.number;
  error.details = answer.details;
  return error;
}

Verdict protocol_error(const Event& answer) {
  Failure error = failure_of(answer, "unknown", "call.protocol");
  error.code = "call.protocol";
  return {VerdictKind::lost, std::move(error)};
}

Verdict business(const Event& answer, const Operation& operation) {
  Failure error = failure_of(answer, "business", "call.undeclared");
  if (!declared(operation, error.code)) {
    error.details = Value::object({{"code", error.code}, {"details", answer.details}});
    error.code = "call.undeclared";
  }
  return {VerdictKind::rejected, std::move(error)};
}

// The rows that read the same for calls and undos.
Verdict common(const Event& answer) {
  switch (answer.outcome) {
    case Outcome::retryable:
      return {VerdictKind::not_done, failure_of(answer, "transient", "call.not_done"), false, false,
              answer.retry_after};
    case Outcome::cancelled:
      if (answer.no_effect) {
        return {VerdictKind::not_done, failure_of(answer, "transient", "call.not_done")};
      }
      return {VerdictKind::lost, failure_of(answer, "unknown", "call.lost")};
    case Outcome::unknown:
      return {VerdictKind::lost, failure_of(answer, "unknown", "call.lost")};
    case Outcome::fatal:
      return {VerdictKind::lost, failure_of(answer, "internal", "call.lost"), true};
    default:
      return protocol_error(answer);
  }
}

}  // namespace

Verdict verdict_of_call(const Event& answer, const Call& call) {
  Verdict verdict;
  switch (answer.outcome) {
    case Outcome::ok:
      return {VerdictKind::ok};
    case Outcome::business:
      return business(answer, *call.operation);
    case Outcome::pending:
      if (call.await) return {VerdictKind::pending};
      verdict = {VerdictKind::lost, failure_of(answer, "unknown", "call.not_awaited")};
      verdict.error.code = "call.not_awaited";
      break;
    default:
      verdict = common(answer);
  }
  if (verdict.kind == VerdictKind::lost && call.effect == Effect::none) {
    verdict.kind = VerdictKind::not_done;
  }
  return verdict;
}

Verdict verdict_of_undo(const Event& answer) {
  switch (answer.outcome) {
    case Outcome::ok:
      return {VerdictKind::ok};
    case Outcome::business:
      return {VerdictKind::rejected, failure_of(answer, "business", "call.undeclared")};
    case Outcome::pending:
      return {VerdictKind::lost, failure_of(answer, "unknown", "call.lost")};
    case Outcome::no_effect: {
      Verdict verdict{VerdictKind::ok, failure_of(answer, "unknown", "call.lost")};
      verdict.nothing = true;
      return verdict;
    }
    default:
      return common(answer);
  }
}

Verdict verdict_of_check(const Event& answer) {
  switch (answer.outcome) {
    case Outcome::ok:
      return {VerdictKind::found};
    case Outcome::business:
      return {VerdictKind::refused, failure_of(answer, "business", "call.undeclared")};
    case Outcome::no_effect:
      return {VerdictKind::absent, failure_of(answer, "business", "call.absent")};
    case Outcome::fatal:
      return {VerdictKind::unavailable, failure_of(answer, "internal", "call.lost"), true};
    default:
      return {VerdictKind::unavailable, failure_of(answer, "transient", "call.lost"), false, false,
              answer.retry_after};
  }
}

bool matches_any(const std::vector<std::string>& patterns, std::string_view code) {
  for (const std::string& pattern : patterns) {
    if (pattern == code) return true;
    if (!pattern.empty() && pattern.back() == '*' &&
        code.substr(0, pattern.size() - 1) ==
            std::string_view(pattern).substr(0, pattern.size() - 1)) {
      return true;
    }
  }
  return false;
}

}  // namespace sagaloom::core
