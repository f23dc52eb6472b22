// Waiting: `wait`, `await`, tasks, and the timers of waits and blocks (docs/semantics.md 3 and 12).
//
// A step says what it listens to (`listens`) and when its timers are due (`timers`); the inbox is
// the engine's. An event that is taken leads to a record, one that is not leaves no trace.
#include <algorithm>

#include "runtime/core/transition.h"
#include "runtime/core/tree.h"
#include "runtime/expression/time.h"

namespace sagaloom::core {

namespace {

Failure wait_failure(const Path& path, std::string code, std::string message) {
  Failure error;
  error.code = std::move(code);
  error.kind = "business";
  error.message = std::move(message);
  error.step = path;
  return error;
}

std::string heard(const Wait& wait) {
  switch (wait.kind) {
    case Wait::For::event:
      return "event:" + wait.name;
    case Wait::For::signal:
      return "signal:" + wait.name;
    case Wait::For::task:
      return "task";
    default:
      return {};
  }
}

std::string member_timer(const std::string& timer, const std::string& member) {
  return member.empty() ? timer : timer + ":" + member;
}

// The member of `any` that a timer's name belongs to; empty: it is the wait's own.
std::string member_of(const std::string& timer) {
  const auto colon = timer.find(':');
  return colon == std::string::npos ? std::string{} : timer.substr(colon + 1);
}

std::optional<Time> as_time(const Value& value) {
  std::optional<expression::Timestamp> time;
  if (value.kind() == Value::Kind::timestamp) time = value.timestamp();
  if (value.is_string()) time = expression::parse_timestamp(value.string());
  if (!time) return std::nullopt;
  return Time(Duration(time->seconds * 1000 + time->nanos / 1'000'000));
}

const Wait* find_member(const Wait& wait, const std::string& name) {
  for (const NamedWait& member : wait.any) {
    if (member.name == name) return &member.wait;
  }
  return &wait;
}

}  // namespace

void Transition::set_timer(StepRecord& record, const std::string& name, Time due) {
  record.timers =
      record.timers.with(name, Value(static_cast<std::int64_t>(due.time_since_epoch().count())));
}

const Wait* Transition::wait_of(const Step& step) const {
  if (const auto* wait = std::get_if<Wait>(&step.kind)) return wait;
  return step.call() ? step.call()->await.get() : nullptr;
}

// Its events are kept from the first attempt on, and taken once the call is accepted.
void Transition::listen_from_the_start(const Step& step, StepRecord& record) {
  if (step.call() && step.call()->await) {
    record.listens = Value(expression::List{Value(heard(*step.call()->await))});
  }
}

void Transition::start_wait(const Step& step, const Path& path, const Wait& wait) {
  StepRecord& record = edit(path);
  record.listens = record.timers = Value{};
  record.collected = 0;
  std::string problem;
  if (wait.kind == Wait::For::any) {
    for (const NamedWait& member : wait.any) open_wait(record, member.wait, member.name, problem);
  } else {
    open_wait(record, wait, "", problem);
  }
  open_timeout(record, wait, problem);
  if (!problem.empty()) return fail(path, expression_failed(path, {"", problem, {}}));
  record.state = StepState::awaiting;
  set_status(step.status.start);
}

void Transition::open_timeout(StepRecord& record, const Wait& wait, std::string& problem) {
  if (!wait.timeout) return;
  if (const auto limit = duration_of(wait.timeout)) {
    set_timer(record, "timeout", now_ + *limit);
  } else {
    problem = "`timeout` gives no duration";
  }
}

void Transition::open_wait(StepRecord& record, const Wait& wait, const std::string& member,
                           std::string& problem) {
  if (const std::string name = heard(wait); !name.empty()) {
    expression::List names;
    if (record.listens.is_list()) names = record.listens.items();
    if (std::find(names.begin(), names.end(), Value(name)) == names.end()) {
      names.push_back(Value(name));
    }
    record.listens = Value(std::move(names));
  }
  if (wait.kind == Wait::For::duration) {
    if (const auto span = duration_of(wait.duration)) {
      set_timer(record, member_timer("due", member), now_ + *span);
    } else {
      problem = "`for` gives no duration";
    }
  }
  if (wait.kind == Wait::For::until) {
    const auto moment = render(*wait.until);
    std::optional<Time> due;
    if (moment.ok()) due = as_time(*moment);
    if (due) {
      set_timer(record, member_timer("due", member), std::max(*due, now_));
    } else {
      problem = moment.ok() ? "`until` gives no timestamp" : "until: " + moment.error().message;
    }
  }
  if (wait.kind == Wait::For::task) open_task(record, wait, member, problem);
}

void Transition::open_task(StepRecord& record, const Wait& wait, const std::string& member,
                           std::string& problem) {
  if (wait.assignee) {
    const auto assignee = render(*wait.assignee);
    if (!assignee.ok() || !assignee->is_string()) {
      problem = "`assignee` gives no text";
      return;
    }
    record.assignee = assignee->string();
  }
  if (!wait.escalate_after) return;
  if (const auto span = duration_of(wait.escalate_after)) {
    set_timer(record, member_timer("escalate", member), now_ + *span);
  } else {
    problem = "`escalate_after` gives no duration";
  }
}

// The call said «pending»: its event ends the step.
void Transition::begin_awaiting(const Step& step, const Path& path) {
  StepRecord& record = edit(path);
  record.forward.in_flight = record.question.in_flight = false;
  record.state = StepState::awaiting;
  if (event_.output) record.accepted = *event_.output;
  record.timers = Value{};
  look_from(path);
  std::string problem;
  open_timeout(record, *step.call()->await, problem);
  if (!problem.empty()) note("expression.failed", Value(problem));
}

// ---------------------------------------------------------------- what arrives

// Offers it to every step that listens, in the order in which they started.
void Transition::on_arrival(const std::string& heard_name, const Value& event) {
  std::vector<std::pair<std::uint32_t, Path>> listeners;
  visit([&](const Path& path, const StepRecord& record) {
    const bool ready = record.state == StepState::awaiting || record.state == StepState::resolving;
    if (!ready || !record.listens.is_list()) return;
    const auto& names = record.listens.items();
    if (std::find(names.begin(), names.end(), Value(heard_name)) != names.end()) {
      listeners.emplace_back(record.order, path);
    }
  });
  std::sort(listeners.begin(), listeners.end());
  for (const auto& [order, path] : listeners) {
    if (offer(*definition_.find(step_id(path)), path, heard_name, event)) return;
  }
}

// True: taken by this step.
bool Transition::offer(const Step& step, const Path& path, const std::string& heard_name,
                       const Value& event) {
  const Wait& whole = *wait_of(step);
  std::vector<std::pair<std::string, const Wait*>> members;
  if (whole.kind != Wait::For::any) members.emplace_back("", &whole);
  for (const NamedWait& member : whole.any) members.emplace_back(member.name, &member.wait);
  for (const auto& [name, wait] : members) {
    if (heard(*wait) != heard_name) continue;
    see_event(step, path, event);
    std::string problem;
    if (wait->where && !holds(*wait->where, problem)) continue;
    take(step, path, *wait, name, event);
    return true;
  }
  return false;
}

void Transition::see_event(const Step& step, const Path& path, const Value& event) {
  look_from(path);
  scope_.set_event(event);
  if (!step.call()) return;
  const StepRecord& record = *find(path);
  scope_.set_self(Value::object({{"key", effect_key(saga_.id, path, record)},
                                 {"input", record.input},
                                 {"accepted", record.accepted}}));
}

void Transition::take(const Step& step, const Path& path, const Wait& wait,
                      const std::string& member, const Value& event) {
  edit(path);
  if (wait.fail_when) {
    std::string problem;
    const bool refused = holds(*wait.fail_when, problem);
    if (!problem.empty()) note("expression.failed", Value("fail.when: " + problem));
    if (refused) return refused_by_event(step, path, wait.fail_code);
  }
  const Value* found = event.find("data");
  const Value data = found ? *found : Value{};
  if (wait.collect_until) return collect(step, path, wait, event);
  announce_each(wait, step, path, event);
  if (member.empty()) return succeed(step, path, data, true);
  succeed(step, path, Value::object({{"outcome", member}, {"data", data}}), true);
}

void Transition::announce_each(const Wait& wait, const Step& step, const Path& path,
                               const Value& event) {
  see_event(step, path, event);
  if (!halted(path)) announce(wait.each);
}

// A definite refusal, like `rejected` of a call.
void Transition::refused_by_event(const Step& step, const Path& path, const std::string& code) {
  StepRecord& record = edit(path);
  Failure error = wait_failure(path, code, "the event says that it was refused");
  if (step.call() && record.doubt && !record.idempotent) return end_policy(step, path, error);
  record.doubt = false;
  fail(path, std::move(error));
}

void Transition::collect(const Step& step, const Path& path, const Wait& wait, const Value& event) {
  StepRecord& record = edit(path);
  ++record.collected;
  const Value* data = event.find("data");
  const Value output = Value::object(
      {{"last", data ? *data : Value{}}, {"count", static_cast<std::int64_t>(record.collected)}});
  if (record.output) {
    head_.bytes -= std::min<std::uint64_t>(head_.bytes, expression::byte_size(*record.output));
  }
  record.output = output;
  keep_bytes(output);
  see_event(step, path, event);
  std::string problem;
  const bool over = holds(*wait.collect_until, problem);
  if (!problem.empty()) note("expression.failed", Value("collect_until: " + problem));
  announce_each(wait, step, path, event);
  step_succeeded_ = true;  // attributes may use what has been collected
  if (over) succeed(step, path, output, true);
}

// `event` as expressions see it.
Value Transition::event_value() const {
  if (event_.kind == EventKind::deliver) return event_.details;
  return Value::object({{"name", event_.code}, {"data", event_.output.value_or(Value{})}});
}

// The answer to a task; who asks is told why it is not taken.
void Transition::on_task_answered(const Step& step, const Path& path) {
  const Wait* whole = wait_of(step);
  const StepRecord* record = find(path);
  if (!record || !whole) return refuse("task.not_open", "`" + path + "` is not an open task");
  const Wait* task = nullptr;
  std::string member;
  if (whole->kind == Wait::For::task) task = whole;
  for (const NamedWait& one : whole->any) {
    if (one.wait.kind == Wait::For::task && !task) task = &one.wait, member = one.name;
  }
  if (!task || record->order == 0) {
    return refuse("task.not_open", "`" + path + "` is not an open task");
  }
  if (record->state != StepState::awaiting) {
    return refuse("task.closed", "the task `" + path + "` has been closed");
  }
  const Value answer = event_.output.value_or(Value{});
  if (task->form) {
    const auto wrong = task->form->validate(answer);
    if (!wrong.empty()) {
      return refuse("input.invalid", wrong[0].pointer + ": " + wrong[0].message);
    }
  }
  if (member.empty()) return succeed(step, path, answer, true);
  succeed(step, path, Value::object({{"outcome", member}, {"data", answer}}), true);
}

// ---------------------------------------------------------------- timers

std::optional<StepTimer> earliest_timer(const StepRecord& record) {
  std::optional<StepTimer> first;
  if (!record.timers.is_map()) return first;
  for (const auto& [name, due] : record.timers.members()) {
    const Time at{Duration(due.integer())};
    if (!first || at < first->due) first = StepTimer{name.string(), at};
  }
  return first;
}

void Transition::on_wait_timer(const Step& step, const Path& path) {
  const StepRecord& known = *find(path);
  const auto timer = earliest_timer(known);
  if (!timer || known.fired != event_.number || timer->due > now_) return;
  StepRecord& record = edit(path);
  ++record.fired;
  expression::Map others;
  for (const auto& [name, due] : record.timers.members()) {
    if (name.string() != timer->name) others.push_back({name, due});
  }
  record.timers = others.empty() ? Value{} : Value(std::move(others));
  look_from(path);
  if (timer->name.starts_with("escalate")) return escalate(step, path, member_of(timer->name));
  if (timer->name == "timeout") return on_timeout(step, path);
  if (timer->name == "delay") {
    if (record.state == StepState::delay && !halted(path)) begin_turn(step, path);
    return;
  }
  if (record.state != StepState::awaiting) return;
  const std::string member = member_of(timer->name);
  const Value nothing(expression::Map{});
  if (member.empty()) return succeed(step, path, nothing, true);
  succeed(step, path, Value::object({{"outcome", member}, {"data", nothing}}), true);
}

void Transition::escalate(const Step& step, const Path& path, const std::string& member) {
  const Wait& wait = *find_member(*wait_of(step), member);
  if (!wait.escalate_to) return;
  const auto assignee = render(*wait.escalate_to);
  if (assignee.ok() && assignee->is_string()) {
    edit(path).assignee = assignee->string();
    note("task.escalated", Value(assignee->string()));
  } else {
    note("expression.failed", Value("escalate_to gives no text"));
  }
}

void Transition::on_timeout(const Step& step, const Path& path) {
  if (is_block(step) || std::holds_alternative<ChildSaga>(step.kind)) {
    return on_body_timeout(step, path);
  }
  const StepRecord& record = *find(path);
  const Failure error = wait_failure(path, "wait.timeout", "nothing arrived in time");
  if (!step.call()) {
    if (record.state == StepState::awaiting) fail(path, error);
    return;
  }
  if (record.state != StepState::awaiting) return;
  StepRecord& doubtful = edit(path);
  doubtful.doubt = true;
  doubtful.error = error;
  if (doubtful.question.number == 0) return end_policy(step, path, error);
  doubtful.state = StepState::resolving;
  Verdict verdict;
  verdict.kind = VerdictKind::lost;
  verdict.error = error;
  next_question(step, path, verdict, false);
}

}  // namespace sagaloom::core
