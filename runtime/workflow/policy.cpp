// Retry and timeout policies with their defaults (docs/workflows.md, "Defaults").
#include "runtime/workflow/reading.h"

namespace sagaloom::workflow {
namespace {

using core::Duration;
using core::RetryPolicy;
using core::TimeoutPolicy;

constexpr std::int64_t kMostAttempts = 1'000'000;

void read_max_attempts(Context& context, const Node& node, RetryPolicy& policy) {
  if (node.is_scalar() && node.text == "unlimited") {
    policy.max_attempts.reset();
  } else if (const auto n = read_integer(context, node, "`max_attempts`", 1, kMostAttempts)) {
    policy.max_attempts = static_cast<std::uint32_t>(*n);
  }
}

void read_delays(Context& context, const Fields& fields, RetryPolicy& policy) {
  const auto duration = [&](const char* key, Duration& into) {
    const Node* node = fields.find(key);
    if (!node) return;
    if (const auto d = read_constant_duration(context, *node, "`" + std::string(key) + "`"))
      into = *d;
  };
  duration("initial", policy.initial);
  duration("max_delay", policy.max_delay);
  if (const Node* node = fields.find("max_elapsed")) {
    policy.max_elapsed = read_constant_duration(context, *node, "`max_elapsed`");
  }
  if (const Node* node = fields.find("factor")) {
    if (const auto factor = read_number(context, *node, "`factor`")) policy.factor = *factor;
    if (policy.factor < 1) {
      context.error("T01", *node, "`factor` is below 1: delays would shrink", "write 1 or more");
    }
  }
  if (policy.max_delay < policy.initial) {
    const char* key = fields.has("max_delay") ? "max_delay" : "initial";
    context.report.error("T01", fields.key_offset(key), "`max_delay` is shorter than `initial`",
                         "raise `max_delay` or lower `initial`");
  }
}

RetryPolicy read_policy(Context& context, const Node& node, RetryPolicy policy) {
  const Fields fields(context, node, "a retry policy",
                      {"max_attempts", "initial", "factor", "max_delay", "max_elapsed", "jitter",
                       "only", "except"});
  if (!fields.usable()) return policy;
  if (const Node* n = fields.find("max_attempts")) read_max_attempts(context, *n, policy);
  read_delays(context, fields, policy);
  if (const Node* n = fields.find("jitter")) {
    const auto jitter = read_choice(context, *n, "`jitter`", {"full", "equal", "none"});
    if (jitter) policy.jitter = static_cast<core::Jitter>(*jitter);
  }
  if (const Node* n = fields.find("only")) policy.only = read_codes(context, *n, "`only`");
  if (const Node* n = fields.find("except")) policy.except = read_codes(context, *n, "`except`");
  return policy;
}

bool longer(const std::optional<core::DurationTemplate>& a,
            const std::optional<core::DurationTemplate>& b) {
  return a && b && !a->computed && !b->computed && a->constant > b->constant;
}

}  // namespace

RetryPolicy builtin_retry() {
  return RetryPolicy{};
}

RetryPolicy builtin_compensation_retry() {
  RetryPolicy policy;
  policy.max_attempts = 20;
  policy.max_delay = std::chrono::minutes(5);
  return policy;
}

TimeoutPolicy builtin_timeout() {
  TimeoutPolicy timeout;
  timeout.attempt = core::DurationTemplate{std::chrono::seconds(30), std::nullopt};
  return timeout;
}

RetryPolicy read_retry(Context& context, const Node& node, const RetryPolicy& builtin) {
  if (!node.is_scalar()) return read_policy(context, node, builtin);
  const auto name = read_text(context, node, "`retry`");
  if (!name) return builtin;
  if (const Node* named = context.retries ? context.retries->find(*name) : nullptr) {
    context.used_retries.insert(*name);
    return read_policy(context, *named, builtin);
  }
  if (context.report.full()) return builtin;
  std::vector<std::string> names;
  if (context.retries) {
    for (const auto& member : context.retries->members) names.push_back(member.key);
  }
  const std::string meant = nearest(*name, names);
  context.error(
      "S02", node, "no policy `" + name->substr(0, 80) + "` under `retries`",
      meant.empty() ? "declare it there, or write a policy here" : "did you mean `" + meant + "`?");
  return builtin;
}

TimeoutPolicy read_call_timeout(Context& context, const Node* node, unsigned sight) {
  TimeoutPolicy timeout;
  if (!node) return timeout;
  if (!node->is_map()) {
    timeout.attempt = read_duration(context, *node, "`timeout`", sight);
    return timeout;
  }
  const Fields fields(context, *node, "`timeout`", {"attempt", "total", "heartbeat"});
  const auto member = [&](const char* key) -> std::optional<core::DurationTemplate> {
    const Node* n = fields.find(key);
    if (!n) return std::nullopt;
    return read_duration(context, *n, "`" + std::string(key) + "`", sight);
  };
  timeout.attempt = member("attempt");
  timeout.total = member("total");
  timeout.heartbeat = member("heartbeat");
  if (longer(timeout.attempt, timeout.total)) {
    context.report.error("T01", fields.key_offset("attempt"), "`attempt` is longer than `total`",
                         "raise `total` or lower `attempt`");
  }
  return timeout;
}

void fill_timeout(const Context& context, TimeoutPolicy& timeout, bool unlimited) {
  const TimeoutPolicy& defaults = context.defaults.timeout;
  if (!timeout.attempt) timeout.attempt = defaults.attempt;
  if (!timeout.heartbeat) timeout.heartbeat = defaults.heartbeat;
  if (!timeout.total && !unlimited) timeout.total = defaults.total;
}

void fill_undo_timeout(const Context& context, TimeoutPolicy& timeout) {
  if (!timeout.attempt) timeout.attempt = context.defaults.timeout.attempt;
  if (!timeout.heartbeat) timeout.heartbeat = context.defaults.timeout.heartbeat;
}

}  // namespace sagaloom::workflow
