// One call as a plugin sees it, and the answer it gives: views and values over the C contract.
//
// Lifecycle: a Call lives in the step's method (class style) or until its Completion is fulfilled;
// the texts it gives are borrowed from the host for exactly that long. An Outcome is a value.
// Threads: both may be used from any thread, one at a time. Errors: nothing here throws but
// allocation. Units: deadlines are CLOCK_MONOTONIC nanoseconds, waits are milliseconds.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "sdk/saga_plugin.h"

namespace sagaloom::sdk {
inline namespace v1 {

enum class Role : std::uint32_t {
  execute = SAGA_OP_EXECUTE,
  compensate = SAGA_OP_COMPENSATE,
  check = SAGA_OP_CHECK,
};

enum class Status : std::uint32_t {
  ok = SAGA_OK,
  business = SAGA_BUSINESS,
  retryable = SAGA_RETRYABLE,
  unknown = SAGA_UNKNOWN,
  fatal = SAGA_FATAL,
  cancelled = SAGA_CANCELLED,
  pending = SAGA_PENDING,
  no_effect = SAGA_NO_EFFECT,
};

enum class LogLevel : std::uint32_t {
  debug = SAGA_LOG_DEBUG,
  info = SAGA_LOG_INFO,
  warning = SAGA_LOG_WARNING,
  error = SAGA_LOG_ERROR,
};

inline std::string_view view(saga_str text) {
  return text.ptr == nullptr ? std::string_view() : std::string_view(text.ptr, text.len);
}
inline saga_str borrow(std::string_view text) {
  return {text.data(), text.size()};
}

// `output` and `details` are JSON text, empty for none.
struct Outcome {
  Status status = Status::unknown;
  std::string output;
  std::string code;
  std::string message;
  std::string details;
  std::string correlation;
  std::string effect_ref;
  std::chrono::milliseconds retry_after{0};
  bool no_effect_made = false;

  // Done. The output must fit the manifest's `output` schema.
  static Outcome ok(std::string output_json = "{}");
  // A definite refusal; `code` is one that the manifest declares.
  static Outcome business(std::string code, std::string message, std::string details_json = {});
  // Surely nothing was done; the host tries again, not before `retry_after`.
  static Outcome retryable(std::string code, std::string message,
                           std::chrono::milliseconds retry_after = {});
  // Perhaps done.
  static Outcome unknown(std::string code, std::string message);
  // A bug or a broken contract: an operator has to look.
  static Outcome fatal(std::string code, std::string message);
  // An undo or a check found nothing.
  static Outcome no_effect();
  static Outcome pending(std::string correlation);
  static Outcome cancelled(bool no_effect_made);

  bool definite() const { return status == Status::ok || status == Status::business; }
};

class Call {
 public:
  // All three are borrowed; the host answers for their lifetime.
  Call(const saga_host* host, saga_call call, const saga_request* request)
      : host_(host), call_(call), request_(request) {}

  Role role() const { return static_cast<Role>(request_->op); }
  std::string_view operation() const { return view(request_->step); }
  std::string_view saga() const { return view(request_->saga_id); }
  std::string_view workflow() const { return view(request_->workflow); }
  std::string_view tenant() const { return view(request_->tenant); }
  std::string_view traceparent() const { return view(request_->traceparent); }
  // The same for the forward call, its undo and its check: what to remember an effect under.
  std::string_view effect_key() const { return view(request_->effect_key); }
  // The same for all attempts of this request: what to send to a provider as idempotency key.
  std::string_view request_key() const { return view(request_->idempotency_key); }
  std::string_view input() const { return view(request_->input); }
  std::string_view forward_output() const { return view(request_->forward_output); }
  bool forward_known() const { return request_->forward_status == SAGA_OK; }
  std::uint32_t attempt() const { return request_->attempt; }
  std::int64_t epoch() const;
  std::uint64_t deadline_mono_ns() const { return request_->deadline_mono_ns; }
  std::chrono::milliseconds time_left() const;  // 0 when over, an hour when there is no deadline

  // Tells the host that the call is alive; false: stop soon.
  bool heartbeat(std::string_view checkpoint = {}) const;
  void log(LogLevel level, std::string_view message) const;

 private:
  const saga_host* host_;
  saga_call call_;
  const saga_request* request_;
};

// The right and the duty to answer one call. Fulfil it once, from any thread; one that is destroyed
// without an answer answers UNKNOWN `call.unanswered`, so a forgotten path never hangs a saga.
class Completion {
 public:
  Completion(const saga_host* host, saga_call call) : host_(host), call_(call) {}
  Completion(Completion&& other) noexcept : host_(other.host_), call_(other.call_) {
    other.host_ = nullptr;
  }
  Completion& operator=(Completion&&) = delete;
  ~Completion();

  void fulfil(const Outcome& outcome) noexcept;
  bool open() const { return host_ != nullptr; }

 private:
  const saga_host* host_;
  saga_call call_;
};

}  // namespace v1
}  // namespace sagaloom::sdk
