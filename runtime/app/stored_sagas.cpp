#include "runtime/app/stored_sagas.h"

#include <algorithm>
#include <iostream>

#include "runtime/app/definition_files.h"
#include "runtime/app/ports.h"
#include "runtime/workflow/diagnostics.h"

namespace sagaloom::app {
namespace {

using workflow::replay::Entry;
using workflow::replay::Snapshot;

constexpr std::size_t page = 500;
constexpr std::size_t most_records = 1'000'000;
constexpr int tries = 5;  // to read a saga between two of its records

bool same_row(const engine::StoredRow& left, const engine::StoredRow& right) {
  return left.snap_seq == right.snap_seq && left.summary.state == right.summary.state &&
         left.summary.status == right.summary.status && left.summary.ended == right.summary.ended &&
         left.summary.version == right.summary.version;
}

// The records that can be replayed, and from what.
void take_records(StoredSaga& saga, std::vector<engine::StoredRecord> rows) {
  const bool whole = !rows.empty() && rows.front().prev == 0;
  const bool reaches = !rows.empty() && rows.front().prev <= saga.row.snap_seq;
  if (!whole && saga.row.snapshot && reaches) {
    saga.base = Snapshot{saga.row.snap_seq, *saga.row.snapshot};
  } else if (!whole) {
    saga.trimmed = true;
    return;
  }
  for (engine::StoredRecord& row : rows) {
    if (saga.base && row.seq <= saga.base->seq) continue;
    saga.journal.push_back({row.seq, std::move(row.record)});
  }
}

}  // namespace

std::optional<Configuration> StoredSagas::configure(const CommandLine& line) {
  ConfigurationSources sources;
  sources.file = line.config;
  sources.environment = environment_variables();
  sources.flags = line.settings;
  auto result = read_configuration(sources);
  for (const auto& diagnostic : result.diagnostics) std::cerr << shown(diagnostic) << "\n";
  if (!result.diagnostics.empty()) return std::nullopt;
  return std::move(result.configuration);
}

StoredSagas::StoredSagas(const Configuration& configuration)
    : store_(make_reading_store(configuration)) {
  for (const engine::StoredDefinition& stored : store_.catalog->definitions())
    if (auto definition = compile(stored)) definitions_.emplace(stored.hash, std::move(definition));
}

void StoredSagas::each(const engine::SagaFilter& filter,
                       const std::function<bool(const engine::SagaSummary&)>& take) {
  engine::SagaFilter next = filter;
  next.limit = page;
  for (;;) {
    const engine::SagaPage sagas = store_.lookup->list(next);
    for (const engine::SagaSummary& saga : sagas.items)
      if (!take(saga)) return;
    if (!sagas.next) return;
    next.before = sagas.next;
  }
}

std::optional<StoredSaga> StoredSagas::read(const core::SagaId& id) {
  for (int attempt = 1;; ++attempt) {
    auto row = store_.lookup->row(id);
    if (!row) return std::nullopt;
    auto records = store_.lookup->history(id, 0, most_records);
    const auto again = store_.lookup->row(id);
    const bool still = again && same_row(*row, *again);
    if (!still && attempt < tries) continue;
    StoredSaga saga;
    saga.row = std::move(*row);
    saga.moving = !still;
    take_records(saga, std::move(records));
    return saga;
  }
}

workflow::replay::Definitions StoredSagas::definitions() const {
  return [this](const std::string& hash) -> core::DefinitionPointer {
    const auto found = definitions_.find(hash);
    return found == definitions_.end() ? nullptr : found->second;
  };
}

core::DefinitionPointer StoredSagas::definition(const std::string& name,
                                                std::optional<std::uint32_t> version) const {
  core::DefinitionPointer best;
  for (const auto& [hash, definition] : definitions_) {
    if (definition->name != name || (version && definition->version != *version)) continue;
    if (!best || definition->version > best->version) best = definition;
  }
  return best;
}

bool StoredSagas::knows_workflow(const std::string& name) const {
  std::vector<std::string> names;
  for (const auto& [hash, definition] : definitions_) names.push_back(definition->name);
  if (name.empty() || std::find(names.begin(), names.end(), name) != names.end()) return true;
  const std::string nearest = workflow::nearest(name, names);
  std::cerr << "error: no version of the workflow " << name << " is stored"
            << (nearest.empty() ? "" : "; did you mean " + nearest + "?") << "\n";
  return false;
}

}  // namespace sagaloom::app
