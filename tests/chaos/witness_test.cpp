// The checker of the chaos program finds what it is there to find.
#include "tests/chaos/witness.h"

#include <gtest/gtest.h>

#include "tests/chaos/orders.h"

namespace sagaloom::chaos {
namespace {

constexpr const char* all_operations[] = {"inventory.reserve", "payment.authorize",
                                          "delivery.schedule", "payment.capture",
                                          "inventory.commit"};

// The first order of this kind.
std::string order_of(Kind kind) {
  int number = 0;
  while (order_at(7, number).kind != kind) ++number;
  return order_at(7, number).id;
}

// One order of each end, all well.
Evidence well() {
  Evidence evidence;
  evidence.seed = 7;
  evidence.sagas = {{"a", "order-0", "COMPLETED"},
                    {"b", order_of(Kind::no_slot), "COMPENSATED"},
                    {"c", order_of(Kind::out_of_stock), "FAILED"}};
  for (const auto& saga : evidence.sagas) {
    evidence.acknowledged[saga.identity] = evidence.read_back[saga.identity] = saga.id;
  }
  for (const char* operation : all_operations) {
    evidence.effects.push_back({std::string("a/") + operation, "a", operation, "done"});
  }
  evidence.effects.push_back({"b/reserve", "b", "inventory.reserve", "undone"});
  evidence.on_hand = opening_stock - order_with(7, evidence.sagas[0].identity)->quantity;
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
  evidence.read_back.erase(evidence.sagas[2].identity);
  EXPECT_EQ(Kinds{"acknowledged order missing"}, kinds(evidence));
}

TEST(WitnessTest, AnOrderThatBecameAnotherSaga) {
  Evidence evidence = well();
  evidence.read_back[evidence.sagas[0].identity] = "b";
  EXPECT_EQ(Kinds{"other saga"}, kinds(evidence));
}

TEST(WitnessTest, AnOrderWithTwoSagas) {
  Evidence evidence = well();
  evidence.sagas.push_back({"d", evidence.sagas[2].identity, "FAILED"});
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

TEST(WitnessTest, AnOrderWithoutFundsThatIsCompleted) {
  Evidence evidence = well();
  evidence.sagas[0].identity = order_of(Kind::without_funds);
  evidence.acknowledged.clear();
  evidence.on_hand =
      opening_stock - order_with(evidence.seed, evidence.sagas[0].identity)->quantity;
  EXPECT_EQ(Kinds{"completed in vain"}, kinds(evidence));
}

TEST(WitnessTest, AGoodOrderThatIsTurnedBackIsCounted) {
  Evidence evidence = well();
  evidence.sagas[2].identity = order_of(Kind::good);
  EXPECT_EQ(1, judge(evidence).turned_back);
}

TEST(WitnessTest, StockThatIsStillHeld) {
  Evidence evidence = well();
  evidence.reserved = 1;
  EXPECT_EQ(Kinds{"stock"}, kinds(evidence));
}

}  // namespace
}  // namespace sagaloom::chaos
