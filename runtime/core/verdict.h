// What an answer of the plugin contract means, by the role in which the operation was asked
// (docs/semantics.md section 1).
#pragma once

#include "runtime/core/definition.h"
#include "runtime/core/saga.h"

namespace sagaloom::core {

enum class VerdictKind : std::uint8_t {
  ok,
  pending,
  rejected,
  not_done,
  lost,  // of a call or undo
  found,
  refused,
  absent,
  unavailable,  // of a check operation
};

struct Verdict {
  VerdictKind kind = VerdictKind::lost;
  Failure error{};
  bool fatal = false;    // never repeat this call
  bool nothing = false;  // an undo answered NO_EFFECT
  Duration retry_after{0};
  bool counted = true;  // by max_attempts; an interruption is not
};

Verdict verdict_of_call(const Event& answer, const Call& call);
Verdict verdict_of_undo(const Event& answer);
Verdict verdict_of_check(const Event& answer);

// Whether `code` fits one of the patterns: exact, `*` alone or as suffix.
bool matches_any(const std::vector<std::string>& patterns, std::string_view code);

}  // namespace sagaloom::core
