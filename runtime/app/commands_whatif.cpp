// `sagaloom whatif`: what a new version of a workflow would have made of the sagas that are stored.
#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <iostream>

#include "runtime/app/commands.h"
#include "runtime/app/definition_files.h"
#include "runtime/app/exit_code.h"
#include "runtime/app/local_plugins.h"
#include "runtime/app/node.h"
#include "runtime/app/stored_sagas.h"
#include "runtime/app/text_output.h"
#include "runtime/document/json.h"
#include "runtime/expression/time.h"
#include "runtime/http/presentation.h"
#include "runtime/store/replay.h"
#include "runtime/workflow/replay/whatif.h"

namespace sagaloom::app {
namespace {

using expression::Value;
using workflow::replay::WhatIf;

struct Totals {
  std::uint64_t sagas = 0;
  std::array<std::uint64_t, 5> of_verdict{};
};

std::optional<core::Time> time_of(const std::string& text) {
  const bool date = text.size() == 10;
  const auto stamp = expression::parse_timestamp(date ? text + "T00:00:00Z" : text);
  if (!stamp) return std::nullopt;
  return core::Time{core::Duration(stamp->seconds * 1000 + stamp->nanos / 1'000'000)};
}

core::DefinitionPointer load(const CommandLine& line) {
  const auto plugins = LocalPlugins::open(line.plugins);
  if (!plugins.ok()) {
    std::cerr << "error[" << plugins.error().code << "]: " << plugins.error().message << "\n";
    return nullptr;
  }
  const auto loaded = load_workflows(line.files, LoadedOperations((*plugins)->host()));
  core::DefinitionPointer definition;
  for (const auto& each : loaded) {
    for (const auto& diagnostic : each.diagnostics)
      if (diagnostic.severity == workflow::Severity::error)
        std::cerr << workflow::text(diagnostic) << "\n";
    definition = each.definition;
  }
  return definition;
}

// As REST takes it, whatever its case; what is no state is said.
std::optional<std::string> state_of(std::string word) {
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const auto& names = http::state_names();
  if (std::find(names.begin(), names.end(), word) != names.end()) return word;
  const std::string nearest = workflow::nearest(word, {names.begin(), names.end()});
  std::cerr << "error: --state " << word << " is no state"
            << (nearest.empty() ? "" : "; did you mean " + nearest + "?") << "\n";
  return std::nullopt;
}

std::optional<engine::SagaFilter> filter_of(const CommandLine& line,
                                            const core::Definition& proposed) {
  engine::SagaFilter filter;
  filter.workflow = line.workflow.empty() ? proposed.name : line.workflow;
  for (const std::string& word : line.states) {
    const auto state = state_of(word);
    if (!state) return std::nullopt;
    filter.states.push_back(*state);
  }
  if (line.replays.since.empty()) return filter;
  const auto since = time_of(line.replays.since);
  if (!since) {
    std::cerr << "error: --since " << line.replays.since
              << " is no time: 2026-02-28 or 2026-02-28T12:00:00Z\n";
    return std::nullopt;
  }
  filter.created_after = *since;
  return filter;
}

WhatIf compare(StoredSagas& sagas, const core::SagaId& id, const core::Definition& proposed,
               const CommandLine& line) {
  try {
    const auto saga = sagas.read(id);
    if (!saga || saga->base || saga->trimmed) return workflow::replay::what_if({}, {}, proposed);
    const auto recorded = sagas.definitions()(saga->journal.front().record.head.definition);
    workflow::replay::RehearsalOptions options;
    options.same_answers = line.replays.same_answers;
    return workflow::replay::what_if(saga->journal, recorded, proposed, options);
  } catch (const store::Unreadable& error) {
    return {WhatIf::Verdict::not_compared, error.what(), {}};
  }
}

void print(const engine::SagaSummary& saga, const WhatIf& result) {
  std::cout << core::to_string(saga.id) << "  " << saga.workflow << " " << saga.version << "  "
            << saga.state << "  " << workflow::replay::name(result.verdict) << "\n";
  for (const auto& change : result.changes)
    std::cout << "  " << change.kind << ": " << change.what << "\n";
  if (!result.reason.empty()) std::cout << "  from here: " << result.reason << "\n";
}

Value as_value(const engine::SagaSummary& saga, const WhatIf& result) {
  expression::List changes;
  for (const auto& change : result.changes)
    changes.push_back(Value::object({{"kind", Value(change.kind)}, {"what", Value(change.what)}}));
  return Value::object({{"saga", Value(core::to_string(saga.id))},
                        {"workflow", Value(saga.workflow)},
                        {"version", Value(static_cast<std::int64_t>(saga.version))},
                        {"state", Value(saga.state)},
                        {"verdict", Value(workflow::replay::name(result.verdict))},
                        {"reason", Value(result.reason)},
                        {"changes", Value(std::move(changes))}});
}

std::string counts(const Totals& totals) {
  std::string text = std::to_string(totals.sagas) + " sagas:";
  for (std::size_t i = 0; i < totals.of_verdict.size(); ++i) {
    const auto verdict = static_cast<WhatIf::Verdict>(i);
    text += std::string(i == 0 ? " " : ", ") + std::to_string(totals.of_verdict[i]) + " " +
            std::string(workflow::replay::name(verdict));
  }
  return text;
}

Value as_value(const Totals& totals) {
  Value value = Value::object({{"sagas", Value(static_cast<std::int64_t>(totals.sagas))}});
  for (std::size_t i = 0; i < totals.of_verdict.size(); ++i) {
    const auto verdict = static_cast<WhatIf::Verdict>(i);
    value = value.with(std::string(workflow::replay::name(verdict)),
                       Value(static_cast<std::int64_t>(totals.of_verdict[i])));
  }
  return value;
}

int compare_all(const CommandLine& line, StoredSagas& sagas, const core::Definition& proposed,
                const engine::SagaFilter& filter) {
  Totals totals;
  expression::List listed;
  const auto only = core::parse_saga_id(line.id);
  sagas.each(filter, [&](const engine::SagaSummary& saga) {
    if (only && saga.id != *only) return true;
    const WhatIf result = compare(sagas, saga.id, proposed, line);
    ++totals.sagas;
    ++totals.of_verdict.at(static_cast<std::size_t>(result.verdict));
    if (result.verdict == WhatIf::Verdict::same) return true;
    if (line.json)
      listed.push_back(as_value(saga, result));
    else
      print(saga, result);
    return true;
  });
  if (only && totals.sagas == 0) {
    std::cerr << "error: there is no such saga of " << *filter.workflow << ": " << line.id << "\n";
    return exit_not_found;
  }
  if (line.json) {
    std::cout << document::write(as_value(totals).with("items", Value(std::move(listed)))) << "\n";
  } else {
    std::cout << counts(totals) << "\n";
  }
  return totals.of_verdict[0] == totals.sagas ? exit_ok : exit_error;
}

}  // namespace

int run_whatif(const CommandLine& line) {
  const std::string& file = line.files.front();
  if (std::error_code unreadable; std::filesystem::is_directory(file, unreadable)) {
    return report({"file.not_regular", file + " is a directory; name the file of the new version"},
                  exit_usage);
  }
  if (!line.id.empty() && !core::parse_saga_id(line.id)) {
    std::cerr << "error: --saga " << line.id << " is not a saga's id (a UUID)\n";
    return exit_usage;
  }
  const auto proposed = load(line);
  if (!proposed) return exit_invalid;
  const auto filter = filter_of(line, *proposed);
  if (!filter) return exit_usage;
  const auto configuration = StoredSagas::configure(line);
  if (!configuration) return exit_usage;
  try {
    StoredSagas sagas(*configuration);
    if (!sagas.knows_workflow(line.workflow)) return exit_not_found;
    return compare_all(line, sagas, *proposed, *filter);
  } catch (const NodeError& error) {
    std::cerr << error.what() << "\n";
    return error.status;
  } catch (const std::exception& error) {
    std::cerr << "error: the store cannot be read: " << error.what() << "\n";
    return exit_error;
  }
}

}  // namespace sagaloom::app
