// Q01, Q02, Q04: what is declared and not used, and what will be slow or out of order.
#include <algorithm>
#include <map>

#include "runtime/workflow/checks.h"

namespace sagaloom::workflow {
namespace {

using core::Step;

constexpr std::uint32_t kMostParallel = 50;
constexpr std::int64_t kMostItems = 10'000;

void check_unused(const Checked& c, const char* section, const char* what,
                  const std::set<std::string>& used) {
  const Node* node = c.root.find(section);
  if (!node || used.count("*") > 0) return;
  for (const auto& member : node->members) {
    if (used.count(member.key) > 0) continue;
    c.context.report.warning("Q01", member.offset,
                             std::string(what) + " `" + member.key + "` is not used", "remove it");
  }
  for (const auto& item : node->items) {
    if (!item.is_scalar() || used.count(item.text) > 0) continue;
    c.context.report.warning("Q01", item.offset,
                             std::string(what) + " `" + item.text + "` is not used", "remove it");
  }
}

// The schema of `input.x.y` as far as the input schema says; nullptr: not known.
const expression::Value* input_schema(const Checked& c, std::string_view path) {
  if (!c.definition.input || path.substr(0, 6) != "input.") return nullptr;
  const expression::Value* schema = &c.definition.input->source();
  path.remove_prefix(6);
  while (schema && !path.empty()) {
    const auto end = std::min(path.find('.'), path.size());
    const auto* properties = schema->find("properties");
    schema = properties ? properties->find(path.substr(0, end)) : nullptr;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return schema;
}

void check_foreach(const Checked& c, const Step& step, const core::Foreach& foreach) {
  if (foreach.max_parallel > kMostParallel) {
    c.warning("Q02", step, "foreach", "`max_parallel` above 50", "the plugins may not bear it");
  }
  const auto* list = foreach.in ? input_schema(c, foreach.in->text()) : nullptr;
  if (!list || !list->is_map()) return;
  const auto* most = list->find("maxItems");
  if (most && most->is_integer() && most->integer() <= kMostItems) return;
  c.warning("Q02", step, "foreach",
            "`" + foreach.in->text() + "` may have more than 10,000 items: then the step fails",
            "set `maxItems` in the input schema");
}

// Events of one topic are in order only per key.
class Keys {
 public:
  explicit Keys(const Checked& c) : c_(c) {}

  void add(const std::vector<core::Emit>& emits, std::size_t offset) {
    for (const auto& emit : emits) {
      const auto source = emit.key ? emit.key->source() : expression::Value();
      const auto [first, added] = first_.emplace(emit.topic, source);
      if (added || first->second == source) continue;
      c_.context.report.warning("Q04", offset,
                                "`emit.key` differs from that of another event on `" + emit.topic +
                                    "`: their order is not kept",
                                "use one key for a topic");
    }
  }

 private:
  const Checked& c_;
  std::map<std::string, expression::Value> first_;
};

void check_keys(const Checked& c) {
  Keys keys(c);
  const auto& hooks = c.definition.hooks;
  const Member* section = c.root.member("hooks");
  for (const auto* hook : {&hooks.accepted, &hooks.pivot, &hooks.compensating, &hooks.completed,
                           &hooks.compensated, &hooks.failed, &hooks.parked}) {
    keys.add(hook->emit, section ? section->offset : 0);
  }
  c.each_step([&](const Step& step, const Trail&) {
    keys.add(step.emit, c.at(step, "emit"));
    keys.add(step.compensate.announce.emit, c.at(step, "compensate"));
    if (const auto* wait = std::get_if<core::Wait>(&step.kind)) {
      keys.add(wait->each.emit, c.at(step, "wait"));
    }
  });
}

}  // namespace

void check_use(const Checked& c) {
  check_unused(c, "constants", "constant", c.context.used_constants);
  check_unused(c, "secrets", "secret", c.context.used_secrets);
  check_unused(c, "events", "event", c.context.used_events);
  check_unused(c, "retries", "retry policy", c.context.used_retries);
  c.each_step([&](const Step& step, const Trail&) {
    const auto* foreach = std::get_if<core::Foreach>(&step.kind);
    if (foreach) check_foreach(c, step, *foreach);
  });
  check_keys(c);
}

}  // namespace sagaloom::workflow
