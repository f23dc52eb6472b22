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

struct Keyed {
  const Step* step;
  Trail trail;
};

bool loops(const Enclosing& around) {
  return !around.handler && (std::holds_alternative<core::Foreach>(around.block->kind) ||
                             std::holds_alternative<core::Repeat>(around.block->kind));
}

// The engine appends index and turn to a key: only within the same loops two keys can be equal.
bool same_loops(const Trail& a, const Trail& b) {
  std::vector<const Step*> left, right;
  for (const auto& around : a)
    if (loops(around)) left.push_back(around.block);
  for (const auto& around : b)
    if (loops(around)) right.push_back(around.block);
  return left == right;
}

// In two cases of one switch.
bool exclusive(const Trail& a, const Trail& b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    if (a[i].block != b[i].block) return false;
    const bool choice = std::holds_alternative<core::Switch>(a[i].block->kind);
    if (choice && a[i].list != b[i].list && !a[i].handler && !b[i].handler) return true;
  }
  return false;
}

// F05: calls with the same custom key that may both run.
void check_keys(const Checked& c) {
  constexpr std::size_t most_alike = 50;
  std::map<std::pair<std::string, std::string>, std::vector<Keyed>> keys;
  c.each_step([&](const Step& step, const Trail& trail) {
    const auto* call = step.call();
    if (!call || !call->operation || !call->key || !call->key->source().is_string()) return;
    auto& alike = keys[{call->operation->plugin, call->key->source().string()}];
    for (const Keyed& first : alike) {
      if (exclusive(first.trail, trail) || !same_loops(first.trail, trail)) continue;
      c.error("F05", step, "key", "the same key as step `" + first.step->id + "`",
              "make the keys differ: the plugin would take the second call for the first");
      break;
    }
    if (alike.size() < most_alike) alike.push_back({&step, trail});
  });
}

}  // namespace

void check_events(const Checked& c) {
  check_awaits(c);
  check_keys(c);
  c.each_step([&](const Step& step, const Trail&) {
    if (const auto* parallel = std::get_if<core::Parallel>(&step.kind)) {
      check_branches(c, *parallel);
    }
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
