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

// Blocks whose steps run several times.
bool loops(const Enclosing& around) {
  return !around.handler && (std::holds_alternative<core::Foreach>(around.block->kind) ||
                             std::holds_alternative<core::Repeat>(around.block->kind));
}

// The key of a call, as far as it is known.
struct Keyed {
  const Step* step;
  Trail trail;
  std::string plugin;
  std::string key;     // with `[]` for each index
  std::string bare{};  // the key without what the engine appends to keys (`#2`, `/undo`)
  bool written = false;
};

// `tickets[7]/issue` as `tickets[]/issue`.
std::string without_numbers(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t end = text[i] == '[' ? text.find_first_not_of("0123456789", i + 1) : i;
    const bool index = end != text.npos && end > i + 1 && text[end] == ']';
    out += index ? "[]" : std::string(1, text[i]);
    if (index) i = end;
  }
  return out;
}

// Without `/undo`, `/undo/<id>`, `/check`, `/confirm` and `#2`.
std::string without_ends(std::string text) {
  const auto undo = text.rfind("/undo/");
  if (undo != text.npos && text.find('/', undo + 6) == text.npos) text.resize(undo);
  for (const std::string_view end : {"/undo", "/check", "/confirm"}) {
    if (!text.ends_with(end)) continue;
    text.resize(text.size() - end.size());
    break;
  }
  const auto number = text.rfind('#');
  const bool again = number != text.npos && number + 1 < text.size() &&
                     text.find_first_not_of("0123456789", number + 1) == text.npos;
  if (again) text.resize(number);
  return text;
}

// A path holds the blocks that repeat; to a written key their indexes are appended. A key that is
// computed is known as its text, equal only within the same blocks.
Keyed keyed(const Step& step, const Trail& trail) {
  Keyed found{&step, trail, step.call()->operation->plugin, {}};
  std::string path, indexes, blocks;
  for (const auto& around : trail) {
    if (!loops(around)) continue;
    path += around.block->id + "[]/";
    indexes += "[]";
    blocks += " " + around.block->id;
  }
  const auto& key = step.call()->key;
  found.written = key.has_value();
  if (!key) {
    found.key = path + step.id;
  } else if (!key->is_constant()) {
    found.key = key->source().string() + " in" + blocks;
  } else {
    found.key = without_numbers(key->source().string()) + indexes;
    if (indexes.empty()) found.bare = without_ends(found.key);
  }
  return found;
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

std::vector<Keyed> all_keyed(const Checked& c) {
  std::vector<Keyed> all;
  c.each_step([&](const Step& step, const Trail& trail) {
    const auto* call = step.call();
    if (!call || !call->operation) return;
    if (call->key && !call->key->source().is_string()) return;
    all.push_back(keyed(step, trail));
  });
  return all;
}

void same_key(const Checked& c, const Keyed& one, const Keyed& other) {
  const std::string whose = "step `" + other.step->id + "`";
  std::string message = "the same key as " + whose;
  if (one.key != other.key) {
    message = "the key that the engine makes from that of " + whose;
  } else if (!other.written) {
    message = "the path of " + whose + ", which is its key";
  }
  c.error("F05", *one.step, "key", message,
          "make the keys differ: the plugin would take the second call for the first");
}

// F05: calls with one key that may both run.
void check_keys(const Checked& c) {
  constexpr std::size_t most_alike = 50;
  const std::vector<Keyed> all = all_keyed(c);
  std::map<std::pair<std::string, std::string>, std::vector<const Keyed*>> alike;
  for (const Keyed& one : all) {
    auto& list = alike[{one.plugin, one.key}];
    if (list.size() < most_alike) list.push_back(&one);
  }
  for (const Keyed& one : all) {
    if (!one.written) continue;
    for (const std::string& key : {one.key, one.bare}) {
      const auto found = alike.find({one.plugin, key});
      if (key.empty() || found == alike.end()) continue;
      const auto& others = found->second;
      const auto clash = std::find_if(others.begin(), others.end(), [&](const Keyed* other) {
        const bool reported_there = other->written && other->key == one.key && other >= &one;
        return other != &one && !reported_there && !exclusive(other->trail, one.trail);
      });
      if (clash == others.end()) continue;
      same_key(c, one, **clash);
      break;
    }
  }
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
