// What the explorer says of whole workflows.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <regex>

#include "runtime/document/json.h"
#include "runtime/workflow/explore/report.h"
#include "tests/workflow/catalog.h"

namespace sagaloom::explore {
namespace {

using workflow::testing::ManifestCatalog;
using workflow::testing::read_file;
using workflow::testing::source_path;

core::DefinitionPointer load(const std::string& file,
                             const ManifestCatalog& catalog = workflow::testing::catalog()) {
  workflow::LoadOptions options;
  options.file = file;
  options.checks = false;  // the explorer shows what the checks would have said
  const auto loaded = workflow::load(read_file(source_path(file)), catalog, options);
  EXPECT_TRUE(loaded.ok()) << workflow::text(loaded.diagnostics);
  return loaded.definition;
}

Report explored(const core::DefinitionPointer& definition, std::uint32_t faults) {
  Request request;
  request.faults = faults;
  auto report = make_report(*definition, request);
  EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error().message);
  return report.ok() ? std::move(*report) : Report{};
}

const Story* story_of(const Report& report, Wrong kind, const std::string& step) {
  for (const auto& story : report.found.violations) {
    if (story.violation.kind == kind && story.violation.step == step) return &story;
  }
  return nullptr;
}

std::string told(const Story* story) {
  std::string text;
  if (!story) return text;
  for (const auto& sentence : story->sentences) text += sentence + "\n";
  return text;
}

// How many worlds there are follows from what the core keeps, not from what the workflow
// guarantees.
std::string without_counts(const std::string& text) {
  const std::string counted = std::regex_replace(text, std::regex("[0-9]+ worlds"), "N worlds");
  return std::regex_replace(counted, std::regex("\"worlds\":[0-9]+"), "\"worlds\":0");
}

void expect_golden(const std::string& name, const std::string& found) {
  const std::string text = without_counts(found);
  const std::string path = source_path("tests/explore/golden/" + name);
  if (std::getenv("SAGALOOM_UPDATE_GOLDEN")) std::ofstream(path, std::ios::binary) << text;
  EXPECT_EQ(read_file(path), text) << "SAGALOOM_UPDATE_GOLDEN=1 writes " << path << " anew";
}

TEST(Explore, TheOrderWorkflowHasNoViolationWithTwoFaults) {
  const Report report = explored(load("workflows/order.yaml"), 2);
  EXPECT_EQ(as_text(report).find("Violation"), std::string::npos) << as_text(report);
  EXPECT_TRUE(report.found.violations.empty());
  EXPECT_TRUE(report.not_reached.empty());
  EXPECT_FALSE(report.found.cut);
}

TEST(Explore, TheTableOfTheOrderWorkflowIsTheSameAtEveryRun) {
  const Report report = explored(load("workflows/order.yaml"), 2);
  EXPECT_EQ(as_text(report), as_text(explored(load("workflows/order.yaml"), 2)));
  expect_golden("order.txt", as_text(report));
  expect_golden("order.md", as_markdown(report));
  expect_golden("order.json", document::write(as_value(report)) + "\n");
}

TEST(Explore, AMovedPivotLeavesTheMoneyTaken) {
  const Report report = explored(load("tests/explore/pivot_moved.yaml"), 1);
  EXPECT_EQ(told(story_of(report, Wrong::effect_left, "capture")),
            "The saga is accepted.\n"
            "`authorize` is called and done.\n"
            "`capture` is called and done.\n"
            "`commit_stock` is called and fails without effect, and so does every further attempt; "
            "`capture` is kept; `commit_stock` has failed (call.not_done); the saga goes back "
            "(call.not_done).\n"
            "The undo of `authorize` (payment.void) is called and done; the saga is COMPENSATED.\n"
            "Violation: The saga is COMPENSATED, and what `capture` did is still there, since it "
            "has no undo and nobody said that it is kept on purpose.\n");
  EXPECT_NE(as_text(report).find("pivot-moved version 1: 1 violation, "), std::string::npos);
}

TEST(Explore, ARemovedUndoLeavesTheStockReserved) {
  const Report report = explored(load("tests/explore/undo_removed.yaml"), 1);
  EXPECT_EQ(told(story_of(report, Wrong::effect_left, "reserve")),
            "The saga is accepted.\n"
            "`reserve` is called and done.\n"
            "`authorize` is called and fails without effect, and so does every further attempt; "
            "`authorize` has failed (call.not_done); `reserve` is kept; the saga is COMPENSATED.\n"
            "Violation: The saga is COMPENSATED, and what `reserve` did is still there, since it "
            "has no undo and nobody said that it is kept on purpose.\n");
}

TEST(Explore, WithoutAFenceALateCallComesAfterItsUndo) {
  ManifestCatalog catalog = workflow::testing::catalog();
  catalog.add_file(source_path("tests/explore/unfenced_payment.json"));
  const auto definition = load("tests/explore/fence_missing.yaml", catalog);
  const Report report = explored(definition, 2);
  EXPECT_EQ(told(story_of(report, Wrong::effect_left, "authorize")),
            "The saga is accepted.\n"
            "`authorize` is called and does not answer in time; the request is still under way; "
            "`authorize` will be tried again.\n"
            "A customer cancels the saga; `authorize` may have been done and is given up; the saga "
            "goes back (saga.cancelled).\n"
            "The late call of `authorize` is not waited for any longer.\n"
            "The undo of `authorize` (payment.void) is called and done; the saga is COMPENSATED.\n"
            "The late call of `authorize` arrives and has its effect; nobody hears of it.\n"
            "Violation: The saga is COMPENSATED, and what `authorize` did is still there, though "
            "the saga counts it as UNDONE.\n");
  EXPECT_EQ(told(story_of(report, Wrong::undo_of_nothing, "authorize")),
            "The saga is accepted.\n"
            "`authorize` is called; the request is lost before it has an effect; `authorize` will "
            "be tried again.\n"
            "A customer cancels the saga; the saga goes back (saga.cancelled).\n"
            "The undo of `authorize` (payment.void) is called and done; the saga is COMPENSATED.\n"
            "Violation: `authorize` is undone before it was done, and `payment.authorize` does not "
            "promise to refuse the call when it arrives after all.\n");
  EXPECT_TRUE(explored(load("tests/explore/fence_missing.yaml"), 2).found.violations.empty());
}

TEST(Explore, TwoStepsUnderOneKeyMakeOneEffect) {
  const Report report = explored(load("tests/explore/one_key.yaml"), 0);
  EXPECT_EQ(told(story_of(report, Wrong::effect_missing, "second")),
            "The saga is accepted.\n"
            "`first` is called and done.\n"
            "`second` is called and done; the saga is COMPLETED.\n"
            "Violation: The saga is COMPLETED, and what `second` does is not there: it was called "
            "under the key of `first` and taken for a repetition.\n");
}

TEST(Explore, NoLateCallComesAfterTheUndoOfItsBlock) {
  const Report report = explored(load("tests/explore/undone_block.yaml"), 2);
  EXPECT_TRUE(report.found.violations.empty()) << as_text(report);
}

// Without faults of its own undo call: how that is repeated is the core's matter.
TEST(Explore, AChildThatItsStepUndoesByACallIsGone) {
  const Report report = explored(load("tests/explore/child_undone_by_call.yaml"), 1);
  EXPECT_EQ(told(story_of(report, Wrong::effect_left, "child")), "");
}

TEST(Explore, TheWholeLanguageIsDriven) {
  const Report report = explored(load("tests/explore/everything.yaml"), 1);
  EXPECT_TRUE(report.found.violations.empty()) << as_text(report);
  EXPECT_TRUE(report.not_reached.empty()) << as_text(report);
}

// The rows of one step: "<fault>: <ends>".
std::string rows_of(const Report& report, const std::string& step) {
  std::string text;
  for (const auto& row : report.found.rows) {
    if (row.step != step) continue;
    text += title(row.fault, row.purpose, row.code) + ":";
    for (const auto end : row.ends) text += " " + report.found.ends[end].state;
    text += "\n";
  }
  return text;
}

TEST(Explore, WaitsAndChildrenHaveTheirFaults) {
  const Report travel = explored(load("workflows/travel-booking.yaml"), 1);
  EXPECT_EQ(rows_of(travel, "insurance"),
            "cancel meanwhile: COMPENSATED\n"
            "deadline passes meanwhile: COMPENSATED\n"
            "the child ends FAILED: COMPENSATED\n"
            "the child ends COMPENSATED: COMPENSATED\n");
  EXPECT_EQ(rows_of(travel, "approval"),
            "cancel meanwhile: COMPENSATED\n"
            "deadline passes meanwhile: COMPENSATED\n"
            "nothing comes in time: COMPENSATED\n"
            "what comes leads to a failure: COMPENSATED\n");
}

TEST(Explore, ALimitIsSaid) {
  Request request;
  request.faults = 2;
  request.max_worlds = 50;
  const auto report = make_report(*load("workflows/order.yaml"), request);
  ASSERT_TRUE(report.ok());
  EXPECT_TRUE(report->found.cut);
  EXPECT_NE(as_text(*report).find("Cut off"), std::string::npos);
}

TEST(Explore, AnInputThatIsNotAcceptedIsAnError) {
  Request request;
  request.input = Value(expression::Map{});
  const auto report = make_report(*load("workflows/order.yaml"), request);
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, "input.invalid");
}

class Shipped : public testing::TestWithParam<const char*> {};

TEST_P(Shipped, HasNoViolationWithOneFault) {
  const Report report = explored(load(std::string("workflows/") + GetParam() + ".yaml"), 1);
  EXPECT_TRUE(report.found.violations.empty()) << as_text(report);
  EXPECT_FALSE(report.found.cut);
}

INSTANTIATE_TEST_SUITE_P(Workflows, Shipped,
                         testing::Values("order", "order-fulfilment", "pickup-parcel",
                                         "travel-booking", "travel-insurance"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '-');
                           return name;
                         });

}  // namespace
}  // namespace sagaloom::explore
