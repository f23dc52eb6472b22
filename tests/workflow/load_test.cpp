// From text to a definition: what is in it, its defaults, its hash, its frozen form.
#include "runtime/workflow/load.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

#include "runtime/document/digest.h"
#include "tests/workflow/catalog.h"

namespace sagaloom::workflow {
namespace {

namespace fs = std::filesystem;
using core::OnUnknown;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::around;
using testing::catalog;

core::DefinitionPointer compiled(const std::string& text) {
  const Loaded loaded = load(text, catalog());
  EXPECT_TRUE(loaded.ok()) << workflow::text(loaded.diagnostics);
  return loaded.definition;
}

// A folder of its own, gone at the end.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("sagaloom-workflow-" + std::to_string(getpid()))) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~Folder() { fs::remove_all(path_); }
  fs::path write(const std::string& name, const std::string& text) const {
    fs::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
    return path_ / name;
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

class ShippedFile : public ::testing::TestWithParam<const char*> {};

TEST_P(ShippedFile, LoadsWithoutErrors) {
  const Loaded loaded = load_file(testing::source_path(GetParam()), catalog());
  EXPECT_TRUE(loaded.ok()) << workflow::text(loaded.diagnostics);
}

INSTANTIATE_TEST_SUITE_P(Workflows, ShippedFile,
                         ::testing::Values("workflows/order.yaml",
                                           "tests/workflow/valid/every-key.yaml",
                                           "tests/workflow/valid/order-fulfilment.yaml",
                                           "tests/workflow/valid/pickup-parcel.yaml",
                                           "tests/workflow/valid/travel-booking.yaml",
                                           "tests/workflow/valid/travel-insurance.yaml"));

class OrderWorkflow : public ::testing::Test {
 protected:
  const core::Step& step(const char* id) const { return *order->find(id); }
  core::DefinitionPointer order =
      load_file(testing::source_path("workflows/order.yaml"), catalog()).definition;
};

TEST_F(OrderWorkflow, GivesNoWarningAndRunsToday) {
  const auto loaded = load_file(testing::source_path("workflows/order.yaml"), catalog());
  EXPECT_EQ(workflow::text(loaded.diagnostics), "");
  EXPECT_EQ(workflow::text(unsupported(*loaded.definition)), "");
}

TEST_F(OrderWorkflow, IsExposedWithItsViews) {
  ASSERT_TRUE(order && order->expose);
  EXPECT_EQ(order->expose->path, "/api/orders");
  EXPECT_EQ(order->expose->id_name, "order_id");
  ASSERT_EQ(order->expose->views.size(), 2u);
  EXPECT_EQ(order->expose->views[0].first, "payment");
  EXPECT_EQ(order->expose->views[1].first, "delivery");
}

TEST_F(OrderWorkflow, HasItsStepsInOrderAndOnePivot) {
  std::vector<std::string> ids, pivots;
  for (const auto& s : order->steps) {
    ids.push_back(s.id);
    if (s.pivot) pivots.push_back(s.id);
  }
  EXPECT_EQ(ids, (std::vector<std::string>{"price", "reserve", "authorize", "schedule", "capture",
                                           "commit_stock"}));
  EXPECT_EQ(pivots, std::vector<std::string>{"capture"});
}

TEST_F(OrderWorkflow, FillsInDefaults) {
  const auto& reserve = *step("reserve").call();
  EXPECT_EQ(reserve.retry.max_attempts, 5u);
  EXPECT_EQ(reserve.on_unknown, OnUnknown::compensate);
  EXPECT_EQ(step("reserve").timeout.attempt->constant, seconds(5));
  EXPECT_EQ(step("reserve").timeout.total->constant, minutes(1));
  EXPECT_EQ(step("authorize").timeout.attempt->constant, seconds(8));
  const auto& capture = *step("capture").call();
  EXPECT_EQ(capture.retry.max_attempts, std::nullopt);
  EXPECT_FALSE(step("capture").timeout.total) << "defaults.timeout.total must not bind unlimited";
  EXPECT_EQ(capture.on_unknown, OnUnknown::resolve);
  ASSERT_TRUE(capture.check);
  EXPECT_EQ(capture.check->name, "payment.check_capture");
}

TEST_F(OrderWorkflow, KnowsItsUndos) {
  const auto& release = step("reserve").compensate;
  ASSERT_EQ(release.kind, core::UndoKind::steps);
  EXPECT_EQ(release.steps.at(0).operation->name, "inventory.release");
  EXPECT_EQ(release.steps.at(0).retry.max_attempts, 20u);
  EXPECT_FALSE(release.steps.at(0).timeout.total) << "an undo is not cut by the defaults' total";
  const auto& cancel = step("schedule").compensate;
  EXPECT_EQ(cancel.steps.at(0).operation->name, "delivery.cancel");
  EXPECT_FALSE(cancel.steps.at(0).with) << "auto sends {key, input}";
}

TEST_F(OrderWorkflow, NamesEveryOperationOnce) {
  std::vector<std::string> names;
  for (const auto& operation : order->operations) names.push_back(operation->name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"delivery.cancel", "delivery.schedule", "inventory.commit",
                                      "inventory.release", "inventory.reserve", "payment.authorize",
                                      "payment.capture", "payment.check_capture", "payment.void"}));
}

TEST(Defaults, AreTheBuiltInOnes) {
  const auto d = compiled(around("- {id: a, call: odd.plain, compensate: auto}\n"));
  const auto& a = *d->find("a");
  EXPECT_EQ(a.timeout.attempt->constant, seconds(30));
  EXPECT_FALSE(a.timeout.total);
  EXPECT_EQ(a.call()->retry.max_attempts, 3u);
  EXPECT_EQ(a.call()->retry.initial, seconds(1));
  EXPECT_EQ(a.call()->retry.max_delay, minutes(1));
  EXPECT_EQ(a.call()->retry.jitter, core::Jitter::full);
  EXPECT_EQ(a.compensate.steps[0].retry.max_attempts, 20u);
  EXPECT_EQ(a.compensate.steps[0].retry.max_delay, minutes(5));
  EXPECT_EQ(a.compensate.steps[0].timeout.attempt->constant, seconds(30));
  EXPECT_EQ(d->alert_after, minutes(15));
  EXPECT_FALSE(d->undo_in_parallel);
}

TEST(Defaults, OfAPolicyNotGivenInFullAreTheBuiltInOnesOfItsUse) {
  const auto d = compiled(around(R"(- id: a
  call: odd.plain
  retry: short
  compensate: {call: odd.plain_undo, retry: short}
)",
                                 "retries: {short: {initial: 10ms}}\n"));
  const auto& a = *d->find("a");
  EXPECT_EQ(a.call()->retry.initial.count(), 10);
  EXPECT_EQ(a.call()->retry.max_attempts, 3u);
  EXPECT_EQ(a.compensate.steps[0].retry.initial.count(), 10);
  EXPECT_EQ(a.compensate.steps[0].retry.max_attempts, 20u);
}

