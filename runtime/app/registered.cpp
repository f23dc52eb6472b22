#include "runtime/app/registered.h"

#include <algorithm>
#include <future>
#include <memory>
#include <optional>
#include <set>

namespace sagaloom::app {
namespace {

using Awaited = workflow::KnownDefinitions::Awaited;

constexpr std::chrono::seconds answer_limit{5};
constexpr std::size_t most_sagas = 500;

// Nullopt: the engine refused, or gave no answer in time.
template <typename T, typename Ask>
std::optional<T> answer_of(const Ask& ask) {
  const auto promise = std::make_shared<std::promise<engine::Answer<T>>>();
  auto future = promise->get_future();
  ask([promise](engine::Answer<T> answer) { promise->set_value(std::move(answer)); });
  if (future.wait_for(answer_limit) != std::future_status::ready) return std::nullopt;
  engine::Answer<T> answer = future.get();
  T* value = std::get_if<T>(&answer);
  return value ? std::optional<T>(std::move(*value)) : std::nullopt;
}

void collect(const core::Wait& wait, std::uint32_t version, std::vector<Awaited>& found) {
  const bool signal = wait.kind == core::Wait::For::signal;
  if (signal || wait.kind == core::Wait::For::event) found.push_back({wait.name, signal, version});
  for (const auto& member : wait.any) collect(member.wait, version, found);
}

void collect(const engine::SagaView& view, std::vector<Awaited>& found) {
  if (!view.definition) return;
  for (const auto& [path, record] : view.saga.steps) {
    if (!core::is_open(record)) continue;
    const core::Step* step = view.definition->find(core::step_id(path));
    if (!step) continue;
    const auto* wait = std::get_if<core::Wait>(&step->kind);
    if (!wait && step->call()) wait = step->call()->await.get();
    if (wait) collect(*wait, view.definition->version, found);
  }
}

}  // namespace

Registered::Registered(engine::Engine& engine, bool running)
    : engine_(engine), running_(running), all_(engine.definitions()) {}

core::DefinitionPointer Registered::find(std::string_view name, std::uint32_t version) const {
  return engine_.definition(name, version);
}

std::vector<std::uint32_t> Registered::versions(std::string_view name) const {
  std::vector<std::uint32_t> found;
  for (const auto& each : all_)
    if (each->name == name) found.push_back(each->version);
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> Registered::names() const {
  std::vector<std::string> found;
  for (const auto& each : all_) found.push_back(each->name);
  return found;
}

std::string Registered::registered(std::string_view name, std::uint32_t version) const {
  const auto found = engine_.definition(name, version);
  return found ? found->hash : std::string();
}

// Of the newest versions: those come first.
std::vector<workflow::KnownDefinitions::Route> Registered::routes() const {
  std::vector<Route> found;
  std::set<std::string> seen;
  for (const auto& each : all_) {
    if (!seen.insert(each->name).second || !each->expose) continue;
    found.push_back({each->expose->path, each->name, ""});
  }
  return found;
}

std::vector<Awaited> Registered::awaited(std::string_view name) const {
  std::vector<Awaited> found;
  if (!running_ || versions(name).empty()) return found;
  engine::SagaFilter filter;
  filter.workflow = std::string(name);
  filter.live = true;
  filter.limit = most_sagas;
  const auto page = answer_of<engine::SagaPage>(
      [&](engine::Completion<engine::SagaPage> done) { engine_.list(filter, std::move(done)); });
  if (!page) return found;
  for (const auto& summary : page->items) {
    const auto view = answer_of<engine::SagaView>([&](engine::Completion<engine::SagaView> done) {
      engine_.get(summary.id, std::move(done));
    });
    if (!view) break;
    collect(*view, found);
  }
  return found;
}

}  // namespace sagaloom::app
