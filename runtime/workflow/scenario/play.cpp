#include "runtime/workflow/scenario/play.h"

#include <functional>

#include "runtime/workflow/scenario/drive.h"
#include "runtime/workflow/scenario/judge.h"
#include "runtime/workflow/scenario/script.h"

namespace sagaloom::workflow::scenario {
namespace {

using core::Decision;
using core::Event;
using core::EventKind;

constexpr int kLimit = 20'000;

class Play {
 public:
  explicit Play(const Scenario& scenario)
      : scenario_(scenario),
        participants_(scenario),
        drive_(scenario.definition, participants_, scenario.starts_at, scenario.jitter) {}

  std::vector<Difference> run();

 private:
  bool come(const Moment& moment);
  bool reached(const Moment& moment) const;
  bool go_on();
  void rest();
  void perform(const Act& act);
  void verb(const Act& act, EventKind kind);
  void report(const Act& act, const Decision& decision);
  void child_ended(const Act& act);
  void expect(const Value& expected, const std::string& where);
  void fail(std::string where, const std::string& expected, const std::string& actual) {
    differences_.push_back(differ(std::move(where), expected, actual));
  }
  std::string standing() const;

  const Scenario& scenario_;
  ScriptedParticipants participants_;
  Drive drive_;
  std::optional<expression::Error> refused_;
  std::vector<Difference> differences_;
  int happened_ = 0;

  friend struct Verbs;
};

std::vector<Difference> Play::run() {
  for (const std::string& operation : scenario_.missing) drive_.set_missing(operation, true);
  core::Submission submission;
  submission.input = scenario_.input;
  submission.header = scenario_.key;
  submission.fingerprint = std::string(64, '0');
  refused_ = drive_.start(std::move(submission), scenario_.as_child);
  if (!refused_) {
    for (const Act& act : scenario_.acts) {
      if (!come(act.moment)) {
        fail("happens", act.verb + " " + act.moment.text, "the moment never came: " + standing());
        break;
      }
      perform(act);
    }
    rest();
  }
  expect(scenario_.expect, "");
  return std::move(differences_);
}

bool Play::go_on() {
  return ++happened_ <= kLimit && drive_.step();
}

bool Play::reached(const Moment& moment) const {
  if (moment.subject == "saga") return moment.state == core::state_name(drive_.saga());
  const core::StepRecord* step = drive_.saga().find(moment.subject);
  if (!step || moment.state != core::name(step->state)) return false;
  return moment.attempt == 0 || moment.attempt == step->forward.number;
}

// Lets happen what comes before the moment; false: it never comes.
bool Play::come(const Moment& moment) {
  if (!moment.subject.empty()) {
    while (!reached(moment)) {
      if (!go_on()) return false;
    }
    return true;
  }
  const Time until = moment.at ? drive_.started_at() + *moment.at : drive_.now();
  while (drive_.next_due() && *drive_.next_due() <= until) {
    if (!go_on()) return false;
  }
  drive_.advance_to(until);
  return true;
}

void Play::rest() {
  if (scenario_.until) {
    if (!come(*scenario_.until)) {
      fail("until", scenario_.until->text, "the moment never came: " + standing());
    }
    return;
  }
  while (go_on()) {
  }
  if (happened_ > kLimit) {
    fail("end", "the saga comes to rest",
         "it goes on after 20,000 events, at " +
             std::to_string((drive_.now() - drive_.started_at()).count()) +
             " ms; say `until:` when to look");
  }
}

std::string Play::standing() const {
  return "the saga is " + std::string(core::state_name(drive_.saga()));
}

void Play::expect(const Value& expected, const std::string& where) {
  for (Difference& each : judge(expected, {drive_, participants_, refused_})) {
    if (!where.empty()) each.where = where + ": " + each.where;
    differences_.push_back(std::move(each));
  }
}

void Play::report(const Act& act, const Decision& decision) {
  const std::string what = act.verb + " " + act.subject;
  const std::string code = decision.refusal ? decision.refusal->code : "none";
  const std::string wanted = act.refused.empty() ? "none" : act.refused;
  if (code != wanted) {
    fail(what + ": refused", wanted,
         decision.refusal ? code + ": " + decision.refusal->message : code);
  }
  if (act.stale && !decision.stale()) fail(what, "nothing changes", "a record was made");
}

std::optional<Value> member(const Act& act, const char* name) {
  const Value* value = act.data.find(name);
  return value ? std::optional<Value>(*value) : std::nullopt;
}

std::string text(const Act& act, const char* name) {
  const Value* value = act.data.find(name);
  return value && value->is_string() ? value->string() : "";
}

void Play::verb(const Act& act, EventKind kind) {
  Event event = drive_.event_about(kind, act.subject);
  event.reason = text(act, "reason");
  event.input = member(act, "input");
  event.output = member(act, "output");
  if (kind == EventKind::resolve && !event.output) event.output = Value(expression::Map{});
  event.manual_undo = text(act, "undo") == "manual";
  report(act, drive_.take(event));
}

void Play::child_ended(const Act& act) {
  Event event = drive_.event_about(EventKind::child_ended, act.subject);
  event.code = text(act, "state");
  event.output = member(act, "output");
  event.details = member(act, "details").value_or(Value{});
  report(act, drive_.take(event));
}

// What each verb of `happens` does.
struct Verbs {
  using Does = std::function<void(Play&, const Act&)>;