TEST(Defaults, FillOnlyTheMembersOfTimeoutThatAreMissing) {
  const auto d =
      compiled(around("- {id: a, call: odd.plain, compensate: auto, timeout: {total: 4m}}\n",
                      "defaults: {timeout: {attempt: 2s, total: 1m, heartbeat: 1s}}\n"));
  const auto& timeout = d->find("a")->timeout;
  EXPECT_EQ(timeout.attempt->constant, seconds(2));
  EXPECT_EQ(timeout.total->constant, minutes(4));
  EXPECT_EQ(timeout.heartbeat->constant, seconds(1));
}

TEST(Defaults, OnUnknownDependsOnUndoAndPivot) {
  const auto d = compiled(around(R"(- {id: undone, call: odd.plain, compensate: auto}
- {id: kept, call: odd.plain, compensate: none}
- id: block
  do:
  - {id: inner, call: odd.plain, compensate: auto}
  - {id: pivot, call: odd.final, pivot: true}
  - {id: late, call: odd.final, retry: {max_attempts: unlimited}}
  on_error:
  - {steps: [{id: handler, call: odd.plain, compensate: auto}]}
- {id: last, call: odd.final, retry: {max_attempts: unlimited}}
)"));
  const auto of = [&](const char* id) { return d->find(id)->call()->on_unknown; };
  EXPECT_EQ(of("undone"), OnUnknown::compensate);
  EXPECT_EQ(of("kept"), OnUnknown::resolve);
  EXPECT_EQ(of("inner"), OnUnknown::compensate);
  EXPECT_EQ(of("pivot"), OnUnknown::resolve);
  EXPECT_EQ(of("late"), OnUnknown::resolve);
  EXPECT_EQ(of("handler"), OnUnknown::compensate)
      << "handlers of a block with the pivot are before it";
  EXPECT_EQ(of("last"), OnUnknown::resolve);
}

TEST(Defaults, EffectComesFromTheManifestAndMayBeMadeStricter) {
  const auto d = compiled(around(R"(- {id: a, call: odd.reader}
- {id: b, call: odd.plain, effect: irreversible, compensate: auto}
)"));
  EXPECT_EQ(d->find("a")->call()->effect, core::Effect::none);
  EXPECT_EQ(d->find("b")->call()->effect, core::Effect::irreversible);
}

TEST(Defaults, OfTheUndoCanBeSetForAll) {
  const auto d = compiled(around("- {id: a, call: odd.plain, compensate: auto}\n",
                                 "compensation: {on_exhausted: continue, order: parallel}\n"));
  EXPECT_EQ(d->find("a")->compensate.on_exhausted, core::OnExhausted::proceed);
  EXPECT_TRUE(d->undo_in_parallel);
}

TEST(Status, AsTextMeansOk) {
  const auto d = compiled(around("- {id: a, set: {x: 1}, status: DONE}\n"));
  EXPECT_EQ(d->find("a")->status.ok->source(), expression::Value("DONE"));
  EXPECT_FALSE(d->find("a")->status.start);
}

TEST(Emit, GoesToTheDefaultTopic) {
  const auto d = compiled(around("- {id: a, emit: {type: x}}\n"));
  EXPECT_EQ(d->find("a")->emit.at(0).topic, "sagaloom.events");
  EXPECT_FALSE(d->find("a")->emit.at(0).key);
}

TEST(Hash, IsThatOfTheText) {
  const std::string text = around("- {id: a, set: {x: 1}}\n");
  const auto d = compiled(text);
  EXPECT_EQ(d->text, text);
  EXPECT_EQ(d->hash, document::hex(document::sha256(text)));
  EXPECT_EQ(d->hash, compiled(text)->hash);
  EXPECT_NE(d->hash, compiled(text + "# more\n")->hash);
}

TEST(Hash, HoldsTheSchemaFiles) {
  const Folder folder;
  folder.write("schemas/input.json", R"({"type": "object", "required": ["a\"b"],
    "properties": {"a\"b": {"type": "string", "pattern": "^\\d: ${ #$"}}})");
  const auto file = folder.write("x.yaml", around("- {id: a, set: {x: 1}}\n",
                                                  "input: {schema: schemas/input.json}  # here\n"));
  const Loaded loaded = load_file(file, catalog());
  ASSERT_TRUE(loaded.ok()) << workflow::text(loaded.diagnostics);
  EXPECT_EQ(loaded.definition->hash, document::hex(document::sha256(loaded.definition->text)));
  EXPECT_EQ(loaded.definition->text.find("input.json"), std::string::npos);

  const auto again = load_frozen(loaded.definition->text, freeze(*loaded.definition));
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_EQ((*again)->hash, loaded.definition->hash);
  EXPECT_EQ((*again)->input->source(), loaded.definition->input->source());

  folder.write("schemas/input.json", R"({"type": "object"})");
  EXPECT_NE(load_file(file, catalog()).definition->hash, loaded.definition->hash);
}

