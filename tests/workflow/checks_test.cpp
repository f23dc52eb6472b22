// Diagnostics over the finished tree (codes C, T, F, Q).
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

class Check : public ::testing::TestWithParam<Case> {};

TEST_P(Check, IsMadeAtItsPlaceAndOnlyWhereItBelongs) {
  testing::expect_case(GetParam());
}

std::string block(const std::string& inner, const std::string& rest = {}) {
  return "- id: b\n  do:\n  " + inner + rest;
}
const std::string kOwnUndo = "  compensate: {call: odd.plain_undo}\n";

INSTANTIATE_TEST_SUITE_P(
    Undo, Check,
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
        Case{"C02HandlerOfTheBlockThatHoldsThePivot", "8:3: error[C02]",
             around(block(kPivot, "  on_error: [{compensate: true}]\n")),
             around(block(kPivot, "  on_error: [{ignore: true}]\n"))},
        Case{"C02HandlerAroundTheBlockThatHoldsThePivot", "6:3: error[C02]",
             around("- id: d\n  on_error: [{fail: x.y}]\n  do:\n  - {id: e, do: [{id: p, call: "
                    "odd.final, pivot: true}]}\n"),
             around("- id: d\n  do:\n  - {id: e, do: [{id: p, call: odd.final, pivot: true, "
                    "on_error: [{fail: x.y}]}]}\n")},
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
        Case{"C17UnknownWithAnUndoThatTheBlockReplaces", "7:48: error[C17]",
             around(block("- {id: a, call: odd.plain, compensate: auto, on_unknown: "
                          "compensate}\n",
                          kOwnUndo)),
             around(block("- {id: a, call: odd.plain, compensate: auto}\n", kOwnUndo))},
        Case{"C01InAHandlerThatTheBlockDoesNotCover", "7:60: error[C01]",
             around(block("- {id: a, call: odd.refuses, on_error: [{steps: [{id: h, call: "
                          "odd.plain}]}]}\n",
                          kOwnUndo)),
             around(block("- {id: a, call: odd.refuses, on_error: [{steps: [{id: h, call: "
                          "odd.plain, compensate: auto, on_unknown: compensate}]}]}\n",
                          kOwnUndo))},
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
    Times, Check,
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

std::string keyed(const std::string& id, const std::string& key) {
  return "- {id: " + id + ", call: odd.plain, compensate: auto, key: \"" + key + "\"}\n";
}

std::string looped(const std::string& rest, const std::string& id = "f",
                   const std::string& inner = "i") {
  return "- {id: " + id + ", foreach: {in: input.l, as: x, steps: [{id: " + inner +
         ", call: odd.plain, compensate: auto" + rest + "}]}}\n";
}

INSTANTIATE_TEST_SUITE_P(
    Flow, Check,
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
        Case{"F05", "6:46: error[F05]",
             around("- {id: a, call: odd.plain, compensate: auto, key: k}\n- {id: b, call: "
                    "odd.plain, compensate: auto, key: k}\n"),
             around("- {id: a, call: odd.plain, compensate: auto, key: k}\n- {id: b, call: "
                    "odd.plain, compensate: auto, key: l}\n")},
        Case{"F05Path", "6:46: error[F05]", around(kCall + keyed("b", "a")),
             around(kCall + keyed("b", "bb"))},
        Case{"F05PathOfAnItem", "6:46: error[F05]", around(looped("") + keyed("b", "f[0]/i")),
             around(looped("") + keyed("b", "f/i"))},
        Case{"F05RequestKey", "6:46: error[F05]", around(kCall + keyed("b", "a#2/undo")),
             around(kCall + keyed("b", "a/undone"))},
        Case{"F05OtherLoop", "6:92: error[F05]",
             around(looped(", key: k") + looped(", key: k", "g", "j")),
             around(looped(", key: k") + looped(", key: m", "g", "j"))}),
    name_of);

std::string collecting(const std::string& until, const std::string& rest = {}) {
  return around("- {id: w, wait: {signal: s, collect_until: \"" + until + "\"" + rest +
                ", timeout: 1h}}\n");
}

INSTANTIATE_TEST_SUITE_P(
    Types, Check,
    ::testing::Values(
        Case{"X05OwnCollection", "5:45: error[X05]", collecting("steps.v.output.count == 3"),
             collecting("steps.w.output.count == 3 || steps.w.output.last.done == true")},
        Case{"X03OwnCollection", "5:60: error[X03]", collecting("steps.w.output.cuont == 3"),
             collecting("steps.w.output.count == 3")},
        Case{"X05Each", "5:90: error[X05]",
             collecting("event.data.done == true",
                        ", each: {status: \"${ steps.v.output.count }\"}"),
             collecting("event.data.done == true",
                        ", each: {status: \"${ steps.w.output.count }\"}")},
        Case{"X06BeforeTheFirstEvent", "5:84: error[X06]",
             collecting("event.data.done == true", ", where: steps.w.output.count < 3"),
             collecting("event.data.done == true",
                        ", where: steps.?w.?output.?count.orValue(0) < 3")},
        Case{"X05OwnOutputElsewhere", "5:49: error[X05]",
             around("- {id: w, wait: {signal: s, timeout: 1h, where: steps.w.output.x == 1}}\n"),
             around("- {id: w, wait: {signal: s, timeout: 1h, where: event.data.x == 1}}\n")},
        Case{"P02WithoutWith", "5:17: error[P02]",
             around("- {id: a, call: odd.object, compensate: auto}\n"),
             around("- {id: a, call: odd.object, with: {}, compensate: auto}\n")},
        Case{"P02WithoutWithWhereNullWillDo", "5:17: error[P02]",
             around("- {id: a, call: odd.typed, compensate: auto}\n"), around(kCall)}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Use, Check,
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

}  // namespace
}  // namespace sagaloom::workflow
