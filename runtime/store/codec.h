// Records and sagas as JSON text, and back: what the stores keep in `journal.record` and
// `saga.snapshot`.
//
// The text is derived from the `fields` lists of core: a record holds the fields that its masks
// name, an event and a snapshot those that differ from their defaults. Enums are written by name,
// times as milliseconds after the record's `now` (a snapshot's `updated`), one budget of attempts
// as a short array whose trailing defaults are left out, optionals that were cleared are listed
// under "none". Left out is what the same record says elsewhere: an answer's output that its step
// keeps, `updated` when it is `now`, a lifecycle's fields that the head has. The same value always
// gives the same bytes. Snapshots are packed (pack.h), records are not: people read them with SQL.
//
// Threads: free functions without state. Errors: `record.unreadable` (damaged text, with the
// place), `record.newer` (a field or format that only a newer program knows).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/core/record.h"
#include "runtime/core/saga.h"
#include "runtime/expression/result.h"

namespace sagaloom::store {

// Stored beside every record and inside every snapshot; raised when older programs cannot read it.
inline constexpr std::int16_t record_format = 1;

void append_record(std::string& out, const core::Record& record);
std::string encode_record(const core::Record& record);
expression::Result<core::Record> decode_record(std::int16_t format, const core::SagaId& saga,
                                               std::string_view text);

std::string saga_text(const core::Saga& saga);
std::string encode_saga(const core::Saga& saga);  // the text, packed
// Takes both.
expression::Result<core::Saga> decode_saga(const core::SagaId& id, std::string_view bytes);

// The number of a saga's state (core::state_name) in `saga.state`; -1: no such state.
std::int16_t state_number(std::string_view state);
// Empty for an unknown number.
std::string_view state_text(std::int16_t number);

// Whether a record has anything to publish: an emitted message or a change of its phase.
bool publishable(const core::Record& record);

}  // namespace sagaloom::store