TEST(SchemaFiles, MustLieBelowTheWorkflow) {
  const Folder folder;
  folder.write("outside.json", "{}");
  fs::create_symlink(folder.path() / "outside.json",
                     folder.write("in/a", "").parent_path() / "link.json");
  for (const char* name : {"../outside.json", "/etc/hostname", "link.json", "nothing.json", "."}) {
    const auto file = folder.write(
        "in/x.yaml",
        around("- {id: a, set: {x: 1}}\n", "input: {schema: " + std::string(name) + "}\n"));
    const Loaded loaded = load_file(file, catalog());
    ASSERT_EQ(loaded.diagnostics.size(), 1u) << name;
    EXPECT_EQ(loaded.diagnostics[0].code, "S02") << name;
    EXPECT_EQ(loaded.diagnostics[0].position, (Position{6, 17})) << name;
  }
}

TEST(SchemaFiles, AreToldByTheirOwnNameWhenTheyAreWrong) {
  const Folder folder;
  folder.write("s.json", "{\n  \"type\": \"objekt\"\n}\n");
  const auto file =
      folder.write("x.yaml", around("- {id: a, set: {x: 1}}\n", "input: {schema: s.json}\n"));
  const Loaded loaded = load_file(file, catalog());
  ASSERT_EQ(loaded.diagnostics.size(), 1u);
  EXPECT_EQ(loaded.diagnostics[0].file, (folder.path() / "s.json").string());
  EXPECT_EQ(loaded.diagnostics[0].position.line, 2u);
}

