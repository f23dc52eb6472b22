#include "runtime/workflow/replay/facts.h"

namespace sagaloom::workflow::replay {

namespace {

using core::Command;
using core::EventKind;

Happening happening_of(const Entry& entry) {
  const core::Record& record = entry.record;
  Happening happening{record.event, record.now, record.jitter, entry.seq, {}};
  for (const core::Note& note : record.notes) {
    if (note.code == "plugin.missing" && note.details.is_string())
      happening.missing.push_back(note.details.string());
  }
  return happening;
}

class Reading {
 public:
  explicit Reading(Facts& facts) : facts_(facts) {}

  void take(const Entry& entry) {
    const Happening happening = happening_of(entry);
    switch (entry.record.event.kind) {
      case EventKind::started:
      case EventKind::refused_by_store:  // nothing of the world: what it stands for is not known
        break;
      case EventKind::answered:
      case EventKind::interrupted:
      case EventKind::call_returned:
        reply(happening);
        break;
      case EventKind::timer:
      case EventKind::deadline:
        facts_.timers.push_back({happening, due_of(happening.event)});
        break;
      default:
        facts_.happenings.push_back(happening);
    }
    core::apply(facts_.last, entry.record);
    note_calls(entry.record.now);
    facts_.until = entry.record.now;
  }

 private:
  struct Sent {
    Command command;
    std::string key;
    std::size_t index;
  };

  void note_calls(core::Time now) {
    for (Command& command : core::open_commands(facts_.last)) {
      if (command.kind != Command::Kind::call) continue;
      if (!known_.insert(identity_of(command)).second) continue;
      const std::string key = call_key(command);
      auto& list = facts_.calls[key];
      sent_.push_back({command, key, list.size()});
      list.push_back({std::move(command), now, {}});
    }
  }

  // `call_returned` names the path and the attempt at best: then the newest that fits.
  void reply(const Happening& happening) {
    const core::Event& event = happening.event;
    const bool returned = event.kind == EventKind::call_returned;
    for (auto sent = sent_.rbegin(); sent != sent_.rend(); ++sent) {
      const Command& command = sent->command;
      if (command.path != event.path || command.purpose != event.purpose) continue;
      const bool this_one =
          command.number == event.number && command.occurrence == event.occurrence;
      if (!this_one && !(returned && event.number == 0)) continue;
      facts_.calls[sent->key][sent->index].replies.push_back(happening);
      return;
    }
  }

  core::Time due_of(const core::Event& event) const {
    for (const Command& command : core::open_commands(facts_.last)) {
      const bool deadline = command.kind == Command::Kind::deadline;
      if (deadline && event.kind == EventKind::deadline) return command.due;
      const bool timer = command.kind == Command::Kind::timer && event.kind == EventKind::timer;
      if (timer && command.path == event.path && command.purpose == event.purpose &&
          command.number == event.number && command.occurrence == event.occurrence)
        return command.due;
    }
    return core::Time{};
  }

  Facts& facts_;
  std::vector<Sent> sent_;
  std::set<CommandIdentity> known_;
};

}  // namespace

// Calls between shards have no key of their own: who asks what is their key.
std::string call_key(const core::Command& command) {
  const std::string role = std::to_string(static_cast<int>(command.role)) + " ";
  if (!command.request_key.empty()) return role + command.request_key;
  return role + command.operation + " " + command.path + "#" + std::to_string(command.occurrence);
}

CommandIdentity identity_of(const core::Command& command) {
  return {command.kind, command.path, command.purpose, command.occurrence, command.number};
}

bool same_command(const core::Command& left, const core::Command& right) {
  return identity_of(left) == identity_of(right);
}

std::optional<Facts> facts_of(const std::vector<Entry>& journal) {
  if (journal.empty() || journal.front().record.head.records != 1) return std::nullopt;
  Facts facts;
  const core::Event accept = event_of(journal.front().record);
  if (!accept.start) return std::nullopt;
  facts.start = *accept.start;
  facts.accepted = happening_of(journal.front());
  facts.last.id = journal.front().record.saga;
  Reading reading(facts);
  for (const Entry& entry : journal) reading.take(entry);
  return facts;
}

}  // namespace sagaloom::workflow::replay
