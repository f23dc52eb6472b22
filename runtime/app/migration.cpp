#include "runtime/app/migration.h"

#include <chrono>
#include <future>
#include <stdexcept>

#include "runtime/workflow/replay/migration.h"

namespace sagaloom::app {
namespace {

constexpr std::chrono::seconds answer_limit{20};
constexpr std::size_t page = 500;

// Waits for one answer of the engine; an error is thrown.
template <typename T, typename Ask>
T answer_of(const Ask& ask) {
  const auto promise = std::make_shared<std::promise<engine::Answer<T>>>();
  auto future = promise->get_future();
  ask([promise](engine::Answer<T> answer) { promise->set_value(std::move(answer)); });
  if (future.wait_for(answer_limit) != std::future_status::ready)
    throw std::runtime_error("the engine did not answer in time");
  auto answer = future.get();
  if (const auto* error = std::get_if<engine::EngineError>(&answer))
    throw std::runtime_error(error->message);
  return std::move(std::get<T>(answer));
}

// The saga's records up to the state that is known of it.
std::vector<workflow::replay::Entry> journal_of(engine::Engine& engine, const core::Saga& saga) {
  std::vector<workflow::replay::Entry> journal;
  using Rows = std::vector<engine::StoredRecord>;
  while (journal.size() < saga.head.records) {
    const engine::Seq after = journal.empty() ? 0 : journal.back().seq;
    Rows rows =
        answer_of<Rows>([&](auto done) { engine.history(saga.id, after, page, std::move(done)); });
    if (rows.empty()) break;
    for (engine::StoredRecord& row : rows) {
      if (journal.size() == saga.head.records) break;
      journal.push_back({row.seq, std::move(row.record)});
    }
  }
  return journal;
}

}  // namespace

std::vector<std::string> objections_to_migration(engine::Engine& engine, const core::SagaId& saga,
                                                 const core::Definition& to) {
  const auto view =
      answer_of<engine::SagaView>([&](auto done) { engine.get(saga, std::move(done)); });
  const auto journal = journal_of(engine, view.saga);
  if (journal.size() != view.saga.head.records)
    return {"its first records are no longer kept: nothing can be proven"};
  const auto reason = workflow::replay::reason_to_stay(journal, view.definition, to);
  return reason ? std::vector<std::string>{*reason} : std::vector<std::string>{};
}

}  // namespace sagaloom::app
