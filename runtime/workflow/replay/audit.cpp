#include "runtime/workflow/replay/audit.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace sagaloom::workflow::replay {

namespace {

// What a submission or a parent gives to the accept; the rest of the head is decided.
constexpr std::array<std::string_view, 19> given = {
    "tenant",      "workflow",    "version", "definition", "identity", "header",
    "business_id", "fingerprint", "created", "deadline",   "input",    "deadline_alerts",
    "parent",      "parent_path", "root",    "held",       "lock_key", "parent_occurrence",
    "lock_limit"};

core::SagaRecord start_of(const core::SagaRecord& head) {
  core::SagaRecord start;
  core::SagaRecord::each_field(
      [](std::string_view name, const auto& from, auto& to) {
        if (std::find(given.begin(), given.end(), name) != given.end()) to = from;
      },
      head, start);
  return start;
}

Finding decision_finding(const Entry& entry, Difference difference) {
  return {"audit.decision", entry.seq, shown(entry.record.event), std::move(difference)};
}

std::optional<Finding> decide_again(const core::Definition& definition, const core::Saga& before,
                                    const Entry& entry) {
  const core::Decision decision =
      core::decide(definition, before, event_of(entry.record), context_of(entry.record));
  if (decision.refusal) {
    return decision_finding(entry, {"decision", "a record", "refused: " + decision.refusal->code});
  }
  if (!decision.record) return decision_finding(entry, {"decision", "a record", "stale"});
  if (auto found = first_difference(entry.record, *decision.record)) {
    return decision_finding(entry, std::move(*found));
  }
  return std::nullopt;
}

class Auditor {
 public:
  Auditor(const std::optional<Snapshot>& stored, const Definitions& definitions)
      : stored_(stored), definitions_(definitions) {}

  void begin(const Snapshot& base) { done_.saga = base.saga; }

  void take(const Entry& entry) {
    ++done_.records;
    if (entry.record.event.kind == core::EventKind::refused_by_store) ++done_.refused_by_store;
    done_.saga.id = entry.record.saga;
    if (!done_.finding) decide(entry);
    core::apply(done_.saga, entry.record);
    if (!done_.finding && stored_ && stored_->seq == entry.seq) compare(entry);
  }

  const core::Saga& saga() const { return done_.saga; }
  Audited finish() { return std::move(done_); }

 private:
  void decide(const Entry& entry) {
    if (entry.record.rules != core::rules_number) {
      ++done_.other_rules;
      return;
    }
    const bool accept = !done_.saga.exists();
    const auto& head = accept ? entry.record.head : done_.saga.head;
    const core::DefinitionPointer definition = definitions_(head.definition);
    if (!definition) {
      ++done_.without_definition;
      return;
    }
    ++done_.decided;
    done_.finding = decide_again(*definition, done_.saga, entry);
  }

  void compare(const Entry& entry) {
    if (auto found = first_difference(stored_->saga, done_.saga)) {
      done_.finding =
          Finding{"audit.state", entry.seq, shown(entry.record.event), std::move(*found)};
    }
  }

  const std::optional<Snapshot>& stored_;
  const Definitions& definitions_;
  Audited done_;
};

}  // namespace

core::Event event_of(const core::Record& record) {
  core::Event event = record.event;
  const bool accept = event.kind == core::EventKind::started ||
                      (event.kind == core::EventKind::parent_undo && record.head.records == 1);
  if (accept) event.start = std::make_shared<core::SagaRecord>(start_of(record.head));
  return event;
}

core::Context context_of(const core::Record& record) {
  core::Context context;
  context.now = record.now;
  context.jitter = record.jitter;
  context.missing = [&record](std::string_view operation) {
    return std::any_of(record.notes.begin(), record.notes.end(), [&](const core::Note& note) {
      return note.code == "plugin.missing" && note.details.is_string() &&
             note.details.string() == operation;
    });
  };
  return context;
}

Audited audit(const std::optional<Snapshot>& base, const std::optional<Snapshot>& stored,
              const std::vector<Entry>& journal, const Definitions& definitions,
              const Watch& watch) {
  Auditor auditor(stored, definitions);
  if (base) auditor.begin(*base);
  for (const Entry& entry : journal) {
    auditor.take(entry);
    if (watch) watch(entry, auditor.saga());
  }
  return auditor.finish();
}

}  // namespace sagaloom::workflow::replay
