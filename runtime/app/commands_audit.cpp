// `sagaloom audit`: every stored saga is held against its journal.
#include <iostream>

#include "runtime/app/commands.h"
#include "runtime/app/exit_code.h"
#include "runtime/app/node.h"
#include "runtime/app/stored_sagas.h"
#include "runtime/document/json.h"
#include "runtime/store/replay.h"

namespace sagaloom::app {
namespace {

using expression::Value;
using workflow::replay::Difference;
using workflow::replay::Entry;
using workflow::replay::Finding;

// What the saga's row holds after each record: it is written only with some of them.
class ExpectedRow {
 public:
  void take(const core::Saga& saga, bool snapshot) {
    const core::Shown shown = core::shown(saga);
    const bool still = shown == core::Shown::suspended || shown == core::Shown::parked;
    const core::Shown standing = still ? shown : core::Shown::phase;
    const core::SagaRecord& head = saga.head;
    const bool over = core::ended(head.phase);
    const bool written = snapshot || state_.empty() || over || was_over_ ||
                         head.status != status_ || standing != standing_ ||
                         head.version != version_;
    was_over_ = over;
    standing_ = standing;
    status_ = head.status;
    version_ = head.version;
    if (written) state_ = core::state_name(saga);
  }
  const std::string& state() const { return state_; }

