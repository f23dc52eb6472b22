// Steps in the order of the path, and what may be absent after them.
#include "runtime/workflow/typing.h"

#include <algorithm>

namespace sagaloom::workflow {
namespace {

using core::ErrorHandler;
using core::Step;
using expression::any_type;
using expression::map_type;

bool replaces(const ErrorHandler& handler) {
  return handler.action == ErrorHandler::Action::steps ||
         handler.action == ErrorHandler::Action::ignore;
}

bool goes_on_after_error(const Step& step) {
  return std::any_of(step.on_error.begin(), step.on_error.end(), replaces);
}

}  // namespace

// Inside a handler `error` is in sight.
Site Typing::here() const {
  Site site;
  if (in_handler_) site.extra.emplace_back("error", error_type());
  return site;
}

// A place that the path has not come to; inside a repeat it shows the turn before.
void Typing::mark(const core::StepList& list, Reach reach) {
  each_step_inside(list, [&](const Step& step) {
    KnownStep& known = scopes_.steps[step.id];
    known = KnownStep{.step = &step};
    known.reach = reach;
    if (!in_repeat_) return;
    known.reach = Reach::reached;
    known.turn_before = known.maybe = true;
    known.why = "in the first turn `" + step.id + "` has no output of the turn before";
  });
}

void Typing::maybe(const core::StepList& list, const std::string& why) {
  each_step_inside(list, [&](const Step& step) {
    KnownStep& known = scopes_.steps[step.id];
    known.maybe = true;
    known.why = why;
  });
}

// The steps of a block that has a `when` are there if the block is.
void Typing::under(const core::StepList& list, const Step& block) {
  each_step_inside(list, [&](const Step& step) {
    KnownStep& known = scopes_.steps[step.id];
    if (known.condition.empty() && !known.maybe) {
      known.condition = block.when->text();
    } else if (known.condition != block.when->text()) {
      known.maybe = true;
    }
    if (known.why.empty()) known.why = "`" + block.id + "` may be skipped";
  });
}

Typing::Left Typing::list(const core::StepList& steps) {
  Within facts(scopes_.facts, expression::Facts(scopes_.facts));
  Within conditions(scopes_.conditions, std::set<std::string>(scopes_.conditions));
  Left left;
  for (const Step& each : steps) {
    if (checked_.context.report.full()) return left;
    const Left one = step(each);
    left.output = each.when ? either(one.output, map_type({}), "`" + each.id + "` may be skipped")
                            : one.output;
    left.goes_on = left.goes_on && (one.goes_on || each.when.has_value());
    const bool ends = !one.goes_on && each.when && !goes_on_after_error(each);
    if (ends) scopes_.assume(*each.when, false);
  }
  return left;
}

Typing::Left Typing::step(const Step& step) {
  const Node* node = checked_.place(step).node;
  KnownStep& known = scopes_.steps[step.id];
  if (!known.turn_before) known.reach = Reach::running;
  Left left;
  {
    Within facts(scopes_.facts, expression::Facts(scopes_.facts));
    Within conditions(scopes_.conditions, std::set<std::string>(scopes_.conditions));
    if (step.when) {
      scopes_.check(under_key(node, "when"), *step.when, here(), Wanted::condition);
      scopes_.assume(*step.when, true);
    }
    const Node* timeout = under_key(node, "timeout");
    const bool map = timeout && timeout->is_map();
    span(step.timeout.attempt, map ? timeout->find("attempt") : timeout, here());
    span(step.timeout.total, map ? timeout->find("total") : timeout, here());
    TypePointer input = any_type();
    left = body(step, node, input);
    const TypePointer output = shaped(step, node, input, left.output);
    undo(step, node, input, output);
    scopes_.steps[step.id].output = output;
    words(step, node, input, left.output);
    left.output = handlers(step, node, output);
  }
  settle(step, left.output);
  if (goes_on_after_error(step)) left.goes_on = true;
  if (step.pivot) hook("pivot", checked_.definition.hooks.pivot, here());
  return left;
}

// What is kept as the step's output.
TypePointer Typing::shaped(const Step& step, const Node* node, const TypePointer& input,
                           const TypePointer& answer) {
  if (!step.output) return answer;
  Site site = here();
  site.extra.emplace_back("self", self_done(input, answer));
  return scopes_.check(under_key(node, "output"), *step.output, site);
}

// `status` and `emit`; they see `self.output` and the step's own output.
void Typing::words(const Step& step, const Node* node, const TypePointer& input,
                   const TypePointer& answer) {
  const Node* status = under_key(node, "status");
  const bool map = status && status->is_map();
  const auto place = [&](const char* key) { return map ? status->find(key) : status; };
  if (step.status.start) scopes_.check(place("start"), *step.status.start, here(), Wanted::text);
  Site done = here();
  done.extra.emplace_back("self", self_done(input, answer));
  Site wrong = here();
  wrong.extra.emplace_back("self", self_undone(input, answer));
  wrong.extra.emplace_back("error", error_type());
  KnownStep& known = scopes_.steps[step.id];
  Within reach(known.reach, Reach::reached);
  Within maybe(known.maybe, false);
  if (step.status.ok) scopes_.check(place("ok"), *step.status.ok, done, Wanted::text);
  emits(step.emit, under_key(node, "emit"), done);
  known.maybe = true;
  if (step.status.error) scopes_.check(place("error"), *step.status.error, wrong, Wanted::text);
  if (step.status.compensated) {
    scopes_.check(place("compensated"), *step.status.compensated, wrong, Wanted::text);
  }
}

void Typing::handler(const ErrorHandler& handler, const Node* node, TypePointer* output,
                     const std::string& why) {
  Within facts(scopes_.facts, expression::Facts(scopes_.facts));
  Within conditions(scopes_.conditions, std::set<std::string>(scopes_.conditions));
  if (handler.when) {
    scopes_.check(under_key(node, "when"), *handler.when, here(), Wanted::condition);
    scopes_.assume(*handler.when, true);
  }
  const Left left = list(handler.steps);
  if (handler.action == ErrorHandler::Action::fail) {
    failure(handler.fail, under_key(node, "fail"), here());
  }
  TypePointer given = map_type({});
  if (handler.output) given = scopes_.check(under_key(node, "output"), *handler.output, here());
  maybe(handler.steps, "the handler with this step may not have run");
  if (replaces(handler) && left.goes_on) *output = either(*output, given, why);
}

// The output once handlers may have replaced it. What they replace is undone first.
TypePointer Typing::handlers(const Step& step, const Node* node, TypePointer output) {
  if (step.on_error.empty()) return output;
  for (const auto* own : core::lists_inside(step)) {
    const bool of_handler = std::any_of(step.on_error.begin(), step.on_error.end(),
                                        [&](const auto& handler) { return &handler.steps == own; });
    if (!of_handler) maybe(*own, "`" + step.id + "` may have failed before it, or it is undone");
  }
  Within inside(in_handler_, true);
  const Node* all = under_key(node, "on_error");
  for (std::size_t i = 0; i < step.on_error.size(); ++i) {
    handler(step.on_error[i], under_index(all, i), &output,
            "where `" + step.id + "` is handled its output may lack it");
  }
  return output;
}

void Typing::undo_with(const Step& step, const Node* node, const Site& site) {
  const Node* written = under_key(node, "compensate");
  if (!written || !written->is_map()) return;
  const core::Undo& undo = step.compensate;
  if (undo.when) {
    scopes_.check(written->find("when"), *undo.when, site, Wanted::condition);
    scopes_.assume(*undo.when, true);
  }
  const Node* steps = written->find("steps");
  for (std::size_t i = 0; i < undo.steps.size(); ++i) {
    undo_call(undo.steps[i], steps ? under_index(steps, i) : written, site);
  }
  if (undo.announce.status) {
    scopes_.check(written->find("status"), *undo.announce.status, site, Wanted::text);
  }
  emits(undo.announce.emit, written->find("emit"), site);
  for (const auto& one : undo.steps) {
    if (!one.id.empty()) scopes_.steps[one.id].reach = Reach::apart;
  }
}

void Typing::undo_call(const core::UndoStep& call, const Node* node, const Site& site) {
  TypePointer given = any_type();
  if (call.with) {
    const Node* place = under_key(node, call.operation ? "with" : "set");
    given = scopes_.check(place, *call.with, site);
    if (call.operation && call.operation->input) {
      check_fit(checked_, place, given, scopes_.schema_type(call.operation->input),
                "`" + call.operation->name + "`");
    }
  }
  if (call.key) scopes_.check(under_key(node, "key"), *call.key, site, Wanted::text);
  if (call.id.empty()) return;
  KnownStep& known = scopes_.steps[call.id];
  known.reach = Reach::reached;
  known.output = call.operation ? scopes_.schema_type(call.operation->output) : given;
}

// In an undo a block's children may or may not have run.
void Typing::undo(const Step& step, const Node* node, const TypePointer& input,
                  const TypePointer& output) {
  if (step.compensate.kind != core::UndoKind::steps) return;
  Within facts(scopes_.facts, expression::Facts(scopes_.facts));
  Within conditions(scopes_.conditions, std::set<std::string>(scopes_.conditions));
  std::vector<std::pair<KnownStep*, KnownStep>> kept;
  for (const auto* inner : core::lists_inside(step)) {
    each_step_inside(*inner, [&](const Step& child) {
      KnownStep& known = scopes_.steps[child.id];
      kept.emplace_back(&known, known);
      known.maybe = true;
      known.why = "`" + child.id + "` may not have run when `" + step.id + "` is undone";
    });
  }
  Site site;
  site.view = Site::View::undo;
  site.step = &step;
  site.extra.emplace_back("self", self_undone(input, output));
  site.extra.emplace_back("error", error_type());
  undo_with(step, node, site);
  for (auto& [known, before] : kept) *known = std::move(before);
}

void Typing::settle(const Step& step, const TypePointer& output) {
  KnownStep& known = scopes_.steps[step.id];
  known.reach = Reach::reached;
  known.turn_before = known.maybe = false;
  known.why.clear();
  known.condition.clear();
  known.output = output;
  if (!step.when) return;
  known.condition = step.when->text();
  known.why = "`" + step.id + "` may be skipped";
  for (const auto* inner : core::lists_inside(step)) under(*inner, step);
}

void check_types(const Checked& checked) {
  Typing(checked).run();
}

}  // namespace sagaloom::workflow