  static Does saga_verb(EventKind kind) {
    return [kind](Play& play, const Act& act) {
      Event event = play.drive_.event_about(kind);
      event.reason = text(act, "reason");
      play.report(act, play.drive_.take(event));
    };
  }
  static Does step_verb(EventKind kind) {
    return [kind](Play& play, const Act& act) { play.verb(act, kind); };
  }
  static Event kept(const Play& play, EventKind kind, const Act& act) {
    Event event = play.drive_.event_about(kind);
    event.code = act.subject;
    const Value data = member(act, "data").value_or(Value(expression::Map{}));
    if (kind == EventKind::signal) {
      event.output = data;
    } else {
      event.details = Value::object({{"data", data}, {"key", play.scenario_.key}});
    }
    return event;
  }
  static Does inbox(EventKind kind) {
    return [kind](Play& play, const Act& act) { play.drive_.put(kept(play, kind, act)); };
  }
  static void task(Play& play, const Act& act) {
    Event event = play.drive_.event_about(EventKind::task_answered, act.subject);
    event.output = member(act, "data").value_or(Value(expression::Map{}));
    play.report(act, play.drive_.take(event));
  }
  static void cancel(Play& play, const Act& act) {
    const bool customer = act.subject == "customer";
    saga_verb(customer ? EventKind::cancel_customer : EventKind::cancel_operator)(play, act);
  }

  static const std::map<std::string_view, Does>& all() {
    static const std::map<std::string_view, Does> verbs = {
        {"event", inbox(EventKind::deliver)},
        {"signal", inbox(EventKind::signal)},
        {"task", task},
        {"cancel", cancel},
        {"retry", step_verb(EventKind::retry)},
        {"resolve", step_verb(EventKind::resolve)},
        {"abort_step", step_verb(EventKind::abort_step)},
        {"skip_undo", step_verb(EventKind::skip_undo)},
        {"suspend", saga_verb(EventKind::suspend)},
        {"resume", saga_verb(EventKind::resume)},
        {"store_refuses", saga_verb(EventKind::refused_by_store)},
        {"lock_granted", saga_verb(EventKind::lock_granted)},
        {"parent_undo", saga_verb(EventKind::parent_undo)},
        {"released", saga_verb(EventKind::released)},
        {"child", [](Play& play, const Act& act) { play.child_ended(act); }},
        {"restart", [](Play& play, const Act&) { play.drive_.restart(); }},
        {"missing", [](Play& play, const Act& act) { play.drive_.set_missing(act.subject, true); }},
        {"installed",
         [](Play& play, const Act& act) { play.drive_.set_missing(act.subject, false); }},
        {"advance",
         [](Play& play, const Act& act) {
           Moment moment;
           moment.at = play.drive_.now() - play.drive_.started_at() + act.advance;
           play.come(moment);
         }},
        {"expect", [](Play&, const Act&) {}},
    };
    return verbs;
  }
};

void Play::perform(const Act& act) {
  const auto does = Verbs::all().find(act.verb);
  if (does != Verbs::all().end()) does->second(*this, act);
  if (act.expect) expect(*act.expect, "after `" + act.verb + " " + act.subject + "`");
}

}  // namespace

std::vector<Difference> play(const Scenario& scenario) {
  return Play(scenario).run();
}

}  // namespace sagaloom::workflow::scenario
