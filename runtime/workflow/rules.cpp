// The table of checks. One place says what each means; the reference and SARIF are made from it.
#include "runtime/workflow/rules.h"

#include <algorithm>

namespace sagaloom::workflow {
namespace {

constexpr Severity E = Severity::error, W = Severity::warning;

const Rule kFirst[] = {
    {"Y01", E, "YAML syntax",
     "The file is not YAML. Five ways in which YAML misreads an expression without quotes are "
     "recognised and the quoted form is printed.",
     "Quote the value as printed, or check brackets, quotes and indentation on this line and the "
     "one before."},
    {"Y02", E, "duplicate key",
     "A key stands twice in one mapping; YAML readers differ in which one they take.",
     "Remove one of the two."},
    {"Y03", E, "not a plain tree",
     "Aliases, anchors, merge keys, tags, several documents, more than 32 levels, 50,000 values or "
     "1 MiB: none of them is part of the language.",
     "Write the value out; use `constants` for what repeats."},
    {"S01", E, "unknown key", "The language has no such key here, so it would have no effect.",
     "Correct the spelling, or remove the key."},
    {"S02", E, "wrong value",
     "A value has the wrong type, a required key is missing, a name has not the right form, or a "
     "duration is none.",
     "Write what the message asks for."},
    {"S03", E, "not exactly one form",
     "A step has no kind or several; a handler, a wait or an undo has no form or several; or keys "
     "stand together that do not belong together.",
     "Keep one, or make two steps."},
    {"S04", E, "id taken or reserved",
     "An id stands twice in the definition, is a reserved word, or `end` stands where it is not "
     "legal.",
     "Choose another id; put `end` outside of `parallel` and `foreach`."},
    {"S05", E, "version",
     "The language version is not known, or this name and version exist already with other "
     "content.",
     "Write `dsl: 1`; raise `version`."},
    {"X01", E, "expression syntax",
     "The expression cannot be read; the column is the one inside the YAML line.",
     "Correct the expression."},
    {"X02", E, "unknown name",
     "A root, function or number of arguments does not exist here: `self`, `event` and `error` are "
     "only in sight where they have a value.",
     "Correct the name, or use it where it is in sight."},
    {"X03", E, "unknown member",
     "According to the input's schema, an operation's output or what a step sets there is no such "
     "member.",
     "Correct the name, or declare the member in the schema."},
    {"X04", E, "types do not fit",
     "An operator or function gets a value that it can never take, a condition is not boolean, or "
     "`in` is no list.",
     "Change the expression."},
    {"X05", E, "step that cannot have run",
     "The expression uses a step that runs later, is the step itself, stands in another branch or "
     "case, or inside a `foreach` that has ended; or there is no such step. The turn before of a "
     "`repeat` is legal with `.?`, and what a wait has collected in its own `collect_until` and "
     "`each`.",
     "Use an earlier step, or the block's own output."},
    {"X06", E, "member that may be absent",
     "An optional property, or the output of a step that may be skipped, handled, undone or of the "
     "turn before, is used without asking: the expression would fail then.",
     "Write `.?` with `orValue`, ask with `has(…)`, or give the step the same `when`."},
    {"X07", E, "secret out of place",
     "A secret is legal only as a whole value inside `with`, and only if it is declared. Elsewhere "
     "it would be stored or shown.",
     "Write `${ secrets.name }` alone in `with`, and list the name under `secrets`."},
    {"X08", W, "always the same",
     "An expression without any input, or a comparison that always has the same result.",
     "Correct the value that is compared, or remove the condition."},
    {"X09", W, "text joined with no text",
     "A template joins a value that may be null, a list or a mapping; that fails when it is.",
     "Use `string(…)` or `orValue(…)`."},
    {"C01", E, "effect without undo",
     "A step before the pivot has an effect and says neither `compensate` nor `compensate: none`: "
     "when a later step is refused the effect stays. Handlers of the pivot and of a block that "
     "holds it count as before it.",
     "Write `compensate`, or `compensate: none` on purpose."},
    {"C02", E, "no way on and no way back",
     "After the pivot the saga only goes forward: `fail`, a handler that compensates or fails, and "
     "a call with a refusal that nobody handles would leave it stuck. Handlers of a block that "
     "holds the pivot count as after it.",
     "Handle the refusal with `on_error`, or move the step before the pivot."},
    {"C03", W, "parks after the pivot",
     "After the pivot a retry that ends, `repeat.exhausted`, `switch.no_match`, `wait.timeout` or "
     "a child that fails parks the saga until a person decides.",
     "Write `max_attempts: unlimited`, or a handler."},
    {"C04", E, "pivot out of place",
     "The pivot stands in a branch, a case, a loop or a block with an undo of its own, or is the "
     "second one.",
     "Put it at top level or in a plain `do`."},
    {"C05", E, "pivot in doubt for ever",
     "The pivot is neither idempotent nor has a check operation: when its answer is lost nobody "
     "can say whether the saga may be undone.",
     "Make another step the pivot, or mend the plugin."},
    {"C06", E, "undo that is not safe",
     "The undo is not idempotent (it may be sent twice), or it does not fence: a late call could "
     "take effect after its undo. A warning if the manifest says nothing.",
     "Use an operation that is idempotent by key and fences, as the SDK's guard does."},
    {"C07", E, "undo needs an output",
     "The undo uses `self.output.x` unguarded, or its own step: after a lost answer it runs "
     "without an output.",
     "Use `self.key`, or `self.?output.?x`."},
    {"C08", E, "undo needs what is not there",
     "The undo uses the output of a step that does not run before its own, or that is undone "
     "before it.",
     "Use only `self`, `input` and steps that ran before."},
    {"C09", W, "undo that is never used",
     "`compensate` after the pivot, or of an operation without effect, never runs.", "Remove it."},
    {"C10", W, "undo that is left out", "`compensate: none`, although the manifest offers an undo.",
     "Write `compensate: auto`, unless the effect shall stay."},
    {"C11", W, "order of undos",
     "With `order: parallel` an undo runs beside others although it is not commutative.",
     "Use `order: reverse`."},
    {"C12", E, "child that cannot be undone",
     "A child saga with a pivot of its own before the parent's pivot: once it is passed the parent "
     "cannot undo it. Also child sagas in a circle.",
     "Start it after the pivot, or give the step a `compensate`; break the circle."},
    {"C13", W, "irreversible before the pivot",
     "An operation that cannot be taken back stands where the saga may still be undone.",
     "Move it after the pivot, or make it the pivot."},
    {"C14", W, "no point of no return",
     "Effects in several plugins and no pivot, so that all of it may be undone until the end; or a "
     "pivot that is last and could be undone.",
     "Mark the step after which the saga only goes forward."},
    {"C15", E, "effect loosened", "`effect` says less than the manifest.",
     "It may only be made stricter."},
    {"C16", E, "in doubt after the pivot",
     "`on_unknown: compensate` on the pivot or after it, where nothing is undone any more.",
     "Write `resolve` or `park`."},
    {"C17", E, "doubt inside an undone block",
     "Inside a block with its own `compensate` everything must be definite before that undo "
     "starts, since it takes the place of the calls' own: no child saga, no `on_unknown: "
     "compensate`, no handler that replaces children without undos.",
     "Move it out of the block, or give the children undos."},
    {"C18", W, "kept on purpose", "`keep: true` keeps a step that has an undo.",
     "Leave `keep` out, unless the effect shall stay."},
    {"C19", E, "nothing awaits the answer",
     "An asynchronous operation without `await`, or as an undo.",
     "Add `await`; use an operation that answers at once as undo."},
    {"C20", W, "end keeps effects",
     "`end` before the pivot after a step with an undo: the saga is COMPLETED and its effects "
     "stay.",
     "End after the pivot, or use `fail`."},
    {"C21", W, "doubt that nobody resolves",
     "A call in doubt that is kept although it may have happened, or that parks at once because "
     "nothing can find out.",
     "Give it an undo, or write `resolve` or `park`."},
    {"C22", E, "committed too late",
     "`retry_stable` on the pivot, or on an operation that is not idempotent.", "Remove it."},
};

const Rule kSecond[] = {
    {"T01", E, "times that contradict",
     "`attempt` longer than `total`, `max_delay` shorter than `initial`, or a `factor` below 1.",
     "Correct the numbers."},
    {"T02", W, "deadline too short",
     "In the worst case the steps before the pivot take longer than the deadline.",
     "Raise the deadline, or lower the steps' `total`."},
    {"T03", W, "retry of little use",
     "The operation is not idempotent, so only what was certainly not done is tried again.",
     "Make the operation idempotent by key."},
    {"T04", W, "attempts that never happen",
     "All attempts and delays together take longer than `total`.",
     "Raise `total`, or lower `attempt` or `max_attempts`."},
    {"T05", W, "wait without an end",
     "After the pivot a wait for an event, a signal or a task that nothing ends by time.",
     "Add a `timeout`."},
    {"T06", W, "reserved without an end",
     "Before the pivot a wait that neither a timeout nor a deadline ends holds what was reserved "
     "for ever.",
     "Add a `timeout` or a `deadline`."},
    {"T07", W, "reservation runs out",
     "A task before the pivot may take longer than an earlier step holds its reservation.",
     "Shorten the task's `timeout`."},
    {"F01", W, "never reached",
     "Steps after `fail` or `end`, a case after one without `when`, or a case equal to an earlier "
     "one.",
     "Remove it, or put it before."},
    {"F02", W, "switch without default",
     "No case without `when`: when none matches that is the error `switch.no_match`.",
     "Add a last case without `when`."},
    {"F03", W, "handler of nothing",
     "An earlier handler leaves this one nothing, or nothing in its scope can fail with its code.",
     "Correct the code, or put the handler first."},
    {"F04", E, "event of another",
     "Several calls or branches wait for one event in the same way: one could take what belongs to "
     "the other.",
     "Tell them apart with `where` over `self` or the item."},
    {"F05", E, "one key, two steps",
     "Two steps that may both run call one plugin with the same `key`: it takes the second for a "
     "repetition of the first and does nothing. The key of a step without `key` is its path, that "
     "of its undo the same with `/undo`.",
     "Make the keys differ."},
    {"W01", E, "event unknown",
     "The event is not declared, or its `key` does not look at the event.",
     "Declare it under `events`, with a key over `event`."},
    {"W02", W, "early events are dropped",
     "Without `ttl` an event that comes before the wait begins is dropped.", "Add `ttl`."},
    {"W03", W, "never collected",
     "`collect_until` is false for every value that the event's schema allows.",
     "Compare with a value of the `enum`."},
    {"W04", E, "events without id",
     "Events are matched with the business id, and the workflow has no `id`.", "Add `id`."},
    {"W05", W, "child that hears nothing",
     "A child that waits for events is started without `id`; the one it gets then is in no event.",
     "Add `id` with the key that the events have."},
    {"P01", E, "not there", "A plugin, operation, child workflow or version is not known.",
     "Correct the name, load the plugin, or register the child first."},
    {"P02", E, "input does not fit",
     "What `with` or `input` renders cannot fit the schema of the operation or the child: a member "
     "is missing, may be absent, is unknown, or has another type; or the key is left out where an "
     "object is wanted.",
     "Give what the schema asks for."},
    {"P03", W, "deprecated", "The manifest calls the operation deprecated.",
     "Use what it names in its place."},
    {"V01", E, "running sagas wait for it",
     "The new version has no event or signal any more on which running sagas of an older one wait.",
     "Keep it until they have ended."},
    {"V02", W, "input narrowed", "The input's schema refuses what it took in the version before.",
     "Change the callers first, or make it optional with `defaults`."},
    {"V03", E, "event changed",
     "Versions that may be live together differ in an event's topic, type or key.",
     "Give the changed event another name."},
    {"Q01", W, "not used", "A constant, secret, event or retry policy is not used.", "Remove it."},
    {"Q02", W, "list without a limit",
     "`foreach` over a list that may have more than 10,000 items, or with more than 50 at once.",
     "Set `maxItems` in the schema; lower `max_parallel`."},
    {"Q03", W, "large state",
     "The outputs of all steps together may grow beyond 256 KiB, which is stored again and again.",
     "Keep only what is used with `output`."},
    {"Q04", W, "no order of events",
     "Events of one topic are in order only per key, and these have different keys.",
     "Use one key for a topic."},
    {"Q05", W, "given too early",
     "An operation that gives something away stands before the pivot, where it may have to be "
     "taken back.",
     "Move it after the pivot."},
    {"Q06", W, "personal data in the open",
     "What a schema marks with `x-sensitive` appears in an attribute or a published event.",
     "Leave it out, or put a key to it there."},
    {"R01", E, "route taken",
     "Two workflows share a route, or the path is reserved for the runtime.",
     "Choose another path."},
};

}  // namespace

const std::vector<Rule>& rules() {
  static const std::vector<Rule> all = [] {
    std::vector<Rule> table(std::begin(kFirst), std::end(kFirst));
    table.insert(table.end(), std::begin(kSecond), std::end(kSecond));
    return table;
  }();
  return all;
}

const Rule* rule(std::string_view code) {
  const auto found = std::find_if(rules().begin(), rules().end(),
                                  [&](const Rule& one) { return code == one.code; });
  return found == rules().end() ? nullptr : &*found;
}

}  // namespace sagaloom::workflow
