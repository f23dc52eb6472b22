#include "tests/bench/benchmark_saga.h"

#include <string>

#include "runtime/core/decide.h"

namespace sagaloom::bench {
namespace {

using expression::Value;

constexpr const char* workflow = "bench";
constexpr const char* operation = "generic.noop";
constexpr std::size_t input_bytes = 256, output_bytes = 96, event_bytes = 256;

// An object whose JSON text has `bytes` bytes.
Value document(const char* id, std::int64_t number, std::size_t bytes) {
  const std::string text = std::to_string(number);
  const std::size_t used = 2 + std::string(id).size() + 3 + text.size() + 2 + 1 + 7 + 2;
  return Value::object({{id, Value(text)}, {"text", Value(std::string(bytes - used, 'x'))}});
}

std::string path_of(int step) {
  return "step" + std::to_string(step);
}

std::string digest_of(std::int64_t number) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  auto state = static_cast<std::uint64_t>(number) * 0x9e3779b97f4a7c15u + 1;
  for (int i = 0; i < 64; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    text += digits[state >> 60];
  }
  return text;
}

template <typename Struct>
core::FieldMask mask_of(std::initializer_list<std::string_view> names) {
  core::FieldMask mask = 0, bit = 1;
  const Struct object;
  Struct::fields(object, [&](std::string_view field, const auto&) {
    for (const auto name : names) mask |= name == field ? bit : 0;
    bit <<= 1;
  });
  return mask;
}

}  // namespace

BenchmarkSaga::BenchmarkSaga(engine::ShardNumber shard, std::int64_t number) : number_(number) {
  const std::int64_t ms = 1'763'000'000'000 + number / 8;
  now_ = core::Time(core::Duration(ms));
  saga_.id =
      core::make_saga_id(ms, shard, static_cast<std::uint64_t>(number) * 0x9e3779b97f4a7c15u);
}

void BenchmarkSaga::start_step(core::Record& record, int step) {
  static const auto mask =
      mask_of<core::StepRecord>({"state", "order", "idempotent", "operation", "forward", "input"});
  auto& change = record.steps.emplace_back();
  change.path = path_of(step);
  change.changed = mask;
  change.step.state = core::StepState::running;
  change.step.order = static_cast<std::uint32_t>(step);
  change.step.idempotent = true;
  change.step.operation = operation;
  change.step.forward.number = change.step.forward.counted = 1;
  change.step.forward.first_at = change.step.forward.started_at = now_;
  change.step.forward.deadline = now_ + core::Duration(30'000);
  change.step.forward.in_flight = true;
  change.step.input = Value::object({});
}

core::Record BenchmarkSaga::accepted() {
  static const std::string definition = digest_of(-1);
  static const auto mask = mask_of<core::SagaRecord>(
      {"workflow", "version", "definition", "identity", "business_id", "fingerprint", "created",
       "input", "phase", "status", "started", "records", "bytes", "updated"});
  core::Record record;
  auto& head = record.head;
  head.workflow = workflow;
  head.version = 1;
  head.definition = definition;
  head.identity = "bench-" + std::to_string(number_);
  head.business_id = true;
  head.fingerprint = digest_of(number_);
  head.created = head.updated = now_;
  head.input = document("id", number_, input_bytes);
  head.phase = core::Phase::running;
  head.status = "accepted";
  head.started = head.records = 1;
  head.bytes = input_bytes;
  record.head_changed = mask;
  start_step(record, 1);
  record.lifecycle = core::Lifecycle{workflow, 1, head.identity, "RUNNING", head.status, ""};
  return record;
}

core::Record BenchmarkSaga::answered(int step) {
  static const auto step_mask = mask_of<core::StepRecord>({"state", "forward", "output"});
  static const auto head_mask =
      mask_of<core::SagaRecord>({"started", "records", "bytes", "updated"});
  core::Record record;
  record.event.kind = core::EventKind::answered;
  record.event.path = path_of(step);
  record.event.number = 1;
  record.event.output = document("step", step, output_bytes);
  auto& change = record.steps.emplace_back();
  change.path = record.event.path;
  change.changed = step_mask;
  change.step.state = core::StepState::succeeded;
  change.step.forward = saga_.steps.at(change.path).forward;
  change.step.forward.deadline = {};
  change.step.forward.in_flight = false;
  change.step.output = record.event.output;
  record.head.started = static_cast<std::uint32_t>(step < 3 ? step + 1 : 3);
  record.head.records = saga_.head.records + 1;
  record.head.bytes = saga_.head.bytes + output_bytes;
  record.head.updated = now_;
  record.head_changed = head_mask;
  record.emits.push_back({"sagaloom.events",
                          "bench.stepped",
                          core::to_string(saga_.id),
                          document("id", number_, event_bytes),
                          {}});
  if (step < 3) {
    start_step(record, step + 1);
  } else {
    finish(record);
  }
  return record;
}

void BenchmarkSaga::finish(core::Record& record) {
  static const auto mask = mask_of<core::SagaRecord>({"phase", "status", "ended"});
  record.head.phase = core::Phase::completed;
  record.head.status = "done";
  record.head.ended = now_;
  record.head_changed |= mask;
  record.lifecycle =
      core::Lifecycle{workflow, 1, saga_.head.identity, "COMPLETED", record.head.status, ""};
}

void BenchmarkSaga::append_next(engine::ShardRows& rows, engine::Seq seq) {
  now_ += core::Duration(1);
  core::Record record = done_ == 0 ? accepted() : answered(done_);
  record.saga = saga_.id;
  record.now = now_;
  core::apply(saga_, record);
  rows.journal.push_back({seq, saga_.id, prev_, std::move(record)});
  if (done_ == 0) first_ = seq;
  prev_ = seq;
  ++done_;
  if (done_ > 1 && !ended()) return;

  const auto state = std::make_shared<const core::Saga>(saga_);
  engine::SagaRow row;
  row.id = saga_.id;
  row.insert = done_ == 1;
  row.state = ended() ? "COMPLETED" : "RUNNING";
  row.live = !ended();
  row.first_seq = first_;
  row.last_seq = seq;
  row.head = std::shared_ptr<const core::SagaRecord>(state, &state->head);
  if (ended()) row.snapshot = state;
  rows.sagas.push_back(std::move(row));
  if (done_ > 1) return;
  const auto day = std::chrono::floor<std::chrono::days>(now_).time_since_epoch().count();
  rows.identities.push_back({{"", workflow, saga_.head.identity},
                             static_cast<std::int32_t>(day),
                             saga_.id,
                             saga_.head.fingerprint});
}

}  // namespace sagaloom::bench
