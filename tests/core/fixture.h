// A small workflow built by hand, and a saga that is driven event by event. The journal that arises
// is replayed through `apply` after every decision, so that each test also proves that a record
// holds the whole decision.
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/core/decide.h"

namespace sagaloom::core::testing {

inline Template text(const std::string& source) {
  auto compiled = Template::compile(Value(source), {"input", "steps", "constants", "secrets",
                                                    "saga", "self", "error", "event", "now"});
  EXPECT_TRUE(compiled.ok()) << source;
  return compiled.ok() ? *compiled : Template::constant(Value{});
}

inline Emit emit_of(const std::string& type) {
  Emit emit;
  emit.type = type;
  return emit;
}

struct Facts {
  bool idempotent = true;
  bool check = false;
  bool check_fences = false;
  bool fences = true;
  Effect effect = Effect::reversible;
  OnUnknown on_unknown = OnUnknown::resolve;
  bool undo = true;
  bool pivot = false;
  std::optional<std::uint32_t> max_attempts = 3;
};

inline OperationPointer operation(const std::string& name, const Facts& facts = {}) {
  auto made = std::make_shared<Operation>();
  made->name = name;
  made->plugin = name.substr(0, name.find('.'));
  made->idempotent = facts.idempotent;
  made->fences = facts.fences ? Fencing::yes : Fencing::no;
  made->effect = facts.effect;
  made->errors = {"shop.refused"};
  made->check_fences = facts.check_fences;
  if (facts.check) made->check = name + "_check";
  return made;
}

inline Step call_step(const std::string& id, const Facts& facts = {}) {
  Call call;
  call.operation = operation("shop." + id, facts);
  if (facts.check) call.check = operation("shop." + id + "_check", facts);
  call.retry.jitter = Jitter::none;
  call.retry.max_attempts = facts.max_attempts;
  call.on_unknown = facts.on_unknown;
  call.effect = facts.effect;
  Step step;
  step.id = id;
  step.kind = std::move(call);
  step.pivot = facts.pivot;
  step.status = {text(id + ".start"), text(id + ".ok"), text(id + ".error"),
                 text(id + ".compensated")};
  step.emit = {emit_of(id + ".done")};
  if (facts.undo) {
    UndoStep undo;
    undo.operation = operation("shop.undo_" + id);
    undo.retry.jitter = Jitter::none;
    undo.nothing_to_undo = {"shop.unknown_key"};
    step.compensate.kind = UndoKind::steps;
    step.compensate.steps.push_back(std::move(undo));
    step.compensate.announce.emit = {emit_of(id + ".undone")};
  } else {
    step.compensate.kind = UndoKind::none;
  }
  return step;
}

inline std::shared_ptr<Definition> workflow(std::vector<Step> steps) {
  auto definition = std::make_shared<Definition>();
  definition->name = "order";
  definition->hash = std::string(64, 'a');
  definition->steps = std::move(steps);
  const auto hook = [](const std::string& type) {
    Announcement said;
    said.emit = {emit_of(type)};
    return said;
  };
  definition->hooks = {hook("accepted"),    hook("pivot"),  hook("compensating"), hook("completed"),
                       hook("compensated"), hook("failed"), hook("parked")};
  definition->index();
  return definition;
}

class Driven {
 public:
  explicit Driven(std::shared_ptr<Definition> definition, Value input = Value(expression::Map{}))
      : definition_(std::move(definition)) {
    saga_.id = make_saga_id(1'700'000'000'000, 3, 42);
    Submission submission;
    submission.input = std::move(input);
    submission.header = "key-1";
    const Context context{now_, 0, {}};
    auto head = admit(*definition_, submission, context);
    EXPECT_TRUE(head.ok()) << (head.ok() ? "" : head.error().message);
    if (!head.ok()) return;
    Event event;
    event.start = std::make_shared<SagaRecord>(*head);
    take(event);
  }

  // Decides, applies, and checks that the record holds everything that was decided.
  const Decision& take(const Event& event) {
    Context context{now_, 0.5, missing_};
    last_ = decide(*definition_, saga_, event, context);
    const Decision again = decide(*definition_, saga_, event, context);
    EXPECT_EQ(last_.record.has_value(), again.record.has_value());
    if (last_.record) {
      const std::uint32_t before = saga_.head.records;
      apply(saga_, *last_.record);
      EXPECT_EQ(saga_.head.records, before + 1);
      EXPECT_GE(saga_.head.updated, last_.record->now);
    }
    return last_;
  }

  Event answer(const Path& path, Outcome outcome, std::string code = {}) const {
    Event event;
    event.kind = EventKind::answered;
    event.path = path;
    event.outcome = outcome;
    event.code = std::move(code);
    const StepRecord* step = saga_.find(path);
    if (!step) return event;
    event.occurrence = step->occurrence;
    event.number = step->forward.number;
    if (step->state == StepState::resolving && step->question.in_flight) {
      event.purpose = Purpose::question;
      event.number = step->question.number;
    }
    if (step->state == StepState::undoing || step->state == StepState::undo_backoff ||
        step->state == StepState::undo_stuck) {
      event.purpose = Purpose::undo;
      event.number = step->undo.number;
    }
    if (outcome == Outcome::ok) event.output = Value::object({{"from", path}});
    return event;
  }

  Event event(EventKind kind, const Path& path = {}) const {
    Event made = answer(path, Outcome::ok);
    made.kind = kind;
    made.output.reset();
    if (path.empty()) made.number = 0;
    return made;
  }

  Event timer(const Path& path) const {
    Event made = event(EventKind::timer, path);
    const StepRecord& step = *saga_.find(path);
    made.purpose = Purpose::forward;
    made.number = step.forward.number;
    if (step.state == StepState::resolving) {
      made.purpose = Purpose::question;
      made.number = step.question.number;
    }
    if (step.undo.due != Time{}) {
      made.purpose = Purpose::undo;
      made.number = step.undo.number;
    }
    return made;
  }

  void ok(const Path& path) { take(answer(path, Outcome::ok)); }
  void refuse(const Path& path) { take(answer(path, Outcome::business, "shop.refused")); }
  void lose(const Path& path) { take(answer(path, Outcome::unknown, "call.lost")); }
  void not_done(const Path& path) { take(answer(path, Outcome::retryable, "shop.busy")); }
  void wake(const Path& path) { take(timer(path)); }

  StepState state(const Path& path) const {
    const StepRecord* step = saga_.find(path);
    return step ? step->state : StepState::pending;
  }
  std::string state_name() const { return std::string(core::state_name(saga_)); }
  std::vector<std::string> emitted() const {
    std::vector<std::string> types;
    if (!last_.record) return types;
    for (const Emitted& one : last_.record->emits) types.push_back(one.type);
    return types;
  }

  Saga& saga() { return saga_; }
  const Decision& last() const { return last_; }
  Definition& definition() { return *definition_; }
  void set_missing(std::function<bool(std::string_view)> missing) { missing_ = std::move(missing); }
  void advance(Duration by) { now_ += by; }
  Time now() const { return now_; }

 private:
  std::shared_ptr<Definition> definition_;
  Saga saga_;
  Decision last_;
  Time now_{Duration(1'700'000'000'000)};
  std::function<bool(std::string_view)> missing_;
};

}  // namespace sagaloom::core::testing
