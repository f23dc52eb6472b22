// The schema for editors and the loader must know the same keys.
#include <gtest/gtest.h>

#include "runtime/document/json.h"
#include "tests/workflow/catalog.h"

namespace sagaloom::workflow {
namespace {

using expression::Value;
using testing::around;

// A place in a workflow: where the schema describes it, and a text with that place.
struct Spot {
  const char* name;
  std::vector<const char*> path;  // to `properties` in the schema
  std::string before, after;      // around `key: null` in flow notation
};

void PrintTo(const Spot& spot, std::ostream* out) {
  *out << spot.before;
}

const Value& editor_schema() {
  static const Value schema = [] {
    auto parsed = document::parse(
        testing::read_file(testing::source_path("schemas/workflow.schema.json")), {});
    EXPECT_TRUE(parsed.ok());
    return parsed.ok() ? *parsed : Value();
  }();
  return schema;
}

const Value* at(const std::vector<const char*>& path) {
  const Value* value = &editor_schema();
  for (const char* key : path) value = value ? value->find(key) : nullptr;
  return value;
}

// What the loader says of an unknown key at this spot: "" when it knows the key.
std::string unknown(const Spot& spot, const std::string& key) {
  const auto loaded = load(spot.before + key + ": null" + spot.after, testing::catalog());
  const std::string said = "unknown key `" + key + "`";
  for (const auto& d : loaded.diagnostics) {
    if (d.message.substr(0, said.size()) == said) return workflow::text(d);
  }
  return "";
}

class EditorSchema : public ::testing::TestWithParam<Spot> {};

TEST_P(EditorSchema, HasOnlyKeysThatTheLoaderKnows) {
  const Value* properties = at(GetParam().path);
  ASSERT_TRUE(properties && properties->is_map());
  for (const auto& member : properties->members()) {
    EXPECT_EQ(unknown(GetParam(), member.key.string()), "");
  }
  EXPECT_NE(unknown(GetParam(), "nothing_like_that"), "") << "the spot is not checked at all";
}

// The other way round, for the map with the most keys.
TEST(EditorSchema, KnowsEveryKeyOfAStep) {
  const Value* properties = at({"definitions", "step", "properties"});
  for (const char* key :
       {"id",         "title",        "when",       "status", "emit", "output",   "on_error",
        "compensate", "timeout",      "call",       "with",   "key",  "pivot",    "effect",
        "retry",      "retry_stable", "on_unknown", "await",  "wait", "parallel", "on_branch_error",
        "foreach",    "switch",       "repeat",     "saga",   "do",   "set",      "fail",
        "end"}) {
    EXPECT_TRUE(properties->find(key)) << key;
  }
  EXPECT_EQ(properties->members().size(), 29u);
}

std::string top(const std::string& section) {
  return "{" + section + ": {";
}
std::string step(const std::string& inside) {
  return around("- {id: a, " + inside);
}

INSTANTIATE_TEST_SUITE_P(
    Spots, EditorSchema,
    ::testing::Values(
        Spot{"Top", {"properties"}, "{", "}\n"},
        Spot{"Input", {"properties", "input", "properties"}, top("input"), "}}\n"},
        Spot{
            "Concurrency", {"properties", "concurrency", "properties"}, top("concurrency"), "}}\n"},
        Spot{"Defaults", {"properties", "defaults", "properties"}, top("defaults"), "}}\n"},
        Spot{"Compensation",
             {"properties", "compensation", "properties"},
             top("compensation"),
             "}}\n"},
        Spot{"Hooks", {"properties", "hooks", "properties"}, top("hooks"), "}}\n"},
        Spot{"Expose", {"properties", "expose", "properties"}, top("expose"), "}}\n"},
        Spot{"Start", {"properties", "start", "properties"}, top("start"), "}}\n"},
        Spot{"Hook", {"definitions", "hook", "properties"}, "{hooks: {failed: {", "}}}\n"},
        Spot{"Event", {"definitions", "event", "properties"}, "{events: {e: {", "}}}\n"},
        Spot{"Policy", {"definitions", "policy", "properties"}, "{retries: {e: {", "}}}\n"},
        Spot{"Step", {"definitions", "step", "properties"}, around("- {"), "}\n"},
        Spot{"Wait", {"definitions", "wait", "properties"}, step("wait: {"), "}}\n"},
        Spot{"Await",
             {"definitions", "await", "properties"},
             step("call: odd.plain, await: {"),
             "}}\n"},
        Spot{"Emit", {"definitions", "emitted", "properties"}, step("emit: {"), "}}\n"},
        Spot{"Handler",
             {"definitions", "handler", "properties"},
             step("set: {}, on_error: [{"),
             "}]}\n"},
        Spot{"UndoStep",
             {"definitions", "undo_step", "properties"},
             step("set: {}, compensate: {steps: [{"),
             "}]}}\n"}),
    [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace sagaloom::workflow
