#include "runtime/steps/plugin_calls.h"

#include <utility>

#include "runtime/steps/call_answer.h"

namespace sagaloom::steps {

namespace {

// Slot and generation in one number, never 0.
std::uint64_t id_of(std::size_t slot, std::uint32_t generation) {
  return std::uint64_t{generation} << 32 | slot;
}

saga_str borrow(const std::string& text) {
  return {text.data(), text.size()};
}

std::uint32_t op_of(core::Role role) {
  switch (role) {
    case core::Role::execute:
      return SAGA_OP_EXECUTE;
    case core::Role::compensate:
      return SAGA_OP_COMPENSATE;
    case core::Role::check:
      return SAGA_OP_CHECK;
  }
  return 0;
}

}  // namespace

void make_request(OpenCall& open, std::string input_json, Deadlines::Clock::time_point deadline) {
  const core::Command& command = open.call.command;
  open.saga = core::to_string(open.call.saga);
  open.version = std::to_string(open.call.version);
  open.input = std::move(input_json);
  saga_request& request = open.request;
  request.struct_size = sizeof(request);
  request.op = op_of(command.role);
  request.attempt = command.number;
  request.flags = command.number > 1 ? SAGA_REQUEST_REPLAYED : 0u;
  request.deadline_mono_ns =
      static_cast<std::uint64_t>(std::chrono::nanoseconds(deadline.time_since_epoch()).count());
  request.saga_id = borrow(open.saga);
  request.workflow = borrow(open.call.workflow);
  request.workflow_version = borrow(open.version);
  request.step = borrow(command.operation);
  request.effect_key = borrow(command.effect_key);
  request.idempotency_key = borrow(command.request_key);
  request.tenant = borrow(open.call.tenant);
  request.input = borrow(open.input);
  request.forward_status = command.forward_known ? SAGA_OK : SAGA_UNKNOWN;
  if (!open.forward_output.empty()) request.forward_output = borrow(open.forward_output);
  request.epoch = static_cast<std::uint64_t>(open.call.epoch);
}

// Counted before it asks: either mute() sees the count, or this sees that it is muted.
void PluginCalls::tell(const OpenCall& open, core::Event event) {
  ++telling_;
  if (!muted_) open.completion(std::move(event));
  if (--telling_ == 0 && muted_) telling_.notify_all();
}

void PluginCalls::mute() {
  muted_ = true;
  for (int running = telling_; running != 0; running = telling_) telling_.wait(running);
}

void PluginCalls::tell_late(const OpenCall& open, core::Event late) {
  tell(open, std::move(late));
  tell(open, call_returned(open.call.command));
}

std::uint64_t PluginCalls::add(OpenCallPointer open) {
  std::lock_guard lock(mutex_);
  if (open_ >= limit_) return 0;
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const std::uint32_t index = free_.back();
  free_.pop_back();
  ++open_;
  Slot& slot = slots_[index];
  slot.state = State::queued;
  slot.open = std::move(open);
  return id_of(index, slot.generation);
}

PluginCalls::Slot* PluginCalls::find(std::uint64_t id) {
  const std::size_t index = id & 0xffff'ffffu;
  if (index >= slots_.size()) return nullptr;
  Slot& slot = slots_[index];
  return slot.open != nullptr && slot.generation == id >> 32 ? &slot : nullptr;
}

OpenCallPointer PluginCalls::release(Slot& slot) {
  if (slot.deadline) deadlines_.disarm(*slot.deadline);
  slot.deadline.reset();
  slot.late.reset();
  ++slot.generation;
  if (slot.generation == 0) slot.generation = 1;
  free_.push_back(static_cast<std::uint32_t>(&slot - slots_.data()));
  if (--open_ == 0) emptied_.notify_all();
  return std::move(slot.open);
}

void PluginCalls::watch(std::uint64_t id, Deadlines::Clock::time_point deadline) {
  std::lock_guard lock(mutex_);
  Slot* slot = find(id);
  if (slot == nullptr) return;  // answered in the meantime
  arm(*slot, id, deadline);
}

void PluginCalls::arm(Slot& slot, std::uint64_t id, Deadlines::Clock::time_point deadline) {
  slot.deadline = deadlines_.arm(deadline, [this, id, deadline] { expire(id, deadline); });
}

OpenCallPointer PluginCalls::begin(std::uint64_t id) {
  std::lock_guard lock(mutex_);
  Slot* slot = find(id);
  if (slot == nullptr || slot->state != State::queued) return nullptr;
  slot->state = State::running;
  return slot->open;
}

OpenCallPointer PluginCalls::withdraw(std::uint64_t id) {
  std::lock_guard lock(mutex_);
  Slot* slot = find(id);
  return slot == nullptr || slot->state != State::queued ? nullptr : release(*slot);
}

void PluginCalls::complete(std::uint64_t id, const saga_result& result) {
  const OpenCallPointer known = look_up(id);
  core::Event event;
  if (known) event = answered(known->call.command, result, known->secrets);  // without the lock
  std::unique_lock lock(mutex_);
  Slot* slot = find(id);
  if (slot == nullptr || slot->state == State::queued || slot->late) {
    ++counters_.misplaced;
    return;
  }
  if (slot->state == State::timing_out) {  // the time-out must be heard first
    ++counters_.late;
    slot->late = std::move(event);
    return;
  }
  const bool late = slot->state == State::timed_out;
  if (late) ++counters_.late;
  const OpenCallPointer open = release(*slot);
  lock.unlock();
  if (late) return tell_late(*open, std::move(event));
  tell(*open, std::move(event));
}

void PluginCalls::expire(std::uint64_t id, Deadlines::Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  Slot* slot = find(id);
  // A heartbeat may have moved the deadline while this callback was on its way.
  if (slot == nullptr || !slot->deadline || slot->deadline->first != deadline) return;
  slot->deadline.reset();
  ++counters_.timed_out;
  if (slot->state == State::queued) {
    const OpenCallPointer open = release(*slot);
    lock.unlock();
    tell(*open, not_sent(open->call.command, "call.busy",
                         "no thread of the plugin was free before the attempt's time was over"));
    return;
  }
  slot->state = State::timing_out;
  const OpenCallPointer open = slot->open;
  lock.unlock();
  tell_timeout(id, open);
}

void PluginCalls::tell_timeout(std::uint64_t id, const OpenCallPointer& open) {
  tell(*open, timed_out(open->call.command));
  std::unique_lock lock(mutex_);
  Slot* slot = find(id);
  if (!slot->late) {
    slot->state = State::timed_out;
    return;
  }
  core::Event late = std::move(*slot->late);
  release(*slot);
  lock.unlock();
  tell_late(*open, std::move(late));
}

std::uint32_t PluginCalls::heartbeat(std::uint64_t id) {
  std::lock_guard lock(mutex_);
  Slot* slot = find(id);
  if (slot == nullptr || slot->state != State::running) return SAGA_STALE;
  if (slot->deadline) {
    deadlines_.disarm(*slot->deadline);
    arm(*slot, id, Deadlines::Clock::now() + slot->open->call.time_left);
  }
  return SAGA_GO_ON;
}

OpenCallPointer PluginCalls::look_up(std::uint64_t id) {
  std::lock_guard lock(mutex_);
  const Slot* slot = find(id);
  return slot == nullptr ? nullptr : slot->open;
}

std::size_t PluginCalls::open() const {
  std::lock_guard lock(mutex_);
  return open_;
}

bool PluginCalls::wait_until_none(std::chrono::milliseconds limit) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_for(lock, limit, [this] { return open_ == 0; });
}

}  // namespace sagaloom::steps
