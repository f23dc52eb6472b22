#include "runtime/workflow/replay/rehearsal.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace sagaloom::workflow::replay {

namespace {

using core::Command;
using core::EventKind;

constexpr std::size_t most_events = 60'000;
constexpr double drawn_anew = 0.5;  // where the record drew nothing
constexpr std::int64_t own = std::numeric_limits<std::int64_t>::max();  // after what is recorded

// Kept by an inbox, a broker or another shard until the saga is ready for it.
bool waits_for_its_turn(EventKind kind) {
  return kind == EventKind::deliver || kind == EventKind::signal ||
         kind == EventKind::child_ended || kind == EventKind::lock_granted;
}

bool earlier(const Happening& left, const Happening& right) {
  return left.at != right.at ? left.at < right.at : left.seq < right.seq;
}

class Rehearsal {
 public:
  Rehearsal(const core::Definition& definition, const Facts& facts, const RehearsalOptions& options)
      : definition_(definition), facts_(facts), options_(options) {
    done_.saga.id = facts.last.id;
    coming_ = facts.happenings;
  }

  Rehearsed run(const core::SagaRecord& start) {
    Happening accept = facts_.accepted;
    accept.event.start = std::make_shared<core::SagaRecord>(start);
    take(accept);
    for (std::size_t i = 0; i < most_events && done_.undetermined.empty(); ++i) {
      auto next = next_happening();
      if (!next) break;
      take(*next);
    }
    return std::move(done_);
  }

 private:
  // What was missing when it was asked for then is missing at this event too.
  core::Context context_of(const Happening& happening) {
    core::Context context;
    context.now = happening.at;
    context.jitter = happening.seq == own ? drawn_anew : happening.jitter;
    context.missing = [&happening](std::string_view operation) {
      return std::find(happening.missing.begin(), happening.missing.end(), operation) !=
             happening.missing.end();
    };
    return context;
  }

  void take(const Happening& happening) {
    // That it was moved, perhaps to this very version, is nothing that a version decides.
    if (happening.event.kind == EventKind::migrate) return;
    core::Decision decision =
        core::decide(definition_, done_.saga, happening.event, context_of(happening));
    if (decision.refusal) {
      const bool late = core::ended(done_.saga.head.phase) && core::ended(facts_.last.head.phase);
      if (!late)
        done_.undetermined = "`" + shown(happening.event) +
                             "` was taken then and is refused now: " + decision.refusal->code;
      return;
    }
    if (!decision.record) {
      if (waits_for_its_turn(happening.event.kind)) kept_.push_back(happening);
      return;
    }
    decision.record->saga = done_.saga.id;
    core::apply(done_.saga, *decision.record);
    done_.records.push_back(std::move(*decision.record));
    for (Happening& kept : kept_) {  // it may be their turn now
      kept.at = happening.at;
      coming_.push_back(std::move(kept));
    }
    kept_.clear();
    send_calls(happening.at);
  }

  void send_calls(core::Time now) {
    for (const Command& command : core::open_commands(done_.saga)) {
      if (command.kind != Command::Kind::call || !done_.undetermined.empty()) continue;
      if (sent_.insert(identity_of(command)).second) send(command, now);
    }
  }

  void send(const Command& command, core::Time now) {
    const std::string key = call_key(command);
    const auto recorded = facts_.calls.find(key);
    const std::size_t index = used_[key]++;
    const std::string name = "the call of " + command.operation + " by step " + command.path;
    if (recorded == facts_.calls.end() || index >= recorded->second.size()) {
      done_.undetermined = name + " has no recorded answer";
      return;
    }
    const RecordedCall& call = recorded->second[index];
    if (call.command.operation != command.operation) {
      done_.undetermined = name + " was one of " + call.command.operation + " then";
      return;
    }
    if (call.command.input != command.input && !options_.same_answers) {
      done_.undetermined = name + " has another input: " + shown(call.command.input) + " then, " +
                           shown(command.input) + " now";
      return;
    }
    for (Happening reply : call.replies) {
      reply.at = now + (reply.at - call.sent);
      reply.event.number = command.number;
      reply.event.occurrence = command.occurrence;
      coming_.push_back(std::move(reply));
    }
  }

  // A timer as it fired then, if it is the same one; else as soon as it is due.
  Happening timer_of(const Command& command) const {
    for (const FiredTimer& fired : facts_.timers) {
      const core::Event& event = fired.happening.event;
      const bool deadline = command.kind == Command::Kind::deadline;
      if (deadline != (event.kind == EventKind::deadline) || fired.due != command.due) continue;
      if (event.path == command.path && event.purpose == command.purpose &&
          event.number == command.number && event.occurrence == command.occurrence)
        return fired.happening;
    }
    Happening happening;
    happening.event.kind =
        command.kind == Command::Kind::deadline ? EventKind::deadline : EventKind::timer;
    happening.event.path = command.path;
    happening.event.purpose = command.purpose;
    happening.event.occurrence = command.occurrence;
    happening.event.number = command.number;
    happening.at = command.due;
    happening.seq = own;
    return happening;
  }

  std::optional<Happening> next_timer() {
    std::optional<Happening> first;
    for (const Command& command : core::open_commands(done_.saga)) {
      const bool timed =
          command.kind == Command::Kind::timer || command.kind == Command::Kind::deadline;
      if (!timed || has_fired(command)) continue;
      Happening happening = timer_of(command);
      if (!first || earlier(happening, *first)) {
        first = std::move(happening);
        candidate_ = command;
      }
    }
    return first;
  }

  bool has_fired(const Command& command) const {
    return std::any_of(fired_.begin(), fired_.end(), [&](const Command& fired) {
      return same_command(fired, command) && fired.due == command.due;
    });
  }

  // The earliest of all; what lies beyond the record of a saga that still runs has not happened.
  std::optional<Happening> next_happening() {
    const auto soonest = std::min_element(coming_.begin(), coming_.end(), &earlier);
    std::optional<Happening> next = next_timer();
    if (soonest != coming_.end() && (!next || earlier(*soonest, *next))) {
      next = std::move(*soonest);
      coming_.erase(soonest);
    } else if (next) {
      const bool beyond = !core::ended(facts_.last.head.phase) && next->at > facts_.until;
      if (beyond) return std::nullopt;
      fired_.push_back(candidate_);
    }
    if (next) next->at = std::max(next->at, done_.saga.head.updated);
    return next;
  }

  const core::Definition& definition_;
  const Facts& facts_;
  const RehearsalOptions options_;
  Rehearsed done_;
  std::vector<Happening> coming_, kept_;
  std::set<CommandIdentity> sent_;
  std::vector<Command> fired_;
  Command candidate_;
  std::map<std::string, std::size_t> used_;
};

}  // namespace

Rehearsed rehearse(const core::Definition& definition, const core::SagaRecord& start,
                   const Facts& facts, const RehearsalOptions& options) {
  return Rehearsal(definition, facts, options).run(start);
}

}  // namespace sagaloom::workflow::replay
