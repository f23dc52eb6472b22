// C01, C06, C09 to C12, C17, C18, C20, C21: whether everything that is done can be undone.
#include <algorithm>

#include "runtime/workflow/checks.h"

namespace sagaloom::workflow {
namespace {

using core::Effect;
using core::Fencing;
using core::OnUnknown;
using core::Step;
using core::UndoKind;

// A step with effect before the pivot must say what undoes it.
void check_said(const Checked& c, const Step& step) {
  const auto& place = c.place(step);
  const bool open =
      has_effect(step) && c.before_pivot(step) && !place.declares_undo && !place.undone_by_block;
  if (!open) return;
  const auto& operation = *step.call()->operation;
  c.error("C01", step, "call", "`" + operation.name + "` has an effect and nothing undoes it",
          operation.undo.empty()
              ? "write `compensate: {call: …}` or, on purpose, `compensate: none`"
              : "write `compensate: auto` (" + operation.undo + ")",
          undone_after(c, step) + ": what `" + step.id + "` did stays");
}

std::string late(const Step& step) {
  return "`" + step.id + "` gets no answer in time, its undo finds nothing, then the late `" +
         step.id + "` takes effect";
}

void check_fencing(const Checked& c, const Step& step) {
  for (const auto& undo : step.compensate.steps) {
    if (undo.operation && !undo.operation->idempotent) {
      c.error("C06", step, "compensate",
              "the undo `" + undo.operation->name + "` is not idempotent: it may be sent twice",
              "use an operation that is idempotent by key",
              undone_after(c, step) + ", the answer of the undo is lost: it is done twice");
    }
  }
  if (!has_effect(step) || !has_undo(step)) return;
  const auto& operation = *step.call()->operation;
  const std::string message =
      "the undo of `" + operation.name + "` does not fence: a late call could take effect after it";
  if (operation.fences == Fencing::no) {
    c.error("C06", step, "compensate", message, "use a plugin with the participant guard",
            late(step));
  } else if (operation.fences == Fencing::unsaid) {
    c.warning("C06", step, "compensate", message + ", as far as the manifest says",
              "say `fences` in the manifest", late(step));
  }
}

void check_use_of_undo(const Checked& c, const Step& step) {
  const auto* call = step.call();
  if (has_undo(step) && c.pivot && c.after_pivot(step)) {
    c.warning(
        "C09", step, "compensate", "`compensate` after the pivot is never used", "remove it",
        "`" + c.pivot->id + "` succeeds, `" + step.id + "` fails: the saga only goes forward");
  } else if (has_undo(step) && call && call->operation && call->effect == Effect::none) {
    c.warning("C09", step, "compensate",
              "`compensate` of an operation without effect is never used", "remove it",
              undone_after(c, step) + ": there is nothing to undo");
  }
  if (step.compensate.kind == UndoKind::none && call && call->operation &&
      !call->operation->undo.empty() && c.before_pivot(step)) {
    c.warning("C10", step, "compensate",
              "`none`, but the manifest offers the undo `" + call->operation->undo + "`",
              "write `compensate: auto` unless the effect shall stay",
              undone_after(c, step) + ": what `" + step.id + "` did stays");
  }
  for (const auto& undo : step.compensate.steps) {
    if (!c.definition.undo_in_parallel || !undo.operation || undo.operation->commutative) continue;
    c.warning("C11", step, "compensate",
              "`order: parallel`, but the undo `" + undo.operation->name + "` is not commutative",
              "use `order: reverse`",
              undone_after(c, step) + ": its undo and those of other steps run at once");
  }
}

bool replaces(const core::ErrorHandler& handler) {
  return handler.action == core::ErrorHandler::Action::steps ||
         handler.action == core::ErrorHandler::Action::ignore;
}

// Inside a block with an undo of its own everything must be definite before that undo starts.
void check_inside_block(const Checked& c, const Step& step) {
  if (!c.place(step).undone_by_block) return;
  if (std::holds_alternative<core::ChildSaga>(step.kind)) {
    c.error("C17", step, "saga", "a child saga inside a block with its own `compensate`",
            "move it out of the block",
            "`" + step.id + "` is in doubt when the block is undone: nothing asks the child");
  }
  const auto* call = step.call();
  if (call && call->on_unknown == OnUnknown::compensate) {
    c.error("C17", step, "on_unknown",
            "`on_unknown: compensate` inside a block with its own `compensate`, which takes the "
            "place of the call's undo",
            "leave it out (`resolve` is the default there), or write `park`",
            lost(step) + ": the block is undone, then the late `" + step.id + "` takes effect");
  }
  const auto lists = core::lists_inside(step);
  const bool block = !call && !lists.empty();
  if (block && !holds_undo(step) &&
      std::any_of(step.on_error.begin(), step.on_error.end(), replaces)) {
    c.error("C17", step, "on_error",
            "the handler replaces children that have no undo, inside a block with its own "
            "`compensate`",
            "give the children undos of their own",
            "a step inside `" + step.id +
                "` fails: the handler goes on, what the others did stays until the block's undo");
  }
}

void check_kept(const Checked& c, const Step& step) {
  const bool keeps = std::any_of(step.on_error.begin(), step.on_error.end(),
                                 [](const auto& handler) { return handler.keep; });
  if (!keeps || !holds_undo(step)) return;
  c.warning("C18", step, "on_error", "`keep: true` keeps what has an undo",
            "leave `keep` out unless the effect shall stay",
            "`" + step.id + "` is handled, later the saga is undone: what was kept stays");
}

void check_doubt(const Checked& c, const Step& step) {
  const auto* call = step.call();
  if (!call || !has_effect(step)) return;
  if (call->on_unknown == OnUnknown::compensate && step.compensate.kind == UndoKind::none) {
    c.warning("C21", step, "on_unknown",
              "`on_unknown: compensate` with `compensate: none`: kept although in doubt",
              "write `resolve` or `park`", lost(step) + ": it counts as done and is never undone");
  }
  const auto& operation = *call->operation;
  const bool undone = has_undo(step) && !c.place(step).undone_by_block;
  const bool helpless = !operation.idempotent && operation.check.empty() && !undone;
  if (helpless && call->on_unknown == OnUnknown::resolve && !step.pivot) {
    c.warning("C21", step, "call",
              "a lost answer of `" + operation.name +
                  "` parks the saga at once: it is neither "
                  "idempotent nor has a check operation nor an undo",
              "give it an undo, or mend the plugin", lost(step) + ": a person has to find out");
  }
}

}  // namespace

void check_undos(const Checked& c) {
  bool undo_before = false;
  c.each_step([&](const Step& step, const Trail&) {
    check_said(c, step);
    check_fencing(c, step);
    check_use_of_undo(c, step);
    check_inside_block(c, step);
    check_kept(c, step);
    check_doubt(c, step);
    if (std::holds_alternative<core::End>(step.kind) && undo_before && c.before_pivot(step)) {
      c.warning("C20", step, "end", "`end` after a step that has an undo: its effect stays",
                "end after the pivot, or use `fail` to undo it",
                "the path comes to `" + step.id + "`: the saga is COMPLETED, nothing is undone");
    }
    undo_before = undo_before || has_undo(step);
  });
}

}  // namespace sagaloom::workflow
