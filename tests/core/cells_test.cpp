// Walks every (state, event) pair that calls going forward, undo, the saga's phases and the verbs
// can reach, and compares each with the committed table in tests/core/tables/. An empty or missing
// cell fails. The tables restate docs/semantics.md sections 2, 3, 6 to 9 and 14; the columns of
// blocks, waits, children and phases are in tree_cells_test.cpp.
//
// SAGALOOM_PRINT_CELLS=1 prints what the code does in the table's form, for review.
#include <cstdlib>
#include <iostream>
#include <map>

#include "tests/core/cell_table.h"
#include "tests/core/fixture.h"

namespace sagaloom::core::testing {
namespace {

struct Variant {
  std::string name;
  Facts facts;
};

const std::vector<Variant>& variants() {
  static const std::vector<Variant> all = {
      {"resolve", {}},
      {"compensate_check", {.check = true, .on_unknown = OnUnknown::compensate}},
      {"resolve_check_fences", {.check = true, .check_fences = true}},
      {"resolve_check", {.check = true}},
      {"not_idempotent_park", {.idempotent = false, .on_unknown = OnUnknown::park}},
      {"pivot", {.undo = false, .pivot = true}},
      {"no_effect", {.effect = Effect::none, .undo = false}},
  };
  return all;
}

// The subject is the step `b`; `a` before it keeps the saga busy undoing when `b` is over, `c`
// after it fails to bring `b` into its undo.
std::shared_ptr<Definition> subject(const Facts& facts, bool proceed = false) {
  Step b = call_step("b", facts);
  if (proceed) b.compensate.on_exhausted = OnExhausted::proceed;
  return workflow({call_step("a"), b, call_step("c")});
}

void lose_until_policy_ends(Driven& run, bool still_runs = false) {
  for (int i = 0; i < 3 && run.state("b") == StepState::running; ++i) {
    Event lost = run.answer("b", Outcome::unknown, "call.lost");
    lost.running = still_runs;
    run.take(lost);
    if (run.state("b") == StepState::backoff && i < 2) run.wake("b");
  }
}

void answer_until_parked(Driven& run) {
  for (int i = 0; i < 8 && run.state("b") == StepState::resolving; ++i) {
    run.take(run.answer("b", Outcome::retryable, "shop.busy"));
    if (run.state("b") == StepState::resolving) run.wake("b");
  }
}

void second_attempt(Driven& run) {
  run.not_done("b");
  run.wake("b");
}

std::optional<Driven> undo_column(const Facts& facts, const std::string& column) {
  if (!facts.undo) return std::nullopt;
  Driven run(subject(facts, column == "RESIDUE"));
  run.ok("a");
  second_attempt(run);
  run.ok("b");
  run.refuse("c");
  if (column == "UNDOING") return run;
  if (column == "UNDO_BACKOFF") run.not_done("b");
  if (column == "UNDO_STUCK" || column == "RESIDUE") run.refuse("b");
  if (column == "UNDONE") run.ok("b");
  return run;
}

std::optional<Driven> forward_column(const Facts& facts, const std::string& column) {
  Driven run(subject(facts));
  run.ok("a");
  if (column == "BACKOFF") return run.not_done("b"), run;
  second_attempt(run);
  if (column == "RUNNING") return run;
  if (column == "RESOLVING" || column == "PARKED_DOUBT") {
    lose_until_policy_ends(run);
    if (column == "PARKED_DOUBT") answer_until_parked(run);
  }
  if (column == "PARKED_NO_DOUBT" || column == "CANCELLED") {
    run.not_done("b");
    run.saga().head.records = 50'000;
    run.wake("b");
    if (column == "CANCELLED") run.take(run.event(EventKind::cancel_operator));
  }
  if (column == "PARKED_DONE") {
    run.definition().steps[1].output = text("${ self.output.nothing }");
    run.ok("b");
    run.definition().steps[1].output.reset();
  }
  if (column == "UNKNOWN") {
    lose_until_policy_ends(run, true);
    if (run.state("b") == StepState::resolving) {
      run.take(run.answer("b", Outcome::no_effect));
    }
    if (run.state("b") == StepState::parked) run.take(run.event(EventKind::cancel_operator));
  }
  if (column == "SUCCEEDED") run.ok("b");
  if (column == "FAILED") run.refuse("b");
  if (column == "KEPT") {
    run.definition().steps[1].compensate.kind = UndoKind::none;
    run.ok("b");
    run.refuse("c");
  }
  return run;
}

std::optional<Driven> skipped_column(const Facts& facts) {
  auto definition = subject(facts);
  definition->steps[1].when = *Program::compile("1 > 2", {});
  Driven run(definition);
  run.ok("a");
  return run;
}

std::optional<Driven> pending_column(const Facts& facts) {
  Driven run(subject(facts));
  run.set_missing([](std::string_view name) { return name == "shop.b"; });
  run.ok("a");
  return run;
}

const std::vector<std::pair<std::string, StepState>>& columns() {
  static const std::vector<std::pair<std::string, StepState>> all = {
      {"PENDING", StepState::pending},
      {"RUNNING", StepState::running},
      {"BACKOFF", StepState::backoff},
      {"RESOLVING", StepState::resolving},
      {"PARKED_DOUBT", StepState::parked},
      {"PARKED_NO_DOUBT", StepState::parked},
      {"PARKED_DONE", StepState::parked},
      {"UNKNOWN", StepState::unknown},
      {"SUCCEEDED", StepState::succeeded},
      {"FAILED", StepState::failed},
      {"SKIPPED", StepState::skipped},
      {"CANCELLED", StepState::cancelled},
      {"UNDOING", StepState::undoing},
      {"UNDO_BACKOFF", StepState::undo_backoff},
      {"UNDO_STUCK", StepState::undo_stuck},
      {"UNDONE", StepState::undone},
      {"KEPT", StepState::kept},
      {"RESIDUE", StepState::residue}};
  return all;
}

// The saga with `b` in the column's state; nullopt where these facts cannot get there.
std::optional<Driven> reach(const Facts& facts, const std::string& column, StepState state) {
  std::optional<Driven> run;
  const bool of_undo = column.starts_with("UNDO") || column == "RESIDUE";
  if (of_undo) {
    run = undo_column(facts, column);
  } else if (column == "SKIPPED") {
    run = skipped_column(facts);
  } else if (column == "PENDING") {
    run = pending_column(facts);
  } else {
    run = forward_column(facts, column);
  }
  if (!run || run->state("b") != state) return std::nullopt;
  const Parked parked = run->saga().find("b") ? run->saga().find("b")->parked : Parked::no;
  if (column == "PARKED_DOUBT" && parked != Parked::doubt) return std::nullopt;
  if (column == "PARKED_NO_DOUBT" && parked != Parked::no_doubt) return std::nullopt;
  if (column == "PARKED_DONE" && parked != Parked::done) return std::nullopt;
  return run;
}

Event forward_event(const Driven& run, Outcome outcome, std::string code, bool late) {
  Event event = run.answer("b", outcome, std::move(code));
  event.purpose = Purpose::forward;
  const StepRecord* step = const_cast<Driven&>(run).saga().find("b");
  event.number = late ? 1 : (step ? step->forward.number : 1);
  return event;
}

Event check_event(Driven& run, Outcome outcome, std::string code) {
  Event event = run.answer("b", outcome, std::move(code));
  event.purpose = Purpose::question;
  const StepRecord* step = run.saga().find("b");
  event.number = step ? step->question.number : 1;
  return event;
}

Event undo_event(Driven& run, Outcome outcome, std::string code) {
  Event event = run.answer("b", outcome, std::move(code));
  event.purpose = Purpose::undo;
  const StepRecord* step = run.saga().find("b");
  event.number = step ? step->undo.number : 1;
  return event;
}

Event timer_event(Driven& run, Purpose purpose) {
  Event event = run.event(EventKind::timer, "b");
  event.purpose = purpose;
  const StepRecord* step = run.saga().find("b");
  if (!step) return event;
  const Try& budget = purpose == Purpose::forward    ? step->forward
                      : purpose == Purpose::question ? step->question
                                                     : step->undo;
  event.number = budget.number;
  return event;
}

Event interrupted_event(Driven& run, Purpose purpose) {
  Event event = timer_event(run, purpose);
  event.kind = EventKind::interrupted;
  return event;
}

using MakeEvent = std::function<Event(Driven&)>;

const std::vector<std::pair<std::string, MakeEvent>>& rows() {
  static const std::vector<std::pair<std::string, MakeEvent>> all = {
      {"answer_ok", [](Driven& r) { return forward_event(r, Outcome::ok, "", false); }},
      {"answer_ok_unusable",
       [](Driven& r) {
         r.definition().steps[1].output = text("${ self.output.nothing }");
         return forward_event(r, Outcome::ok, "", false);
       }},
      {"answer_pending", [](Driven& r) { return forward_event(r, Outcome::pending, "", false); }},
      {"answer_rejected",
       [](Driven& r) { return forward_event(r, Outcome::business, "shop.refused", false); }},
      {"answer_not_done",
       [](Driven& r) { return forward_event(r, Outcome::retryable, "shop.busy", false); }},
      {"answer_lost",
       [](Driven& r) { return forward_event(r, Outcome::unknown, "call.lost", false); }},
      {"answer_fatal", [](Driven& r) { return forward_event(r, Outcome::fatal, "", false); }},
      {"answer_crashed_third",
       [](Driven& r) {
         auto it = r.saga().steps.find("b");
         if (it != r.saga().steps.end()) {
           it->second.forward.crashes = it->second.question.crashes = 2;
         }
         Event event = forward_event(r, Outcome::unknown, "call.crashed", false);
         event.crashed = true;
         return event;
       }},
      {"interrupted", [](Driven& r) { return interrupted_event(r, Purpose::forward); }},
      {"interrupted_question", [](Driven& r) { return interrupted_event(r, Purpose::question); }},
      {"late_ok", [](Driven& r) { return forward_event(r, Outcome::ok, "", true); }},
      {"late_ok_unusable",
       [](Driven& r) {
         r.definition().steps[1].output = text("${ self.output.nothing }");
         return forward_event(r, Outcome::ok, "", true);
       }},
      {"late_rejected",
       [](Driven& r) { return forward_event(r, Outcome::business, "shop.refused", true); }},
      {"late_not_done",
       [](Driven& r) { return forward_event(r, Outcome::retryable, "shop.busy", true); }},
      {"late_lost",
       [](Driven& r) { return forward_event(r, Outcome::unknown, "call.lost", true); }},
      {"timer_forward", [](Driven& r) { return timer_event(r, Purpose::forward); }},
      {"timer_question", [](Driven& r) { return timer_event(r, Purpose::question); }},
      {"check_found", [](Driven& r) { return check_event(r, Outcome::ok, ""); }},
      {"check_refused",
       [](Driven& r) { return check_event(r, Outcome::business, "shop.refused"); }},
      {"check_absent", [](Driven& r) { return check_event(r, Outcome::no_effect, ""); }},
      {"check_unavailable",
       [](Driven& r) { return check_event(r, Outcome::retryable, "shop.busy"); }},
      {"abort_by_customer", [](Driven& r) { return r.event(EventKind::cancel_customer); }},
      {"abort_by_operator", [](Driven& r) { return r.event(EventKind::cancel_operator); }},
      {"deadline",
       [](Driven& r) {
         r.saga().head.deadline = r.now();
         return r.event(EventKind::deadline);
       }},
      {"plugin_missing",
       [](Driven& r) {
         r.set_missing([](std::string_view) { return true; });
         return timer_event(r, Purpose::forward);
       }},
      {"plugin_installed",
       [](Driven& r) {
         r.set_missing({});
         auto it = r.saga().steps.find("b");
         if (it != r.saga().steps.end() && it->second.state != StepState::pending) {
           it->second.waiting_for_plugin = it->second.state == StepState::backoff ||
                                           it->second.state == StepState::undo_backoff;
         }
         return r.event(EventKind::plugin_installed);
       }},
      {"call_returned",
       [](Driven& r) {
         Event event = r.event(EventKind::call_returned, "b");
         return event;
       }},
      {"timer_grace", [](Driven& r) { return timer_event(r, Purpose::undo); }},
      {"undo_ok", [](Driven& r) { return undo_event(r, Outcome::ok, ""); }},
      {"undo_nothing",
       [](Driven& r) { return undo_event(r, Outcome::business, "shop.unknown_key"); }},
      {"undo_rejected", [](Driven& r) { return undo_event(r, Outcome::business, "shop.refused"); }},
      {"undo_not_done", [](Driven& r) { return undo_event(r, Outcome::retryable, "shop.busy"); }},
      {"undo_lost", [](Driven& r) { return undo_event(r, Outcome::unknown, "call.lost"); }},
      {"undo_fatal", [](Driven& r) { return undo_event(r, Outcome::fatal, ""); }},
      {"undo_interrupted", [](Driven& r) { return interrupted_event(r, Purpose::undo); }},
      {"refused_by_store", [](Driven& r) { return r.event(EventKind::refused_by_store); }},
      {"verb_retry", [](Driven& r) { return r.event(EventKind::retry, "b"); }},
      {"verb_retry_input",
       [](Driven& r) {
         Event event = r.event(EventKind::retry, "b");
         event.input = Value::object({{"other", 1}});
         return event;
       }},
      {"verb_resolve",
       [](Driven& r) {
         Event event = r.event(EventKind::resolve, "b");
         event.output = Value::object({{"by_hand", true}});
         return event;
       }},
      {"other_occurrence",
       [](Driven& r) {
         Event event = forward_event(r, Outcome::ok, "", false);
         event.occurrence = 9;
         return event;
       }},
  };
  return all;
}

std::string state_text(const Driven& run) {
  auto& saga = const_cast<Driven&>(run).saga();
  const StepRecord* step = saga.find("b");
  std::string text(step ? name(step->state) : name(StepState::pending));
  if (step && step->state == StepState::parked) {
    text += step->parked == Parked::doubt  ? "_DOUBT"
            : step->parked == Parked::done ? "_DONE"
                                           : "_NO_DOUBT";
  }
  if (step && step->occurrence > 1) text += "#" + std::to_string(step->occurrence);
  return text + "/" + std::string(state_name(saga));
}

// "-": stale; "409:code": refused; else the step's and the saga's state afterwards, and notes.
std::string outcome(Driven run, const MakeEvent& make) {
  const Event event = make(run);
  const Saga before = run.saga();
  const Decision& decision = run.take(event);
  if (decision.refusal) return "409:" + decision.refusal->code;
  if (decision.stale()) {
    EXPECT_TRUE(before == run.saga()) << "a stale event changed the saga";
    return "-";
  }
  std::string text = state_text(run);
  if (run.saga().head.noted) text += "+noted";
  for (const Note& note : decision.record->notes) text += "+" + note.code;
  return text;
}

TEST(Cells, EveryReachableStateAnswersEveryEventAsTheTableSays) {
  const CellTable expected = read_cells("cells.txt", "variant");
  const bool print = std::getenv("SAGALOOM_PRINT_CELLS") != nullptr;
  std::size_t covered = 0, cells = 0;
  std::map<std::string, bool> reached;
  for (const Variant& variant : variants()) {
    if (print) std::cout << "variant " << variant.name << "\n";
    for (const auto& [row, make] : rows()) {
      if (print) std::cout << "event " << row << "\n";
      for (const auto& [column, state] : columns()) {
        const auto run = reach(variant.facts, column, state);
        reached[column] = reached[column] || run.has_value();
        if (!run) continue;
        ++cells;
        const std::string actual = outcome(*run, make);
        if (print) std::cout << "  " << column << " " << actual << "\n";
        const auto it = expected.find(variant.name + " " + row + " " + column);
        if (it == expected.end() || it->second.empty()) {
          ADD_FAILURE() << "empty cell: " << variant.name << " " << row << " " << column;
          continue;
        }
        EXPECT_EQ(actual, it->second) << variant.name << " " << row << " " << column;
        ++covered;
      }
    }
  }
  for (const auto& [column, seen] : reached) EXPECT_TRUE(seen) << column << " was never reached";
  EXPECT_EQ(expected.size(), cells) << "the table holds cells that cannot be reached";
  std::cout << "cells covered: " << covered << " of " << cells << " ("
            << (cells ? 100 * covered / cells : 0) << " %)\n";
}

}  // namespace
}  // namespace sagaloom::core::testing
