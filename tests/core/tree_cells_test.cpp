// Walks (state, event) pairs of the rest of the language: blocks and handlers, waits, `await`,
// child sagas, and the saga's phases with QUEUED, SUSPENDED and held. Compares each with the
// committed table tests/core/tables/tree_cells.txt, which restates docs/semantics.md sections 3
// (AWAITING), 4 to 6, 10 to 12 and 14. An empty or missing cell fails.
//
// SAGALOOM_PRINT_CELLS=1 prints what the code does in the table's form, for review.
#include <cstdlib>
#include <iostream>
#include <map>

#include "tests/core/cell_table.h"
#include "tests/core/fixture.h"

namespace sagaloom::core::testing {
namespace {

using Prepare = std::function<void(Driven&)>;
using MakeEvent = std::function<Event(Driven&)>;

struct Subject {
  std::string name;
  std::function<std::shared_ptr<Definition>()> definition;
  std::vector<std::pair<std::string, Prepare>> columns;  // the state `b` (or the saga) is in
  std::vector<std::pair<std::string, MakeEvent>> rows;
};

Program condition(const std::string& source) {
  return *Program::compile(source, {"input", "steps", "saga", "self", "error", "event", "now"});
}

Step plain(const std::string& id, StepKind kind) {
  Step step;
  step.id = id;
  step.kind = std::move(kind);
  return step;
}

ErrorHandler handler(ErrorHandler::Action action, StepList steps = {}) {
  ErrorHandler made;
  made.action = action;
  made.steps = std::move(steps);
  made.fail.code = "shop.other";
  return made;
}

Facts after_pivot() {
  return {.undo = false, .max_attempts = std::nullopt};
}

Event timer_of(Driven& run, const Path& path) {
  Event event = run.event(EventKind::timer, path);
  event.purpose = Purpose::wait;
  const StepRecord* step = run.saga().find(path);
  if (!step) return event;
  event.number = step->fired;
  if (const auto next = earliest_timer(*step)) run.advance(next->due - run.now());
  return event;
}

Event delivered(Driven& run, const std::string& name, const std::string& state) {
  Event event = run.event(EventKind::deliver);
  event.code = name;
  event.details = Value::object({{"data", Value::object({{"state", state}})}, {"key", "k"}});
  return event;
}

// The second report is what a child says when it was asked back after its end.
Event of_child(Driven& run, std::string state, std::uint32_t occurrence = 1,
               std::uint32_t report = 2) {
  Event event = run.event(EventKind::child_ended, "b");
  event.number = report;
  event.occurrence = occurrence;
  event.code = std::move(state);
  event.output = Value::object({{"from", "child"}});
  event.details = Value::object({{"error", Value::object({{"code", "shop.refused"}})}});
  return event;
}

// What every subject is asked.
std::vector<std::pair<std::string, MakeEvent>> common_rows() {
  return {
      {"cancel_customer", [](Driven& r) { return r.event(EventKind::cancel_customer); }},
      {"cancel_operator", [](Driven& r) { return r.event(EventKind::cancel_operator); }},
      {"deadline",
       [](Driven& r) {
         r.saga().head.deadline = r.now();
         return r.event(EventKind::deadline);
       }},
      {"retry", [](Driven& r) { return r.event(EventKind::retry, "b"); }},
      {"resolve", [](Driven& r) { return r.event(EventKind::resolve, "b"); }},
      {"abort_step", [](Driven& r) { return r.event(EventKind::abort_step, "b"); }},
      {"skip_undo", [](Driven& r) { return r.event(EventKind::skip_undo, "b"); }},
      {"suspend", [](Driven& r) { return r.event(EventKind::suspend); }},
      {"refused_by_store", [](Driven& r) { return r.event(EventKind::refused_by_store, "b"); }},
  };
}

template <typename... Rows>
std::vector<std::pair<std::string, MakeEvent>> rows_and(Rows... more) {
  std::vector<std::pair<std::string, MakeEvent>> all{more...};
  for (auto& row : common_rows()) all.push_back(std::move(row));
  return all;
}

using Row = std::pair<std::string, MakeEvent>;

Row answers(const std::string& path, Outcome outcome, const std::string& code) {
  return {path + "_" + std::string(name(outcome)), [=](Driven& r) {
            Event event = r.answer(path, outcome, code);
            return event;
          }};
}

// ---------------------------------------------------------------- blocks

Subject block(const std::string& name, StepKind kind, std::vector<ErrorHandler> handlers,
              bool past_pivot = false) {
  Subject subject;
  subject.name = name;
  const std::string x = std::holds_alternative<Foreach>(kind)  ? "b[0]/x"
                        : std::holds_alternative<Repeat>(kind) ? "b[1]/x"
                                                               : "x";
  subject.definition = [=] {
    Step b = plain("b", kind);
    b.on_error = handlers;
    b.timeout.attempt = DurationTemplate{Duration(60'000), {}};
    Facts first;
    first.pivot = past_pivot;
    first.undo = !past_pivot;
    return workflow(
        {call_step("a", first), b, call_step("c", past_pivot ? after_pivot() : Facts{})});
  };
  subject.columns = {
      {"RUNNING", [](Driven& r) { r.ok("a"); }},
      {"RUNNING_HALF", [x](Driven& r) { r.ok("a"), r.ok(x); }},
      {"FAILING", [x](Driven& r) { r.ok("a"), r.refuse(x); }},
      {"HALTED", [](Driven& r) { r.ok("a"), r.take(r.event(EventKind::cancel_operator)); }},
      {"AFTER_FAILING",
       [x](Driven& r) { r.ok("a"), r.refuse(x), r.ok("y"), r.ok("y"), r.ok("h"); }},
      {"UNDOING_HALF", [x](Driven& r) { r.ok("a"), r.ok(x), r.refuse("y"), r.refuse("c"); }},
  };
  subject.rows =
      rows_and(answers(x, Outcome::ok, ""), answers(x, Outcome::business, "shop.refused"),
               answers("y", Outcome::ok, ""), answers("y", Outcome::business, "shop.refused"),
               answers("h", Outcome::ok, ""), answers("h", Outcome::business, "shop.refused"),
               Row{"timer", [](Driven& r) { return timer_of(r, "b"); }});
  return subject;
}

std::vector<Subject> blocks() {
  const auto calls = [](std::initializer_list<const char*> ids, bool forward_only = false) {
    StepList list;
    for (const char* id : ids)
      list.push_back(call_step(id, forward_only ? after_pivot() : Facts{}));
    return list;
  };
  const Do in_order{calls({"x", "y"})};
  Parallel drain;
  drain.branches = {{"one", calls({"x"})}, {"two", calls({"y"})}};
  Parallel finish = drain;
  finish.finish = true;
  Foreach items;
  items.in = condition("[1, 2]");
  items.as = "item";
  items.steps = calls({"x"});
  Repeat turns;
  turns.max = 2;
  turns.until = condition("false");
  turns.delay = DurationTemplate{Duration(1'000), {}};
  turns.steps = calls({"x"});
  Switch choice;
  choice.cases = {{condition("false"), calls({"z"})}, {std::nullopt, calls({"x", "y"})}};
  using Action = ErrorHandler::Action;
  const auto with_steps = [&] { return handler(Action::steps, calls({"h"})); };
  ErrorHandler keep = with_steps();
  keep.keep = true;
  const Do late{calls({"x", "y"}, true)};
  return {block("do", in_order, {}),
          block("do_steps", in_order, {with_steps()}),
          block("do_keep", in_order, {keep}),
          block("do_ignore", in_order, {handler(Action::ignore)}),
          block("do_fail", in_order, {handler(Action::fail)}),
          block("do_compensate", in_order, {handler(Action::compensate)}),
          block("switch", choice, {}),
          block("parallel", drain, {}),
          block("parallel_steps", drain, {with_steps()}),
          block("parallel_finish", finish, {}),
          block("foreach", items, {}),
          block("foreach_ignore", items, {handler(Action::ignore)}),
          block("repeat", turns, {}),
          block("repeat_steps", turns, {with_steps()}),
          block("do_after_pivot", late, {}, true),
          block("do_after_pivot_ignore", late, {handler(Action::ignore)}, true)};
}

// ---------------------------------------------------------------- waits and await

Wait wait_for_event() {
  Wait wait;
  wait.kind = Wait::For::event;
  wait.name = "settled";
  wait.where = condition("event.data.state != \"other\"");
  wait.fail_when = condition("event.data.state == \"declined\"");
  wait.fail_code = "shop.refused";
  wait.timeout = DurationTemplate{Duration(60'000), {}};
  return wait;
}

Subject waiting(const std::string& name, Wait wait, bool past_pivot = false) {
  Subject subject;
  subject.name = name;
  subject.definition = [=] {
    Facts first;
    first.pivot = past_pivot;
    first.undo = !past_pivot;
    return workflow({call_step("a", first), plain("b", wait),
                     call_step("c", past_pivot ? after_pivot() : Facts{})});
  };
  subject.columns = {
      {"PENDING", [](Driven&) {}},
      {"AWAITING", [](Driven& r) { r.ok("a"); }},
      {"TIMED_OUT",
       [](Driven& r) {
         r.ok("a");
         for (int i = 0; i < 3; ++i) r.take(timer_of(r, "b"));
       }},
      {"CANCELLED", [](Driven& r) { r.ok("a"), r.take(r.event(EventKind::cancel_operator)); }},
      {"SUCCEEDED",
       [](Driven& r) {
         r.ok("a");
         r.take(r.event(EventKind::resolve, "b"));
       }},
  };
  subject.rows = rows_and(
      Row{"event", [](Driven& r) { return delivered(r, "settled", "done"); }},
      Row{"event_where_false", [](Driven& r) { return delivered(r, "settled", "other"); }},
      Row{"event_fail_when", [](Driven& r) { return delivered(r, "settled", "declined"); }},
      Row{"event_of_another_name", [](Driven& r) { return delivered(r, "shipped", "done"); }},
      Row{"signal",
          [](Driven& r) {
            Event event = r.event(EventKind::signal);
            event.code = "approve";
            event.output = Value::object({{"yes", true}});
            return event;
          }},
      Row{"task_answered",
          [](Driven& r) {
            Event event = r.event(EventKind::task_answered, "b");
            event.output = Value::object({{"yes", true}});
            return event;
          }},
      Row{"task_answer_breaks_form",
          [](Driven& r) {
            Event event = r.event(EventKind::task_answered, "b");
            event.output = Value(7);
            return event;
          }},
      Row{"timer", [](Driven& r) { return timer_of(r, "b"); }});
  return subject;
}

std::vector<Subject> waits() {
  Wait span;
  span.duration = DurationTemplate{Duration(5'000), {}};
  Wait collect = wait_for_event();
  collect.collect_until = condition("event.data.state == \"last\"");
  Wait signal;
  signal.kind = Wait::For::signal;
  signal.name = "approve";
  Wait task;
  task.kind = Wait::For::task;
  task.assignee = text("clerk");
  task.form = *schema::Schema::compile(Value::object({{"type", "object"}}));
  task.escalate_after = DurationTemplate{Duration(1'000), {}};
  task.escalate_to = text("manager");
  task.timeout = DurationTemplate{Duration(60'000), {}};
  Wait any;
  any.kind = Wait::For::any;
  any.any.push_back({"settled", wait_for_event()});
  any.any.back().wait.timeout.reset();
  any.any.push_back({"approved", signal});
  any.any.push_back({"over", span});
  return {waiting("wait_for", span),
          waiting("wait_event", wait_for_event()),
          waiting("wait_collect", collect),
          waiting("wait_signal", signal),
          waiting("wait_task", task),
          waiting("wait_any", any),
          waiting("wait_event_after_pivot", wait_for_event(), true)};
}

Subject awaiting(const std::string& name, Facts facts) {
  Subject subject = waiting(name, wait_for_event());
  subject.definition = [=] {
    Step b = call_step("b", facts);
    auto call = *b.call();
    call.await = std::make_shared<Wait>(wait_for_event());
    b.kind = std::move(call);
    return workflow({call_step("a"), b, call_step("c")});
  };
  const auto pending = [](Driven& r) { r.take(r.answer("b", Outcome::pending)); };
  subject.columns = {
      {"RUNNING", [](Driven& r) { r.ok("a"); }},
      {"AWAITING", [=](Driven& r) { r.ok("a"), pending(r); }},
      {"TIMED_OUT", [=](Driven& r) { r.ok("a"), pending(r), r.take(timer_of(r, "b")); }},
      {"HALTED",
       [=](Driven& r) { r.ok("a"), pending(r), r.take(r.event(EventKind::cancel_operator)); }},
  };
  subject.rows.push_back(answers("b", Outcome::pending, ""));
  subject.rows.push_back(answers("b", Outcome::ok, ""));
  subject.rows.push_back(answers("b", Outcome::business, "shop.refused"));
  return subject;
}

// ---------------------------------------------------------------- children

Subject child(const std::string& name, bool past_pivot) {
  Subject subject;
  subject.name = name;
  subject.definition = [=] {
    ChildSaga saga;
    saga.workflow = "insurance";
    Step b = plain("b", saga);
    b.timeout.attempt = DurationTemplate{Duration(60'000), {}};
    Facts first;
    first.pivot = past_pivot;
    first.undo = !past_pivot;
    return workflow(
        {call_step("a", first), b, call_step("c", past_pivot ? after_pivot() : Facts{})});
  };
  const auto accepted = [](Driven& r) {
    r.ok("a");
    Event event = r.answer("b", Outcome::pending);
    event.output = Value::object({{"saga", "child"}});
    r.take(event);
  };
  subject.columns = {
      {"STARTING", [](Driven& r) { r.ok("a"); }},
      {"RUNNING", accepted},
      {"HALTED", [=](Driven& r) { accepted(r), r.take(r.event(EventKind::cancel_operator)); }},
      {"SUCCEEDED", [=](Driven& r) { accepted(r), r.take(of_child(r, "COMPLETED")); }},
      {"FAILED", [=](Driven& r) { accepted(r), r.take(of_child(r, "FAILED")); }},
      {"UNDOING", [=](Driven& r) { accepted(r), r.take(of_child(r, "COMPLETED")), r.refuse("c"); }},
      {"UNDO_STUCK",
       [=](Driven& r) {
         accepted(r), r.take(of_child(r, "COMPLETED")), r.refuse("c");
         r.take(of_child(r, "COMPLETED"));
       }},
  };
  subject.rows = rows_and(
      Row{"start_accepted", [](Driven& r) { return r.answer("b", Outcome::pending); }},
      Row{"start_refused",
          [](Driven& r) {
            Event event = r.answer("b", Outcome::business, "saga.id_taken");
            event.purpose = Purpose::forward;
            return event;
          }},
      Row{"undo_asked",
          [](Driven& r) {
            Event event = r.answer("b", Outcome::ok);
            event.purpose = Purpose::undo;
            return event;
          }},
      Row{"child_COMPLETED_first", [](Driven& r) { return of_child(r, "COMPLETED", 1, 1); }},
      Row{"child_COMPLETED", [](Driven& r) { return of_child(r, "COMPLETED"); }},
      Row{"child_FAILED", [](Driven& r) { return of_child(r, "FAILED"); }},
      Row{"child_COMPENSATED", [](Driven& r) { return of_child(r, "COMPENSATED"); }},
      Row{"child_of_another_occurrence", [](Driven& r) { return of_child(r, "COMPLETED", 9); }},
      Row{"timer", [](Driven& r) { return timer_of(r, "b"); }});
  return subject;
}

// ---------------------------------------------------------------- phases

Subject phases(bool is_child) {
  Subject subject;
  subject.name = is_child ? "phase_of_child" : "phase_of_root";
  subject.definition = [=] {
    Facts pivot;
    pivot.pivot = true;
    pivot.undo = false;
    auto made = workflow({call_step("a"), call_step("b", pivot), call_step("c", after_pivot())});
    made->concurrency = ConcurrencyPolicy{text("key"), 1, false};
    return made;
  };
  const auto grant = [=](Driven& r) {
    if (is_child) r.saga().head.parent = "p", r.saga().head.root = "p";
    Event event = r.event(EventKind::answered);
    event.purpose = Purpose::lock;
    r.take(event);
  };
  const auto completed = [=](Driven& r) { grant(r), r.ok("a"), r.ok("b"), r.ok("c"); };
  subject.columns = {
      {"QUEUED",
       [=](Driven& r) {
         if (is_child) r.saga().head.parent = "p", r.saga().head.root = "p";
       }},
      {"RUNNING", grant},
      {"DECIDING", [=](Driven& r) { grant(r), r.ok("a"); }},
      {"COMMITTED", [=](Driven& r) { grant(r), r.ok("a"), r.ok("b"); }},
      {"COMPENSATING", [=](Driven& r) { grant(r), r.ok("a"), r.refuse("b"); }},
      {"PARKED_UNDO", [=](Driven& r) { grant(r), r.ok("a"), r.refuse("b"), r.refuse("a"); }},
      {"SUSPENDED", [=](Driven& r) { grant(r), r.take(r.event(EventKind::suspend)); }},
      {"RESUMED",
       [=](Driven& r) {
         grant(r), r.take(r.event(EventKind::suspend)), r.ok("a");
         r.take(r.event(EventKind::resume));
       }},
      {"COMPLETED", completed},
      {"COMPENSATED", [=](Driven& r) { grant(r), r.ok("a"), r.refuse("b"), r.ok("a"); }},
      {"FAILED", [=](Driven& r) { grant(r), r.refuse("a"); }},
  };
  const auto own = [](std::string name, Purpose purpose, Outcome outcome, std::string code) {
    return Row{std::move(name), [=](Driven& r) {
                 Event event = r.answer("", outcome, code);
                 event.purpose = purpose;
                 event.number = std::max(1u, r.saga().head.reports);
                 return event;
               }};
  };
  const auto kind = [](std::string name, EventKind what) {
    return Row{std::move(name), [=](Driven& r) {
                 Event event = r.event(what);
                 if (what == EventKind::migrate)
                   event.code = std::string(64, 'b'), event.number = 2;
                 return event;
               }};
  };
  subject.rows =
      rows_and(own("lock_granted_at_once", Purpose::lock, Outcome::ok, ""),
               own("lock_queued", Purpose::lock, Outcome::pending, ""),
               own("lock_refused", Purpose::lock, Outcome::business, "saga.locked"),
               own("unlocked", Purpose::unlock, Outcome::ok, ""),
               own("reported", Purpose::report, Outcome::ok, ""),
               kind("lock_granted", EventKind::lock_granted),
               kind("parent_undo", EventKind::parent_undo), kind("released", EventKind::released),
               kind("resume", EventKind::resume), kind("migrate", EventKind::migrate),
               kind("next_stored", EventKind::timer), answers("a", Outcome::ok, ""),
               Row{"event", [](Driven& r) { return delivered(r, "settled", "done"); }});
  return subject;
}

// ---------------------------------------------------------------- the table

std::string outcome(Driven run, const MakeEvent& make) {
  const Event event = make(run);
  const Saga before = run.saga();
  const Decision& decision = run.take(event);
  if (decision.refusal) return "409:" + decision.refusal->code;
  if (decision.stale()) {
    EXPECT_TRUE(before == run.saga()) << "a stale event changed the saga";
    return "-";
  }
  const StepRecord* b = run.saga().find("b");
  std::string said = b ? std::string(name(b->state)) : "none";
  if (b && b->state == StepState::parked) {
    said += b->parked == Parked::doubt  ? "_DOUBT"
            : b->parked == Parked::done ? "_DONE"
                                        : "_NO_DOUBT";
  }
  if (b && b->occurrence > 1) said += "#" + std::to_string(b->occurrence);
  said += "/" + run.state_name();
  const SagaRecord& head = run.saga().head;
  if (head.noted) said += "+noted";
  if (head.held) said += "+held";
  if (head.unlock_due) said += "+unlock";
  if (head.report_due) said += "+report";
  if (!head.stored.empty()) said += "+stored" + std::to_string(head.stored.size());
  for (const Note& note : decision.record->notes) said += "+" + note.code;
  return said;
}

std::vector<Subject> subjects() {
  std::vector<Subject> all = blocks();
  for (Subject& subject : waits()) all.push_back(std::move(subject));
  all.push_back(awaiting("await_resolve", {}));
  all.push_back(awaiting("await_check", {.check = true}));
  all.push_back(awaiting("await_compensate", {.on_unknown = OnUnknown::compensate}));
  all.push_back(child("child", false));
  all.push_back(child("child_after_pivot", true));
  all.push_back(phases(false));
  all.push_back(phases(true));
  return all;
}

TEST(TreeCells, EveryStateOfTheTreeAnswersEveryEventAsTheTableSays) {
  const CellTable expected = read_cells("tree_cells.txt", "subject");
  const bool print = std::getenv("SAGALOOM_PRINT_CELLS") != nullptr;
  std::size_t cells = 0, covered = 0;
  for (const Subject& subject : subjects()) {
    if (print) std::cout << "subject " << subject.name << "\n";
    for (const auto& [row, make] : subject.rows) {
      if (print) std::cout << "event " << row << "\n";
      for (const auto& [column, prepare] : subject.columns) {
        Driven run(subject.definition());
        prepare(run);
        const std::string actual = outcome(std::move(run), make);
        if (print) std::cout << "  " << column << " " << actual << "\n";
        ++cells;
        const auto it = expected.find(subject.name + " " + row + " " + column);
        if (it == expected.end() || it->second.empty()) {
          ADD_FAILURE() << "empty cell: " << subject.name << " " << row << " " << column;
          continue;
        }
        EXPECT_EQ(actual, it->second) << subject.name << " " << row << " " << column;
        ++covered;
      }
    }
  }
  EXPECT_EQ(expected.size(), cells) << "the table holds cells that are not asked";
  std::cout << "cells of the tree covered: " << covered << " of " << cells << "\n";
}

}  // namespace
}  // namespace sagaloom::core::testing
