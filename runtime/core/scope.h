// What the expressions of one saga can see (language.md 1.6): its roots, built when first asked
// for.
//
// Lifecycle: one per decision; `changed` after every change of a step. Ownership: refers to the
// definition and to the views handed in, which must outlive it.
#pragma once

#include <functional>
#include <map>
#include <optional>

#include "runtime/core/definition.h"
#include "runtime/core/saga.h"
#include "runtime/expression/program.h"

namespace sagaloom::core {

// The occurrence at a path as it is now; nullptr: it has not started.
using FindStep = std::function<const StepRecord*(std::string_view path)>;

class SagaScope final : public expression::Scope {
 public:
  SagaScope(const Definition& definition, const SagaId& id, const SagaRecord& head, Time now,
            FindStep steps)
      : definition_(definition), id_(id), head_(head), now_(now), find_step_(std::move(steps)) {}

  const Value* find(std::string_view root) const override;

  // From where the expression looks: the own item or turn first, then outwards.
  void look_from(const std::string& prefix);
  void set_event(Value event) { event_ = std::move(event); }
  void set_self(Value self) { self_ = std::move(self); }
  void clear_self() { self_.reset(); }
  void set_error(const std::optional<Failure>& error);
  // In an undo the undone step's own output is out of scope, and undo outputs are in it.
  // `order`: of that step; of several occurrences one that started before it is seen.
  void hide_step(std::string_view id, std::uint32_t order, const Value& outputs);
  void show_all_steps();
  void steps_changed() { steps_.reset(); }
  void head_changed() { saga_.reset(); }

 private:
  const Value* steps() const;
  const Value* saga() const;
  const Value* secrets() const;

  const Definition& definition_;
  const SagaId& id_;
  const SagaRecord& head_;
  Time now_;
  FindStep find_step_;
  std::string prefix_;
  std::string hidden_;
  bool undoing_ = false;  // undone steps stay readable in an undo
  std::uint32_t undone_order_ = 0;
  Value undo_outputs_;
  std::map<std::string, Value, std::less<>> names_;  // given by the `as` of a foreach around
  std::optional<Value> self_, error_, event_;
  mutable std::optional<Value> steps_, saga_, time_, secrets_;
};

Value to_value(const Failure& failure);
Value to_value(Time time);

// A timestamp, or a text that gives one; a duration of at least 0, or a text that gives one.
std::optional<Time> to_time(const Value& value);
std::optional<Duration> to_duration(const Value& value);

}  // namespace sagaloom::core
