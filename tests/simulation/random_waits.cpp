// Waits of every kind: for time, events, signals, people, and the first of several.
//
// What nothing ends by time is ended by a person: the simulator's people send the signals and
// answer the tasks that are still open once faults have stopped.
#include "tests/simulation/random_calls.h"
#include "tests/simulation/random_tree.h"

namespace sagaloom::simulation {

using namespace core;

namespace {

DurationTemplate between_ms(Random& random, std::int64_t low, std::int64_t high) {
  return DurationTemplate{Duration(random.between(low, high)), {}};
}

bool listens(const Wait& wait, Wait::For kind) {
  if (wait.kind == kind) return true;
  for (const NamedWait& member : wait.any) {
    if (member.wait.kind == kind) return true;
  }
  return false;
}

}  // namespace

Wait RandomTree::for_time() {
  Wait wait;
  if (random_.chance(0.7)) {
    wait.duration = between_ms(random_, 1, 2'000);
    return wait;
  }
  wait.kind = Wait::For::until;
  const bool past = random_.chance(0.3);
  wait.until = template_of(past ? "2020-02-29T12:00:00Z"
                                : "${ now + duration(\"" +
                                      std::to_string(random_.between(1, 1'500)) + "ms\") }");
  return wait;
}

Wait RandomTree::for_event() {
  Wait wait;
  wait.kind = Wait::For::event;
  wait.name = random_.chance(0.15) ? "ticked" : "settled";
  if (random_.chance(0.2)) wait.where = condition_of("event.data.n != constants.skipped");
  if (random_.chance(0.2)) {
    wait.fail_when = condition_of("event.data.n == 3");
    wait.fail_code = "shop.bad_news";
  }
  return wait;
}

Wait RandomTree::for_signal() {
  Wait wait;
  wait.kind = Wait::For::signal;
  wait.name = random_.chance(0.5) ? "nudge" : "approve";
  if (random_.chance(0.3)) wait.where = condition_of("event.data.good");
  if (random_.chance(0.2)) {
    wait.fail_when = condition_of("!event.data.good");
    wait.fail_code = "shop.bad_news";
  }
  return wait;
}

Wait RandomTree::for_task() {
  Wait wait;
  wait.kind = Wait::For::task;
  wait.assignee = template_of("${ input.order }");
  wait.form = *schema::Schema::compile(Value::object(
      {{"type", "object"},
       {"required", Value::list({Value("approved")})},
       {"properties", Value::object({{"approved", Value::object({{"type", "boolean"}})}})}}));
  if (random_.chance(0.4)) {
    wait.escalate_after = between_ms(random_, 100, 4'000);
    wait.escalate_to = template_of("the boss");
  }
  return wait;
}

Wait RandomTree::for_any() {
  Wait wait;
  wait.kind = Wait::For::any;
  if (random_.chance(0.6)) wait.any.push_back({"time", for_time()});
  if (events_ && random_.chance(0.6)) wait.any.push_back({"event", for_event()});
  if (random_.chance(0.6)) wait.any.push_back({"task", for_task()});
  if (wait.any.size() < 2 || random_.chance(0.3)) wait.any.push_back({"signal", for_signal()});
  if (wait.any.size() < 2) wait.any.push_back({"time", for_time()});
  return wait;
}

// Several events or signals, each with an announcement.
void RandomTree::collect(Wait& wait, const std::string& id) {
  wait.collect_until = condition_of("steps." + id + ".output.count >= 2");
  wait.each.emit = {event_of(id, "each")};
  wait.each.status = template_of(id + " collects");
}

Step RandomTree::waiting_step(const Place& place) {
  const double way = random_.unit();
  Wait wait = way < 0.2              ? for_time()
              : way < 0.5 && events_ ? for_event()
              : way < 0.7            ? for_signal()
              : way < 0.85           ? for_task()
                                     : for_any();
  Step step = plain(Wait{});
  const bool several = wait.kind == Wait::For::event || wait.kind == Wait::For::signal;
  if (several && random_.chance(0.2)) collect(wait, step.id);
  // Nobody promises an event; signals and answers come in the end.
  const bool person = listens(wait, Wait::For::signal) || listens(wait, Wait::For::task);
  const bool by_time = listens(wait, Wait::For::duration) || listens(wait, Wait::For::until);
  if (!by_time && (!person || random_.chance(0.6))) wait.timeout = between_ms(random_, 500, 8'000);
  step.kind = std::move(wait);
  if (place.after_pivot || random_.chance(0.5)) {
    ErrorHandler ignore;
    ignore.action = ErrorHandler::Action::ignore;
    if (random_.chance(0.3)) ignore.output = template_of("${ error.code }");
    step.on_error.push_back(std::move(ignore));
  }
  if (!place.after_pivot && !place.covered && random_.chance(0.1)) {
    step.compensate = random_undo(random_, step.id);
  }
  return step;
}

}  // namespace sagaloom::simulation
