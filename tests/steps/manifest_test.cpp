// Manifests: what is wrong is said with its place; what is right becomes the core's facts.
#include "runtime/steps/manifest.h"

#include <fstream>
#include <gtest/gtest.h>

#include "runtime/document/json.h"
#include "runtime/steps/secrets.h"
#include "tests/plugins/plugin_file.h"

namespace sagaloom::tests {
namespace {

using steps::read_manifest;

std::string with_operations(const std::string& operations) {
  return R"({"manifest":1,"id":"a.b","plugin":"p","version":"1.2.3","operations":)" + operations +
         "}";
}

const char kOperation[] =
    R"({"name":"p.do","input":{"type":"object"},"output":{},"effect":"reversible")";

struct Wrong {
  const char* what;
  std::string manifest;
  const char* pointer;
};

TEST(Manifest, says_what_is_wrong_and_where) {
  const std::string op = kOperation;
  const Wrong table[] = {
      {"no JSON", "{", ""},
      {"no object", "[]", ""},
      {"another form", R"({"manifest":2,"id":"a","plugin":"p","version":"1.0.0"})", "/manifest"},
      {"unknown member", R"({"manifest":1,"idd":"a"})", "/idd"},
      {"no name", R"({"manifest":1,"plugin":"p","version":"1.0.0"})", "/id"},
      {"version", R"({"manifest":1,"id":"a","plugin":"p","version":"one","operations":[]})",
       "/version"},
      {"no operation", with_operations("[]"), "/operations"},
      {"operations no list", with_operations("7"), "/operations"},
      {"operation no object", with_operations("[7]"), "/operations/0"},
      {"unknown member of an operation", with_operations("[" + op + R"(,"idempotnt":true}])"),
       "/operations/0/idempotnt"},
      {"no flag", with_operations("[" + op + R"(,"idempotent":"yes"}])"),
       "/operations/0/idempotent"},
      {"effect", with_operations(R"([{"name":"p.do","effect":"some"}])"), "/operations/0/effect"},
      {"schema", with_operations(R"([{"name":"p.do","effect":"none","input":{"typ":"object"}}])"),
       "/operations/0/input"},
      {"duration", with_operations("[" + op + R"(,"timeout":"soon"}])"), "/operations/0/timeout"},
      {"negative duration", with_operations("[" + op + R"(,"timeout":"-1s"}])"),
       "/operations/0/timeout"},
      {"verdict", with_operations("[" + op + R"(,"errors":[{"code":"p.x","verdict":"bad"}]}])"),
       "/operations/0/errors/verdict"},
      {"undo that is not there", with_operations("[" + op + R"(,"undo":"p.undo"}])"),
       "/operations/0/undo"},
      {"check that is not there",
       with_operations("[" + op + R"(,"check":{"operation":"p.look"}}])"), "/operations/0/check"},
      {"check with an effect", with_operations("[" + op + R"(,"check":{"operation":"p.do"}}])"),
       "/operations/0/check"},
      {"foreign name", with_operations(R"([{"name":"q.do","effect":"none"}])"), "/operations"},
      {"twice", with_operations("[" + op + "}," + op + "}]"), "/operations"},
  };
  for (const Wrong& wrong : table) {
    const auto read = read_manifest(wrong.manifest);
    ASSERT_FALSE(read.ok()) << wrong.what;
    EXPECT_EQ(read.error().code, "plugin.manifest") << wrong.what;
    EXPECT_EQ(read.error().pointer, wrong.pointer) << wrong.what << ": " << read.error().message;
  }
}

TEST(Manifest, becomes_the_facts_of_each_operation) {
  const auto read = read_manifest(with_operations(R"([
    {"name":"p.do","input":{"type":"object"},"output":{"type":"object"},"effect":"irreversible",
     "errors":[{"code":"p.no","verdict":"rejected"},{"code":"p.busy","verdict":"not_done"}],
     "idempotent":true,"fences":true,"undo":"p.undo","nothing_to_undo":["p.gone"],
     "check":{"operation":"p.look","fences":true},"async":true,"cancellable":true,
     "commutative":true,"gives":true,"holds_for":"1h30m","timeout":"2.5s"},
    {"name":"p.undo","effect":"irreversible","fences":false},
    {"name":"p.look","effect":"none"}])"));
  ASSERT_TRUE(read.ok()) << read.error().message;
  const core::Operation& facts = *read->operations[0];
  EXPECT_EQ(facts.name, "p.do");
  EXPECT_EQ(facts.plugin, "p");
  EXPECT_EQ(facts.major, 1u);
  EXPECT_EQ(facts.errors, std::vector<std::string>{"p.no"});
  EXPECT_EQ(facts.effect, core::Effect::irreversible);
  EXPECT_TRUE(facts.idempotent && facts.asynchronous && facts.cancellable);
  EXPECT_TRUE(facts.commutative && facts.gives && facts.check_fences);
  EXPECT_EQ(facts.fences, core::Fencing::yes);
  EXPECT_EQ(facts.undo, "p.undo");
  EXPECT_EQ(facts.nothing_to_undo, std::vector<std::string>{"p.gone"});
  EXPECT_EQ(facts.check, "p.look");
  EXPECT_EQ(facts.holds_for, core::Duration(5'400'000));
  EXPECT_EQ(facts.timeout, core::Duration(2'500));
  EXPECT_NE(facts.input, nullptr);
  EXPECT_EQ(read->operations[1]->fences, core::Fencing::no);
  EXPECT_EQ(read->operations[2]->fences, core::Fencing::unsaid);
}

// The schema for editors and the reader of this host know the same members.
TEST(Manifest, has_the_members_of_its_schema) {
  const auto schema = document::parse(
      read_text(std::string(SAGALOOM_SOURCE_DIR) + "/schemas/plugin-manifest.schema.json"));
  ASSERT_TRUE(schema.ok()) << schema.error().message;
  const auto* properties = schema->find("$defs")->find("operation")->find("properties");
  EXPECT_EQ(properties->members().size(), 19u);
  for (const auto& member : properties->members()) {
    const std::string name = member.key.string();
    const auto read = read_manifest(with_operations("[{\"" + name + "\":null}]"));
    ASSERT_FALSE(read.ok());
    EXPECT_EQ(read.error().message.find("is not known"), std::string::npos) << name;
  }
}

TEST(Manifest, of_every_bundled_plugin_is_right) {
  for (const char* name : {"inventory", "payment", "delivery", "noop"}) {
    const auto& table = load_plugin(name);
    const auto read = read_manifest({table.manifest.ptr, table.manifest.len});
    ASSERT_TRUE(read.ok()) << name << ": " << read.error().message;
    EXPECT_EQ(read->plugin, name);
    for (const auto& operation : read->operations) EXPECT_TRUE(operation->idempotent);
  }
}

TEST(Secrets, come_from_the_environment_first_and_from_files_else) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() + "/from.file") << "filed\n";
  std::ofstream(folder.path() + "/both") << "filed";
  const auto environment = [](const char* name) -> const char* {
    return std::string_view(name) == "SAGALOOM_SECRET_BOTH" ? "exported" : nullptr;
  };
  const auto secrets = steps::secrets_from(environment, folder.path());
  EXPECT_EQ(secrets("both"), "exported");
  EXPECT_EQ(secrets("from.file"), "filed");
  EXPECT_EQ(secrets("nobody"), std::nullopt);
  EXPECT_EQ(secrets("../" + folder.path()), std::nullopt);
  EXPECT_EQ(secrets(".hidden"), std::nullopt);
}

TEST(Secrets, are_put_into_the_text_only_when_all_are_there) {
  using expression::Value;
  const auto secrets = [](std::string_view name) -> std::optional<std::string> {
    return name == "known" ? std::optional<std::string>("s\"3") : std::nullopt;
  };
  const Value known = Value::object({{"$key", Value::secret("known")}, {"n", Value(1)}});
  EXPECT_EQ(steps::input_text(known, secrets).json, R"({"$key":"s\"3","n":1})");
  const Value unknown = Value::list({Value::secret("known"), Value::secret("unknown")});
  EXPECT_EQ(steps::input_text(unknown, secrets).missing, "unknown");
  EXPECT_EQ(steps::input_text(unknown, secrets).json, "");
}

TEST(Secrets, are_masked_wherever_they_stand_and_short_ones_only_alone) {
  using expression::Value;
  const std::vector<std::string> secrets = {"hunter2", "abc"};
  EXPECT_EQ(steps::masked("hunter2 and hunter2!", secrets), "*** and ***!");
  EXPECT_EQ(steps::masked("abc", secrets), "***");
  EXPECT_EQ(steps::masked("the abc of it", secrets), "the abc of it");
  const Value kept = Value::object({{"list", Value::list({Value("hunter2"), Value(7)})},
                                    {"hunter2", Value::object({{"deep", Value("abc")}})}});
  const Value expected = Value::object({{"list", Value::list({Value("***"), Value(7)})},
                                        {"***", Value::object({{"deep", Value("***")}})}});
  EXPECT_EQ(steps::masked_value(kept, secrets), expected);
}

}  // namespace
}  // namespace sagaloom::tests
