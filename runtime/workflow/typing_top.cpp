// The top level: what is rendered before, beside and after the steps; the size of the state.
#include <algorithm>

#include "runtime/workflow/typing.h"

namespace sagaloom::workflow {
namespace {

using core::Step;
using expression::any_type;

constexpr std::size_t kMostState = 256 * 1024;
constexpr std::size_t kUnknownItems = 100;

}  // namespace

void Typing::run() {
  before_steps();
  list(checked_.definition.steps);
  if (checked_.context.report.full()) return;
  after_steps();
  sizes();
}

void Typing::span(const std::optional<core::DurationTemplate>& duration, const Node* node,
                  const Site& site) {
  if (duration && duration->computed) scopes_.check(node, *duration->computed, site, Wanted::span);
}

void Typing::emits(const std::vector<core::Emit>& emits, const Node* node, const Site& site) {
  for (std::size_t i = 0; i < emits.size(); ++i) {
    const core::Emit& emit = emits[i];
    const Node* place = node && node->is_list() ? under_index(node, i) : node;
    Within facts(scopes_.facts, expression::Facts(scopes_.facts));
    if (emit.when) {
      scopes_.check(under_key(place, "when"), *emit.when, site, Wanted::condition);
      const auto more = expression::facts_if(*emit.when, true);
      scopes_.facts.insert(more.begin(), more.end());
    }
    const char* where = "an event for the world";
    if (emit.key) scopes_.publish(under_key(place, "key"), *emit.key, site, where, Wanted::text);
    scopes_.publish(under_key(place, "data"), emit.data, site, where);
    const Node* headers = under_key(place, "headers");
    for (const auto& [name, value] : emit.headers) {
      scopes_.publish(under_key(headers, name), value, site, where, Wanted::text);
    }
  }
}

void Typing::announce(const core::Announcement& announcement, const Node* node, const Site& site) {
  if (announcement.status) {
    scopes_.check(under_key(node, "status"), *announcement.status, site, Wanted::text);
  }
  emits(announcement.emit, under_key(node, "emit"), site);
}

void Typing::hook(const char* name, const core::Announcement& hook, Site site) {
  announce(hook, under_key(at("hooks"), name), site);
}

void Typing::events() {
  const Node* all = at("events");
  for (const auto& event : checked_.definition.events) {
    const Node* place = under_key(all, event.name);
    Site site;
    site.extra.emplace_back("event", event_type(scopes_.schema_type(event.schema)));
    scopes_.check(under_key(place, "key"), event.key, site, Wanted::text);
    if (event.dedupe) {
      scopes_.check(under_key(place, "dedupe"), *event.dedupe, site, Wanted::text);
    }
  }
}

void Typing::start() {
  const auto& start = checked_.definition.start;
  if (!start) return;
  const Node* node = at("start");
  Site site;
  site.extra.emplace_back("event", event_type(any_type()));
  if (start->key) scopes_.check(under_key(node, "key"), *start->key, site, Wanted::text);
  if (start->input) scopes_.check(under_key(node, "input"), *start->input, site);
}

void Typing::before_steps() {
  const core::Definition& definition = checked_.definition;
  const Site site;
  events();
  start();
  if (definition.id) scopes_.check(at("id"), *definition.id, site, Wanted::text);
  if (definition.concurrency) {
    scopes_.check(under_key(at("concurrency"), "key"), definition.concurrency->key, site,
                  Wanted::text);
  }
  if (const auto& deadline = definition.deadline) {
    const Node* node = at("deadline");
    const bool map = node && node->is_map();
    span(deadline->after, map ? node->find("after") : node, site);
    if (deadline->at) scopes_.check(under_key(node, "at"), *deadline->at, site, Wanted::moment);
  }
  hook("accepted", definition.hooks.accepted, site);
}

void Typing::after_steps() {
  const core::Definition& definition = checked_.definition;
  Site ended;
  ended.view = Site::View::end;
  if (definition.output) scopes_.check(at("output"), *definition.output, ended);
  hook("completed", definition.hooks.completed, ended);
  Site broken;
  broken.view = Site::View::hook;
  broken.extra.emplace_back("error", error_type());
  hook("compensating", definition.hooks.compensating, broken);
  hook("compensated", definition.hooks.compensated, broken);
  hook("failed", definition.hooks.failed, broken);
  hook("parked", definition.hooks.parked, broken);
  Site shown;
  shown.view = Site::View::shown;
  for (const auto& attribute : definition.attributes) {
    const Node* node = under_key(at("attributes"), attribute.name);
    if (node && node->is_map()) node = node->find("value");
    scopes_.publish(node, attribute.value, shown, "an attribute");
  }
  exposed();
}

void Typing::exposed() {
  const auto& expose = checked_.definition.expose;
  if (!expose) return;
  Site shown;
  shown.view = Site::View::shown;
  shown.extra.emplace_back("error", error_type());
  const Node* node = at("expose");
  if (expose->status) scopes_.check(under_key(node, "status"), *expose->status, shown);
  if (expose->response) scopes_.check(under_key(node, "response"), *expose->response, shown);
  for (const auto& [name, view] : expose->views) {
    scopes_.check(under_key(under_key(node, "views"), name), view, shown);
  }
}

namespace {

// Items that a foreach probably has: `maxItems` of the member of the input that it names.
std::size_t items_of(const core::Definition& definition, const core::Foreach& foreach) {
  if (!foreach.in || !definition.input) return kUnknownItems;
  const auto paths = expression::used_paths(*foreach.in);
  if (paths.size() != 1 || !paths[0].whole_text || paths[0].root != "input") return kUnknownItems;
  const expression::Value* schema = &definition.input->source();
  for (const auto& name : paths[0].members) {
    const auto* properties = schema && schema->is_map() ? schema->find("properties") : nullptr;
    schema = properties && properties->is_map() ? properties->find(name) : nullptr;
  }
  const auto* most = schema && schema->is_map() ? schema->find("maxItems") : nullptr;
  if (!most || !most->is_integer() || most->integer() < 0) return kUnknownItems;
  return static_cast<std::size_t>(std::min<std::int64_t>(most->integer(), 10'000));
}

}  // namespace

// Q03: what the outputs of all steps together probably take. A foreach keeps its steps' outputs
// once for each item.
void Typing::sizes() {
  std::size_t total = 0, largest = 0;
  const Step* most = nullptr;
  checked_.each_step([&](const Step& step, const Trail& trail) {
    const auto* call = step.call();
    if (!call && !std::holds_alternative<core::Set>(step.kind) &&
        !std::holds_alternative<core::Wait>(step.kind)) {
      return;
    }
    const bool by_schema =
        call && call->operation && call->operation->output && !call->await && !step.output;
    std::size_t bytes = by_schema ? estimate(call->operation->output->source())
                                  : estimate(*scopes_.steps[step.id].output);
    for (const Enclosing& around : trail) {
      const auto* foreach = std::get_if<core::Foreach>(&around.block->kind);
      if (foreach && !around.handler) bytes *= items_of(checked_.definition, *foreach);
      bytes = std::min(bytes, std::size_t{1} << 32);
    }
    total += bytes;
    if (bytes <= largest) return;
    largest = bytes;
    most = &step;
  });
  if (total <= kMostState || !most) return;
  checked_.warning("Q03", *most, most->call() ? "call" : "id",
                   "the saga's state may grow to about " + std::to_string(total / 1024) +
                       " KiB; the output of `" + most->id + "` is the largest part",
                   "keep only what is used: `output:` on the step, or `maxItems` in the schemas");
}

}  // namespace sagaloom::workflow
