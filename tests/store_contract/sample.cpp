#include "tests/store_contract/sample.h"

#include <memory>

#include "runtime/core/decide.h"
#include "runtime/store/codec.h"

namespace sagaloom::tests {
namespace {

using core::FieldMask;
using expression::Value;

// The mask of the named fields of a struct of core.
template <typename Struct>
FieldMask mask_of(std::initializer_list<std::string_view> names) {
  FieldMask mask = 0;
  std::size_t index = 0;
  Struct object;
  Struct::fields(object, [&](std::string_view field, auto&) {
    for (const auto name : names) {
      if (name == field) mask |= FieldMask{1} << index;
    }
    ++index;
  });
  return mask;
}

Value order_input(std::int64_t n) {
  return Value::object({{"order_id", Value("order-" + std::to_string(n))},
                        {"amount", Value(n * 10)},
                        {"items", Value::list({Value("apple"), Value("pear")})}});
}

core::Record accepted(const core::SagaId& id, std::int64_t n) {
  core::Record record;
  record.saga = id;
  record.now = sample_time(n);
  auto& head = record.head;
  head.workflow = "order";
  head.version = 1;
  head.definition = sample_digest(7);
  head.identity = "order-" + std::to_string(n);
  head.business_id = true;
  head.fingerprint = sample_digest(n);
  head.created = record.now;
  head.input = order_input(n);
  head.phase = core::Phase::running;
  head.status = "accepted";
  head.records = 1;
  head.updated = record.now;
  record.head_changed = mask_of<core::SagaRecord>({"workflow", "version", "definition", "identity",
                                                   "business_id", "fingerprint", "created", "input",
                                                   "phase", "status", "records", "updated"});
  record.lifecycle = core::Lifecycle{"order", 1, head.identity, "RUNNING", "accepted", ""};
  return record;
}

core::Record step_done(const core::SagaId& id, std::int64_t n) {
  core::Record record;
  record.saga = id;
  record.now = sample_time(n) + core::Duration(100);
  record.event.kind = core::EventKind::answered;
  record.event.path = "reserve";
  record.event.number = 1;
  record.event.output = Value::object({{"reservation", Value("r-" + std::to_string(n))}});
  auto& change = record.steps.emplace_back();
  change.path = "reserve";
  change.step.order = 1;
  change.step.operation = "inventory.reserve";
  change.step.output = record.event.output;
  change.step.forward = {1, 1, 0, record.now, record.now, {}, {}, false};
  change.changed = mask_of<core::StepRecord>({"order", "operation", "output", "forward"});
  record.head.records = 2;
  record.head.updated = record.now;
  record.head_changed = mask_of<core::SagaRecord>({"records", "updated"});
  record.emits.push_back(
      {"sagaloom.events", "order.reserved", core::to_string(id), order_input(n), {}});
  return record;
}

// Nothing to publish in it.
core::Record quietly_completed(const core::SagaId& id, std::int64_t n) {
  core::Record record;
  record.saga = id;
  record.now = sample_time(n) + core::Duration(200);
  record.event.kind = core::EventKind::answered;
  record.event.path = "reserve";
  record.head.phase = core::Phase::completed;
  record.head.status = "done";
  record.head.records = 3;
  record.head.updated = record.now;
  record.head.ended = record.now;
  record.head_changed =
      mask_of<core::SagaRecord>({"phase", "status", "records", "updated", "ended"});
  return record;
}

}  // namespace

core::Time sample_time(std::int64_t n) {
  return core::Time(core::Duration(1'763'000'000'000 + n * 1000));
}

core::SagaId sample_id(engine::ShardNumber shard, std::int64_t n) {
  return core::make_saga_id(sample_time(n).time_since_epoch().count(), shard,
                            static_cast<std::uint64_t>(n) * 0x9e3779b97f4a7c15u);
}

std::string sample_digest(std::int64_t n) {
  std::string text = std::to_string(n);
  return std::string(64 - text.size(), 'a') + text;
}

core::Record sample_record(engine::ShardNumber shard, std::int64_t n, int records) {
  const core::SagaId id = sample_id(shard, n);
  if (records == 1) return accepted(id, n);
  return records == 2 ? step_done(id, n) : quietly_completed(id, n);
}

core::Saga sample_saga(engine::ShardNumber shard, std::int64_t n, int records) {
  core::Saga saga;
  saga.id = sample_id(shard, n);
  for (int i = 1; i <= records; ++i) core::apply(saga, sample_record(shard, n, i));
  return saga;
}

engine::IdentityRow sample_identity(engine::ShardNumber shard, std::int64_t n) {
  const auto day = std::chrono::floor<std::chrono::days>(sample_time(n)).time_since_epoch();
  return {{"", "order", "order-" + std::to_string(n)},
          static_cast<std::int32_t>(day.count()),
          sample_id(shard, n),
          sample_digest(n)};
}

engine::SagaRow sample_row(const core::Saga& saga, engine::Seq first, engine::Seq last,
                           const std::string& state) {
  engine::SagaRow row;
  row.id = saga.id;
  row.state = state;
  row.live = saga.head.ended == core::Time{};
  row.first_seq = first;
  row.last_seq = last;
  row.head = std::make_shared<const core::SagaRecord>(saga.head);
  return row;
}

SampleBatch::SampleBatch(engine::OwnedShard owned, engine::Seq first) : next_(first) {
  rows.shard = owned.shard;
  rows.epoch = owned.epoch;
  rows.generation = owned.generation;
}

engine::Seq SampleBatch::append(const core::SagaId& id, engine::Seq prev, core::Record record) {
  rows.journal.push_back({next_, id, prev, std::move(record)});
  return next_++;
}

engine::Seq SampleBatch::accept(std::int64_t n) {
  const auto saga = sample_saga(rows.shard, n, 1);
  const auto seq = append(saga.id, 0, sample_record(rows.shard, n, 1));
  rows.sagas.push_back(sample_row(saga, seq, seq, "RUNNING"));
  rows.sagas.back().insert = true;
  rows.identities.push_back(sample_identity(rows.shard, n));
  return seq;
}

engine::Seq SampleBatch::accept_refused(std::int64_t n) {
  const auto seq = accept(n);
  rows.journal.back().record.notes.push_back({refused_mark, {}});
  return seq;
}

engine::Seq SampleBatch::step(std::int64_t n, engine::Seq prev) {
  return append(sample_id(rows.shard, n), prev, sample_record(rows.shard, n, 2));
}

engine::Seq SampleBatch::complete(std::int64_t n, engine::Seq first, engine::Seq prev) {
  const auto saga = sample_saga(rows.shard, n, 3);
  const auto seq = append(saga.id, prev, sample_record(rows.shard, n, 3));
  rows.sagas.push_back(sample_row(saga, first, seq, "COMPLETED"));
  rows.sagas.back().snapshot = std::make_shared<const core::Saga>(saga);
  return seq;
}

engine::Seq SampleBatch::mark() {
  return append({}, 0, {});
}

std::string text_of(const core::Record& record) {
  return store::encode_record(record);
}

std::string text_of(const std::vector<engine::StoredRecord>& rows) {
  std::string text;
  for (const auto& row : rows) {
    text += std::to_string(row.seq) + " " + core::to_string(row.saga) + " " +
            std::to_string(row.prev) + " " + text_of(row.record) + "\n";
  }
  return text;
}

std::vector<engine::Seq> seqs_of(const std::vector<engine::StoredRecord>& rows) {
  std::vector<engine::Seq> seqs;
  for (const auto& row : rows) seqs.push_back(row.seq);
  return seqs;
}

}  // namespace sagaloom::tests
