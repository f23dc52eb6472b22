#include <algorithm>
#include <concepts>
#include <optional>
#include <string_view>
#include <type_traits>

#include "runtime/workflow/explore/world.h"

namespace sagaloom::explore {
namespace {

using core::StepRecord;

// Fields that never make two worlds go on differently: moments, names that follow from the path,
// what is derived, and what people read.
constexpr std::string_view left_out[] = {
    "order",       "operation",      "key",        "check",    "idempotent",  "input",
    "undo_input",  "undo_operation", "undo_key",   "undo_id",  "undo_from",   "tenant",
    "workflow",    "version",        "definition", "identity", "business_id", "header",
    "fingerprint", "created",        "deadline",   "status",   "attributes",  "started",
    "records",     "granted",        "bytes",      "updated",  "ended",       "fired"};

bool counts(std::string_view field) {
  return std::find(std::begin(left_out), std::end(left_out), field) == std::end(left_out);
}

class Hash {
 public:
  void add(std::uint64_t word) {
    low_ = (low_ ^ word) * 0x9E3779B97F4A7C15ull;
    low_ ^= low_ >> 29;
    high_ = (high_ + word + 0x632BE59BD9B4E019ull) * 0xD6E8FEB86659FD93ull;
    high_ ^= high_ >> 32;
  }
  void add(std::string_view text) {
    add(text.size());
    std::uint64_t word = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
      word = word << 8 | static_cast<unsigned char>(text[i]);
      if (i % 8 == 7) add(word), word = 0;
    }
    add(word);
  }
  void add(const std::string& text) { add(std::string_view(text)); }
  void add(const core::Failure& failure) { add(failure.code); }
  void add(core::Time time) { add(std::uint64_t(time != core::Time{})); }
  void add(const core::Event& event) {
    add(std::uint64_t(event.kind));
    add(event.path);
    add(event.code);
  }
  void add(const Value& value);
  template <typename T>
    requires(std::is_enum_v<T> || std::integral<T>)
  void add(T number) {
    add(static_cast<std::uint64_t>(number));
  }
  template <typename T>
  void add(const std::optional<T>& value) {
    add(std::uint64_t(value.has_value()));
    if (value) add(*value);
  }
  template <typename T>
  void add(const std::vector<T>& values) {
    add(std::uint64_t(values.size()));
    for (const T& value : values) add(value);
  }
  Fingerprint result() const { return {low_, high_}; }

 private:
  std::uint64_t low_ = 0x243F6A8885A308D3ull, high_ = 0x13198A2E03707344ull;
};

void Hash::add(const Value& value) {
  add(std::uint64_t(value.kind()));
  switch (value.kind()) {
    case Value::Kind::boolean:
      return add(std::uint64_t(value.boolean()));
    case Value::Kind::integer:
      return add(static_cast<std::uint64_t>(value.integer()));
    case Value::Kind::real:
      return add(static_cast<std::uint64_t>(value.real() * 1e6));
    case Value::Kind::string:
      return add(value.string());
    case Value::Kind::list:
      for (const Value& item : value.items()) add(item);
      return add(std::uint64_t(value.items().size()));
    case Value::Kind::map:
      for (const auto& [key, member] : value.members()) add(key), add(member);
      return add(std::uint64_t(value.members().size()));
    default:
      return;
  }
}

// How many attempts a policy still has, as far as the faults left could use them up.
std::uint64_t attempts_left(const core::RetryPolicy* policy, const core::Try& budget,
                            std::uint32_t faults_left) {
  const std::uint64_t enough = faults_left + 1;
  if (!policy || !policy->max_attempts) return enough;
  const std::uint32_t most = *policy->max_attempts;
  return std::min<std::uint64_t>(enough, most > budget.counted ? most - budget.counted : 0);
}

const core::RetryPolicy* policy_of(const core::Step* step, const StepRecord& record,
                                   std::string_view budget) {
  if (!step) return nullptr;
  if (budget != "undo") return step->call() ? &step->call()->retry : nullptr;
  const auto& steps = step->compensate.steps;
  return record.undo_step < steps.size() ? &steps[record.undo_step].retry : nullptr;
}

void add_names(Hash& hash, const Value& map) {
  if (!map.is_map()) return;
  for (const auto& [key, member] : map.members()) hash.add(key);
}

void add_step(Hash& hash, const core::Step* step, const StepRecord& record,
              std::uint32_t faults_left) {
  StepRecord::fields(record, [&](const char* field, const auto& value) {
    using Field = std::remove_cvref_t<decltype(value)>;
    if (!counts(field)) return;
    if constexpr (std::is_same_v<Field, core::Try>) {
      hash.add(value.in_flight);
      hash.add(value.due);
      hash.add(value.crashes);
      hash.add(value.number > 0);
      hash.add(attempts_left(policy_of(step, record, field), value, faults_left));
    } else if constexpr (std::is_same_v<Field, Value>) {
      // The timers of a wait are moments by name: which there are is what counts.
      if (std::string_view(field) == "timers") return add_names(hash, value);
      hash.add(value);
    } else {
      hash.add(value);
    }
  });
}

}  // namespace

std::string desk(const core::Command& command) {
  return (command.purpose == core::Purpose::undo ? "undo " : "") + command.path;
}

Fingerprint fingerprint(const core::Definition& definition, const World& world) {
  Hash hash;
  core::SagaRecord::fields(world.saga.head, [&](const char* field, const auto& value) {
    if (counts(field)) hash.add(value);
  });
  for (const auto& [path, record] : world.saga.steps) {
    hash.add(path);
    add_step(hash, definition.find(core::step_id(path)), record, world.faults_left);
  }
  for (const auto& [key, effect] : world.participant.effects()) {
    hash.add(key);
    hash.add(effect.path);
    hash.add(effect.made);
    hash.add(effect.undone);
    hash.add(effect.tombstone);
    hash.add(effect.undone_unfenced);
    hash.add(effect.refused);
  }
  for (const auto& call : world.late) hash.add(call.effect_key);
  hash.add(std::uint64_t(world.late.size()));
  for (const auto& [desk, how] : world.broken) hash.add(desk), hash.add(how);
  for (const auto& desk : world.endless) hash.add(desk);
  hash.add(world.faults_left);
  hash.add(world.committed);
  return hash.result();
}

}  // namespace sagaloom::explore
