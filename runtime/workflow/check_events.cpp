// F04, F05, W02: waits that could take each other's events, keys that two steps share.
#include <algorithm>
#include <map>
#include <set>

#include "runtime/workflow/checks.h"

namespace sagaloom::workflow {
namespace {

using core::Step;
using core::Wait;
using Wanted = std::pair<std::string, std::string>;  // an event, and the filter over it

const Wait* wait_of(const Step& step) {
  if (const auto* wait = std::get_if<Wait>(&step.kind)) return wait;
  return step.call() ? step.call()->await.get() : nullptr;
}

void collect(const Wait& wait, std::vector<Wanted>& wanted) {
  if (wait.kind == Wait::For::event && !wait.name.empty()) {
    wanted.emplace_back(wait.name, wait.where ? wait.where->text() : "");
  }
  for (const auto& [name, member] : wait.any) collect(member, wanted);
}

std::vector<Wanted> wanted_by(const Step& step) {
  std::vector<Wanted> wanted;
  if (const Wait* wait = wait_of(step)) collect(*wait, wanted);
  return wanted;
}

bool repeated(const Trail& trail) {
  return std::any_of(trail.begin(), trail.end(), [](const Enclosing& around) {
    return !around.handler && (std::holds_alternative<core::Foreach>(around.block->kind) ||
                               std::holds_alternative<core::Repeat>(around.block->kind));
  });
}

// A filter over what differs between occurrences.
bool tells_apart(const Wait& wait, const Trail& trail) {
  if (!wait.where) return false;
  if (mentions(wait.where->text(), "self")) return true;
  return std::any_of(trail.begin(), trail.end(), [&](const Enclosing& around) {
    const auto* foreach = std::get_if<core::Foreach>(&around.block->kind);
    return foreach && mentions(wait.where->text(), foreach->as);
  });
}

void check_awaits(const Checked& c) {
  std::map<std::string, int> waits;
  c.each_step([&](const Step& step, const Trail&) {
    for (const auto& [event, where] : wanted_by(step)) ++waits[event];
  });
  c.each_step([&](const Step& step, const Trail& trail) {
    const Wait* await = step.call() ? step.call()->await.get() : nullptr;
    if (!await || await->kind != Wait::For::event || tells_apart(*await, trail)) return;
    if (!repeated(trail) && waits[await->name] < 2) return;
    c.error("F04", step, "await",
            "event `" + await->name + "` may belong to another call: several wait for it",
            "add a `where` over `self` or the item's name");
  });
}

void collect_wanted(const core::StepList& list, std::map<Wanted, const Step*>& wanted) {
  for (const Step& step : list) {
    for (auto& one : wanted_by(step)) wanted.emplace(std::move(one), &step);
    for (const auto* inner : core::lists_inside(step)) collect_wanted(*inner, wanted);
  }
}

void check_branches(const Checked& c, const core::Parallel& parallel) {
  std::set<Wanted> taken;
  for (const auto& [name, branch] : parallel.branches) {
    std::map<Wanted, const Step*> wanted;
    collect_wanted(branch, wanted);
    for (const auto& [want, step] : wanted) {
      if (taken.insert(want).second) continue;
      c.error("F04", *step, step->call() ? "await" : "wait",
              "another branch waits for event `" + want.first + "` in the same way",
              "tell the two apart with `where`");
    }
  }
}

void check_keys(const Checked& c, const core::StepList& list) {
  std::map<std::pair<std::string, std::string>, const Step*> keys;
  for (const Step& step : list) {
    const auto* call = step.call();
    if (!call || !call->operation || !call->key || !call->key->source().is_string()) continue;
    const auto [first, added] =
        keys.emplace(std::pair(call->operation->plugin, call->key->source().string()), &step);
    if (added) continue;
    c.warning("F05", step, "key", "the same key as step `" + first->second->id + "`",
              "make the keys differ: the plugin would take the second call for the first");
  }
}

}  // namespace

void check_events(const Checked& c) {
  check_awaits(c);
  check_keys(c, c.definition.steps);
  c.each_step([&](const Step& step, const Trail&) {
    if (const auto* parallel = std::get_if<core::Parallel>(&step.kind)) {
      check_branches(c, *parallel);
    }
    for (const auto* list : core::lists_inside(step)) check_keys(c, *list);
  });
  const Node* events = c.root.find("events");
  for (const auto& event : c.definition.events) {
    const Member* member = events ? events->member(event.name) : nullptr;
    if (event.ttl || !member) continue;
    c.context.report.warning("W02", member->offset,
                             "event `" + event.name +
                                 "` has no `ttl`: one that comes before the "
                                 "wait is dropped",
                             "add `ttl`");
  }
}

}  // namespace sagaloom::workflow
