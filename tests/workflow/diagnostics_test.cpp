// Diagnostics of structure and expressions (codes Y, S, X, R, P, W), order and limits.
#include "tests/workflow/diagnosis.h"

namespace sagaloom::workflow {
namespace {

using testing::around;
using testing::Case;
using testing::kCall;
using testing::kEvent;
using testing::kId;
using testing::kPivot;
using testing::kSet;
using testing::name_of;

class Diagnosis : public ::testing::TestWithParam<Case> {};

TEST_P(Diagnosis, IsMadeAtItsPlaceAndOnlyWhereItBelongs) {
  testing::expect_case(GetParam());
}

std::string head(const std::string& lines) {
  return lines + "steps:\n" + kSet;
}

INSTANTIATE_TEST_SUITE_P(
    Structure, Diagnosis,
    ::testing::Values(
        Case{"Y01", "5:20: error[Y01]", around("- {id: a, set: {x: ${ 1 }}}\n"), around(kSet)},
        Case{"Y02", "6:1: error[Y02]", around(kSet, "version: 2\n"), around(kSet)},
        Case{"Y03", "5:20: error[Y03]", around("- {id: a, set: {x: &b 1}}\n"), around(kSet)},
        Case{"S01", "5:11: error[S01]", around("- {id: a, sett: {x: 1}}\n"), around(kSet)},
        Case{"S01Top", "6:1: error[S01]", around(kSet, "hook: {}\n"), around(kSet, "hooks: {}\n")},
        Case{"S02MissingKey", "1:1: error[S02]", head("dsl: 1\nversion: 1\n"),
             head("dsl: 1\nworkflow: x\nversion: 1\n")},
        Case{"S02Name", "2:11: error[S02]", head("dsl: 1\nworkflow: Sample\nversion: 1\n"),
             head("dsl: 1\nworkflow: x\nversion: 1\n")},
        Case{"S02Type", "6:10: error[S02]", around(kSet, "secrets: x\n"),
             around(kSet, "secrets: [x]\n")},
        Case{"S02Text", "6:8: error[S02]", around(kSet, "title: 5\n"),
             around(kSet, "title: \"5\"\n")},
        Case{"S02Duration", "6:11: error[S02]", around(kSet, "deadline: 5\n"),
             around(kSet, "deadline: 5s\n")},
        Case{"S02Version", "3:10: error[S02]", head("dsl: 1\nworkflow: x\nversion: 0\n"),
             around(kSet)},
        Case{"S02Condition", "5:17: error[S02]",
             around("- {id: a, when: \"${ true }\", set: {}}\n"),
             around("- {id: a, when: 1 < 2, set: {}}\n")},
        Case{"S02Policy", "5:53: error[S02]",
             around("- {id: a, call: odd.plain, compensate: auto, retry: quik}\n",
                    "retries: {quick: {}}\n"),
             around("- {id: a, call: odd.plain, compensate: auto, retry: quick}\n",
                    "retries: {quick: {}}\n")},
        Case{"S02Operation", "5:17: error[S02]", around("- {id: a, call: plain}\n"), around(kCall)},
        Case{"S02Schema", "6:24: error[S02]", around(kSet, "input: {schema: {type: objekt}}\n"),
             around(kSet, "input: {schema: {type: object}}\n")},
        Case{"S03TwoKinds", "5:20: error[S03]", around("- {id: a, set: {}, end: {}}\n"),
             around(kSet)},
        Case{"S03NoKind", "5:3: error[S03]", around("- {id: a, title: x}\n"), around(kSet)},
        Case{"S03KeyOfAnotherKind", "5:24: error[S03]",
             around("- {id: a, set: {x: 1}, with: {}}\n"), around(kSet)},
        Case{"S03Handler", "7:40: error[S03]",
             around("- id: a\n  set: {x: 1}\n  on_error: [{code: '*', ignore: true, fail: x}]\n"),
             around("- id: a\n  set: {x: 1}\n  on_error: [{code: '*', ignore: true}]\n")},
        Case{"S03Wait", "5:27: error[S03]", around("- {id: a, wait: {for: 5s, until: x}}\n"),
             around("- {id: a, wait: {for: 5s}}\n")},
        Case{"S03WaitMembers", "5:27: error[S03]",
             around("- {id: a, wait: {for: 5s, where: true}}\n"),
             around("- {id: a, wait: {signal: s, where: true}}\n")},
        Case{"S03Undo", "5:40: error[S03]",
             around("- {id: a, call: odd.plain, compensate: {when: true}}\n"), around(kCall)},
        Case{"S03Auto", "5:36: error[S03]", around("- {id: a, set: {x: 1}, compensate: auto}\n"),
             around("- {id: a, set: {x: 1}, compensate: none}\n")},
        Case{"S03Timeout", "5:28: error[S03]", around("- {id: a, wait: {for: 5s}, timeout: 5s}\n"),
             around("- {id: a, wait: {signal: s, timeout: 5s}}\n")},
        Case{"S04Duplicate", "7:13: error[S04]",
             around(kSet + "- id: b\n  do: [{id: a, set: {}}]\n"),
             around(kSet + "- id: b\n  do: [{id: c, set: {}}]\n")},
        Case{"S04Reserved", "5:8: error[S04]", around("- {id: input, set: {}}\n"), around(kSet)},
        Case{"S04ReservedByCel", "5:8: error[S04]", around("- {id: while, set: {}}\n"),
             around(kSet)},
        Case{"S04End", "5:39: error[S04]",
             around("- {id: a, parallel: {x: [{id: b, end: {}}], y: [{id: c, set: {}}]}}\n"),
             around("- {id: a, do: [{id: b, end: {}}]}\n")},
        Case{"S05", "1:6: error[S05]", head("dsl: 2\nworkflow: x\nversion: 1\n"), around(kSet)},
        Case{"R01", "6:16: error[R01]", around(kSet, "expose: {path: /api/v1/x}\n"),
             around(kSet, "expose: {path: /api/v1x}\n")},
        Case{"P01Operation", "5:17: error[P01]", around("- {id: a, call: odd.plian}\n"),
             around(kCall)},
        Case{"P01Plugin", "5:17: error[P01]", around("- {id: a, call: od.plain}\n"), around(kCall)},
        Case{"P01Major", "5:17: error[P01]", around("- {id: a, call: odd.plain@2}\n"),
             around("- {id: a, call: odd.plain@1}\n")},
        Case{"P01Undo", "5:41: error[P01]",
             around("- {id: a, call: odd.orphan, compensate: auto}\n"),
             around("- {id: a, call: odd.orphan, compensate: none}\n")},
        Case{"W01", "5:25: error[W01]", around("- {id: a, wait: {event: f}}\n", kId + kEvent),
             around("- {id: a, wait: {event: e}}\n", kId + kEvent)},
        Case{"W01Key", "7:29: error[W01]",
             around(kSet, kId + "events: {e: {topic: t, key: \"x\"}}\n"),
             around(kSet, kId + kEvent)},
        Case{"W02", "7:10: warning[W02]",
             around(kSet, kId + "events: {e: {topic: t, key: \"${ event.k }\"}}\n"),
             around(kSet, kId + kEvent)},
        Case{"W04", "6:1: error[W04]", around(kSet, kEvent), around(kSet, kId + kEvent)}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Expressions, Diagnosis,
    ::testing::Values(
        Case{"X01Condition", "5:20: error[X01]", around("- {id: a, when: 1 + , set: {}}\n"),
             around("- {id: a, when: 1 < 2, set: {}}\n")},
        Case{"X01Unclosed", "5:32: error[X01]", around("- {id: a, set: {x: \"${ input.a \"}}\n"),
             around("- {id: a, set: {x: \"${ input.a }\"}}\n")},
        Case{"X02Quoted", "5:26: error[X02]", around("- {id: a, set: {x: \"a-${ inputs.a }\"}}\n"),
             around("- {id: a, set: {x: \"a-${ input.a }\"}}\n")},
        Case{"X02Block", "8:13: error[X02]",
             around("- id: a\n  set:\n    x: |\n      a: ${ inputs.a }\n"),
             around("- id: a\n  set:\n    x: |\n      a: ${ input.a }\n")},
        Case{"X02Function", "5:17: error[X02]",
             around("- {id: a, when: sizes(input) > 1, set: {}}\n"),
             around("- {id: a, when: size(input) > 1, set: {}}\n")},
        Case{"X02Arguments", "5:18: error[X02]",
             around("- {id: a, when: 'size(1, 2) > 1', set: {}}\n"),
             around("- {id: a, when: size(input) > 1, set: {}}\n")},
        Case{"X02SelfOnThePath", "5:24: error[X02]",
             around("- {id: a, set: {x: \"${ self.a }\"}}\n"),
             around("- {id: a, set: {x: 1}, output: \"${ self.output }\"}\n")},
        Case{"X02ItemOutside", "6:24: error[X02]",
             around("- {id: f, foreach: {in: input.l, as: item, steps: [{id: i, set: {x: \"${ item "
                    "}\"}}]}}\n"
                    "- {id: a, set: {x: \"${ item }\"}}\n"),
             around("- {id: f, foreach: {in: input.l, as: item, steps: [{id: i, set: {x: \"${ item "
                    "}\"}}]}}\n")},
        Case{"X07Place", "5:23: error[X07]",
             around("- {id: a, set: {x: \"${ secrets.k }\"}}\n", "secrets: [k]\n"),
             around("- {id: a, call: odd.reader, with: {x: \"${ secrets.k }\"}}\n",
                    "secrets: [k]\n")},
        Case{
            "X07Joined", "5:49: error[X07]",
            around("- {id: a, call: odd.reader, with: {x: \"Bearer ${ secrets.k }\"}}\n",
                   "secrets: [k]\n"),
            around("- {id: a, call: odd.reader, with: {x: \"${secrets.k}\"}}\n", "secrets: [k]\n")},
        Case{"X07Undeclared", "5:42: error[X07]",
             around("- {id: a, call: odd.reader, with: {x: \"${ secrets.k }\"}}\n"),
             around("- {id: a, call: odd.reader, with: {x: \"${ secrets.k }\"}}\n",
                    "secrets: [k]\n")}),
    name_of);

TEST(Diagnostics, AreAllThereAtOnceInOrderOfPlace) {
  const Loaded loaded = load(
      "dsl: 1\nworkflow: Bad\nversion: one\nstepz: []\nsteps:\n- id: a\n  cal: odd.plain\n- id: a\n"
      "  call: odd.plian\n  retry: nope\n  with: {x: \"${ inputs.y }\", z: \"${ 1 + }\"}\n",
      testing::catalog(), {"orders/bad.yaml", {}, true});
  EXPECT_FALSE(loaded.ok());
  EXPECT_EQ(
      workflow::text(loaded.diagnostics),
      "orders/bad.yaml:2:11: error[S02] `workflow`: `Bad` has not the right form; use lower-case "
      "letters, digits and `-`, a letter first, at most 63\n"
      "orders/bad.yaml:3:10: error[S02] `version` must be an integer, not a string\n"
      "orders/bad.yaml:4:1: error[S01] unknown key `stepz` in a workflow; did you mean `steps`?\n"
      "orders/bad.yaml:7:3: error[S01] unknown key `cal` in a step; did you mean `call`?\n"
      "orders/bad.yaml:8:7: error[S04] id `a` is taken by the step at 6:3; ids are unique in the "
      "whole definition: choose another\n"
      "orders/bad.yaml:9:9: error[P01] plugin `odd` has no operation `odd.plian`; did you mean "
      "`odd.plain`?\n"
      "orders/bad.yaml:10:10: error[S02] no policy `nope` under `retries`; declare it there, or "
      "write a policy here\n"
      "orders/bad.yaml:11:17: error[X02] `inputs` is not known here; did you mean `input`?\n"
      "orders/bad.yaml:11:41: error[X01] the text ends where a value is needed\n");
}

TEST(Diagnostics, StopAtALimitAndSaySo) {
  std::string steps;
  for (int i = 0; i < 300; ++i) steps += "- {idd: x}\n";
  const auto loaded = load(around(steps), testing::catalog());
  ASSERT_EQ(loaded.diagnostics.size(), 201u);
  EXPECT_EQ(loaded.diagnostics.back().message, "more than 200 problems; the rest is not shown");
}

TEST(Nearest, FindsTheLikelyWord) {
  const std::vector<std::string> words = {"call", "when", "timeout", "compensate"};
  EXPECT_EQ(nearest("cal", words), "call");
  EXPECT_EQ(nearest("wehn", words), "when");
  EXPECT_EQ(nearest("compensat", words), "compensate");
  EXPECT_EQ(nearest("time_out", words), "timeout");
  EXPECT_EQ(nearest("xyz", words), "");
  EXPECT_EQ(nearest("", words), "");
  EXPECT_EQ(nearest(std::string(10'000, 'a'), words), "");
}

}  // namespace
}  // namespace sagaloom::workflow
