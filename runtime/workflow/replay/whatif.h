// What another version of a workflow would have made of a saga that is stored: its path, its end,
// its undo and what it would have published, against the record.
//
// Threads: pure functions. Errors: none; a saga that can't be compared says why.
#pragma once

#include <string>
#include <vector>

#include "runtime/workflow/replay/rehearsal.h"

namespace sagaloom::workflow::replay {

struct Change {
  std::string kind;  // identity, path, end, undo, events
  std::string what;  // for people: the first difference of the kind, then → now
  bool operator==(const Change&) const = default;
};

struct WhatIf {
  enum class Verdict : std::uint8_t {
    same,
    changed,
    undetermined,  // as far as the record goes; `changes` holds what is certain, `reason` the place
    refused,       // the new version does not admit the input: `reason`
    not_compared,  // the journal does not begin with the accept
  };
  Verdict verdict = Verdict::same;
  std::string reason;
  std::vector<Change> changes;
};

std::string_view name(WhatIf::Verdict verdict);

// `recorded`: the definition that the saga was accepted with; null: it can't be compiled any more.
WhatIf what_if(const std::vector<Entry>& journal, const core::DefinitionPointer& recorded,
               const core::Definition& proposed, const RehearsalOptions& options = {});

// The head of this submission as the definition admits it; what only the parent knows is kept.
core::Result<core::SagaRecord> admitted(const core::Definition& definition,
                                        const core::SagaRecord& start, core::Time now);

}  // namespace sagaloom::workflow::replay
