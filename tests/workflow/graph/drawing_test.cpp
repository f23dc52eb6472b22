// What a drawing shows, and that its text is the same each time (golden/*.mmd and *.dot).
#include "runtime/workflow/graph/drawing.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <regex>

#include "tests/workflow/catalog.h"

namespace sagaloom::workflow::graph {
namespace {

namespace fs = std::filesystem;
using workflow::testing::around;
using workflow::testing::catalog;
using workflow::testing::read_file;
using workflow::testing::source_path;

core::DefinitionPointer loaded(const std::string& text, const fs::path& directory = {}) {
  workflow::LoadOptions options;
  options.directory = directory;
  options.checks = false;
  const auto result = workflow::load(text, catalog(), options);
  EXPECT_TRUE(result.ok()) << workflow::text(result.diagnostics);
  return result.definition;
}

core::DefinitionPointer file(const fs::path& path) {
  return loaded(read_file(path.string()), path.parent_path());
}

Drawing drawing(const std::string& steps, const std::string& top = {}) {
  return draw(*loaded(around(steps, top)));
}

void collect_ids(const core::StepList& steps, std::vector<std::string>& ids) {
  for (const auto& step : steps) {
    ids.push_back(step.id);
    for (const auto* inner : core::lists_inside(step)) collect_ids(*inner, ids);
  }
}

const Node* find(const Cluster& cluster, const std::string& line) {
  for (const auto& node : cluster.nodes)
    for (const auto& each : node.lines)
      if (each == line) return &node;
  for (const auto& inner : cluster.clusters)
    if (const Node* node = find(inner, line)) return node;
  return nullptr;
}

// The edge between the nodes that show these lines; nullptr: there is none.
const Edge* edge(const Drawing& drawing, const std::string& from, const std::string& to) {
  const Node* begin = find(drawing.whole, from);
  const Node* end = find(drawing.whole, to);
  if (!begin || !end) return nullptr;
  for (const auto& each : drawing.edges)
    if (each.from == begin->name && each.to == end->name) return &each;
  return nullptr;
}

class Golden : public ::testing::TestWithParam<const char*> {};

// Compares, or writes when SAGALOOM_WRITE_GOLDEN is set (then read the differences).
void expect_golden(const std::string& text, const std::string& path) {
  if (std::getenv("SAGALOOM_WRITE_GOLDEN") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(text, read_file(path)) << "if the change is meant, set SAGALOOM_WRITE_GOLDEN=1";
}

TEST_P(Golden, IsDrawnByteForByteAlike) {
  const std::string name = GetParam();
  const auto drawn = draw(*file(source_path("tests/workflow/valid/" + name + ".yaml")));
  const std::string golden = source_path("tests/workflow/graph/golden/" + name);
  expect_golden(mermaid(drawn), golden + ".mmd");
  expect_golden(dot(drawn), golden + ".dot");
}

INSTANTIATE_TEST_SUITE_P(Valid, Golden,
                         ::testing::Values("every-key", "order-fulfilment", "pickup-parcel",
                                           "travel-booking", "travel-insurance"),
                         [](const auto& info) {
                           return std::regex_replace(std::string(info.param), std::regex("-"), "_");
                         });

TEST(Drawing, ShowsEveryStepOfEveryShippedWorkflow) {
  int files = 0;
  for (const auto& entry : fs::directory_iterator(source_path("workflows"))) {
    if (entry.path().extension() != ".yaml") continue;
    SCOPED_TRACE(entry.path().string());
    const auto definition = file(entry.path());
    ASSERT_TRUE(definition);
    const auto drawn = draw(*definition);
    const std::string texts[] = {mermaid(drawn), dot(drawn)};
    std::vector<std::string> ids;
    collect_ids(definition->steps, ids);
    for (const auto& text : texts)
      for (const auto& id : ids) EXPECT_NE(text.find(id), text.npos) << id;
    ++files;
  }
  EXPECT_GE(files, 1);
}

TEST(Drawing, MarksThePivotAndDashesTheUndo) {
  const auto drawn = drawing(
      "- {id: a, call: odd.plain, compensate: auto}\n"
      "- {id: b, call: odd.final, pivot: true}\n");
  EXPECT_EQ(find(drawn.whole, "b")->shape, Shape::pivot);
  const Edge* back = edge(drawn, "a", "undo a");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->line, Line::undo);
  EXPECT_EQ(find(drawn.whole, "undo a")->lines.back(), "odd.plain_undo");
  EXPECT_TRUE(edge(drawn, "a", "b"));
  EXPECT_TRUE(edge(drawn, "b", "COMPLETED"));
  EXPECT_NE(mermaid(drawn).find(" -.-> "), std::string::npos);
  EXPECT_NE(dot(drawn).find("style=dashed"), std::string::npos);
}

TEST(Drawing, ConditionHasAWayAround) {
  const auto drawn = drawing(
      "- {id: a, set: {x: 1}, when: 1 < 2}\n"
      "- {id: b, set: {x: 1}}\n");
  EXPECT_EQ(edge(drawn, "when 1 < 2", "a")->label, "yes");
  EXPECT_EQ(edge(drawn, "when 1 < 2", "b")->label, "no");
}

TEST(Drawing, BranchesPartAndMeet) {
  const auto drawn = drawing(
      "- id: p\n  parallel:\n    left: [{id: l, set: {x: 1}}]\n    right: [{id: r, set: {x: 1}}]\n"
      "- {id: b, set: {x: 1}}\n");
  ASSERT_EQ(drawn.whole.clusters.size(), 1u);
  const Cluster& block = drawn.whole.clusters[0];
  EXPECT_EQ(block.title, "p: parallel");
  ASSERT_EQ(block.clusters.size(), 2u);
  EXPECT_EQ(block.clusters[0].title, "left");
  ASSERT_EQ(block.nodes.size(), 2u);
  EXPECT_EQ(block.nodes[0].shape, Shape::bar);
  EXPECT_FALSE(edge(drawn, "l", "b")) << "it goes through the bar";
}

TEST(Drawing, SwitchShowsItsCasesAndWhatNoneMeans) {
  const auto drawn = drawing(
      "- id: s\n  switch:\n"
      "  - {when: 1 > 2, steps: [{id: l, set: {x: 1}}]}\n"
      "- {id: b, set: {x: 1}}\n");
  EXPECT_EQ(edge(drawn, "switch", "l")->label, "1 > 2");
  EXPECT_EQ(edge(drawn, "switch", "fails: switch.no_match")->line, Line::failing);
  EXPECT_TRUE(edge(drawn, "l", "b"));
  EXPECT_FALSE(edge(drawn, "switch", "b"));
}

TEST(Drawing, RepeatGoesRound) {
  const auto drawn = drawing(
      "- id: r\n  repeat: {max: 3, until: 1 > 2, delay: 90s, steps: [{id: t, set: {x: 1}}]}\n");
  EXPECT_EQ(edge(drawn, "until 1 > 2", "t")->label, "no: next turn, after 1m30s");
  EXPECT_EQ(edge(drawn, "until 1 > 2", "COMPLETED")->label, "yes");
  EXPECT_EQ(drawn.whole.clusters[0].title, "r: repeat, at most 3 turns");
}

TEST(Drawing, HandlersLeadWhereTheyGo) {
  const auto drawn = drawing(
      "- id: a\n  call: odd.refuses\n  compensate: none\n  on_error:\n"
      "  - {code: odd.no, steps: [{id: other, set: {x: 1}}]}\n"
      "  - {code: odd.never, ignore: true}\n"
      "  - {code: \"call.*\", fail: order.broken}\n"
      "  - compensate: true\n"
      "- {id: b, set: {x: 1}}\n");
  EXPECT_EQ(edge(drawn, "a", "other")->label, "on odd.no");
  EXPECT_TRUE(edge(drawn, "other", "b"));
  EXPECT_EQ(edge(drawn, "a", "fails: order.broken")->label, "on call.*");
  EXPECT_EQ(edge(drawn, "a", "goes back")->label, "on any error");
  int to_b = 0;
  const std::string b = find(drawn.whole, "b")->name;
  for (const auto& each : drawn.edges) to_b += each.to == b;
  EXPECT_EQ(to_b, 3) << "from a, from its handler, and past the error that is ignored";
}

TEST(Drawing, WhatABlockLeadsToBeginsAtItsBorder) {
  const auto drawn = drawing(
      "- id: d\n  do: [{id: l, set: {x: 1}}]\n  compensate: {call: odd.plain_undo}\n"
      "  on_error: [{compensate: true}]\n");
  int from_border = 0;
  for (const auto& each : drawn.edges) from_border += each.from_cluster == "c1";
  EXPECT_EQ(from_border, 2);
  EXPECT_NE(dot(drawn).find("ltail=cluster_c1"), std::string::npos);
  EXPECT_NE(mermaid(drawn).find("  c1 -.-> "), std::string::npos);
}

TEST(Drawing, WaitsHangOnTheirEvents) {
  const auto drawn = drawing(
      "- id: w\n  wait: {any: {yes: {event: paid}, over: {for: 1h}}}\n"
      "- {id: t, wait: {task: {assignee: \"group:ops\"}, timeout: 1d}}\n"
      "- {id: e, when: 1 > 2, end: {status: SMALL}}\n",
      "id: ${ input.id }\n"
      "events: {paid: {topic: payments, key: \"${ event.data.id }\", ttl: 1d}}\n"
      "start: {topic: orders, input: \"${ event.data }\"}\n");
  EXPECT_EQ(edge(drawn, "event paid", "w")->line, Line::event);
  EXPECT_EQ(edge(drawn, "topic orders", "sample version 1")->label, "starts");
  EXPECT_TRUE(find(drawn.whole, "wait first of yes, over"));
  EXPECT_TRUE(find(drawn.whole, "wait task of group:ops"));
  EXPECT_EQ(find(drawn.whole, "end: COMPLETED")->shape, Shape::finish);
  EXPECT_FALSE(edge(drawn, "end: COMPLETED", "COMPLETED")) << "nothing follows an end";
}

TEST(Drawing, TextOfPeopleIsOnlyText) {
  const std::string nasty =
      "a \"quote\" </b> & # ; %%{init} `x` back\\slash [x] {y} | --> ]; n1 -> n2 \\n";
  Drawing drawn;
  drawn.title = nasty;
  drawn.whole.nodes.push_back({"n1", Shape::call, {nasty}});
  drawn.whole.clusters.push_back({"c1", nasty, {{"n2", Shape::choice, {nasty}}}, {}});
  drawn.edges.push_back({"n1", "n2", nasty, Line::forward, {}});
  const std::string quote_free =
      std::regex_replace(mermaid(drawn), std::regex("\"[^\"<>&`%\\\\\n]*\""), "LABEL");
  EXPECT_EQ(quote_free.substr(0, quote_free.find("  classDef")),
            "flowchart TB\n  n1[LABEL]\n  subgraph c1[LABEL]\n    n2{LABEL}\n  end\n"
            "  n1 -->|LABEL| n2\n");
  const std::string dots =
      std::regex_replace(dot(drawn), std::regex("label=\"([^\"\\\\\n]|\\\\.)*\""), "LABEL");
  EXPECT_NE(dots.find("  n1 [LABEL, shape=box];\n"), dots.npos) << dots;
  EXPECT_NE(dots.find("  n1 -> n2 [LABEL];\n"), dots.npos) << dots;
}

TEST(Drawing, LongTextIsCutBetweenCharacters) {
  std::string words;
  for (int i = 0; i < 100; ++i) words += "ü";
  const auto drawn = drawing("- {id: a, title: \"" + words + "\", set: {x: 1}}\n");
  const auto& title = find(drawn.whole, "a")->lines.at(1);
  EXPECT_EQ(title, words.substr(0, 120) + "…");
}

}  // namespace
}  // namespace sagaloom::workflow::graph