TEST(Frozen, BringsTheSameDefinitionBackWithoutPlugins) {
  for (const char* name :
       {"workflows/order.yaml", "tests/workflow/valid/every-key.yaml",
        "tests/workflow/valid/order-fulfilment.yaml", "tests/workflow/valid/travel-booking.yaml"}) {
    const auto first = load_file(testing::source_path(name), catalog()).definition;
    ASSERT_TRUE(first) << name;
    const std::string frozen = freeze(*first);
    const auto again = load_frozen(first->text, frozen);
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ((*again)->hash, first->hash);
    EXPECT_EQ(freeze(**again), frozen);
  }
}

TEST(Frozen, KeepsEveryFactOfAnOperation) {
  core::Operation o;
  o.name = "x.y";
  o.plugin = "x";
  o.major = 3;
  o.input = *schema::Schema::compile(expression::Value::object({{"type", "object"}}));
  o.errors = {"x.no"};
  o.effect = core::Effect::irreversible;
  o.idempotent = o.check_fences = o.cancellable = o.commutative = o.gives = true;
  o.fences = core::Fencing::no;
  o.undo = "x.z";
  o.nothing_to_undo = {"x.gone"};
  o.check = "x.c";
  o.timeout = seconds(2);
  o.holds_for = minutes(15);
  testing::ManifestCatalog own;
  own.add(o);
  for (const char* name : {"x.z", "x.c"}) {
    core::Operation other;
    other.name = name;
    other.plugin = "x";
    other.idempotent = true;
    own.add(other);
  }
  LoadOptions options;
  options.checks = false;
  const std::string text = around("- {id: a, call: x.y@3, compensate: auto}\n");
  const Loaded loaded = load(text, own, options);
  ASSERT_TRUE(loaded.ok()) << workflow::text(loaded.diagnostics);
  const auto again = load_frozen(text, freeze(*loaded.definition));
  ASSERT_TRUE(again.ok()) << again.error().message;
  const auto& back = *(*again)->find("a")->call()->operation;
  EXPECT_EQ(back.major, 3u);
  EXPECT_EQ(back.input->source(), o.input->source());
  EXPECT_FALSE(back.output);
  EXPECT_EQ(back.errors, o.errors);
  EXPECT_EQ(back.effect, o.effect);
  EXPECT_TRUE(back.idempotent && back.check_fences && back.cancellable && back.commutative &&
              back.gives);
  EXPECT_FALSE(back.asynchronous);
  EXPECT_EQ(back.fences, core::Fencing::no);
  EXPECT_EQ(back.nothing_to_undo, o.nothing_to_undo);
  EXPECT_EQ((*again)->find("a")->compensate.steps[0].nothing_to_undo, o.nothing_to_undo);
  EXPECT_EQ(back.timeout, o.timeout);
  EXPECT_EQ(back.holds_for, o.holds_for);
}

