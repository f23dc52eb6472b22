#include "runtime/core/saga.h"

#include "runtime/core/command.h"
#include "runtime/core/event.h"
#include "runtime/core/states.h"

namespace sagaloom::core {

namespace {

constexpr std::size_t max_key_bytes = 200;

// FNV-1a with 128 bits (Fowler, Noll, Vo; public domain): short and without a library. A clash
// could only be made inside one saga, whose author renders the keys anyway.
std::string hash_text(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  unsigned __int128 hash =
      (static_cast<unsigned __int128>(0x6c62272e07bb0142ull) << 64) | 0x62b821756295c58dull;
  const unsigned __int128 prime = (static_cast<unsigned __int128>(1) << 88) | 0x13b;
  for (const unsigned char c : text) hash = (hash ^ c) * prime;
  std::string out;
  for (int shift = 124; shift >= 0; shift -= 4) {
    out += digits[static_cast<unsigned>(hash >> shift) & 0x0f];
  }
  return out;
}

bool plain_ascii(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c > '~') return false;
  }
  return true;
}

}  // namespace

bool ended(Phase phase) {
  return phase == Phase::completed || phase == Phase::compensated || phase == Phase::failed;
}

Shown shown(const SagaRecord& head, bool parked, bool deciding) {
  if (ended(head.phase)) return Shown::phase;
  if (head.suspended) return Shown::suspended;
  if (parked) return Shown::parked;
  return deciding ? Shown::deciding : Shown::phase;
}

Shown shown(const Saga& saga) {
  bool parked = false, pivot_deciding = false;
  for (const auto& [path, step] : saga.steps) {
    parked = parked || needs_operator.has(step.state);
    pivot_deciding = pivot_deciding || (step.pivot && deciding(step));
  }
  return shown(saga.head, parked, pivot_deciding && saga.head.phase == Phase::running);
}

std::string_view state_name(Phase phase, Shown over) {
  return over == Shown::phase ? name(phase) : name(over);
}

std::string_view state_name(const Saga& saga) {
  return state_name(saga.head.phase, shown(saga));
}

std::string_view name(Phase phase) {
  static constexpr std::string_view names[] = {
      "QUEUED", "RUNNING", "COMMITTED", "COMPENSATING", "COMPLETED", "COMPENSATED", "FAILED"};
  return names[static_cast<std::size_t>(phase)];
}

std::string_view name(StepState state) {
  static constexpr std::string_view names[] = {
      "PENDING", "RUNNING",      "BACKOFF",    "AWAITING",  "RESOLVING", "PARKED",   "SUCCEEDED",
      "FAILED",  "UNKNOWN",      "SKIPPED",    "CANCELLED", "DELAY",     "HANDLING", "HANDLED",
      "UNDOING", "UNDO_BACKOFF", "UNDO_STUCK", "UNDONE",    "KEPT",      "RESIDUE"};
  return names[static_cast<std::size_t>(state)];
}

std::string_view name(Shown shown) {
  static constexpr std::string_view names[] = {"", "SUSPENDED", "PARKED", "DECIDING"};
  return names[static_cast<std::size_t>(shown)];
}

std::string_view name(EventKind kind) {
  static constexpr std::string_view names[] = {
      "started",          "answered",    "interrupted",     "timer",
      "call_returned",    "deadline",    "cancel_customer", "cancel_operator",
      "plugin_installed", "retry",       "resolve",         "refused_by_store",
      "deliver",          "signal",      "task_answered",   "suspend",
      "resume",           "abort_step",  "skip_undo",       "lock_granted",
      "child_ended",      "parent_undo", "released",        "migrate"};
  return names[static_cast<std::size_t>(kind)];
}

std::string_view name(Outcome outcome) {
  static constexpr std::string_view names[] = {"ok",        "pending",   "business",
                                               "retryable", "unknown",   "cancelled",
                                               "fatal",     "no_effect", "protocol"};
  return names[static_cast<std::size_t>(outcome)];
}

std::string bounded_key(const SagaId& id, std::string_view text) {
  const std::string key = to_string(id) + "/" + std::string(text);
  // Room is left for the longest role that is appended, so that request keys stay below 200 too.
  constexpr std::size_t room = max_key_bytes - 72;
  if (key.size() <= room && plain_ascii(key)) return key;
  return to_string(id) + "/" + hash_text(key);
}

std::string indexes_of(std::string_view path) {
  std::string found;
  for (auto at = path.find('['); at != std::string_view::npos; at = path.find('[', at + 1)) {
    found += path.substr(at, path.find(']', at) - at + 1);
  }
  return found;
}

std::string effect_key(const SagaId& id, std::string_view path, const StepRecord& step) {
  std::string text(step.key.empty() ? path : std::string_view(step.key));
  if (step.occurrence > 1) text += "#" + std::to_string(step.occurrence);
  return bounded_key(id, text);
}

std::string_view step_id(std::string_view path) {
  const auto slash = path.rfind('/');
  std::string_view last = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return last.substr(0, last.find_first_of("[#"));
}

}  // namespace sagaloom::core
