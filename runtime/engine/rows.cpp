#include "runtime/engine/rows.h"

#include <charconv>
#include <string_view>

#include "runtime/core/decide.h"

namespace sagaloom::engine {

namespace {

core::FieldMask head_bit(std::string_view field) {
  core::FieldMask mask = 0;
  core::FieldMask bit = 1;
  core::SagaRecord head;
  core::SagaRecord::fields(head, [&](std::string_view name, auto&) {
    if (name == field) mask = bit;
    bit <<= 1;
  });
  return mask;
}

bool status_changed(const core::Record& record) {
  static const core::FieldMask bit = head_bit("status");
  return (record.head_changed & bit) != 0;
}

bool attributes_changed(const core::Record& record) {
  static const core::FieldMask bit = head_bit("attributes");
  return (record.head_changed & bit) != 0;
}

// SUSPENDED or PARKED; anything else counts as going on.
core::Shown standing(const core::Saga& saga) {
  const core::Shown shown = core::shown(saga);
  const bool still = shown == core::Shown::suspended || shown == core::Shown::parked;
  return still ? shown : core::Shown::phase;
}

// Whether more than the journal row can follow from the record; then the state after it is needed.
bool needs_state(const BatchItem& item, const core::Record& record) {
  if (item.kind == BatchItem::Kind::accept || record.lifecycle) return true;
  if (record.event.kind == core::EventKind::migrate) return true;
  return status_changed(record) || attributes_changed(record) ||
         core::ended(item.before->head.phase);
}

bool needs_saga_row(const BatchItem& item, const core::Record& record) {
  if (item.kind == BatchItem::Kind::accept || core::ended(item.after->head.phase)) return true;
  const bool migrated = item.before->head.version != item.after->head.version;
  return migrated || status_changed(record) || standing(*item.before) != standing(*item.after) ||
         core::ended(item.before->head.phase);
}

// Text of an indexed attribute; only scalars can be looked up.
std::optional<std::string> attribute_text(const core::Value& value) {
  using Kind = core::Value::Kind;
  char digits[32];
  switch (value.kind()) {
    case Kind::string:
      return indexed_text(value.string());
    case Kind::boolean:
      return value.boolean() ? "true" : "false";
    case Kind::integer:
      return std::to_string(value.integer());
    case Kind::real: {
      const auto end = std::to_chars(digits, digits + sizeof digits, value.real());
      return std::string(digits, end.ptr);
    }
    default:
      return std::nullopt;
  }
}

std::optional<std::string> attribute_of(const core::SagaRecord& head, const std::string& name) {
  const core::Value* value = head.attributes.find(name);
  return value ? attribute_text(*value) : std::nullopt;
}

void append_attributes(Batch& batch, BatchItem& item) {
  for (const core::Attribute& attribute : item.definition->attributes) {
    if (!attribute.index) continue;
    const core::SagaRecord& head = item.after->head;
    const auto old = item.before ? attribute_of(item.before->head, attribute.name) : std::nullopt;
    const auto now = attribute_of(head, attribute.name);
    if (old == now) continue;
    if (old) {
      batch.rows.attributes_removed.push_back({head.tenant, attribute.name, *old, item.saga});
      ++item.rows.removed;
    }
    if (now) {
      batch.rows.attributes_added.push_back({head.tenant, attribute.name, *now, item.saga});
      ++item.rows.added;
    }
  }
}

SagaRow saga_row(const std::shared_ptr<const core::Saga>& state, Seq first_seq, Seq last_seq) {
  SagaRow row;
  row.id = state->id;
  row.state = core::state_name(*state);
  row.live = !core::ended(state->head.phase);
  row.needs_operator = core::shown(*state) == core::Shown::parked;
  row.first_seq = first_seq;
  row.last_seq = last_seq;
  row.head = std::shared_ptr<const core::SagaRecord>(state, &state->head);
  return row;
}

void append_saga_row(Batch& batch, BatchItem& item, Seq seq) {
  const bool accept = item.kind == BatchItem::Kind::accept;
  SagaRow row = saga_row(item.after, accept ? seq : item.first_seq, seq);
  row.insert = accept;
  if (!row.live) row.snapshot = item.after;
  batch.rows.sagas.push_back(std::move(row));
  ++item.rows.sagas;
}

void append_identity(Batch& batch, BatchItem& item) {
  const core::SagaRecord& head = item.after->head;
  if (head.identity.empty()) return;
  batch.rows.identities.push_back({{head.tenant, head.workflow, head.identity},
                                   day_of(head.created),
                                   item.saga,
                                   head.fingerprint});
  ++item.rows.identities;
}

// Calls visit with each table of a batch whose rows belong to items, and the items' count of them.
template <typename Visit>
void each_table(Visit&& visit) {
  using Counts = BatchItem::Counts;
  visit(&ShardRows::sagas, &Counts::sagas);
  visit(&ShardRows::identities, &Counts::identities);
  visit(&ShardRows::attributes_added, &Counts::added);
  visit(&ShardRows::attributes_removed, &Counts::removed);
  visit(&ShardRows::timers, &Counts::timers);
  visit(&ShardRows::dead_letters, &Counts::dead_letters);
  visit(&ShardRows::inbox, &Counts::inbox);
  visit(&ShardRows::inbox_removed, &Counts::inbox_removed);
  visit(&ShardRows::sources, &Counts::sources);
  visit(&ShardRows::seen, &Counts::seen);
  visit(&ShardRows::locks, &Counts::locks);
  visit(&ShardRows::locks_removed, &Counts::locks_removed);
  visit(&ShardRows::letters_settled, &Counts::letters_settled);
}

template <typename T>
void replace_range(std::vector<T>& rows, std::size_t at, std::size_t count, std::vector<T>& with) {
  const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(at);
  const auto place = rows.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
  rows.insert(place, std::make_move_iterator(with.begin()), std::make_move_iterator(with.end()));
}

template <typename T>
std::vector<T> range(const std::vector<T>& rows, std::size_t at, std::size_t count) {
  const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(at);
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

BatchItem::Counts count(const Batch& batch, std::size_t first, std::size_t last) {
  BatchItem::Counts sum;
  for (std::size_t i = first; i < last; ++i) {
    each_table([&](auto, auto number) { sum.*number += batch.items[i].rows.*number; });
  }
  return sum;
}

// Of an ended saga whose last calls are open: so that a recovery meets it.
core::Time due_of(const BatchItem& item, const core::Record& record) {
  const bool over = item.after && core::ended(item.after->head.phase);
  return over && has_open_call(*item.after) ? record.now : core::Time{};
}

}  // namespace

std::int32_t day_of(core::Time time) {
  return static_cast<std::int32_t>(
      std::chrono::floor<std::chrono::days>(time).time_since_epoch().count());
}

bool has_open_call(const core::Saga& saga) {
  for (const core::Command& command : core::open_commands(saga)) {
    if (command.kind == core::Command::Kind::call) return true;
  }
  return false;
}

std::string indexed_text(std::string text) {
  if (text.size() <= indexed_bytes) return text;
  std::size_t end = indexed_bytes;
  while (end > 0 && (text[end] & 0xc0) == 0x80) --end;
  text.resize(end);
  return text;
}

core::Time timer_row_of(const core::Saga& saga) {
  const bool over = core::ended(saga.head.phase);
  if (over) return has_open_call(saga) ? saga.head.updated : core::Time{};
  core::Time due{};
  for (const core::Command& command : core::open_commands(saga)) {
    const bool timed =
        command.kind == core::Command::Kind::timer || command.kind == core::Command::Kind::deadline;
    if (timed && (due == core::Time{} || command.due < due)) due = command.due;
  }
  return due;
}

std::size_t estimated_bytes(const core::Record& record) {
  std::size_t sum = 400 + 200 * record.steps.size();
  if (record.event.output) sum += 2 * expression::byte_size(*record.event.output);
  for (const core::StepChange& change : record.steps) {
    sum += expression::byte_size(change.step.input);
  }
  for (const core::Emitted& emit : record.emits) sum += 100 + expression::byte_size(emit.data);
  return sum + expression::byte_size(record.head.input);
}

void append_record(Batch& batch, BatchItem item, core::Record record, Seq prev) {
  const Seq seq = batch.next_seq();
  const bool accept = item.kind == BatchItem::Kind::accept;
  item.about = record.event.path;
  if (needs_state(item, record)) {
    item.after =
        accept ? std::make_shared<core::Saga>() : std::make_shared<core::Saga>(*item.before);
    core::apply(*item.after, record);
    if (needs_saga_row(item, record)) append_saga_row(batch, item, seq);
    if (accept) append_identity(batch, item);
    if (accept || attributes_changed(record)) append_attributes(batch, item);
  }
  item.due_after = due_of(item, record);
  if (item.stored_due != item.due_after || item.due_unsure) {
    batch.rows.timers.push_back({item.saga, item.due_after, item.stored_due});
    ++item.rows.timers;
  }
  if (item.taken) {
    batch.rows.inbox_removed.push_back(*item.taken);
    ++item.rows.inbox_removed;
  }
  batch.bytes += estimated_bytes(record);
  batch.rows.journal.push_back({seq, item.saga, prev, std::move(record)});
  batch.items.push_back(std::move(item));
}

BatchItem& append_mark(Batch& batch) {
  batch.rows.journal.push_back({batch.next_seq(), core::SagaId{}, 0, core::Record{}});
  batch.bytes += 100;
  return batch.items.emplace_back();
}

void append_checkpoint(Batch& batch, const Checkpoint& checkpoint) {
  BatchItem& item = batch.items.back();
  SagaRow row = saga_row(checkpoint.state, checkpoint.first_seq, checkpoint.last_seq);
  row.snapshot = checkpoint.state;
  batch.rows.sagas.push_back(std::move(row));
  ++item.rows.sagas;
  batch.bytes += 2'000 + checkpoint.state->head.bytes;
  if (checkpoint.due == checkpoint.stored_due && !checkpoint.due_unsure) return;
  batch.rows.timers.push_back({checkpoint.state->id, checkpoint.due, checkpoint.stored_due});
  ++item.rows.timers;
}

void replace_item(Batch& batch, std::size_t index, Batch replacement) {
  const BatchItem::Counts at = count(batch, 0, index);
  const BatchItem::Counts old = batch.items[index].rows;
  each_table([&](auto table, auto number) {
    replace_range(batch.rows.*table, at.*number, old.*number, replacement.rows.*table);
  });
  ShardRows& with = replacement.rows;
  batch.rows.journal[index] = std::move(with.journal.front());
  batch.items[index] = std::move(replacement.items.front());
}

ShardRows slice(const Batch& batch, std::size_t first, std::size_t last) {
  const BatchItem::Counts at = count(batch, 0, first);
  const BatchItem::Counts size = count(batch, first, last);
  ShardRows part;
  part.shard = batch.rows.shard;
  part.epoch = batch.rows.epoch;
  part.generation = batch.rows.generation;
  part.journal = range(batch.rows.journal, first, last - first);
  each_table([&](auto table, auto number) {
    part.*table = range(batch.rows.*table, at.*number, size.*number);
  });
  if (last == batch.items.size()) part.progress = batch.rows.progress;
  return part;
}

}  // namespace sagaloom::engine
