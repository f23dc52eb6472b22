// What happens before and after a saga's life: admitting a submission, projecting a view.
#include "runtime/core/decide.h"
#include "runtime/core/scope.h"

namespace sagaloom::core {

namespace {

constexpr std::size_t max_identity_bytes = 128;

// Fills in what the submission leaves out, member by member.
Value with_defaults(const Value& input, const Value& defaults) {
  if (input.is_null()) return defaults;
  if (!input.is_map() || !defaults.is_map()) return input;
  Value filled = input;
  for (const auto& [key, value] : defaults.members()) {
    const Value* given = input.find(key);
    if (!given) {
      filled = filled.with(key.string(), value);
    } else if (given->is_map() && value.is_map()) {
      filled = filled.with(key.string(), with_defaults(*given, value));
    }
  }
  return filled;
}

expression::Error invalid(std::string what) {
  return {"expression.failed", std::move(what), {}};
}

// A text of 1 to 128 bytes, or a whole number as text; else an error that begins with `name`.
Result<std::string> key_text(const Template& key, const SagaScope& scope, const std::string& name,
                             const std::string& complaint) {
  const auto rendered = key.render(scope);
  if (!rendered.ok()) return invalid(name + ": " + rendered.error().message);
  const Value value = rendered.value().value_or(Value{});
  std::string text;
  if (value.is_string()) text = value.string();
  if (value.is_integer()) text = std::to_string(value.integer());
  if (!text.empty() && text.size() <= max_identity_bytes) return text;
  return invalid(name + ": " + complaint + " of 1 to 128 bytes");
}

Result<Time> deadline_of(const DeadlinePolicy& policy, const SagaScope& scope, Time now) {
  if (policy.after && !policy.after->computed) return now + policy.after->constant;
  if (!policy.after && !policy.at) return Time{};
  const auto rendered = (policy.at ? *policy.at : *policy.after->computed).render(scope);
  if (!rendered.ok()) return invalid("deadline: " + rendered.error().message);
  const Value value = rendered.value().value_or(Value{});
  if (const auto at = policy.at ? to_time(value) : std::nullopt) return *at;
  if (const auto after = policy.after ? to_duration(value) : std::nullopt) return now + *after;
  return invalid("deadline: `at` must give a timestamp, `after` a duration");
}

}  // namespace

std::vector<schema::Violation> check_input(const Definition& definition, const Value& input) {
  if (!definition.input) return {};
  return definition.input->validate(with_defaults(input, definition.input_defaults));
}

Result<SagaRecord> admit(const Definition& definition, const Submission& submission,
                         const Context& context) {
  SagaRecord head;
  head.tenant = submission.tenant;
  head.workflow = definition.name;
  head.version = definition.version;
  head.definition = definition.hash;
  head.fingerprint = submission.fingerprint;
  head.input = with_defaults(submission.input, definition.input_defaults);
  head.created = context.now;
  if (definition.input) {
    const auto violations = definition.input->validate(head.input);
    if (!violations.empty()) {
      return expression::Error{"input.invalid", violations[0].message, violations[0].pointer};
    }
  }
  if (expression::byte_size(head.input) > 1024 * 1024) {
    return expression::Error{"state.too_large", "the input is larger than 1 MiB", {}};
  }
  const SagaId none;
  const SagaScope scope(definition, none, head, context.now,
                        [](std::string_view) { return nullptr; });
  head.identity = submission.header;
  if (definition.id) {
    auto identity = key_text(*definition.id, scope, "id", "the business id must be a text");
    if (!identity.ok()) return identity.error();
    head.identity = std::move(*identity);
    head.business_id = true;
    head.header = submission.header;
  }
  if (definition.concurrency) {
    auto key =
        key_text(definition.concurrency->key, scope, "concurrency.key", "it must give a text");
    if (!key.ok()) return key.error();
    head.lock_key = std::move(*key);
    head.lock_limit = definition.concurrency->limit;
  }
  if (definition.deadline) {
    const auto deadline = deadline_of(*definition.deadline, scope, context.now);
    if (!deadline.ok()) return deadline.error();
    head.deadline = *deadline;
    head.deadline_alerts = definition.deadline->alert_only;
  }
  return head;
}

std::optional<Projection> project(const Definition& definition, const Saga& saga,
                                  std::string_view view) {
  if (!definition.expose) return std::nullopt;
  const Expose& expose = *definition.expose;
  const Template* text = nullptr;
  if (view.empty() && expose.response) text = &*expose.response;
  if (view == "status" && expose.status) text = &*expose.status;
  for (const auto& [name, candidate] : expose.views) {
    if (name == view && !view.empty()) text = &candidate;
  }
  if (!text) return std::nullopt;
  SagaScope scope(definition, saga.id, saga.head, saga.head.updated,
                  [&](std::string_view path) { return saga.find(path); });
  scope.set_error(saga.head.error);
  const auto rendered = text->render(scope);
  if (!rendered.ok() || !*rendered) return Projection{};
  return Projection{true, **rendered};
}

}  // namespace sagaloom::core
