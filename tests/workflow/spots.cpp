#include "tests/workflow/spots.h"

#include <stdexcept>

#include "runtime/document/json.h"
#include "tests/workflow/catalog.h"

namespace sagaloom::workflow::testing {
namespace {

using expression::Value;

Spot top(const std::string& name, const std::string& key, const std::string& path) {
  return {name, path, "{" + key + ": {", "}}\n"};
}

// Inside a step that is closed by `after`.
Spot step(const std::string& name, const std::string& path, const std::string& before,
          const std::string& after) {
  return {name, path, around("- {id: a, " + before), after + "}\n"};
}

std::vector<Spot> all() {
  return {
      {"top", "properties", "{", "}\n"},
      top("input", "input", "properties/input/properties"),
      {"attributes", "properties/attributes/additionalProperties/anyOf/1/properties",
       "{attributes: {x: {", "}}}\n"},
      top("deadline", "deadline", "properties/deadline/anyOf/1/properties"),
      top("concurrency", "concurrency", "properties/concurrency/properties"),
      top("defaults", "defaults", "properties/defaults/properties"),
      {"policy", "definitions/policy/properties", "{retries: {e: {", "}}}\n"},
      {"event", "definitions/event/properties", "{events: {e: {", "}}}\n"},
      top("compensation", "compensation", "properties/compensation/properties"),
      top("hooks", "hooks", "properties/hooks/properties"),
      {"hook", "definitions/hook/properties", "{hooks: {failed: {", "}}}\n"},
      top("expose", "expose", "properties/expose/properties"),
      {"expose_id", "properties/expose/properties/id/properties", "{expose: {id: {", "}}}\n"},
      top("start", "start", "properties/start/properties"),
      {"step", "definitions/step/properties", around("- {"), "}\n"},
      step("timeout", "definitions/timeout/anyOf/1/properties", "call: odd.plain, timeout: {", "}"),
      step("status", "definitions/status/anyOf/1/properties", "set: {}, status: {", "}"),
      step("emit", "definitions/emitted/properties", "emit: {", "}"),
      step("undo", "definitions/compensate/anyOf/1/properties", "set: {}, compensate: {", "}"),
      step("undo_step", "definitions/undo_step/properties", "set: {}, compensate: {steps: [{",
           "}]}"),
      step("handler", "definitions/handler/properties", "set: {}, on_error: [{", "}]"),
      step("fail", "definitions/fail/anyOf/1/properties", "fail: {", "}"),
      step("wait", "definitions/wait/properties", "wait: {", "}"),
      step("task", "definitions/wait/properties/task/properties", "wait: {task: {", "}}"),
      step("wait_fail", "definitions/wait/properties/fail/properties", "wait: {signal: s, fail: {",
           "}}"),
      step("await", "definitions/await/properties", "call: odd.plain, await: {", "}"),
      step("await_fail", "definitions/await/properties/fail/properties",
           "call: odd.plain, await: {signal: s, fail: {", "}}"),
      step("foreach", "definitions/step/properties/foreach/properties", "foreach: {", "}"),
      step("case", "definitions/step/properties/switch/items/properties", "switch: [{", "}]"),
      step("repeat", "definitions/step/properties/repeat/properties", "repeat: {", "}"),
      step("saga", "definitions/step/properties/saga/properties", "saga: {", "}"),
      step("end", "definitions/step/properties/end/properties", "end: {", "}"),
  };
}

}  // namespace

void PrintTo(const Spot& spot, std::ostream* out) {
  *out << spot.name;
}

const std::vector<Spot>& spots() {
  static const std::vector<Spot> list = all();
  return list;
}

const Value& editor_schema_base() {
  static const Value schema = [] {
    auto parsed = document::parse(read_file(source_path("schemas/workflow.schema.json")));
    if (!parsed.ok()) throw std::runtime_error(parsed.error().message);
    return *parsed;
  }();
  return schema;
}

const Value* at(const Value& schema, const std::string& path) {
  const Value* value = &schema;
  for (std::size_t begin = 0; value && begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string key = path.substr(begin, end - begin);
    if (value->is_list()) {
      value = &value->items().at(std::stoul(key));
    } else {
      value = value->find(key);
    }
    begin = end + 1;
  }
  return value;
}

}  // namespace sagaloom::workflow::testing
