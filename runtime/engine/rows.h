// Which rows a decision leads to: pure functions from a record to the rows of its batch.
// Threads: free functions without state. Errors: none. Source: architecture.md sections 4 and 5.
#pragma once

#include "runtime/core/record.h"
#include "runtime/engine/batch.h"

namespace sagaloom::engine {

// Appends the journal row of `record` (of item.saga) and the rows that follow from it: the saga's
// row at accept, end, when it begins or ceases to be PARKED or SUSPENDED and when its status
// changed; its identity and indexed attributes; the removal of its timer row.
// `prev` is the seq of the saga's previous record, 0 for an accept.
void append_record(Batch& batch, BatchItem item, core::Record record, Seq prev);

// Appends an empty row, so that max(seq) tells whether the batch is in. Returns its item: rows of
// no saga's record are counted there.
BatchItem& append_mark(Batch& batch);

// Rows of a checkpoint, counted in the batch's last item, which must be a mark: the whole state,
// and a timer row due at `due` (none: only the removal of the former one).
struct Checkpoint {
  std::shared_ptr<const core::Saga> state;
  Seq first_seq = 0, last_seq = 0;
  core::Time stored_due{}, due{};
  bool due_unsure = false;  // as in BatchItem
};
void append_checkpoint(Batch& batch, const Checkpoint& checkpoint);

// Puts the rows of `replacement` (a batch with one item) in the place of item `index`; its seq
// stays.
void replace_item(Batch& batch, std::size_t index, Batch replacement);

// The rows of the items [first, last) as a part of their own. Progress goes with the last item.
ShardRows slice(const Batch& batch, std::size_t first, std::size_t last);

// Something that the state asks for must still be done, although the saga may have ended: it is
// live in the sense of recovery.
bool has_open_call(const core::Saga& saga);

// What an attribute with this text is found by: its first indexed_bytes, whole characters of them.
std::string indexed_text(std::string text);

// Where the timer row of a saga lies that left memory in this state; none: it has none.
core::Time timer_row_of(const core::Saga& saga);

// Estimate of a record's size as text.
std::size_t estimated_bytes(const core::Record& record);

std::int32_t day_of(core::Time time);

}  // namespace sagaloom::engine
