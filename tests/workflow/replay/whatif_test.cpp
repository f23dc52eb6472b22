// What another version makes of recorded sagas. The same version makes the same of every golden
// case: no clock, no chance, no call comes between.
#include "runtime/workflow/replay/whatif.h"

#include <gtest/gtest.h>

#include "tests/golden/cases.h"
#include "tests/workflow/replay/versions.h"

namespace sagaloom::tests {
namespace {

using workflow::replay::WhatIf;
using Verdict = WhatIf::Verdict;

const GoldenCase& golden(const std::string& name) {
  for (const GoldenCase& each : golden_cases())
    if (each.name == name) return each;
  throw std::runtime_error("no golden case " + name);
}

WhatIf what_if(const std::string& name, const core::DefinitionPointer& proposed,
               workflow::replay::RehearsalOptions options = {}) {
  const auto recorded = version_of(order_text());
  Journey journey(recorded, golden_input());
  golden(name).drive(journey);
  return workflow::replay::what_if(journey.journal(), recorded, *proposed, options);
}

std::string told(const WhatIf& result) {
  std::string text(workflow::replay::name(result.verdict));
  for (const auto& change : result.changes) text += "; " + change.kind + ": " + change.what;
  return text + " (" + result.reason + ")";
}

bool has(const WhatIf& result, const std::string& kind, const std::string& part) {
  for (const auto& change : result.changes)
    if (change.kind == kind && change.what.find(part) != std::string::npos) return true;
  return false;
}

TEST(WhatIfTest, TheSameVersionMakesTheSameOfEverySaga) {
  for (const GoldenCase& each : golden_cases()) {
    if (each.name == "store_refused") continue;  // its record stands for one that is not known
    const auto definition = golden_definition(each.workflow);
    Journey journey(definition, golden_input());
    each.drive(journey);
    const WhatIf result = workflow::replay::what_if(journey.journal(), definition, *definition);
    EXPECT_EQ(Verdict::same, result.verdict) << each.name << ": " << told(result);
  }
}

TEST(WhatIfTest, AMigrationIsNothingThatAVersionDecides) {
  const auto first = version_of(order_text());
  const auto second = changed("type: order.shipped", "type: order.on_its_way");
  Journey journey(first, golden_input());
  journey.run_until("charge");
  core::Event event = journey.verb(core::EventKind::migrate);
  event.code = second->hash;
  event.number = second->version;
  ASSERT_TRUE(journey.take(event).record.has_value());
  const WhatIf moved = workflow::replay::what_if(journey.journal(), first, *second);
  EXPECT_EQ(Verdict::same, moved.verdict) << told(moved);
  const auto third = changed("id: ${ input.order }", "id: x-${ input.order }");
  const WhatIf other = workflow::replay::what_if(journey.journal(), first, *third);
  EXPECT_TRUE(has(other, "identity", "o-1")) << told(other);
}

TEST(WhatIfTest, AStepAtTheEndChangesThePathAndHasNoRecordedAnswer) {
  const auto more =
      changed("output: {order", "- id: thank\n  call: shop.tell\n  with: {}\noutput: {order");
  const WhatIf result = what_if("completed", more);
  EXPECT_EQ(Verdict::undetermined, result.verdict) << told(result);
  EXPECT_TRUE(has(result, "path", "nothing → thank by shop.tell {}")) << told(result);
  EXPECT_NE(std::string::npos, result.reason.find("shop.tell by step thank")) << result.reason;
  EXPECT_FALSE(has(result, "end", "")) << told(result);
}

TEST(WhatIfTest, AnotherOrderOfStepsChangesThePath) {
  const std::string tell =
      "- id: tell\n  call: shop.tell\n  retry: {max_attempts: unlimited, initial: 200ms, factor: "
      "2, max_delay: 30s, jitter: none}\n  with: {order: \"${ input.order }\"}\n";
  std::string text = order_text();
  text.erase(text.find(tell), tell.size());
  text.insert(text.find("- id: reserve"), tell);
  const WhatIf result = what_if("completed", version_of(text));
  EXPECT_EQ(Verdict::changed, result.verdict) << told(result);
  EXPECT_TRUE(has(result, "path", "reserve by shop.reserve")) << told(result);
}

TEST(WhatIfTest, AnUndoThatIsGoneIsAChangeOfTheUndo) {
  const auto kept = changed("  compensate: auto\n", "  compensate: none\n");
  const WhatIf result = what_if("compensated", kept);
  EXPECT_EQ(Verdict::changed, result.verdict) << told(result);
  EXPECT_TRUE(has(result, "undo", "charge by shop.refund")) << told(result);
  EXPECT_EQ(Verdict::same, what_if("completed", kept).verdict);
}

TEST(WhatIfTest, AnotherStatusAndAnotherMessageAreSaid) {
  const auto renamed = changed("status: CANCELLED", "status: TURNED_BACK");
  const WhatIf result = what_if("compensated", renamed);
  EXPECT_TRUE(has(result, "end", "TURNED_BACK")) << told(result);
  const auto quiet = changed("type: order.shipped", "type: order.on_its_way");
  EXPECT_TRUE(has(what_if("completed", quiet), "events", "order.on_its_way"));
}

TEST(WhatIfTest, AnotherInputIsNotGuessedUnlessItIsAllowed) {
  const auto more = changed("with: {amount: \"${ steps.price.output.total }\"}",
                            "with: {amount: \"${ steps.price.output.total + 1 }\"}");
  const WhatIf strict = what_if("completed", more);
  EXPECT_EQ(Verdict::undetermined, strict.verdict) << told(strict);
  EXPECT_NE(std::string::npos, strict.reason.find("another input")) << strict.reason;
  const WhatIf loose = what_if("completed", more, {true});
  EXPECT_EQ(Verdict::changed, loose.verdict) << told(loose);
  EXPECT_TRUE(has(loose, "path", "charge")) << told(loose);
}

TEST(WhatIfTest, FewerAttemptsEndOtherwise) {
  const auto impatient = changed("retry: {max_attempts: 3", "retry: {max_attempts: 2");
  const WhatIf result = what_if("retried", impatient);
  EXPECT_EQ(Verdict::changed, result.verdict) << told(result);
  EXPECT_TRUE(has(result, "end", "FAILED")) << told(result);
}

TEST(WhatIfTest, AnInputThatIsNoLongerAdmittedIsRefused) {
  const auto strict = changed("required: [order, amount]", "required: [order, amount, address]");
  const WhatIf result = what_if("completed", strict);
  EXPECT_EQ(Verdict::refused, result.verdict) << told(result);
  EXPECT_NE(std::string::npos, result.reason.find("address")) << result.reason;
}

TEST(WhatIfTest, ASagaThatStillRunsIsComparedAsFarAsItCame) {
  const auto recorded = version_of(order_text());
  Journey journey(recorded, golden_input());
  journey.run_until("ship");
  const auto same = workflow::replay::what_if(journey.journal(), recorded, *recorded);
  EXPECT_EQ(Verdict::same, same.verdict) << told(same);
  const auto later =
      changed("output: {order", "- id: thank\n  call: shop.tell\n  with: {}\noutput: {order");
  EXPECT_EQ(Verdict::same, workflow::replay::what_if(journey.journal(), recorded, *later).verdict);
}

TEST(WhatIfTest, WithoutTheAcceptNothingIsCompared) {
  const auto definition = version_of(order_text());
  Journey journey(definition, golden_input());
  journey.run();
  const std::vector<Entry> rest(journey.journal().begin() + 1, journey.journal().end());
  EXPECT_EQ(Verdict::not_compared,
            workflow::replay::what_if(rest, definition, *definition).verdict);
}

}  // namespace
}  // namespace sagaloom::tests
