// C02, C03, C13, C14, Q05: what may stand before the pivot, and what after it.
#include <algorithm>
#include <set>

#include "runtime/workflow/checks.h"

namespace sagaloom::workflow {
namespace {

using core::Effect;
using core::ErrorHandler;
using core::Step;

bool only_forward(const Checked& c, const Step& step) {
  return c.after_pivot(step) || c.place(step).handles_pivot;
}

// Behind the pivot, or in a handler of what holds it.
std::string stuck(const Checked& c, const Step& step, const std::string& code) {
  return "`" + c.pivot->id + "` succeeds, `" + step.id + "` fails with `" + code +
         "`: the saga can neither go on nor back";
}

void check_refusals(const Checked& c, const Step& step, const Trail& trail) {
  const auto* call = step.call();
  if (!call || !call->operation) return;
  for (const auto& code : call->operation->errors) {
    if (handled(step, trail, code)) continue;
    c.error("C02", step, "call",
            "`" + call->operation->name + "` may be refused with `" + code + "` after the pivot",
            "handle it with `on_error`, or move the step before the pivot", stuck(c, step, code));
  }
  const core::Wait* wait = call->await.get();
  if (!wait || wait->fail_code.empty() || handled(step, trail, wait->fail_code)) return;
  c.error("C02", step, "await",
          "the awaited event may refuse with `" + wait->fail_code + "` after the pivot",
          "handle it with `on_error`", stuck(c, step, wait->fail_code));
}

// A handler that goes back: of a step after the pivot, or of a block that holds it, whose error may
// come from a step behind the pivot.
void check_handlers(const Checked& c, const Step& step) {
  const bool holds = c.holds_pivot(step);
  for (const auto& handler : step.on_error) {
    const bool back = handler.action == ErrorHandler::Action::compensate ||
                      handler.action == ErrorHandler::Action::fail;
    if (!back) continue;
    c.error("C02", step, "on_error",
            holds ? "a handler that goes back, of the block that holds the pivot"
                  : "a handler that goes back, after the pivot",
            holds ? "put it on the step before the pivot or on the pivot itself, or handle the "
                    "error with `steps` or `ignore`"
                  : "handle the error with `steps` or `ignore`",
            "`" + c.pivot->id + "` succeeds, " + (holds ? "then `" : "`") + step.id +
                "` fails: its handler wants to undo what can't be undone any more");
  }
}

void check_only_forward(const Checked& c, const Step& step, const Trail& trail) {
  if (std::holds_alternative<core::Fail>(step.kind)) {
    c.error("C02", step, "fail", "`fail` after the pivot: the saga cannot go back",
            "move it before the pivot",
            stuck(c, step, std::get<core::Fail>(step.kind).failure.code));
  }
  check_refusals(c, step, trail);
}

void parks(const Checked& c, const Step& step, const char* key, const std::string& what,
           const char* fix) {
  c.warning("C03", step, key, what + " after the pivot, without a handler, parks the saga", fix,
            "`" + c.pivot->id + "` succeeds, " + what + " comes at `" + step.id +
                "`: PARKED until a person decides");
}

bool has_default(const core::Switch& choice) {
  return std::any_of(choice.cases.begin(), choice.cases.end(),
                     [](const auto& one) { return !one.when; });
}

void check_certain(const Checked& c, const Step& step, const Trail& trail) {
  const auto* call = step.call();
  if (call && call->operation && call->retry.max_attempts && !handled(step, trail, "")) {
    parks(c, step, "retry", "a retry that ends", "write `max_attempts: unlimited`");
  }
  if (std::holds_alternative<core::Repeat>(step.kind) &&
      !handled(step, trail, "repeat.exhausted")) {
    parks(c, step, "repeat", "`repeat.exhausted`", "handle it");
  }
  const auto* choice = std::get_if<core::Switch>(&step.kind);
  if (choice && !has_default(*choice) && !handled(step, trail, "switch.no_match")) {
    parks(c, step, "switch", "`switch.no_match`", "add a case without `when`");
  }
  const auto* wait = std::get_if<core::Wait>(&step.kind);
  if (wait && wait->timeout && !handled(step, trail, "wait.timeout")) {
    parks(c, step, "wait", "`wait.timeout`", "handle it");
  }
  if (std::holds_alternative<core::ChildSaga>(step.kind) && !handled(step, trail, "")) {
    parks(c, step, "saga", "a child that fails", "handle it");
  }
}

void check_before(const Checked& c, const Step& step) {
  const auto* call = step.call();
  if (!call || !call->operation || !c.before_pivot(step)) return;
  if (c.pivot && call->effect == Effect::irreversible) {
    c.warning("C13", step, "call",
              "`" + call->operation->name + "` cannot be taken back and stands before the pivot",
              "move it after the pivot, or make it the pivot",
              undone_after(c, step) + ": `" + step.id + "` stays");
  }
  if (c.pivot && call->operation->gives) {
    c.warning("Q05", step, "call",
              "`" + call->operation->name + "` gives something away before the pivot",
              "move it after the pivot");
  }
}

void check_choice(const Checked& c) {
  std::set<std::string> plugins;
  const Step* last = nullptr;
  c.each_step([&](const Step& step, const Trail&) {
    if (has_effect(step)) plugins.insert(step.call()->operation->plugin);
    last = &step;
  });
  if (!c.pivot && plugins.size() > 1) {
    const Member* steps = c.root.member("steps");
    c.context.report.warning("C14", steps ? steps->offset : 0,
                             "effects in several plugins and no pivot: until its end the saga can "
                             "be taken back",
                             "mark the step after which it only goes forward with `pivot: true`",
                             "everything is done but the last step, the deadline passes: all of it "
                             "is undone");
  }
  const auto* call = c.pivot ? c.pivot->call() : nullptr;
  if (call && call->operation && c.pivot == last && call->effect != Effect::irreversible) {
    c.warning("C14", *c.pivot, "pivot", "the pivot is the last step and could be undone",
              "remove `pivot`, or say `effect: irreversible`",
              "`" + c.pivot->id + "` succeeds and the saga ends: the pivot decides nothing");
  }
}

}  // namespace

void check_pivot(const Checked& c) {
  c.each_step([&](const Step& step, const Trail& trail) {
    check_before(c, step);
    if (!c.pivot) return;
    if (only_forward(c, step) || c.holds_pivot(step)) check_handlers(c, step);
    if (only_forward(c, step)) {
      check_only_forward(c, step, trail);
      if (c.after_pivot(step)) check_certain(c, step, trail);
    }
  });
  check_choice(c);
}

}  // namespace sagaloom::workflow
