// F01 to F03: steps, cases and handlers that can never be reached.
#include <algorithm>
#include <set>

#include "runtime/workflow/checks.h"

namespace sagaloom::workflow {
namespace {

using core::Step;

const std::set<std::string>& reserved_codes() {
  static const std::set<std::string> codes = {
      "call.timeout",      "call.lost",        "call.crashed",      "call.interrupted",
      "call.not_awaited",  "call.undeclared",  "call.protocol",     "call.key_reused",
      "call.fenced",       "call.stale_owner", "secret.missing",    "wait.timeout",
      "step.timeout",      "switch.no_match",  "repeat.exhausted",  "foreach.too_many",
      "expression.failed", "input.invalid",    "output.invalid",    "output.too_large",
      "message.too_large", "state.too_large",  "json.too_deep",     "saga.deadline",
      "saga.cancelled",    "saga.id_taken",    "saga.locked",       "saga.too_long",
      "saga.ended",        "child.past_pivot", "operator.resolved", "plugin.missing",
      "plugin.poison",     "storage.refused",  "event.invalid"};
  return codes;
}

bool ends(const Step& step) {
  return !step.when && (std::holds_alternative<core::Fail>(step.kind) ||
                        std::holds_alternative<core::End>(step.kind));
}

void check_list(const Checked& c, const core::StepList& list) {
  for (std::size_t i = 0; i + 1 < list.size(); ++i) {
    if (!ends(list[i])) continue;
    c.warning("F01", list[i + 1], "id", "never reached: the step before it ends the path",
              "remove it, or give the step before a `when`");
    return;
  }
}

void check_cases(const Checked& c, const Step& step, const core::Switch& choice) {
  std::set<std::string> conditions;
  bool open = false;
  for (const auto& one : choice.cases) {
    const bool again = one.when && !conditions.insert(one.when->text()).second;
    if (open || again) {
      const Step* first = one.steps.empty() ? nullptr : &one.steps.front();
      c.warning("F01", first ? *first : step, "id", "a case of `switch` that is never chosen",
                "remove it, or put it before");
    }
    open = open || !one.when;
  }
  if (!open) {
    c.warning("F02", step, "switch", "no case without `when`: no match is an error",
              "add a last case without `when`");
  }
}

void collect_codes(const Step& step, std::set<std::string>& codes, bool& open) {
  if (const auto* call = step.call()) {
    if (call->operation) {
      codes.insert(call->operation->errors.begin(), call->operation->errors.end());
    } else {
      open = true;
    }
    if (call->await) codes.insert(call->await->fail_code);
  }
  if (const auto* fail = std::get_if<core::Fail>(&step.kind)) codes.insert(fail->failure.code);
  if (const auto* wait = std::get_if<core::Wait>(&step.kind)) {
    codes.insert(wait->fail_code);
    for (const auto& [name, member] : wait->any) codes.insert(member.fail_code);
  }
  if (std::holds_alternative<core::ChildSaga>(step.kind)) open = true;
  for (const auto& handler : step.on_error) codes.insert(handler.fail.code);
  for (const auto* list : core::lists_inside(step)) {
    for (const auto& inner : *list) collect_codes(inner, codes, open);
  }
}

// Whether one of these patterns covers the code or pattern.
bool covered(const std::set<std::string>& patterns, const std::string& code) {
  if (patterns.count("*") > 0 || patterns.count(code) > 0) return true;
  for (auto dot = code.find('.'); dot != std::string::npos; dot = code.find('.', dot + 1)) {
    if (patterns.count(code.substr(0, dot) + ".*") > 0) return true;
  }
  return false;
}

void check_shadowed(const Checked& c, const Step& step) {
  std::set<std::string> before;
  for (const auto& handler : step.on_error) {
    const auto& codes = handler.codes;
    const bool nothing_left =
        codes.empty() ? before.count("*") > 0
                      : std::all_of(codes.begin(), codes.end(),
                                    [&](const auto& code) { return covered(before, code); });
    if (nothing_left) {
      c.warning("F03", step, "on_error", "a handler that an earlier one leaves nothing for",
                "remove it, or put it first");
    }
    if (handler.when) continue;
    if (codes.empty()) before.insert("*");
    before.insert(codes.begin(), codes.end());
  }
}

bool known(const std::set<std::string>& codes, const std::string& pattern) {
  if (pattern == "*" || codes.count(pattern) > 0) return true;
  if (pattern.back() != '*') return false;
  const auto next = codes.lower_bound(pattern.substr(0, pattern.size() - 1));
  return next != codes.end() && covers(pattern, *next);
}

void check_declared(const Checked& c, const Step& step) {
  if (step.on_error.empty()) return;
  std::set<std::string> codes = reserved_codes();
  bool open = false;
  collect_codes(step, codes, open);
  if (open) return;
  for (const auto& handler : step.on_error) {
    for (const auto& pattern : handler.codes) {
      if (known(codes, pattern) || c.context.report.full()) continue;
      const std::string meant =
          nearest(pattern, std::vector<std::string>(codes.begin(), codes.end()));
      c.warning("F03", step, "on_error", "nothing here can fail with `" + pattern + "`",
                meant.empty() ? "remove the code" : "did you mean `" + meant + "`?");
    }
  }
}

}  // namespace

void check_flow(const Checked& c) {
  check_list(c, c.definition.steps);
  c.each_step([&](const Step& step, const Trail&) {
    for (const auto* list : core::lists_inside(step)) check_list(c, *list);
    if (const auto* choice = std::get_if<core::Switch>(&step.kind)) check_cases(c, step, *choice);
    check_shadowed(c, step);
    check_declared(c, step);
  });
}

}  // namespace sagaloom::workflow
