// Which changes of a workflow a running saga may follow, and the reason where it may not.
#include "runtime/workflow/replay/migration.h"

#include <gtest/gtest.h>

#include "tests/golden/cases.h"
#include "tests/workflow/replay/versions.h"

namespace sagaloom::tests {
namespace {

using workflow::replay::reason_to_stay;

class MigrationTest : public testing::Test {
 protected:
  // The saga waits for the answer of this call.
  std::string reason_at(const std::string& call, const core::DefinitionPointer& to) {
    Journey journey(from_, golden_input());
    journey.run_until(call);
    return reason_to_stay(journey.journal(), from_, *to).value_or("");
  }
  core::DefinitionPointer from_ = version_of(order_text());
};

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

TEST_F(MigrationTest, WhatLiesAheadMayChange) {
  const struct {
    const char* what;
    const char* by;
  } cases[] = {
      {"output: {order", "- id: thank\n  call: shop.tell\n  with: {}\noutput: {order"},
      {"with: {from: \"${ steps.reserve.output.from }\"}", "with: {from: elsewhere}"},
      {"type: order.shipped", "type: order.on_its_way"},
      {"status: PENDING", "status: ACCEPTED"},
      {"retry: {max_attempts: 3, initial: 200ms", "retry: {max_attempts: 9, initial: 100ms"},
      {"timeout: {attempt: 5s", "timeout: {attempt: 9s"},
      {"deadline: {after: 1h", "deadline: {after: 2h"},
  };
  for (const auto& each : cases)
    EXPECT_EQ("", reason_at("charge", changed(each.what, each.by))) << each.by;
}

TEST_F(MigrationTest, WhatIsDoneMayNot) {
  const struct {
    const char* what;
    const char* by;
    const char* reason;
  } cases[] = {
      {"with: {order: \"${ input.order }\"}\n  status: {ok: RESERVED}",
       "with: {order: other}\n  status: {ok: RESERVED}", "steps[reserve].input"},
      {"- id: reserve\n", "- id: look\n  call: shop.find_charge\n  with: {}\n- id: reserve\n",
       "steps[reserve] is RUNNING and would be (none)"},
      {"- id: price\n", "- id: cost\n", "steps[price]"},
      {"total: \"${ input.amount * 2 }\"", "total: \"${ input.amount * 3 }\"",
       "steps[price].output"},
      {"call: shop.reserve\n", "call: shop.reserve\n  key: \"${ input.order }\"\n",
       "steps[reserve].key"},
  };
  for (const auto& each : cases) {
    const std::string reason = reason_at("charge", changed(each.what, each.by));
    EXPECT_TRUE(contains(reason, each.reason)) << each.by << ": " << reason;
  }
}

TEST_F(MigrationTest, APivotThatWasPassedStaysOne) {
  const std::string reason = reason_at("tell", changed("  pivot: true\n", ""));
  EXPECT_TRUE(contains(reason, "step")) << reason;
  EXPECT_EQ("", reason_at("charge", changed("  pivot: true\n", "")));
}

TEST_F(MigrationTest, TheUndoOfWhatIsDoneMayNot) {
  const struct {
    const char* what;
    const char* by;
  } cases[] = {
      {"with: {key: \"${ self.key }\", output: \"${ self.?output }\"}",
       "with: {key: \"${ self.key }\"}"},
      {"    call: shop.release\n    with: {key: \"${ self.key }\", output: \"${ self.?output "
       "}\"}\n",
       "    when: self.outcome == 'succeeded'\n    call: shop.release\n"},
      {"compensate:\n    call: shop.release", "compensate:\n    call: shop.refund"},
  };
  for (const auto& each : cases) {
    std::string reason;
    try {
      reason = reason_at("charge", changed(each.what, each.by));
    } catch (const std::runtime_error& error) {
      ADD_FAILURE() << error.what();
    }
    EXPECT_TRUE(contains(reason, "step reserve would be undone otherwise")) << reason;
  }
  // The step that is not reached yet may be undone as the new version likes.
  EXPECT_EQ("", reason_at("reserve", changed("compensate: auto", "compensate: none")));
  EXPECT_NE("", reason_at("charge", changed("compensate: auto", "compensate: none")));
}

TEST_F(MigrationTest, IdentityAndInputStay) {
  EXPECT_TRUE(
      contains(reason_at("charge", changed("id: ${ input.order }", "id: x-${ input.order }")),
               "its identity is `o-1` and would be `x-o-1`"));
  EXPECT_TRUE(contains(reason_at("charge", changed("required: [order, amount]",
                                                   "required: [order, amount, address]")),
                       "does not admit the input"));
  EXPECT_TRUE(contains(
      reason_at("charge",
                changed("attributes:", "concurrency: {key: \"${ input.order }\"}\nattributes:")),
      "concurrency key"));
}

TEST_F(MigrationTest, OnlyAFittingPhase) {
  const auto to = changed("status: PENDING", "status: ACCEPTED");
  Journey over(from_, golden_input());
  over.run();
  EXPECT_EQ("it has ended", reason_to_stay(over.journal(), from_, *to));
  Journey back(from_, golden_input());
  back.answer("ship", core::Outcome::business, "shop.refused").run_until("charge/undo");
  EXPECT_EQ("it is going back", reason_to_stay(back.journal(), from_, *to));
  Journey doubt(from_, golden_input());
  doubt.answer("charge", core::Outcome::unknown, "call.timeout").run_until("charge/check");
  EXPECT_TRUE(contains(*reason_to_stay(doubt.journal(), from_, *to), "not known whether"));
  EXPECT_EQ("", reason_at("tell", to));  // past the pivot it goes on forward
}

// In blocks, at an event, at a task and at a signal: what is ahead may change, the wait itself and
// the block around may not.
TEST_F(MigrationTest, ASagaThatWaitsMovesToo) {
  const auto from = version_of(workflow_text("tour"));
  const auto ahead =
      changed("pivot: true\n  with: {}", "pivot: true\n  with: {fast: true}", "tour");
  const auto around = changed("max_parallel: 2", "max_parallel: 1", "tour");
  const auto other_event = changed("    event: parcel\n", "    event: settled\n", "tour");
  for (const char* place : {"left", "parts[1]/make", "event:parcel"}) {
    Journey journey(from, golden_input());
    core::Event found;
    found.output = core::Value::object({{"done", core::Value(true)}});
    journey.answer("poll[1]/turn", found).run_until(place);
    EXPECT_EQ(std::nullopt, reason_to_stay(journey.journal(), from, *ahead)) << place;
    const bool inside = std::string(place) != "left";
    EXPECT_EQ(inside, reason_to_stay(journey.journal(), from, *around).has_value()) << place;
    const bool waits = std::string(place) == "event:parcel";
    EXPECT_EQ(waits, reason_to_stay(journey.journal(), from, *other_event).has_value()) << place;
  }
}

TEST_F(MigrationTest, AMigratedSagaMigratesAgain) {
  const auto second = changed("status: PENDING", "status: ACCEPTED");
  Journey journey(from_, golden_input());
  journey.run_until("charge");
  core::Event event = journey.verb(core::EventKind::migrate);
  event.code = second->hash;
  event.number = second->version;
  ASSERT_TRUE(journey.take(event).record.has_value());
  EXPECT_EQ(second->hash, journey.saga().head.definition);
  EXPECT_EQ(2u, journey.saga().head.version);
  EXPECT_EQ("it runs on this version already", reason_to_stay(journey.journal(), second, *second));
  const auto third = changed("type: order.shipped", "type: order.sent");
  EXPECT_EQ(std::nullopt, reason_to_stay(journey.journal(), second, *third));
}

TEST_F(MigrationTest, NothingIsProvenWithoutTheBeginningOrTheOldVersion) {
  const auto to = changed("status: PENDING", "status: ACCEPTED");
  Journey journey(from_, golden_input());
  journey.run_until("charge");
  const std::vector<Entry> rest(journey.journal().begin() + 1, journey.journal().end());
  EXPECT_TRUE(contains(*reason_to_stay(rest, from_, *to), "no longer kept"));
  EXPECT_TRUE(contains(*reason_to_stay(journey.journal(), nullptr, *to), "can't be compiled"));
}

}  // namespace
}  // namespace sagaloom::tests
