// A Record: the event in short and everything that was decided about it. Immutable; journaled,
// applied, shown as history, and (its emits and lifecycle) published.
//
// A record holds differences: per step, and for the saga's head, the fields that changed. `apply`
// copies them and decides nothing, so a fixed bug in `decide` never rewrites the past.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/core/event.h"
#include "runtime/core/saga.h"

namespace sagaloom::core {

// The number of the rules that decided; raised when `decide` answers differently than before.
inline constexpr std::uint32_t rules_number = 1;

// Bit i stands for the i-th field in the order of `fields`.
using FieldMask = std::uint64_t;

struct StepChange {
  Path path;
  FieldMask changed = 0;
  StepRecord step;  // only the changed fields are meant
  bool operator==(const StepChange&) const = default;
};

// A message for the outside, rendered.
struct Emitted {
  std::string topic;
  std::string type;
  std::string key;
  Value data;
  std::vector<std::pair<std::string, std::string>> headers;
  bool operator==(const Emitted&) const = default;
};

// Shown in history, never published, changing nothing.
struct Note {
  std::string code;
  Value details;
  bool operator==(const Note&) const = default;
};

// Present in a record that changed the phase or what is shown over it: the published SagaChanged.
struct Lifecycle {
  std::string workflow;
  std::uint32_t version = 0;
  std::string identity;
  std::string state;  // state_name()
  std::string status;
  std::string error;  // its code
  bool operator==(const Lifecycle&) const = default;
};

struct Record {
  SagaId saga;  // the journal row's column, not inside its text
  std::uint32_t rules = rules_number;
  Time now{};
  double jitter = 0;  // what was drawn outside, when it was used
  Event event;
  std::vector<StepChange> steps;
  FieldMask head_changed = 0;
  SagaRecord head;  // only the changed fields are meant
  std::vector<Emitted> emits;
  std::vector<Note> notes;
  std::optional<Lifecycle> lifecycle;
};

}  // namespace sagaloom::core
