// What a workflow says to the world: business status, emitted events, failures.
#include "runtime/workflow/reading.h"

namespace sagaloom::workflow {
namespace {

constexpr const char* kDefaultTopic = "sagaloom.events";

std::optional<core::Emit> read_emit(Context& context, const Node& node, unsigned sight) {
  const Fields fields(context, node, "`emit`", {"topic", "type", "key", "data", "headers", "when"});
  if (!fields.usable()) return std::nullopt;
  core::Emit emit;
  emit.topic = kDefaultTopic;
  if (const Node* n = fields.find("topic")) {
    emit.topic = read_topic(context, *n, "`topic`").value_or(kDefaultTopic);
  }
  if (const Node* n = fields.require("type")) {
    emit.type = read_text(context, *n, "`type`").value_or("");
  }
  if (const Node* n = fields.find("key")) {
    emit.key = read_scalar_template(context, *n, "`key`", sight);
  }
  if (const Node* n = fields.find("data")) {
    if (auto data = read_template(context, *n, sight)) emit.data = std::move(*data);
  }
  if (const Node* n = fields.find("when")) emit.when = read_condition(context, *n, "`when`", sight);
  if (const Node* n = fields.find("headers")) {
    if (!n->is_map()) context.error("S02", *n, "`headers` must be a mapping of texts");
    for (const auto& member : n->members) {
      auto value = read_scalar_template(context, member.value, "a header", sight);
      if (value) emit.headers.emplace_back(member.key, std::move(*value));
    }
  }
  return emit;
}

std::optional<core::Template> status_text(Context& context, const Fields& fields, const char* key,
                                          unsigned sight) {
  const Node* node = fields.find(key);
  if (!node) return std::nullopt;
  return read_scalar_template(context, *node, "`" + std::string(key) + "`", sight);
}

}  // namespace

std::vector<core::Emit> read_emits(Context& context, const Node& node, unsigned sight) {
  std::vector<core::Emit> emits;
  const auto add = [&](const Node& item) {
    if (auto emit = read_emit(context, item, sight)) emits.push_back(std::move(*emit));
  };
  if (node.is_list()) {
    for (const auto& item : node.items) add(item);
    if (node.items.empty()) context.error("S02", node, "`emit` is an empty list", "remove it");
  } else {
    add(node);
  }
  return emits;
}

core::Announcement read_announcement(Context& context, const Node& node, const std::string& what,
                                     unsigned sight) {
  const Fields fields(context, node, what, {"status", "emit"});
  core::Announcement announcement;
  announcement.status = status_text(context, fields, "status", sight);
  if (const Node* emit = fields.find("emit")) {
    announcement.emit = read_emits(context, *emit, sight);
  }
  return announcement;
}

core::StepStatus read_status(Context& context, const Node& node, unsigned sight) {
  core::StepStatus status;
  if (node.is_scalar()) {
    status.ok = read_scalar_template(context, node, "`status`", sight | see_self);
    return status;
  }
  const Fields fields(context, node, "`status`", {"start", "ok", "error", "compensated"});
  status.start = status_text(context, fields, "start", sight);
  status.ok = status_text(context, fields, "ok", sight | see_self);
  status.error = status_text(context, fields, "error", sight | see_self | see_error);
  status.compensated = status_text(context, fields, "compensated", sight | see_self | see_error);
  return status;
}

core::FailureTemplate read_failure(Context& context, const Node& node, unsigned sight) {
  core::FailureTemplate failure;
  if (node.is_scalar()) {
    failure.code = read_code(context, node, "`fail`", false).value_or("");
    return failure;
  }
  const Fields fields(context, node, "`fail`", {"code", "message", "details"});
  if (const Node* n = fields.require("code")) {
    failure.code = read_code(context, *n, "`code`", false).value_or("");
  }
  if (const Node* n = fields.find("message")) {
    failure.message = read_scalar_template(context, *n, "`message`", sight);
  }
  if (const Node* n = fields.find("details")) failure.details = read_template(context, *n, sight);
  return failure;
}

}  // namespace sagaloom::workflow
