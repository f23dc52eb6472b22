// Every diagnostic: a workflow that has it, with its exact place, and a near one that does not.
#include "runtime/workflow/diagnostics.h"

#include <gtest/gtest.h>

#include "tests/workflow/catalog.h"

namespace sagaloom::workflow {
namespace {

using testing::around;

struct Case {
  const char* name;
  const char* place;  // "line:col: severity[code]" of the bad one
  std::string bad;
  std::string good;
};

void PrintTo(const Case& one, std::ostream* out) {
  *out << one.bad;
}

std::string found(const std::string& text, const std::string& code) {
  for (const auto& d : load(text, testing::catalog()).diagnostics) {
    if (d.code != code) continue;
    return std::to_string(d.position.line) + ":" + std::to_string(d.position.column) + ": " +
           (d.severity == Severity::error ? "error[" : "warning[") + d.code + "]";
  }
  return "";
}

class Diagnosis : public ::testing::TestWithParam<Case> {};

TEST_P(Diagnosis, IsMadeAtItsPlaceAndOnlyWhereItBelongs) {
  const std::string place = GetParam().place;
  const std::string code = place.substr(place.find('[') + 1, 3);
  EXPECT_EQ(found(GetParam().bad, code), place)
      << workflow::text(load(GetParam().bad, testing::catalog()).diagnostics);
  EXPECT_EQ(found(GetParam().good, code), "")
      << workflow::text(load(GetParam().good, testing::catalog()).diagnostics);
}

std::string name_of(const ::testing::TestParamInfo<Case>& info) {
  return info.param.name;
}

const std::string kSet = "- {id: a, set: {x: 1}}\n";
const std::string kPivot = "- {id: p, call: odd.final, pivot: true}\n";
const std::string kCall = "- {id: a, call: odd.plain, compensate: auto}\n";
const std::string kId = "id: \"${ input.x }\"\n";
const std::string kEvent = "events: {e: {topic: t, key: \"${ event.k }\", ttl: 1d}}\n";

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

std::string block(const std::string& inner, const std::string& rest = {}) {
  return "- id: b\n  do:\n  " + inner + rest;
}
const std::string kOwnUndo = "  compensate: {call: odd.plain_undo}\n";

INSTANTIATE_TEST_SUITE_P(
    Undo, Diagnosis,
    ::testing::Values(
        Case{"C01", "5:11: error[C01]", around("- {id: a, call: odd.plain}\n"), around(kCall)},
        Case{"C01None", "5:11: error[C01]", around("- {id: a, call: odd.plain}\n"),
             around("- {id: a, call: odd.plain, compensate: none}\n")},
        Case{"C01Block", "7:13: error[C01]", around(block("- {id: a, call: odd.plain}\n")),
             around(block("- {id: a, call: odd.plain}\n", kOwnUndo))},
        Case{"C02Fail", "6:11: error[C02]", around(kPivot + "- {id: a, fail: x.y}\n"),
             around("- {id: a, fail: x.y}\n" + kPivot)},
        Case{"C02Refused", "6:11: error[C02]", around(kPivot + "- {id: a, call: odd.refuses}\n"),
             around(kPivot +
                    "- {id: a, call: odd.refuses, on_error: [{code: odd.*, ignore: true}]}\n")},
        Case{"C02Handler", "6:28: error[C02]",
             around(kPivot + "- {id: a, call: odd.final, on_error: [{compensate: true}]}\n"),
             around(kPivot + "- {id: a, call: odd.final, on_error: [{ignore: true}]}\n")},
        Case{"C03Retry", "6:3: warning[C03]", around(kPivot + "- {id: a, call: odd.final}\n"),
             around(kPivot + "- {id: a, call: odd.final, retry: {max_attempts: unlimited}}\n")},
        Case{"C03Wait", "6:11: warning[C03]",
             around(kPivot + "- {id: a, wait: {signal: s, timeout: 1d}}\n"),
             around(kPivot + "- {id: a, wait: {signal: s, timeout: 1d}, on_error: [{code: "
                             "wait.timeout, ignore: true}]}\n")},
        Case{"C03Switch", "6:11: warning[C03]",
             around(kPivot + "- {id: a, switch: [{when: input.x, steps: [{id: c, set: {}}]}]}\n"),
             around(kPivot + "- {id: a, switch: [{steps: [{id: c, set: {}}]}]}\n")},
        Case{"C04Second", "6:28: error[C04]",
             around(kPivot + "- {id: q, call: odd.final, pivot: true}\n"), around(kPivot)},
        Case{"C04Parallel", "5:51: error[C04]",
             around("- {id: a, parallel: {x: [{id: p, call: odd.final, pivot: true}], y: [{id: b, "
                    "set: {}}]}}\n"),
             around("- {id: a, do: [{id: p, call: odd.final, pivot: true}]}\n")},
        Case{"C04BlockWithUndo", "7:30: error[C04]", around(block(kPivot, kOwnUndo)),
             around(block(kPivot))},
        Case{"C05", "5:28: error[C05]", around("- {id: a, call: odd.shaky, pivot: true}\n"),
             around("- {id: a, call: odd.checked, pivot: true}\n")},
        Case{"C06Undo", "5:28: error[C06]",
             around("- {id: a, call: odd.plain, compensate: {call: odd.shaky_undo}}\n"),
             around(kCall)},
        Case{"C06Fence", "5:28: error[C06]",
             around("- {id: a, call: odd.leaky, compensate: auto}\n"), around(kCall)},
        Case{"C06Silent", "5:29: warning[C06]",
             around("- {id: a, call: odd.silent, compensate: auto}\n"), around(kCall)},
        Case{
            "C09After", "6:62: warning[C09]",
            around(
                kPivot +
                "- {id: a, call: odd.plain, retry: {max_attempts: unlimited}, compensate: auto}\n"),
            around(kCall + kPivot)},
        Case{"C09NoEffect", "5:29: warning[C09]",
             around("- {id: a, call: odd.reader, compensate: {call: odd.plain_undo}}\n"),
             around("- {id: a, call: odd.reader}\n")},
        Case{"C10", "5:28: warning[C10]", around("- {id: a, call: odd.plain, compensate: none}\n"),
             around(kCall)},
        Case{"C11", "5:30: warning[C11]",
             around("- {id: a, call: odd.ordered, compensate: auto}\n",
                    "compensation: {order: parallel}\n"),
             around(kCall, "compensation: {order: parallel}\n")},
        Case{"C12", "5:11: error[C12]", around("- {id: a, saga: {workflow: sample, version: 1}}\n"),
             around("- {id: a, saga: {workflow: other, version: 1}}\n")},
        Case{"C13", "5:11: warning[C13]",
             around("- {id: a, call: odd.final, compensate: none}\n" + kPivot),
             around(kCall + kPivot)},
        Case{"C14NoPivot", "4:1: warning[C14]",
             around(kCall + "- {id: b, call: hotels.hold, compensate: auto}\n"), around(kCall)},
        Case{"C14Last", "5:28: warning[C14]", around("- {id: p, call: odd.plain, pivot: true}\n"),
             around(kPivot)},
        Case{"C15", "5:36: error[C15]", around("- {id: a, call: odd.plain, effect: none}\n"),
             around("- {id: a, call: odd.plain, effect: irreversible, compensate: auto}\n")},
        Case{"C16", "5:53: error[C16]",
             around("- {id: p, call: odd.final, pivot: true, on_unknown: compensate}\n"),
             around("- {id: p, call: odd.final, pivot: true, on_unknown: park}\n")},
        Case{"C17Child", "7:13: error[C17]",
             around(block("- {id: a, saga: {workflow: x, version: 1}}\n", kOwnUndo)),
             around(block("- {id: a, saga: {workflow: x, version: 1}}\n"))},
        Case{"C17Unknown", "7:30: error[C17]",
             around(block("- {id: a, call: odd.plain, on_unknown: compensate}\n", kOwnUndo)),
             around(block("- {id: a, call: odd.plain, on_unknown: park}\n", kOwnUndo))},
        Case{"C18", "5:46: warning[C18]",
             around("- {id: a, call: odd.plain, compensate: auto, on_error: [{ignore: true, keep: "
                    "true}]}\n"),
             around("- {id: a, call: odd.plain, compensate: auto, on_error: [{ignore: true}]}\n")},
        Case{"C19", "5:17: error[C19]",
             around("- {id: a, call: odd.asynchronous, compensate: auto}\n"),
             around("- {id: a, call: odd.asynchronous, compensate: auto, await: {signal: s, "
                    "timeout: 1h}}\n")},
        Case{"C19Undo", "5:47: error[C19]",
             around("- {id: a, call: odd.plain, compensate: {call: odd.asynchronous}}\n"),
             around(kCall)},
        Case{"C20", "6:11: warning[C20]", around(kCall + "- {id: e, end: {}}\n"),
             around("- {id: e, end: {}}\n")},
        Case{"C21Kept", "5:46: warning[C21]",
             around("- {id: a, call: odd.plain, compensate: none, on_unknown: compensate}\n"),
             around("- {id: a, call: odd.plain, compensate: none, on_unknown: park}\n")},
        Case{"C21Helpless", "5:11: warning[C21]",
             around("- {id: a, call: odd.shaky, compensate: none}\n"),
             around("- {id: a, call: odd.shaky, compensate: auto}\n")},
        Case{"C22Pivot", "5:41: error[C22]",
             around("- {id: p, call: odd.final, pivot: true, retry_stable: true}\n"),
             around("- {id: p, call: odd.final, compensate: none, retry_stable: true}\n")},
        Case{"C22NotIdempotent", "5:46: error[C22]",
             around("- {id: a, call: odd.shaky, compensate: auto, retry_stable: true}\n"),
             around("- {id: a, call: odd.plain, compensate: auto, retry_stable: true}\n")}),
    name_of);

std::string call_with(const std::string& rest) {
  return around("- {id: a, call: odd.plain, compensate: auto, " + rest + "}\n");
}

INSTANTIATE_TEST_SUITE_P(
    Times, Diagnosis,
    ::testing::Values(
        Case{"T01Timeout", "5:56: error[T01]", call_with("timeout: {attempt: 10s, total: 5s}"),
             call_with("timeout: {attempt: 5s, total: 10m}")},
        Case{"T01Delay", "5:54: error[T01]", call_with("retry: {max_delay: 1s, initial: 5s}"),
             call_with("retry: {max_delay: 5s, initial: 1s}")},
        Case{"T01Factor", "5:62: error[T01]", call_with("retry: {factor: 0.5}"),
             call_with("retry: {factor: 1.5}")},
        Case{"T02", "7:1: warning[T02]", around(kCall + kPivot) + "deadline: 10s\n",
             around(kCall + kPivot) + "deadline: 10m\n"},
        Case{"T03", "5:46: warning[T03]",
             around("- {id: a, call: odd.shaky, compensate: auto, retry: {max_attempts: 5}}\n"),
             around("- {id: a, call: odd.shaky, compensate: auto, retry: {max_attempts: 1}}\n")},
        Case{"T04", "5:46: warning[T04]", call_with("timeout: {attempt: 5s, total: 10s}"),
             call_with("timeout: {attempt: 5s, total: 1m}")},
        Case{"T05", "6:11: warning[T05]", around(kPivot + "- {id: w, wait: {signal: s}}\n"),
             around(kPivot + "- {id: w, wait: {signal: s, timeout: 1d}}\n")},
        Case{"T06", "5:11: warning[T06]", around("- {id: w, wait: {signal: s}}\n"),
             around("- {id: w, wait: {signal: s}}\n", "deadline: 1h\n")},
        Case{"T06Any", "5:11: warning[T06]",
             around("- {id: w, wait: {any: {a: {signal: s}, b: {signal: t}}}}\n"),
             around("- {id: w, wait: {any: {a: {signal: s}, b: {for: 1h}}}}\n")},
        Case{"T07", "6:11: warning[T07]",
             around("- {id: r, call: odd.expiring, compensate: auto}\n"
                    "- {id: w, wait: {task: {assignee: x}, timeout: 1h}}\n"),
             around("- {id: r, call: odd.expiring, compensate: auto}\n"
                    "- {id: w, wait: {task: {assignee: x}, timeout: 10m}}\n")}),
    name_of);

const std::string kWaits = "{id: x, wait: {event: e, timeout: 1h}}";

INSTANTIATE_TEST_SUITE_P(
    Flow, Diagnosis,
    ::testing::Values(
        Case{"F01Unreachable", "6:4: warning[F01]", around("- {id: f, fail: x.y}\n" + kSet),
             around("- {id: f, fail: x.y, when: input.z}\n" + kSet)},
        Case{"F01Case", "8:15: warning[F01]",
             around("- id: s\n  switch:\n  - {steps: [{id: a, set: {}}]}\n  - {steps: [{id: b, "
                    "set: {}}]}\n"),
             around("- id: s\n  switch:\n  - {when: input.x, steps: [{id: a, set: {}}]}\n  - "
                    "{steps: [{id: b, set: {}}]}\n")},
        Case{"F01Equal", "8:30: warning[F01]",
             around("- id: s\n  switch:\n  - {when: input.x, steps: [{id: a, set: {}}]}\n  - "
                    "{when: input.x, steps: [{id: b, set: {}}]}\n"),
             around("- id: s\n  switch:\n  - {when: input.x, steps: [{id: a, set: {}}]}\n  - "
                    "{when: input.y, steps: [{id: b, set: {}}]}\n")},
        Case{"F02", "5:11: warning[F02]",
             around("- {id: s, switch: [{when: input.x, steps: [{id: a, set: {}}]}]}\n"),
             around("- {id: s, switch: [{steps: [{id: a, set: {}}]}]}\n")},
        Case{"F03Shadowed", "5:48: warning[F03]",
             around("- {id: a, call: odd.refuses, compensate: auto, on_error: [{code: odd.*, "
                    "ignore: true}, {code: odd.no, ignore: true}]}\n"),
             around("- {id: a, call: odd.refuses, compensate: auto, on_error: [{code: odd.no, "
                    "ignore: true}, {code: odd.*, ignore: true}]}\n")},
        Case{"F03Undeclared", "5:48: warning[F03]",
             around("- {id: a, call: odd.refuses, compensate: auto, on_error: [{code: odd.nope, "
                    "ignore: true}]}\n"),
             around("- {id: a, call: odd.refuses, compensate: auto, on_error: [{code: odd.no, "
                    "ignore: true}]}\n")},
        Case{"F04Await", "5:99: error[F04]",
             around("- {id: f, foreach: {in: input.l, as: i, steps: [{id: a, call: "
                    "odd.asynchronous, compensate: auto, await: {event: e, timeout: 1h}}]}}\n",
                    kId + kEvent),
             around("- {id: f, foreach: {in: input.l, as: i, steps: [{id: a, call: "
                    "odd.asynchronous, compensate: auto, await: {event: e, where: event.k == "
                    "self.key, timeout: 1h}}]}}\n",
                    kId + kEvent)},
        Case{"F04Branches", "5:79: error[F04]",
             around("- {id: p, parallel: {l: [" + kWaits +
                        "], r: [{id: y, wait: {event: e, timeout: 1h}}]}}\n",
                    kId + kEvent),
             around("- {id: p, parallel: {l: [" + kWaits +
                        "], r: [{id: y, wait: {event: e, where: event.z, timeout: 1h}}]}}\n",
                    kId + kEvent)},
        Case{"F05", "6:46: warning[F05]",
             around("- {id: a, call: odd.plain, compensate: auto, key: k}\n- {id: b, call: "
                    "odd.plain, compensate: auto, key: k}\n"),
             around("- {id: a, call: odd.plain, compensate: auto, key: k}\n- {id: b, call: "
                    "odd.plain, compensate: auto, key: l}\n")}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Use, Diagnosis,
    ::testing::Values(
        Case{"Q01Constant", "6:13: warning[Q01]", around(kSet, "constants: {x: 1}\n"),
             around("- {id: a, set: {x: \"${ constants.x }\"}}\n", "constants: {x: 1}\n")},
        Case{"Q01Secret", "6:11: warning[Q01]", around(kSet, "secrets: [k]\n"),
             around("- {id: a, call: odd.reader, with: {x: \"${ secrets.k }\"}}\n",
                    "secrets: [k]\n")},
        Case{"Q01Event", "7:10: warning[Q01]", around(kSet, kId + kEvent),
             around("- {id: a, wait: {event: e}}\n", kId + kEvent)},
        Case{"Q01Retry", "6:11: warning[Q01]", around(kSet, "retries: {q: {}}\n"),
             around(kSet, "retries: {q: {}}\ndefaults: {retry: q}\n")},
        Case{"Q02Parallel", "5:11: warning[Q02]",
             around("- {id: f, foreach: {in: input.l, as: i, max_parallel: 51, steps: [{id: a, "
                    "set: {}}]}}\n"),
             around("- {id: f, foreach: {in: input.l, as: i, max_parallel: 50, steps: [{id: a, "
                    "set: {}}]}}\n")},
        Case{"Q02Items", "5:11: warning[Q02]",
             around("- {id: f, foreach: {in: input.l, as: i, steps: [{id: a, set: {}}]}}\n",
                    "input: {schema: {properties: {l: {type: array}}}}\n"),
             around("- {id: f, foreach: {in: input.l, as: i, steps: [{id: a, set: {}}]}}\n",
                    "input: {schema: {properties: {l: {type: array, maxItems: 9}}}}\n")},
        Case{"Q04", "6:24: warning[Q04]",
             around("- {id: a, set: {x: 1}, emit: {type: x, key: \"${ input.a }\"}}\n- {id: b, "
                    "set: {x: 1}, emit: {type: y}}\n"),
             around("- {id: a, set: {x: 1}, emit: {type: x}}\n- {id: b, set: {x: 1}, emit: {type: "
                    "y}}\n")},
        Case{"Q05", "5:11: warning[Q05]",
             around("- {id: a, call: odd.gift, compensate: auto}\n" + kPivot),
             around(kCall + kPivot)}),
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
