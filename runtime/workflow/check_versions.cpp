// V01 to V03, R01: a definition beside its other versions and beside other workflows.
#include <algorithm>

#include "runtime/schema/type.h"
#include "runtime/workflow/checks.h"
#include "runtime/workflow/routes.h"

namespace sagaloom::workflow {
namespace {

using core::Definition;
using core::EventSource;
using expression::Type;
using expression::TypePointer;

constexpr int kDeepest = 8;

std::size_t place_of(const Checked& c, std::initializer_list<std::string_view> path) {
  const Node* node = &c.root;
  std::size_t offset = c.root.offset;
  for (const auto key : path) {
    const Member* member = node->member(key);
    if (!member) break;
    offset = member->offset;
    node = &member->value;
  }
  return offset;
}

const EventSource* event_of(const Definition& definition, const std::string& name) {
  const auto found = std::find_if(definition.events.begin(), definition.events.end(),
                                  [&](const auto& event) { return event.name == name; });
  return found == definition.events.end() ? nullptr : &*found;
}

// V03: an event that comes in belongs to all versions that may be live.
void check_events_beside(const Checked& c, const Definition& other) {
  for (const auto& event : c.definition.events) {
    const EventSource* before = event_of(other, event.name);
    if (!before) continue;
    const char* what = before->topic != event.topic                 ? "topic"
                       : before->type != event.type                 ? "type"
                       : before->key.source() != event.key.source() ? "key"
                                                                    : nullptr;
    if (!what) continue;
    c.context.report.error("V03", place_of(c, {"events", event.name, what}),
                           "event `" + event.name + "` has another `" + what + "` in version " +
                               std::to_string(other.version) + ", which may still be live",
                           "give the changed event another name");
  }
}

bool waits_for(const core::Wait& wait, const KnownDefinitions::Awaited& wanted) {
  const auto kind = wanted.signal ? core::Wait::For::signal : core::Wait::For::event;
  if (wait.kind == kind && wait.name == wanted.name) return true;
  return std::any_of(wait.any.begin(), wait.any.end(),
                     [&](const auto& member) { return waits_for(member.wait, wanted); });
}

bool offers(const Checked& c, const KnownDefinitions::Awaited& wanted) {
  if (!wanted.signal) return event_of(c.definition, wanted.name) != nullptr;
  bool found = false;
  c.each_step([&](const core::Step& step, const Trail&) {
    const auto* wait = std::get_if<core::Wait>(&step.kind);
    if (!wait && step.call()) wait = step.call()->await.get();
    found = found || (wait && waits_for(*wait, wanted));
  });
  return found;
}

void check_awaited(const Checked& c, const KnownDefinitions& known) {
  for (const auto& awaited : known.awaited(c.definition.name)) {
    if (awaited.version >= c.definition.version || offers(c, awaited)) continue;
    c.context.report.error("V01", place_of(c, {"version"}),
                           std::string(awaited.signal ? "signal `" : "event `") + awaited.name +
                               "` is gone, and running sagas of version " +
                               std::to_string(awaited.version) + " wait for it",
                           "keep it until they have ended");
  }
}

// What an input that fitted before may be refused for; empty: nothing is known.
std::string narrower(const Type& now, const Type& before, const std::string& path, int depth) {
  if (depth > kDeepest) return {};
  if (before.kinds & ~now.kinds) return "`" + path + "` may no longer be all that it was";
  if (now.values && !before.values) return "`" + path + "` takes only certain values now";
  if (now.values) {
    for (const auto& value : *before.values) {
      const bool kept =
          std::find(now.values->begin(), now.values->end(), value) != now.values->end();
      if (!kept) return "`" + path + "` no longer takes every value that it took";
    }
  }
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const auto& member : now.members) {
    const auto* twin = before.find(member.name);
    if (member.always && !(twin && twin->always)) {
      return "`" + prefix + member.name + "` is required now";
    }
    if (!twin) continue;
    auto inner = narrower(*member.type, *twin->type, prefix + member.name, depth + 1);
    if (!inner.empty()) return inner;
  }
  for (const auto& member : before.members) {
    if (!now.open && !now.find(member.name)) {
      return "`" + prefix + member.name + "` is no longer known";
    }
  }
  if (now.item && before.item) return narrower(*now.item, *before.item, path + "[]", depth + 1);
  return {};
}

TypePointer as_given(const Definition& definition) {
  Type type = *schema::type_of(*definition.input);
  for (auto& member : type.members) {
    if (definition.input_defaults.find(member.name)) member.always = false;
  }
  return std::make_shared<const Type>(std::move(type));
}

void check_input(const Checked& c, const Definition& before) {
  if (!c.definition.input || !before.input) return;
  const std::string why = narrower(*as_given(c.definition), *as_given(before), "", 0);
  if (why.empty()) return;
  c.context.report.warning(
      "V02", place_of(c, {"input", "schema"}),
      "the input is narrower than in version " + std::to_string(before.version) + ": " + why,
      "change the callers first, or make it optional with `defaults`");
}

void check_routes(const Checked& c, const KnownDefinitions& known) {
  if (!c.definition.expose) return;
  for (const auto& route : known.routes()) {
    if (route.workflow == c.definition.name) continue;
    if (!paths_collide(c.definition.expose->path, route.path)) continue;
    return c.context.report.error("R01", place_of(c, {"expose", "path"}),
                                  "`" + c.definition.expose->path +
                                      "` collides with the route of `" + route.workflow + "`" +
                                      (route.where.empty() ? "" : " " + route.where),
                                  "choose another path");
  }
}

}  // namespace

void check_versions(const Checked& c) {
  const KnownDefinitions* known = c.context.options.known;
  if (!known || c.definition.name.empty()) return;
  core::DefinitionPointer before;
  for (const std::uint32_t version : known->versions(c.definition.name)) {
    if (version == c.definition.version) continue;
    const auto other = known->find(c.definition.name, version);
    if (!other) continue;
    if (version < c.definition.version) {
      before = other;
      check_events_beside(c, *other);
    }
  }
  if (before) check_input(c, *before);
  check_awaited(c, *known);
  check_routes(c, *known);
}

}  // namespace sagaloom::workflow
