#include "tests/golden/cases.h"

#include <stdexcept>

#include "tests/workflow/catalog.h"

namespace sagaloom::tests {
namespace {

using core::EventKind;
using core::Outcome;

core::Event resolved(const Journey& journey, const core::Path& path) {
  core::Event event = journey.verb(EventKind::resolve, path);
  event.output = core::Value::object({{"by", core::Value("hand")}});
  return event;
}

void completed(Journey& journey) {
  journey.run();
}

void compensated(Journey& journey) {
  journey.answer("ship", Outcome::business, "shop.refused").run();
}

void first_step_refused(Journey& journey) {
  journey.answer("reserve", Outcome::business, "shop.refused").run();
}

void retried(Journey& journey) {
  core::Event later;
  later.outcome = Outcome::retryable;
  later.code = "shop.busy";
  later.retry_after = core::Duration(700);
  journey.answer("reserve", Outcome::retryable, "shop.busy").answer("reserve", later);
  journey.answer("tell", Outcome::unknown, "call.timeout").run();
}

void doubt_then_found(Journey& journey) {
  core::Event found;
  found.output = core::Value::object({{"charge", core::Value("c-1")}});
  journey.answer("charge", Outcome::unknown, "call.timeout");
  journey.answer("charge/check", Outcome::retryable, "shop.busy").answer("charge/check", found);
  journey.run();
}

void doubt_then_absent(Journey& journey) {
  journey.answer("charge", Outcome::unknown, "call.timeout");
  journey.answer("charge/check", Outcome::no_effect).run();
}

void parked_then_resolved(Journey& journey) {
  journey.answer("charge", Outcome::unknown, "call.timeout");
  for (int i = 0; i < 3; ++i) journey.answer("charge/check", Outcome::unknown, "call.timeout");
  journey.run();
  journey.wait(core::Duration(60'000));
  journey.take(resolved(journey, "charge"));
  journey.run();
}

void undo_stuck_then_retried(Journey& journey) {
  journey.answer("ship", Outcome::business, "shop.refused");
  journey.answer("charge/undo", Outcome::business, "shop.refused").run();
  journey.take(journey.verb(EventKind::retry, "charge"));
  journey.run();
}

void cancelled(Journey& journey) {
  journey.run_until("charge");
  journey.take(journey.verb(EventKind::cancel_customer));
  journey.run();
}

void cancelled_past_the_pivot(Journey& journey) {
  journey.run_until("tell");
  journey.take(journey.verb(EventKind::cancel_operator));
  journey.run();
}

void interrupted(Journey& journey) {
  journey.run_until("reserve");
  core::Event event = journey.verb(EventKind::interrupted, "reserve");
  event.number = 1;
  journey.take(event);
  journey.run();
}

void plugin_missing(Journey& journey) {
  journey.set_missing({"shop.charge"});
  journey.run();
  journey.set_missing({});
  journey.wait(core::Duration(90'000));
  core::Event event = journey.verb(EventKind::plugin_installed);
  event.code = "shop.charge";
  journey.take(event);
  journey.run();
}

void store_refused(Journey& journey) {
  journey.run_until("charge");
  core::Event event;
  event.kind = EventKind::refused_by_store;
  event.code = "storage.refused";
  journey.take(event);
  journey.take(resolved(journey, "charge"));
  journey.run();
}

void deadline_passed(Journey& journey) {
  journey.run_until("charge");
  journey.wait(core::Duration(3'600'000));
  core::Event event;
  event.kind = EventKind::deadline;
  journey.take(event);
  journey.run();
}

core::Value parcel(const char* status) {
  return core::Value::object({{"order", core::Value("o-1")}, {"status", core::Value(status)}});
}

core::Event child_ended(const Journey& journey, const char* state) {
  core::Event event = journey.verb(EventKind::child_ended, "insured");
  event.code = state;
  event.output = core::Value::object({{"policy", core::Value("p-1")}});
  return event;
}

// Up to the child: the lock, both branches, a handler, a case, three items, two turns, two parcels,
// a task, a signal and a pause.
void to_the_child(Journey& journey) {
  core::Event found;
  found.output = core::Value::object({{"done", core::Value(true)}});
  journey.answer("poll[1]/turn", Outcome::ok).answer("poll[2]/turn", found);
  journey.run_until("event:parcel");
  journey.deliver("parcel", parcel("ON_ITS_WAY"));
  journey.deliver("parcel", parcel("DELIVERED"));
  core::Event yes = journey.verb(EventKind::task_answered, "approved");
  yes.output = core::Value::object({{"yes", core::Value(true)}});
  journey.run_until("task");
  journey.take(yes);
  journey.run_until("signal:go");
  journey.signal("go");
  journey.run_until("engine.saga.start");
  journey.run();
}

void tour_completed(Journey& journey) {
  to_the_child(journey);
  journey.take(child_ended(journey, "COMPLETED"));
  journey.answer("pay", Outcome::pending);
  journey.run_until("event:settled");
  journey.deliver("settled", core::Value::object({{"order", core::Value("o-1")}}));
  journey.run();
}

void tour_undone(Journey& journey) {
  journey.answer("soft", Outcome::business, "shop.refused");
  journey.answer("mended", Outcome::business, "shop.refused");
  to_the_child(journey);
  journey.take(child_ended(journey, "COMPLETED"));
  journey.answer("pay", Outcome::business, "shop.refused").run();
  journey.take(child_ended(journey, "COMPENSATED"));
  journey.run();
}

void tour_timed_out(Journey& journey) {
  journey.run();  // nobody sends a parcel
}

void suspended(Journey& journey) {
  journey.run_until("charge");
  journey.take(journey.verb(EventKind::suspend));
  journey.run();
  journey.wait(core::Duration(60'000));
  journey.take(journey.verb(EventKind::resume));
  journey.run();
}

}  // namespace

const std::vector<GoldenCase>& golden_cases() {
  static const std::vector<GoldenCase> cases = {
      {"completed", "order", completed},
      {"compensated", "order", compensated},
      {"first_step_refused", "order", first_step_refused},
      {"retried", "order", retried},
      {"doubt_then_found", "order", doubt_then_found},
      {"doubt_then_absent", "order", doubt_then_absent},
      {"parked_then_resolved", "order", parked_then_resolved},
      {"undo_stuck_then_retried", "order", undo_stuck_then_retried},
      {"cancelled", "order", cancelled},
      {"cancelled_past_the_pivot", "order", cancelled_past_the_pivot},
      {"interrupted", "order", interrupted},
      {"plugin_missing", "order", plugin_missing},
      {"store_refused", "order", store_refused},
      {"deadline_passed", "order", deadline_passed},
      {"suspended", "order", suspended},
      {"tour_completed", "tour", tour_completed},
      {"tour_undone", "tour", tour_undone},
      {"tour_timed_out", "tour", tour_timed_out},
  };
  return cases;
}

core::Value golden_input() {
  return core::Value::object({{"order", core::Value("o-1")}, {"amount", core::Value(21)}});
}

core::DefinitionPointer golden_definition(const std::string& workflow) {
  workflow::testing::ManifestCatalog catalog;
  catalog.add_file(workflow::testing::source_path("tests/golden/shop.json"));
  const std::string path = workflow::testing::source_path("tests/golden/" + workflow + ".yaml");
  workflow::LoadOptions options;
  options.checks = false;
  const auto loaded = workflow::load(workflow::testing::read_file(path), catalog, options);
  std::string problems;
  for (const auto& each : loaded.diagnostics) problems += workflow::text(each) + "\n";
  if (!loaded.ok()) throw std::runtime_error(problems);
  return loaded.definition;
}

}  // namespace sagaloom::tests
