#include "runtime/workflow/scenario/drive.h"

#include <algorithm>

namespace sagaloom::workflow::scenario {
namespace {

using core::Command;
using core::Event;
using core::EventKind;
using core::Outcome;

struct Meaning {
  const char* word;
  Outcome outcome;
  const char* code;  // when none is said
};

constexpr Meaning kMeanings[] = {
    {"ok", Outcome::ok, ""},
    {"found", Outcome::ok, ""},
    {"pending", Outcome::pending, ""},
    {"rejected", Outcome::business, "call.rejected"},
    {"refused", Outcome::business, "call.rejected"},
    {"not_done", Outcome::retryable, "call.busy"},
    {"unavailable", Outcome::retryable, "call.busy"},
    {"lost", Outcome::unknown, "call.lost"},
    {"lost_after_effect", Outcome::unknown, "call.lost"},
    {"crash", Outcome::unknown, "call.crashed"},
    {"silent", Outcome::unknown, "call.timeout"},
    {"cancelled", Outcome::cancelled, "call.cancelled"},
    {"fatal", Outcome::fatal, "call.fatal"},
    {"no_effect", Outcome::no_effect, ""},
    {"absent", Outcome::no_effect, ""},
    {"broken", Outcome::protocol, "call.protocol"},
    {"completed", Outcome::pending, ""},  // of a child saga: accepted now, its end comes later
    {"compensated", Outcome::pending, ""},
    {"failed", Outcome::pending, ""},
};

Event about(const Command& command, EventKind kind) {
  Event event;
  event.kind = kind;
  event.path = command.path;
  event.purpose = command.purpose;
  event.occurrence = command.occurrence;
  event.number = command.number;
  return event;
}

Event timed_out(const Command& call, bool still_running) {
  Event event = about(call, EventKind::answered);
  event.outcome = Outcome::unknown;
  event.code = "call.timeout";
  event.message = "no answer within the attempt's timeout";
  event.running = still_running;
  return event;
}

bool is_end(const Answer& answer) {
  return answer.word == "completed" || answer.word == "compensated" || answer.word == "failed";
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return text;
}

// What a child's shard tells its parent in the end.
Event end_of_child(const Command& call, const Answer& answer) {
  Event event = about(call, EventKind::child_ended);
  event.code = upper(answer.word);
  event.output = answer.output;
  event.details = answer.details.is_map() ? answer.details : Value(expression::Map{});
  if (answer.word != "completed") {
    const std::string code = answer.code.empty() ? "saga.cancelled" : answer.code;
    event.details = event.details.with("error", Value::object({{"code", code}}));
  }
  return event;
}

}  // namespace

Event event_of(const Command& call, const Answer& answer) {
  if (answer.word == "interrupted") return about(call, EventKind::interrupted);
  Event event = about(call, EventKind::answered);
  for (const Meaning& meaning : kMeanings) {
    if (answer.word != meaning.word) continue;
    event.outcome = meaning.outcome;
    event.code = answer.code.empty() ? meaning.code : answer.code;
  }
  event.details = answer.details;
  event.retry_after = answer.retry_after;
  event.no_effect = answer.no_effect;
  event.crashed = answer.word == "crash";
  if (is_end(answer)) {
    event.output = Value::object({{"saga", "child"}});
  } else if (answer.output && answer.word != "lost_after_effect") {
    event.output = answer.output;
  } else if (event.outcome == Outcome::ok) {
    event.output = Value(expression::Map{});
  }
  return event;
}

Drive::Drive(core::DefinitionPointer definition, Participants& participants, Time start,
             double jitter)
    : definition_(std::move(definition)),
      participants_(participants),
      start_(start),
      now_(start),
      jitter_(jitter) {
  saga_.id = core::make_saga_id(start.time_since_epoch().count(), 0, 1);
}

core::Context Drive::context() const {
  return {now_, jitter_,
          [this](std::string_view operation) { return missing_.contains(operation); }};
}

std::optional<expression::Error> Drive::start(core::Submission submission, bool as_child) {
  auto head = core::admit(*definition_, submission, context());
  if (!head.ok()) return head.error();
  Event event;
  if (as_child) {
    head->parent = head->root = core::to_string(core::make_saga_id(0, 0, 2));
    head->parent_path = "child";
    head->parent_occurrence = 1;
  }
  if (definition_->concurrency && definition_->concurrency->reject) {
    if (const auto refused = ask_for_lock()) return refused;
    event.code = "lock_held";
  }
  event.start = std::make_shared<core::SagaRecord>(*head);
  take(event);
  return std::nullopt;
}

// `policy: reject` asks for the key before anything is stored.
std::optional<expression::Error> Drive::ask_for_lock() {
  Command call;
  call.operation = core::lock_acquire;
  call.purpose = core::Purpose::lock;
  const Answer answer = participants_.answer(call, saga_);
  if (answer.word == "ok") return std::nullopt;
  return expression::Error{"saga.locked", "the concurrency key is taken"};
}

core::Decision Drive::take(const Event& event) {
  core::Decision decision = core::decide(*definition_, saga_, event, context());
  if (decision.record) {
    core::apply(saga_, *decision.record);
    note_record(*decision.record);
  }
  obey();
  return decision;
}

void Drive::note_record(const core::Record& record) {
  trace_.emits.insert(trace_.emits.end(), record.emits.begin(), record.emits.end());
  for (const auto& note : record.notes) trace_.notes.push_back(note.code);
  if (record.event.kind != EventKind::plugin_installed) told_.clear();
  const std::string state(core::state_name(saga_));
  if (trace_.states.empty() || trace_.states.back() != state) trace_.states.push_back(state);
  const std::string& status = saga_.head.status;
  const bool changed = trace_.statuses.empty() ? !status.empty() : trace_.statuses.back() != status;
  if (changed) trace_.statuses.push_back(status);
}

Drive::Identity Drive::identity(const Command& command) {
  return {command.kind,       command.path,   command.purpose,
          command.occurrence, command.number, command.due.time_since_epoch().count()};
}

// What the state asks for and is not under way yet; then what the inbox holds for open waits.
void Drive::obey() {
  make_calls();
  while (offer_kept()) {
  }
  tell_installed();
}

// As the engine does: said again after each other record, for a suspended saga does not hear it.
void Drive::tell_installed() {
  for (const auto& [path, step] : saga_.steps) {
    if (!step.waiting_for_plugin) continue;
    std::string operation = core::awaited_operation(*definition_, path, step);
    if (missing_.contains(operation) || !told_.insert(operation).second) continue;
    Event event;
    event.kind = EventKind::plugin_installed;
    event.code = std::move(operation);
    take(event);  // goes on with the others
    return;
  }
}

// A call that is open no more and opens again is made again (an answer to a parent, repeated).
void Drive::make_calls() {
  std::set<Identity> open;
  std::vector<Command> fresh;
  for (const Command& command : core::open_commands(saga_)) {
    if (command.kind != Command::Kind::call) continue;
    open.insert(identity(command));
    if (!under_way_.contains(identity(command))) fresh.push_back(command);
  }
  under_way_ = std::move(open);
  for (const Command& command : fresh) make_call(command);
}

void Drive::make_call(const Command& call) {
  const bool between = core::between_shards(call.operation);
  std::string key = between ? call.path : short_key(call.request_key);
  if (key.empty()) key = "saga";
  trace_.calls.push_back({call.operation, call.role, std::move(key), call.input, now_ - start_,
                          call.number, call.forward_known});
  plan_answer(call, participants_.answer(call, saga_));
}

// In time, or a timeout first and the answer later (docs/semantics.md 9).
void Drive::plan_answer(const Command& call, const Answer& answer) {
  const bool bound = call.deadline != Time{};
  if (answer.word == "silent") {
    if (bound) plan(call.deadline, timed_out(call, false), call, answer, true);
    return;
  }
  if (is_end(answer)) {
    plan(now_, event_of(call, answer), call, answer, false);
    plan(now_ + answer.after, end_of_child(call, answer), call, answer, true);
    return;
  }
  const Time when = now_ + answer.after;
  const bool late = bound && when > call.deadline;
  if (late) plan(call.deadline, timed_out(call, true), call, answer, false);
  plan(when, event_of(call, answer), call, answer, true);
  if (late) plan(when, about(call, EventKind::call_returned), call, answer, false);
}

void Drive::plan(Time when, Event event, const Command& call, const Answer& answer, bool definite) {
  coming_[{when, sequence_++}] = {std::move(event), call, answer, definite};
}

const Command* Drive::next_timer(const std::vector<Command>& open) const {
  const Command* next = nullptr;
  for (const Command& command : open) {
    const bool timed =
        command.kind == Command::Kind::timer || command.kind == Command::Kind::deadline;
    if (!timed || fired_.contains(identity(command))) continue;
    if (!next || command.due < next->due) next = &command;
  }
  return next;
}

std::optional<Time> Drive::next_due() const {
  const auto open = core::open_commands(saga_);
  const Command* timer = next_timer(open);
  if (coming_.empty() && !timer) return std::nullopt;
  Time due = timer ? std::max(timer->due, now_) : coming_.begin()->first.first;
  if (!coming_.empty()) due = std::min(due, std::max(now_, coming_.begin()->first.first));
  return due;
}

bool Drive::step() {
  const auto open = core::open_commands(saga_);
  const Command* timer = next_timer(open);
  const bool answered =
      !coming_.empty() && (!timer || coming_.begin()->first.first <= std::max(timer->due, now_));
  if (answered) {
    const Coming next = coming_.begin()->second;
    advance_to(coming_.begin()->first.first);
    coming_.erase(coming_.begin());
    if (next.definite) participants_.happened(next.call, next.answer);
    take(next.event);
    return true;
  }
  if (!timer) return false;
  advance_to(timer->due);
  fired_.insert(identity(*timer));
  const bool deadline = timer->kind == Command::Kind::deadline;
  take(about(*timer, deadline ? EventKind::deadline : EventKind::timer));
  return true;
}

std::set<std::string> Drive::listened() const {
  std::set<std::string> names;
  for (const Command& command : core::open_commands(saga_)) {
    if (command.kind == Command::Kind::subscription) names.insert(command.operation);
  }
  return names;
}

// Without a time to live an event is kept only if a wait listens when it comes.
void Drive::put(Event event) {
  event.inbox = ++rows_;
  std::optional<Time> until;
  if (event.kind == EventKind::deliver && !listened().contains("event:" + event.code)) {
    for (const core::EventSource& source : definition_->events) {
      if (source.name == event.code && !source.ttl) return;
      if (source.name == event.code) until = now_ + *source.ttl;
    }
  }
  inbox_.push_back({event.inbox, std::move(event), until});
  while (offer_kept()) {
  }
}

// Offers what is kept, in order of arrival, until one is taken; true: one was.
bool Drive::offer_kept() {
  std::erase_if(inbox_, [this](const Kept& kept) { return kept.until && *kept.until < now_; });
  const std::set<std::string> names = listened();
  for (std::size_t i = 0; i < inbox_.size(); ++i) {
    const Event event = inbox_[i].event;
    const char* kind = event.kind == EventKind::signal ? "signal:" : "event:";
    if (!names.contains(kind + event.code)) continue;
    const auto decision = core::decide(*definition_, saga_, event, context());
    if (!decision.record) continue;
    core::apply(saga_, *decision.record);
    note_record(*decision.record);
    make_calls();
    if (decision.record->event.inbox == 0) continue;
    inbox_.erase(inbox_.begin() + static_cast<std::ptrdiff_t>(i));
    return true;
  }
  return false;
}

void Drive::restart() {
  coming_.clear();
  for (const Command& command : core::open_commands(saga_)) {
    if (command.kind != Command::Kind::call) continue;
    if (core::between_shards(command.operation)) {
      plan_answer(command, participants_.answer(command, saga_));
    } else {
      take(about(command, EventKind::interrupted));
    }
  }
}

void Drive::set_missing(const std::string& operation, bool missing) {
  told_.erase(operation);
  if (missing) {
    missing_.insert(operation);
    return;
  }
  missing_.erase(operation);
  tell_installed();
}

Event Drive::event_about(EventKind kind, const core::Path& path) const {
  Event event;
  event.kind = kind;
  event.path = path;
  event.by = "scenario";
  if (const core::StepRecord* step = saga_.find(path)) event.occurrence = step->occurrence;
  return event;
}

std::string Drive::short_key(const std::string& key) const {
  const std::string prefix = core::to_string(saga_.id) + "/";
  return key.starts_with(prefix) ? key.substr(prefix.size()) : key;
}

}  // namespace sagaloom::workflow::scenario