TEST(Frozen, DamagedFactsAreAnError) {
  const std::string text = around("- {id: a, call: odd.plain, compensate: auto}\n");
  const std::string frozen = freeze(*compiled(text));
  for (const std::string& bad :
       {std::string("{}"), std::string("[]"), std::string("{\"operations\":[]}"),
        std::string("{\"operations\":[1]}"), std::string("{\"operations\":[{\"name\":5}]}"),
        frozen.substr(0, frozen.size() / 2)}) {
    EXPECT_FALSE(load_frozen(text, bad).ok()) << bad.substr(0, 60);
  }
  EXPECT_FALSE(load_frozen("steps: nonsense\n", frozen).ok());
}

TEST(Directory, IsReadInOrderAndCheckedAcrossFiles) {
  const Folder folder;
  const auto text = [](const char* name, int version, const char* path) {
    return "dsl: 1\nworkflow: " + std::string(name) + "\nversion: " + std::to_string(version) +
           "\nexpose: {path: " + path + "}\nsteps:\n- {id: a, set: {x: 1}}\n";
  };
  folder.write("a.yaml", text("one", 1, "/api/one"));
  folder.write("b.yaml", text("one", 2, "/api/one"));
  folder.write("c.yml", text("one", 1, "/api/other"));
  folder.write("d.yaml", text("two", 1, "/api/one/x"));
  folder.write("e.txt", "not a workflow");
  folder.write("f.yaml", "dsl: 2\n");
  const auto all = load_directory(folder.path(), catalog());
  ASSERT_EQ(all.size(), 5u);
  EXPECT_TRUE(all[0].ok());
  EXPECT_TRUE(all[1].ok()) << "two versions may share a route";
  const auto first = [&](std::size_t i) { return workflow::text(all[i].diagnostics.at(0)); };
  EXPECT_EQ(first(2), (folder.path() / "c.yml").string() +
                          ":3:1: error[S05] version 1 of `one` is already in " +
                          (folder.path() / "a.yaml").string() +
                          "; raise the version or remove one of the files");
  EXPECT_EQ(first(3), (folder.path() / "d.yaml").string() +
                          ":4:10: error[R01] `/api/one/x` collides with the route of `one` in " +
                          (folder.path() / "a.yaml").string() + "; choose another path");
  EXPECT_FALSE(all[4].ok());
}

TEST(Directory, ThatIsMissingIsADiagnostic) {
  const auto all = load_directory("/nonexistent/sagaloom", catalog());
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].diagnostics.at(0).code, "Y01");
  EXPECT_EQ(load_file("/nonexistent/x.yaml", catalog()).diagnostics.at(0).code, "Y01");
}

TEST(Unsupported, IsSaidWithThePlaceOfTheKey) {
  const Loaded loaded = load(around(R"(- {id: a, set: {x: 1}, when: 1 < 2}
- id: b
  do:
  - {id: c, wait: {for: 5s}}
  timeout: 5m
- {id: d, emit: {type: x}}
)",
                                    "start: {topic: t}\n"),
                             catalog());
  ASSERT_TRUE(loaded.ok()) << workflow::text(loaded.diagnostics);
  std::vector<std::string> found;
  for (const auto& d : unsupported(*loaded.definition, "x.yaml")) {
    EXPECT_EQ(d.code, "S06");
    found.push_back(std::to_string(d.position.line) + ":" + std::to_string(d.position.column) +
                    " " + d.message.substr(0, d.message.find(" is part")));
  }
  EXPECT_EQ(found, (std::vector<std::string>{"5:24 `when` of step `a`", "8:13 `wait` of step `c`",
                                             "9:3 `timeout` of step `b`",
                                             "10:11 `emit` of step `d`", "11:1 `start`"}));
}

}  // namespace
}  // namespace sagaloom::workflow
