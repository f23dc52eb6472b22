// What a guarantee rests on, and when a report proves it.
#include "runtime/workflow/explore/assumption.h"

#include <gtest/gtest.h>

#include "tests/workflow/catalog.h"

namespace sagaloom::explore {
namespace {

core::DefinitionPointer one_call() {
  workflow::LoadOptions options;
  options.checks = false;
  const auto loaded = workflow::load(
      workflow::testing::around("- id: pay\n  call: payment.authorize\n"
                                "  with: {customer_id: c, amount_minor: 1, currency: EUR}\n"
                                "  compensate: auto\n"),
      workflow::testing::catalog(), options);
  EXPECT_TRUE(loaded.ok()) << workflow::text(loaded.diagnostics);
  return loaded.definition;
}

std::vector<TestedCase> kept(std::initializer_list<const char*> rules, bool last = true) {
  std::vector<TestedCase> cases;
  for (const char* rule : rules) cases.push_back({"payment.authorize", rule, true, "r.json"});
  if (!cases.empty()) cases.back().kept = last;
  return cases;
}

std::string proofs(const std::vector<TestedCase>& tested) {
  std::string text;
  for (const auto& each : assumptions(*one_call(), tested)) {
    text += each.operation + " " + std::string(name(each.fact)) + " " +
            std::string(name(each.proof)) + (each.report.empty() ? "" : " " + each.report) + "\n";
  }
  return text;
}

TEST(Assumptions, AreAssumedWithoutAReport) {
  EXPECT_EQ(proofs({}),
            "payment.authorize idempotent assumed\n"
            "payment.authorize fences assumed\n"
            "payment.void undo_idempotent assumed\n");
}

TEST(Assumptions, AreProvenWhenEveryCaseWasKept) {
  EXPECT_EQ(
      proofs(kept({"undo_before_call_then_call", "call_lost_then_undo", "concurrent_call_and_undo",
                   "undo_twice", "killed_in_undo_then_undo", "same_key_twice"})),
      "payment.authorize idempotent assumed\n"  // two of its three cases are missing
      "payment.authorize fences proven r.json\n"
      "payment.void undo_idempotent proven r.json\n");
}

TEST(Assumptions, AreBrokenByOneCase) {
  EXPECT_EQ(proofs(kept({"undo_before_call_then_call", "call_lost_then_undo"}, false)),
            "payment.authorize idempotent assumed\n"
            "payment.authorize fences broken r.json\n"
            "payment.void undo_idempotent assumed\n");
}

TEST(Assumptions, ARowNamesThoseOfItsOwnFault) {
  const auto definition = one_call();
  const auto all = assumptions(*definition, {});
  Row row;
  row.step = "pay";
  row.fault = Fault::reply_lost;
  EXPECT_EQ(needed_by(*definition, row, all), (std::vector<std::size_t>{0, 1}));
  row.purpose = core::Purpose::undo;
  EXPECT_EQ(needed_by(*definition, row, all), (std::vector<std::size_t>{2}));
  row.fault = Fault::rejected;
  EXPECT_TRUE(needed_by(*definition, row, all).empty());
}

}  // namespace
}  // namespace sagaloom::explore
