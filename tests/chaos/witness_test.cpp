// The checker of the chaos program finds what it is there to find.
#include "tests/chaos/witness.h"

#include <gtest/gtest.h>

#include "tests/chaos/orders.h"

namespace sagaloom::chaos {
namespace {

constexpr const char* all_operations[] = {"inventory.reserve", "payment.authorize",
                                          "delivery.schedule", "payment.capture",
                                          "inventory.commit"};

// One order of each end, all well.
Evidence well() {
  Evidence evidence;
  evidence.seed = 7;
  evidence.sagas = {
      {"a", "order-0", "COMPLETED"}, {"b", "order-1", "COMPENSATED"}, {"c", "order-2", "FAILED"}};
  for (const auto& saga : evidence.sagas) {
    evidence.acknowledged[saga.identity] = evidence.read_back[saga.identity] = saga.id;
  }
  for (const char* operation : all_operations) {
    evidence.effects.push_back({std::string("a/") + operation, "a", operation, "done"});
  }
  evidence.effects.push_back({"b/reserve", "b", "inventory.reserve", "undone"});
  evidence.on_hand = opening_stock - quantity_of(evidence.seed, "order-0");
  return evidence;
}

// The kinds of the findings, one each.
std::vector<std::string> kinds(const Evidence& evidence) {
  std::vector<std::string> found;
  for (const auto& finding : judge(evidence).findings) {
    found.push_back(finding.substr(0, finding.find(':')));
  }
  return found;
}

using Kinds = std::vector<std::string>;

TEST(WitnessTest, NothingIsFoundWhenAllIsWell) {
  const Judgement judgement = judge(well());
  EXPECT_EQ(Kinds{}, judgement.findings);
  EXPECT_EQ(5, judgement.effects_done);
  EXPECT_EQ(1, judgement.effects_undone);
  EXPECT_EQ(1, judgement.ends.at("COMPLETED"));
}

TEST(WitnessTest, AnAcknowledgedOrderThatIsGone) {
  Evidence evidence = well();
  evidence.read_back.erase("order-2");
  EXPECT_EQ(Kinds{"acknowledged order missing"}, kinds(evidence));
}

TEST(WitnessTest, AnOrderThatBecameAnotherSaga) {
  Evidence evidence = well();
  evidence.read_back["order-0"] = "b";
  EXPECT_EQ(Kinds{"other saga"}, kinds(evidence));
}

TEST(WitnessTest, AnOrderWithTwoSagas) {
  Evidence evidence = well();
  evidence.sagas.push_back({"d", "order-2", "FAILED"});
  EXPECT_EQ(Kinds{"two sagas"}, kinds(evidence));
}

TEST(WitnessTest, ACompletedOrderWithoutOneOfItsEffects) {
  Evidence evidence = well();
  evidence.effects.erase(evidence.effects.begin() + 3);
  EXPECT_EQ(Kinds{"effect missing"}, kinds(evidence));
}

TEST(WitnessTest, ACompletedOrderThatPaidTwice) {
  Evidence evidence = well();
  evidence.effects.push_back({"a/again", "a", "payment.capture", "done"});
  EXPECT_EQ(Kinds{"effect made twice"}, kinds(evidence));
}

TEST(WitnessTest, ACompensatedOrderWithAnEffectLeft) {
  Evidence evidence = well();
  evidence.effects.back().state = "done";
  EXPECT_EQ(Kinds{"effect left"}, kinds(evidence));
}

TEST(WitnessTest, ARefusedOrderWithAnEffect) {
  Evidence evidence = well();
  evidence.effects.push_back({"c/reserve", "c", "inventory.reserve", "done"});
  EXPECT_EQ(Kinds{"effect left"}, kinds(evidence));
}

TEST(WitnessTest, AParkedOrderIsNotAtAnEnd) {
  Evidence evidence = well();
  evidence.sagas[2].state = "PARKED";
  EXPECT_EQ(Kinds{"not at an end"}, kinds(evidence));
}

TEST(WitnessTest, AnEffectOfASagaThatNobodyKnows) {
  Evidence evidence = well();
  evidence.effects.push_back({"z/reserve", "z", "inventory.reserve", "undone"});
  EXPECT_EQ(Kinds{"effect of an unknown saga"}, kinds(evidence));
}

TEST(WitnessTest, StockThatIsStillHeld) {
  Evidence evidence = well();
  evidence.reserved = 1;
  EXPECT_EQ(Kinds{"stock"}, kinds(evidence));
}

}  // namespace
}  // namespace sagaloom::chaos
