// From text to a definition: what is in it, its defaults, its hash, its frozen form.
#include "runtime/workflow/load.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <set>
#include <unistd.h>

#include "runtime/document/digest.h"
#include "tests/workflow/catalog.h"

namespace sagaloom::workflow {
namespace {

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

TEST(Defaults, OfTheUndoReachAChildThatIsAsked) {
  const auto d = compiled(around("- {id: c, saga: {workflow: other, version: 1}}\n",
                                 "compensation: {on_exhausted: continue}\n"));
  EXPECT_EQ(d->find("c")->compensate.on_exhausted, core::OnExhausted::proceed);
}

TEST(Defaults, InsideABlockWithItsOwnUndoWhatIsInDoubtIsAsked) {
  const auto d = compiled(around(R"(- id: b
  compensate: {call: odd.plain_undo}
  do:
  - id: a
    call: odd.plain
    compensate: auto
    on_error: [{steps: [{id: h, call: odd.plain, compensate: auto}]}]
- {id: c, call: odd.plain, compensate: auto}
)"));
  const auto of = [&](const char* id) { return d->find(id)->call()->on_unknown; };
  EXPECT_EQ(of("a"), OnUnknown::resolve);
  EXPECT_EQ(of("h"), OnUnknown::compensate) << "the block's undo does not cover a handler's steps";
  EXPECT_EQ(of("c"), OnUnknown::compensate);
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

}  // namespace
}  // namespace sagaloom::workflow
