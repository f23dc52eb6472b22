// Waiting: `wait`, `await`, tasks, and the timers of waits and blocks (docs/semantics.md 3 and 12).
//
// A step says what it listens to (`listens`) and when its timers are due (`timers`); the inbox is
// the engine's. An event that is taken leads to a record, one that is not leaves no trace.
#include <algorithm>

#include "runtime/core/transition.h"

namespace sagaloom::core {

namespace {

std::string member_timer(const std::string& timer, const std::string& member) {
  return member.empty() ? timer : timer + ":" + member;
}

// The member of `any` that a timer's name belongs to; empty: it is the wait's own.
std::string member_of(const std::string& timer) {
  const auto colon = timer.find(':');
  return colon == std::string::npos ? std::string{} : timer.substr(colon + 1);
}

// The step's own wait, or the `await` of its call.
const Wait* wait_of(const Step& step) {
  return step.call() ? step.call()->await.get() : step.as<Wait>();
}

struct Member {
  std::string name;  // empty: the wait itself
  const Wait* wait = nullptr;
};

// What a wait is made of: the members of `any` in written order, else itself.
std::vector<Member> members_of(const Wait& whole) {
  if (whole.kind != Wait::For::any) return {{"", &whole}};
  std::vector<Member> members;
  for (const NamedWait& one : whole.any) members.push_back({one.name, &one.wait});
  return members;
}

// What the step gives when this member ends it.
Value outcome(const std::string& member, const Value& data) {
  return member.empty() ? data : Value::object({{"outcome", member}, {"data", data}});
}

Value data_of(const Value& event) {
  const Value* data = event.find("data");
  return data ? *data : Value{};
}

bool listens_to(const StepRecord& record, const std::string& name) {
  if (!record.listens.is_list()) return false;
  const auto& names = record.listens.items();
  return std::find(names.begin(), names.end(), Value(name)) != names.end();
}

}  // namespace

std::string heard(const Wait& wait) {
  if (wait.kind == Wait::For::task) return "task";
  if (wait.kind == Wait::For::event) return "event:" + wait.name;
  return wait.kind == Wait::For::signal ? "signal:" + wait.name : std::string{};
}

void Transition::set_timer(StepRecord& record, const std::string& name, Time due) {
  record.timers = record.timers.with(name, Value(std::int64_t{due.time_since_epoch().count()}));
}

void Transition::set_timer(StepRecord& record, const std::string& name,
                           const std::optional<DurationTemplate>& after, std::string_view key,
                           std::string& problem) {
  if (!after) return;
  if (const auto span = duration_of(after)) {
    set_timer(record, name, now_ + *span);
  } else {
    problem = "`" + std::string(key) + "` gives no duration";
  }
}

// `timeout` of a block or a child saga.
void Transition::set_body_timer(const Step& step, StepRecord& record, std::string& problem) {
  const auto& limit = step.timeout.total ? step.timeout.total : step.timeout.attempt;
  set_timer(record, "timeout", limit, "timeout", problem);
}

void Transition::start_wait(const Step& step, const Path& path, const Wait& wait) {
  StepRecord& record = edit(path);
  record.listens = record.timers = Value{};
  record.collected = 0;
  std::string problem;
  for (const Member& member : members_of(wait)) {
    open_wait(record, *member.wait, member.name, problem);
  }
  set_timer(record, "timeout", wait.timeout, "timeout", problem);
  if (!problem.empty()) return fail(path, expression_failed(path, problem));
  record.state = StepState::awaiting;
  set_status(step.status.start);
}

void Transition::open_wait(StepRecord& record, const Wait& wait, const std::string& member,
                           std::string& problem) {
  if (const std::string name = heard(wait); !name.empty() && !listens_to(record, name)) {
    expression::List names;
    if (record.listens.is_list()) names = record.listens.items();
    names.push_back(Value(name));
    record.listens = Value(std::move(names));
  }
  const std::string timer = member_timer("due", member);
  if (wait.kind == Wait::For::duration) set_timer(record, timer, wait.duration, "for", problem);
  if (wait.kind == Wait::For::until) {
    const auto moment = render(*wait.until);
    const auto due = moment.ok() ? to_time(*moment) : std::nullopt;
    if (due) {
      set_timer(record, timer, std::max(*due, now_));
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
  set_timer(record, member_timer("escalate", member), wait.escalate_after, "escalate_after",
            problem);
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
  set_timer(record, "timeout", step.call()->await->timeout, "timeout", problem);
  if (!problem.empty()) note("expression.failed", Value(problem));
  if (halted(path)) drain_step(path, false);
}

// ---------------------------------------------------------------- what arrives

// Offers it to every step that listens, in the order in which they started.
void Transition::on_arrival() {
  const bool delivered = event_.kind == EventKind::deliver;
  const std::string name = (delivered ? "event:" : "signal:") + event_.code;
  const Value event = delivered ? event_.details  // as expressions see it
                                : Value::object({{"name", event_.code}, {"data", answer()}});
  std::vector<std::pair<std::uint32_t, Path>> listeners;
  visit(Among::live, [&](const Path& path, const StepRecord& record) {
    const bool ready = record.state == StepState::awaiting || record.state == StepState::resolving;
    if (ready && listens_to(record, name)) listeners.emplace_back(record.order, path);
  });
  std::sort(listeners.begin(), listeners.end());
  for (const auto& [order, path] : listeners) {
    if (offer(step_at(path), path, name, event)) return;
  }
}

// True: taken by this step.
bool Transition::offer(const Step& step, const Path& path, const std::string& heard_name,
                       const Value& event) {
  for (const auto& [name, wait] : members_of(*wait_of(step))) {
    if (heard(*wait) != heard_name) continue;
    see_event(step, path, event);
    const Result<bool> wanted = holds(wait->where);
    if (!wanted.ok() || !*wanted) continue;
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
  if (wait.fail_when && holds_or_note(*wait.fail_when, "fail.when")) {
    return refused_by_event(step, path, wait.fail_code);
  }
  if (wait.collect_until) return collect(step, path, wait, event);
  announce_each(wait, step, path, event);
  succeed(step, path, outcome(member, data_of(event)));
}

void Transition::announce_each(const Wait& wait, const Step& step, const Path& path,
                               const Value& event) {
  see_event(step, path, event);
  if (!halted(path)) announce(wait.each);
}

// A definite refusal, like `rejected` of a call.
void Transition::refused_by_event(const Step& step, const Path& path, const std::string& code) {
  StepRecord& record = edit(path);
  const Failure error{code, "business", "the event says that it was refused", path};
  if (step.call() && record.doubt && !record.idempotent) return end_policy(step, path, error);
  record.doubt = false;
  fail(path, error);
}

void Transition::collect(const Step& step, const Path& path, const Wait& wait, const Value& event) {
  if (expression::byte_size(data_of(event)) > max_output_bytes) {
    return fail(path, Failure{"output.too_large", "business", "the event is over 256 KiB", path});
  }
  StepRecord& record = edit(path);
  ++record.collected;
  drop_output(record);
  record.output = Value::object(
      {{"last", data_of(event)}, {"count", static_cast<std::int64_t>(record.collected)}});
  const Value output = *record.output;
  keep_bytes(output);
  see_event(step, path, event);
  const bool over = holds_or_note(*wait.collect_until, "collect_until");
  announce_each(wait, step, path, event);
  step_succeeded_ = true;  // attributes may use what has been collected
  if (over) succeed(step, path, output);
}

// The answer to a task; who asks is told why it is not taken.
void Transition::on_task_answered(const Step& step, const Path& path) {
  const Wait* whole = wait_of(step);
  const StepRecord* record = find(path);
  const auto members = whole ? members_of(*whole) : std::vector<Member>{};
  const auto task = std::find_if(members.begin(), members.end(), [](const Member& member) {
    return member.wait->kind == Wait::For::task;
  });
  if (!record || record->order == 0 || task == members.end()) {
    return refuse("task.not_open", "`" + path + "` is not an open task");
  }
  if (record->state != StepState::awaiting) {
    return refuse("task.closed", "the task `" + path + "` has been closed");
  }
  if (const auto wrong = misfit(task->wait->form, answer())) return refuse("input.invalid", *wrong);
  succeed(step, path, outcome(task->name, answer()));
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
  const std::string member = member_of(timer->name);
  if (timer->name.starts_with("escalate")) return escalate(step, path, member);
  if (timer->name == "timeout") return on_timeout(step, path);
  if (timer->name == "delay") {
    if (record.state == StepState::delay && !halted(path)) begin_turn(step, path);
  } else if (record.state == StepState::awaiting) {
    succeed(step, path, outcome(member, Value(expression::Map{})));
  }
}

void Transition::escalate(const Step& step, const Path& path, const std::string& member) {
  for (const auto& [name, wait] : members_of(*wait_of(step))) {
    if (name != member || !wait->escalate_to) continue;
    const auto assignee = render(*wait->escalate_to);
    if (!assignee.ok() || !assignee->is_string()) {
      return note("expression.failed", Value("escalate_to gives no text"));
    }
    edit(path).assignee = assignee->string();
    return note("task.escalated", *assignee);
  }
}

void Transition::on_timeout(const Step& step, const Path& path) {
  if (is_block(step) || step.as<ChildSaga>()) return on_body_timeout(step, path);
  StepRecord& record = edit(path);
  if (record.state != StepState::awaiting) return;
  const Failure error{"wait.timeout", "business", "nothing arrived in time", path};
  if (!step.call()) return fail(path, error);
  record.doubt = true;
  record.error = error;
  if (record.question.number == 0) return end_policy(step, path, error);
  record.state = StepState::resolving;
  Verdict verdict{VerdictKind::lost, error};
  verdict.counted = false;
  next_question(step, path, verdict);
}

}  // namespace sagaloom::core
