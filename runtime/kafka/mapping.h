// What a record of a topic means to the registered workflows: events for inboxes, sagas to start,
// and what can't be read. Pure: no Kafka, no engine's threads.
//
// A record's type is the CloudEvents header `ce_type`, else the member `type` of its JSON. Its data
// is the JSON, or the member `data` of a structured CloudEvent (one with `specversion`).
// Errors: none; whatever a record breaks becomes a dead letter `event.invalid` that says so.
#pragma once

#include <string>
#include <vector>

#include "runtime/core/definition.h"
#include "runtime/engine/delivery.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/event_source.h"

namespace sagaloom::kafka {

struct Mapped {
  std::vector<engine::InboxMessage> messages;
  std::vector<engine::StartRequest> starts;
  std::vector<engine::DeadLetterRow> letters;
};

using Definitions = std::vector<core::DefinitionPointer>;  // of each name the newest version first

// Every version's events; a copy of the same event for the same key once. What one version of a
// workflow takes, its others do not refuse. Sagas are started with the newest version that names
// the topic.
Mapped map_record(const engine::SourceRecord& record, const Definitions& definitions);

std::vector<std::string> topics_of(const Definitions& definitions);

// A dead letter about this record. `about`: what of the workflow could not take it, "event:<name>"
// or "start"; empty: it is no JSON.
engine::DeadLetterRow invalid_letter(const engine::SourceRecord& record,
                                     const std::string& workflow, const std::string& about,
                                     const std::string& problem);

// What the record of such a letter says to the definitions of today, of what the letter is about
// alone. Errors: event.invalid with the violations when no version takes it now;
// dead_letter.unreadable when the letter does not hold a whole record that is JSON.
engine::Answer<engine::Reread> reread_letter(const engine::DeadLetter& letter,
                                             const Definitions& definitions);

}  // namespace sagaloom::kafka
