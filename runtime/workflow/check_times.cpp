// T02 to T07: whether attempts, totals, waits and the deadline fit together.
#include <algorithm>
#include <cmath>

#include "runtime/workflow/checks.h"

namespace sagaloom::workflow {
namespace {

using core::Duration;
using core::DurationTemplate;
using core::Step;
using core::Wait;

constexpr Duration kForever = Duration::max();

std::optional<Duration> constant(const std::optional<DurationTemplate>& duration) {
  if (!duration || duration->computed) return std::nullopt;
  return duration->constant;
}

// All attempts and all delays at their longest; kForever: no end, or not known.
Duration retry_time(const core::RetryPolicy& policy, Duration attempt) {
  if (!policy.max_attempts) return kForever;
  double total = static_cast<double>(attempt.count()) * *policy.max_attempts;
  double delay = static_cast<double>(policy.initial.count());
  const double most = static_cast<double>(policy.max_delay.count());
  std::uint32_t left = *policy.max_attempts - 1;
  for (; left > 0 && delay < most && policy.factor > 1; --left) {
    total += delay;
    delay *= policy.factor;
  }
  total += std::min(delay, most) * left;
  return total > 1e15 ? kForever : Duration(static_cast<std::int64_t>(total));
}

Duration worst_case(const Step& step) {
  Duration worst = kForever;
  if (const auto attempt = constant(step.timeout.attempt)) {
    worst = retry_time(step.call()->retry, *attempt);
  }
  if (const auto total = constant(step.timeout.total)) worst = std::min(worst, *total);
  if (step.call()->retry.max_elapsed) worst = std::min(worst, *step.call()->retry.max_elapsed);
  return worst;
}

Duration sum(Duration a, Duration b) {
  return a == kForever || b == kForever || a > kForever - b ? kForever : a + b;
}

void check_call(const Checked& c, const Step& step) {
  const auto* call = step.call();
  if (!call || !call->operation) return;
  const Node* node = c.place(step).node;
  const bool retried = !call->retry.max_attempts || *call->retry.max_attempts > 1;
  if (!call->operation->idempotent && retried && node && node->find("retry")) {
    c.warning("T03", step, "retry",
              "`" + call->operation->name +
                  "` is not idempotent: only what was certainly not done "
                  "is tried again",
              "make the operation idempotent by key");
  }
  const auto attempt = constant(step.timeout.attempt);
  const auto total = constant(step.timeout.total);
  if (!attempt || !total || !call->retry.max_attempts) return;
  if (retry_time(call->retry, *attempt) > *total) {
    c.warning("T04", step, "timeout", "all attempts together take longer than `total`",
              "raise `total`, or lower `attempt` or `max_attempts`");
  }
}

bool timed(const Wait& wait) {
  if (wait.timeout || wait.kind == Wait::For::duration || wait.kind == Wait::For::until) {
    return true;
  }
  return std::any_of(wait.any.begin(), wait.any.end(),
                     [](const auto& member) { return timed(member.wait); });
}

bool timed(const Trail& trail) {
  return std::any_of(trail.begin(), trail.end(), [](const Enclosing& around) {
    return !around.handler && around.block->timeout.total.has_value();
  });
}

const Wait* wait_of(const Step& step) {
  if (const auto* wait = std::get_if<Wait>(&step.kind)) return wait;
  return step.call() ? step.call()->await.get() : nullptr;
}

void check_wait(const Checked& c, const Step& step, const Trail& trail, const Step* reservation) {
  const Wait* wait = wait_of(step);
  if (!wait) return;
  const char* key = step.call() ? "await" : "wait";
  const bool endless = !timed(*wait) && !timed(trail);
  const auto& deadline = c.definition.deadline;
  if (endless && c.before_pivot(step) && !(deadline && !deadline->alert_only)) {
    c.warning("T06", step, key,
              "nothing ends this wait by time, and what was reserved before stays reserved",
              "add a `timeout` or a `deadline`");
  } else if (endless && !c.before_pivot(step)) {
    c.warning("T05", step, key, "nothing ends this wait by time", "add a `timeout`");
  }
  if (wait->kind != Wait::For::task || !reservation || !c.before_pivot(step)) return;
  const auto timeout = constant(wait->timeout);
  const auto holds = *reservation->call()->operation->holds_for;
  if (timeout && *timeout <= holds) return;
  c.warning("T07", step, key,
            "the task may take longer than `" + reservation->id + "` holds its reservation",
            "shorten `timeout`");
}

// The longest way to the pivot. Of switch cases and parallel branches the longest counts; waits and
// children are left out.
Duration longest(const core::StepList& list, bool& passed) {
  Duration total{0};
  for (const Step& step : list) {
    Duration own{0};
    if (step.call()) own = worst_case(step);
    for (const auto* inner : core::lists_inside(step)) own = std::max(own, longest(*inner, passed));
    if (const auto block = constant(step.timeout.total); block && !step.call()) {
      own = std::min(own, *block);
    }
    total = sum(total, own);
    if (passed) return total;
    if (step.pivot) return passed = true, total;
  }
  return total;
}

void check_deadline(const Checked& c) {
  const auto& deadline = c.definition.deadline;
  const auto after = deadline ? constant(deadline->after) : std::nullopt;
  if (!after || deadline->alert_only) return;
  bool passed = false;
  const Duration way = longest(c.definition.steps, passed);
  if (way == kForever || way <= *after) return;
  const Member* member = c.root.member("deadline");
  c.context.report.warning("T02", member ? member->offset : 0,
                           "in the worst case the steps before the pivot take " +
                               std::to_string(way.count() / 1000) + " s, longer than the deadline",
                           "raise the deadline or lower the steps' `total`");
}

}  // namespace

void check_times(const Checked& c) {
  const Step* reservation = nullptr;  // that with the shortest known expiry so far
  c.each_step([&](const Step& step, const Trail& trail) {
    check_call(c, step);
    check_wait(c, step, trail, reservation);
    const auto* call = step.call();
    if (!call || !call->operation || !call->operation->holds_for) return;
    const bool shorter =
        !reservation || *call->operation->holds_for < *reservation->call()->operation->holds_for;
    if (shorter) reservation = &step;
  });
  check_deadline(c);
}

}  // namespace sagaloom::workflow
