#include "runtime/workflow/explore/assumption.h"

#include <algorithm>
#include <string_view>

namespace sagaloom::explore {
namespace {

using Rules = std::vector<std::string_view>;

// The cases of the conformance kit that try a promise; all of them must have been kept.
const Rules& rules_of(Fact fact) {
  static const Rules rules[] = {
      {"same_key_twice", "reopened_then_same_key", "killed_in_call_then_same_key"},
      {"undo_before_call_then_call", "call_lost_then_undo", "concurrent_call_and_undo"},
      {"check_before_and_after_call"},
      {"fencing_check_then_call"},
      {"undo_twice", "killed_in_undo_then_undo"}};
  return rules[static_cast<std::size_t>(fact)];
}

void prove(Assumption& assumption, const std::vector<TestedCase>& tested) {
  const std::string& subject =
      assumption.fact == Fact::undo_idempotent ? assumption.step_operation : assumption.operation;
  std::size_t kept = 0;
  for (const std::string_view rule : rules_of(assumption.fact)) {
    const auto found = std::find_if(tested.begin(), tested.end(), [&](const TestedCase& each) {
      return each.operation == subject && each.rule == rule;
    });
    if (found == tested.end()) continue;
    assumption.report = found->report;
    if (!found->kept) {
      assumption.proof = Proof::broken;
      return;
    }
    ++kept;
  }
  if (kept == rules_of(assumption.fact).size())
    assumption.proof = Proof::proven;
  else
    assumption.report.clear();
}

class Collector {
 public:
  std::vector<Assumption> all;

  void visit(const core::StepList& list) {
    for (const auto& step : list) {
      if (const auto* call = step.call()) of_call(*call->operation);
      for (const auto& undo : step.compensate.steps) {
        if (!undo.operation || !undo.operation->idempotent) continue;
        const std::string forward = step.call() ? step.call()->operation->name : std::string();
        add(undo.operation->name, Fact::undo_idempotent, forward);
      }
      for (const auto* inner : core::lists_inside(step)) visit(*inner);
    }
  }

 private:
  void of_call(const core::Operation& operation) {
    if (operation.effect == core::Effect::none) return;
    if (operation.idempotent) add(operation.name, Fact::idempotent, operation.name);
    if (operation.fences == core::Fencing::yes && !operation.undo.empty()) {
      add(operation.name, Fact::fences, operation.name);
    }
    if (operation.check.empty()) return;
    add(operation.name, Fact::check, operation.name);
    if (operation.check_fences) add(operation.name, Fact::check_fences, operation.name);
  }

  void add(const std::string& operation, Fact fact, const std::string& forward) {
    const bool known = std::any_of(all.begin(), all.end(), [&](const Assumption& each) {
      return each.operation == operation && each.fact == fact;
    });
    if (!known) all.push_back({operation, fact, forward, Proof::assumed, {}});
  }
};

bool doubtful(Fault fault) {
  switch (fault) {
    case Fault::request_lost:
    case Fault::reply_lost:
    case Fault::late_effect:
    case Fault::silent:
    case Fault::crash_before:
    case Fault::crash_after:
      return true;
    default:
      return false;
  }
}

bool needs(const core::Step& step, const Row& row, const Assumption& assumption) {
  const bool undo = row.purpose == core::Purpose::undo;
  if (assumption.fact == Fact::undo_idempotent) {
    const auto& steps = step.compensate.steps;
    const bool its_undo = std::any_of(steps.begin(), steps.end(), [&](const core::UndoStep& each) {
      return each.operation && each.operation->name == assumption.operation;
    });
    return undo && its_undo && doubtful(row.fault);
  }
  if (undo || !step.call() || step.call()->operation->name != assumption.operation) return false;
  const bool asked = row.purpose == core::Purpose::question;
  if (assumption.fact == Fact::check || assumption.fact == Fact::check_fences) {
    return asked || doubtful(row.fault);
  }
  return doubtful(row.fault);
}

}  // namespace

std::string_view name(Fact fact) {
  static constexpr std::string_view names[] = {"idempotent", "fences", "check", "check_fences",
                                               "undo_idempotent"};
  return names[static_cast<std::size_t>(fact)];
}

std::string_view name(Proof proof) {
  static constexpr std::string_view names[] = {"assumed", "proven", "broken"};
  return names[static_cast<std::size_t>(proof)];
}

std::string text(const Assumption& assumption) {
  switch (assumption.fact) {
    case Fact::idempotent:
      return assumption.operation + " is idempotent: the same key again, no second effect";
    case Fact::fences:
      return assumption.operation + " fences: after its undo a late call is refused";
    case Fact::check:
      return assumption.operation + " has a check that tells whether it was done";
    case Fact::check_fences:
      return assumption.operation + ": when its check says no, a late call is refused";
    case Fact::undo_idempotent:
      break;
  }
  return assumption.operation + " is idempotent: the same undo again changes nothing";
}

std::vector<Assumption> assumptions(const core::Definition& definition,
                                    const std::vector<TestedCase>& tested) {
  Collector collector;
  collector.visit(definition.steps);
  for (auto& each : collector.all) prove(each, tested);
  return std::move(collector.all);
}

std::vector<std::size_t> needed_by(const core::Definition& definition, const Row& row,
                                   const std::vector<Assumption>& all) {
  std::vector<std::size_t> needed;
  const auto* step = definition.find(row.step);
  if (!step) return needed;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (needs(*step, row, all[i])) needed.push_back(i);
  }
  return needed;
}

}  // namespace sagaloom::explore
