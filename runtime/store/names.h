// The stored names of core's enums. They are part of the format: a name, once released, stays,
// whatever the program calls the thing on its other surfaces.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "runtime/core/event.h"
#include "runtime/core/saga.h"

namespace sagaloom::store {

// The i-th name belongs to the enumerator with value i.
template <typename Enum>
struct Names;

template <>
struct Names<core::StepState> {
  static constexpr std::array<std::string_view, 20> list = {
      "pending", "running",      "backoff",    "awaiting",  "resolving", "parked",   "succeeded",
      "failed",  "unknown",      "skipped",    "cancelled", "delay",     "handling", "handled",
      "undoing", "undo_backoff", "undo_stuck", "undone",    "kept",      "residue"};
};

template <>
struct Names<core::Phase> {
  static constexpr std::array<std::string_view, 7> list = {
      "queued", "running", "committed", "compensating", "completed", "compensated", "failed"};
};

template <>
struct Names<core::Parked> {
  static constexpr std::array<std::string_view, 4> list = {"no", "doubt", "no_doubt", "done"};
};

template <>
struct Names<core::Purpose> {
  static constexpr std::array<std::string_view, 8> list = {
      "forward", "question", "undo", "wait", "lock", "unlock", "report", "release"};
};

template <>
struct Names<core::EventKind> {
  static constexpr std::array<std::string_view, 24> list = {
      "started",          "answered",    "interrupted",     "timer",
      "call_returned",    "deadline",    "cancel_customer", "cancel_operator",
      "plugin_installed", "retry",       "resolve",         "refused_by_store",
      "deliver",          "signal",      "task_answered",   "suspend",
      "resume",           "abort_step",  "skip_undo",       "lock_granted",
      "child_ended",      "parent_undo", "released",        "migrate"};
};

template <>
struct Names<core::Outcome> {
  static constexpr std::array<std::string_view, 9> list = {"ok",        "pending",   "business",
                                                           "retryable", "unknown",   "cancelled",
                                                           "fatal",     "no_effect", "protocol"};
};

template <typename Enum>
std::string_view stored_name(Enum value) {
  return Names<Enum>::list.at(static_cast<std::size_t>(value));
}

template <typename Enum>
std::optional<Enum> from_stored_name(std::string_view name) {
  const auto& list = Names<Enum>::list;
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (list[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace sagaloom::store
