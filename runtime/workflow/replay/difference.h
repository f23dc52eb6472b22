// The first field in which two records or two sagas differ, by name and with both sides as text.
//
// Threads: pure functions. Errors: none. Values are shown as JSON, times as milliseconds since the
// epoch, long texts cut: this is for people and for the reports of audit, whatif and migrate.
#pragma once

#include <optional>
#include <string>

#include "runtime/core/record.h"
#include "runtime/core/saga.h"

namespace sagaloom::workflow::replay {

struct Difference {
  std::string field;        // "steps[reserve].output", "head.status", "emits"
  std::string left, right;  // "(not changed)", "(none)" where a side has nothing
  bool operator==(const Difference&) const = default;
};

// Everything but the event, which a decision only copies.
std::optional<Difference> first_difference(const core::Record& left, const core::Record& right);
std::optional<Difference> first_difference(const core::Saga& left, const core::Saga& right);
std::optional<Difference> first_difference(const core::SagaRecord& left,
                                           const core::SagaRecord& right);
std::optional<Difference> first_difference(const core::StepRecord& left,
                                           const core::StepRecord& right);

// JSON, cut to a line.
std::string shown(const core::Value& value);

// "answered authorize", "cancel_operator": an event in few words.
std::string shown(const core::Event& event);

}  // namespace sagaloom::workflow::replay
