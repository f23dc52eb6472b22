#include "sdk/testing/fake_host.h"

#include <array>
#include <condition_variable>
#include <stdexcept>
#include <utility>

namespace sagaloom::sdk::testing {

// One call with everything its request points into.
struct FakeHost::Pending {
  TestCall call;
  saga_request request{};
  Answer answer;
  bool answered = false;
  std::condition_variable arrived;
};

namespace {

std::string suffixed(const TestCall& call) {
  if (!call.request_key.empty()) return call.request_key;
  if (call.role == Role::compensate) return call.key + "/undo";
  return call.role == Role::check ? call.key + "/check" : call.key;
}

std::uint64_t in_monotonic_ns(std::chrono::milliseconds from_now) {
  const auto when = std::chrono::steady_clock::now() + from_now;
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(when.time_since_epoch()).count());
}

saga_request request_of(const TestCall& call) {
  saga_request request{};
  request.struct_size = sizeof(request);
  request.op = static_cast<std::uint32_t>(call.role);
  request.attempt = call.attempt;
  request.deadline_mono_ns = in_monotonic_ns(call.time_left);
  request.saga_id = borrow(call.saga);
  request.workflow = borrow("test");
  request.workflow_version = borrow("1");
  request.step = borrow(call.operation);
  request.effect_key = borrow(call.key);
  request.idempotency_key = borrow(call.request_key);
  request.input = borrow(call.input);
  request.forward_status = call.forward_output.empty() ? SAGA_UNKNOWN : SAGA_OK;
  if (!call.forward_output.empty()) request.forward_output = borrow(call.forward_output);
  request.epoch = call.epoch;
  return request;
}

Answer copy(const saga_result& result) {
  Answer answer;
  answer.status = result.status;
  answer.output = view(result.output);
  answer.code = view(result.error_code);
  answer.message = view(result.message);
  answer.details = view(result.details);
  answer.correlation = view(result.correlation);
  answer.effect_ref = view(result.effect_ref);
  answer.flags = result.flags;
  answer.retry_after_ns = result.retry_after_ns;
  return answer;
}

}  // namespace

std::string_view status_name(std::uint32_t status) {
  static constexpr std::array<std::string_view, 9> names = {"no answer", "OK",      "BUSINESS",
                                                            "RETRYABLE", "UNKNOWN", "FATAL",
                                                            "CANCELLED", "PENDING", "NO_EFFECT"};
  return status < names.size() ? names[status] : "an unknown status";
}

std::string to_string(const Answer& answer) {
  std::string text(status_name(answer.status));
  if (!answer.code.empty()) text += " " + answer.code;
  if (!answer.message.empty()) text += " (" + answer.message + ")";
  return text + (answer.output.empty() ? "" : " " + answer.output);
}

FakeHost::FakeHost(const saga_plugin& plugin, std::string config,
                   std::chrono::milliseconds answer_limit)
    : answer_limit_(answer_limit) {
  host_.struct_size = sizeof(host_);
  host_.ctx = this;
  host_.complete = &FakeHost::complete;
  host_.heartbeat = &FakeHost::heartbeat;
  host_.log = &FakeHost::log;
  host_.get_extension = &FakeHost::get_extension;
  std::array<char, 512> problem{};
  if (plugin.open(&host_, borrow(config), &instance_, problem.data(), problem.size()) != 0) {
    throw std::runtime_error(problem.data());
  }
}

FakeHost::~FakeHost() {
  if (instance_.destroy != nullptr) instance_.destroy(instance_.self);
}

const saga_step* FakeHost::find_step(std::string_view operation) const {
  for (std::uint32_t i = 0; i < instance_.step_count; ++i) {
    if (view(instance_.steps[i]->name) == operation) return instance_.steps[i];
  }
  return nullptr;
}

bool FakeHost::has_step(std::string_view operation) const {
  return find_step(operation) != nullptr;
}

Answer FakeHost::call(const TestCall& call) {
  const saga_step* step = find_step(call.operation);
  if (step == nullptr) throw std::invalid_argument("the plugin has no step " + call.operation);
  const auto pending = std::make_shared<Pending>();
  pending->call = call;
  pending->call.request_key = suffixed(call);
  pending->request = request_of(pending->call);
  std::unique_lock lock(mutex_);
  const std::uint64_t id = next_++;
  pending_[id] = pending;
  lock.unlock();
  step->invoke(step->self, {id}, &pending->request);
  lock.lock();
  pending->arrived.wait_for(lock, answer_limit_, [&] { return pending->answered; });
  return pending->answer;
}

void FakeHost::complete(void* ctx, saga_call call, const saga_result* result) {
  auto* host = static_cast<FakeHost*>(ctx);
  std::lock_guard lock(host->mutex_);
  const auto found = host->pending_.find(call.id);
  if (found == host->pending_.end()) {
    ++host->misplaced_;
    return;
  }
  const auto pending = found->second;
  host->pending_.erase(found);
  pending->answer = copy(*result);
  pending->answered = true;
  pending->arrived.notify_all();
}

std::uint32_t FakeHost::heartbeat(void* ctx, saga_call, saga_str) {
  return static_cast<FakeHost*>(ctx)->heartbeat_answer_;
}

void FakeHost::log(void* ctx, saga_call, std::uint32_t, saga_str message) {
  auto* host = static_cast<FakeHost*>(ctx);
  std::lock_guard lock(host->mutex_);
  host->log_lines_.emplace_back(view(message));
}

const void* FakeHost::get_extension(void*, saga_str) {
  return nullptr;
}

std::string FakeHost::snapshot() {
  if (instance_.get_extension == nullptr) return {};
  const auto* oracle = static_cast<const saga_oracle*>(
      instance_.get_extension(instance_.self, borrow(SAGA_EXTENSION_ORACLE)));
  if (oracle == nullptr) return {};
  std::string text;
  oracle->snapshot(
      instance_.self,
      [](void* take_ctx, saga_str json) { *static_cast<std::string*>(take_ctx) = view(json); },
      &text);
  return text;
}

std::vector<std::string> FakeHost::log_lines() {
  std::lock_guard lock(mutex_);
  return log_lines_;
}

std::size_t FakeHost::misplaced_answers() {
  std::lock_guard lock(mutex_);
  return misplaced_;
}

}  // namespace sagaloom::sdk::testing
