// How sagas, records, definitions and events look to a client. Only the files whose names begin
// with `presentation` name the states of steps.
//
// Pure functions without state, callable from any thread; total: they never fail.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/expression/value.h"

namespace sagaloom::http {

enum class Detail : std::uint8_t { summary, full };

// A saga over the generic API; `full` adds input, steps, open tasks, the verbs that would be taken
// now, and links.
expression::Value present_saga(const engine::SagaView& view, Detail detail);
expression::Value present_summary(const engine::SagaSummary& summary);

// A saga as the resource that `expose` makes of it: its `response`, else
// {<id name>, saga, state, status, output?, error?}.
expression::Value present_resource(const engine::SagaView& view, const core::Expose& expose);

// The saga's open tasks: {saga, workflow, identity?, step, title?, assignee?, form?, timers?,
// answer} with the route that takes the answer.
std::vector<expression::Value> open_tasks(const engine::SagaView& view);

// The form of the task that this step is; null: none.
core::SchemaPointer form_of_task(const engine::SagaView& view, const core::Path& path);

// {"cancel": "accepted" | "noted", id, state, status}: noted is a cancel that waits for the pivot.
expression::Value present_cancel(const engine::SagaView& view);

expression::Value present_record(const engine::StoredRecord& row);
expression::Value present_event(const engine::EventPage::Item& item);
expression::Value present_definition(const core::Definition& definition, Detail detail);

// Whether the saga has ended: its result is final.
bool has_ended(const engine::SagaView& view);

// What lists may be filtered by; upper case.
const std::vector<std::string_view>& state_names();

}  // namespace sagaloom::http