 private:
  std::string state_, status_;
  core::Shown standing_ = core::Shown::phase;
  std::uint32_t version_ = 0;
  bool was_over_ = false;
};

struct Totals {
  std::uint64_t sagas = 0, records = 0, decided = 0, other_rules = 0, without_definition = 0;
  std::uint64_t refused_by_store = 0, trimmed = 0, moving = 0, differences = 0;
};

struct Found {
  core::SagaId saga;
  std::string workflow;
  Finding finding;
};

std::optional<Difference> column(const char* name, const std::string& stored,
                                 const std::string& applied) {
  if (stored == applied) return std::nullopt;
  return Difference{std::string("saga.") + name, stored, applied};
}

std::string text_of(core::Time time) {
  return std::to_string(time.time_since_epoch().count());
}

std::optional<Difference> compare_row(const engine::SagaSummary& row, const core::Saga& saga,
                                      const std::string& state) {
  const core::SagaRecord& head = saga.head;
  if (auto found = column("workflow", row.workflow, head.workflow)) return found;
  if (auto found = column("tenant", row.tenant, head.tenant)) return found;
  if (auto found = column("version", std::to_string(row.version), std::to_string(head.version)))
    return found;
  if (auto found = column("identity", row.identity, head.identity)) return found;
  if (auto found = column("state", row.state, state)) return found;
  if (auto found = column("status", row.status, head.status)) return found;
  if (auto found = column("created", text_of(row.created), text_of(head.created))) return found;
  return column("ended", text_of(row.ended), text_of(head.ended));
}

// Everything that is wrong with one saga, the first of it.
std::optional<Finding> audit_saga(const StoredSaga& saga,
                                  const workflow::replay::Definitions& definitions,
                                  Totals& totals) {
  ExpectedRow expected;
  if (saga.base) expected.take(saga.base->saga, true);
  std::optional<workflow::replay::Snapshot> stored;
  if (saga.row.snapshot) stored = {saga.row.snap_seq, *saga.row.snapshot};
  const auto done = workflow::replay::audit(
      saga.base, stored, saga.journal, definitions, [&](const Entry& entry, const core::Saga& now) {
        expected.take(now, stored && stored->seq == entry.seq);
      });
  totals.records += done.records;
  totals.decided += done.decided;
  totals.other_rules += done.other_rules;
  totals.without_definition += done.without_definition;
  totals.refused_by_store += done.refused_by_store;
  if (done.finding || saga.moving) return done.finding;
  const std::int64_t last = saga.journal.empty() ? saga.row.snap_seq : saga.journal.back().seq;
  if (auto found = compare_row(saga.row.summary, done.saga, expected.state()))
    return Finding{"audit.row", last, {}, std::move(*found)};
  return std::nullopt;
}

Finding told(const char* code, std::int64_t seq, const std::string& what) {
  return {code, seq, {}, {what, {}, {}}};
}

std::optional<Finding> audit_one(StoredSagas& sagas, const core::SagaId& id, Totals& totals) {
  try {
    const auto saga = sagas.read(id);
    if (!saga) return std::nullopt;  // it went while the page was read
    if (saga->moving) ++totals.moving;
    const bool live = saga->row.summary.ended == core::Time{};
    if (saga->trimmed && live)
      return told("audit.missing", saga->row.first_seq,
                  "the saga runs, and neither its records nor a state to begin with are whole");
    if (saga->trimmed) {
      ++totals.trimmed;
      return std::nullopt;
    }
    return audit_saga(*saga, sagas.definitions(), totals);
  } catch (const store::Unreadable& error) {
    return told("audit.unreadable", 0, error.what());
  }
}

void print_finding(const Found& found) {
  const Finding& finding = found.finding;
  std::cout << "saga " << core::to_string(found.saga) << " (" << found.workflow << ")";
  if (finding.seq != 0) std::cout << ", seq " << finding.seq;
  if (!finding.event.empty()) std::cout << ", " << finding.event;
  std::cout << "\n  " << finding.code << ": " << finding.difference.field << "\n";
  if (finding.difference.left == finding.difference.right) return;
  const char* other = finding.code == "audit.decision" ? "decided" : "applied";
  std::cout << "    stored:  " << finding.difference.left << "\n    " << other << ": "
            << finding.difference.right << "\n";
}

Value number(std::uint64_t value) {
  return Value(static_cast<std::int64_t>(value));
}

Value as_value(const Found& found) {
  const Finding& finding = found.finding;
  return Value::object({{"saga", Value(core::to_string(found.saga))},
                        {"workflow", Value(found.workflow)},
                        {"code", Value(finding.code)},
                        {"seq", Value(finding.seq)},
                        {"event", Value(finding.event)},
                        {"field", Value(finding.difference.field)},
                        {"stored", Value(finding.difference.left)},
                        {"again", Value(finding.difference.right)}});
}

Value as_value(const Totals& totals) {
  return Value::object({{"sagas", number(totals.sagas)},
                        {"records", number(totals.records)},
                        {"decided_again", number(totals.decided)},
                        {"other_rules", number(totals.other_rules)},
                        {"without_definition", number(totals.without_definition)},
                        {"refused_by_store", number(totals.refused_by_store)},
                        {"trimmed", number(totals.trimmed)},
                        {"moving", number(totals.moving)},
                        {"differences", number(totals.differences)}});
}

void name_those(std::uint64_t count, const char* what) {
  if (count != 0) std::cout << count << " " << what << "\n";
}

void print_totals(const Totals& totals) {
  name_those(totals.other_rules, "records of other rules: applied, not decided again");
  name_those(totals.without_definition,
             "records without their definition: applied, not decided again");
  name_those(totals.refused_by_store, "records stand for ones that the store refused");
  name_those(totals.trimmed, "ended sagas whose records are no longer kept whole: not looked at");
  name_those(totals.moving, "sagas moved on while they were read: their rows were not compared");
  std::cout << totals.sagas << " sagas, " << totals.records << " records, " << totals.decided
            << " decided again, " << totals.differences << " differences\n";
}

int audit_all(const CommandLine& line, StoredSagas& sagas) {
  Totals totals;
  expression::List findings;
  const auto look = [&](const core::SagaId& id, const std::string& workflow) {
    ++totals.sagas;
    auto finding = audit_one(sagas, id, totals);
    if (!finding) return;
    ++totals.differences;
    const Found found{id, workflow, std::move(*finding)};
    if (line.json)
      findings.push_back(as_value(found));
    else
      print_finding(found);
  };
  engine::SagaFilter filter;
  if (!line.workflow.empty()) filter.workflow = line.workflow;
  const auto only = core::parse_saga_id(line.id);
  sagas.each(filter, [&](const engine::SagaSummary& saga) {
    if (!only || saga.id == *only) look(saga.id, saga.workflow);
    return !only || saga.id != *only;
  });
  if (only && totals.sagas == 0) {
    std::cerr << "error: there is no saga " << line.id << "\n";
    return exit_not_found;
  }
  if (line.json) {
    std::cout << document::write(as_value(totals).with("findings", Value(std::move(findings))))
              << "\n";
  } else {
    print_totals(totals);
  }
  return totals.differences == 0 ? exit_ok : exit_error;
}

}  // namespace

int run_audit(const CommandLine& line) {
  if (!line.id.empty() && !core::parse_saga_id(line.id)) {
    std::cerr << "error: --saga " << line.id << " is not a saga's id (a UUID)\n";
    return exit_usage;
  }
  const auto configuration = StoredSagas::configure(line);
  if (!configuration) return exit_usage;
  try {
    StoredSagas sagas(*configuration);
    if (!sagas.knows_workflow(line.workflow)) return exit_not_found;
    return audit_all(line, sagas);
  } catch (const NodeError& error) {
    std::cerr << error.what() << "\n";
    return error.status;
  } catch (const std::exception& error) {
    std::cerr << "error: the store cannot be read: " << error.what() << "\n";
    return exit_error;
  }
}

}  // namespace sagaloom::app
