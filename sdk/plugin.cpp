#include "sdk/plugin.h"

#include <algorithm>
#include <cstring>

namespace sagaloom::sdk {
inline namespace v1 {

namespace {

void write_error(const char* text, char* error, std::uint64_t error_size) noexcept {
  if (error == nullptr || error_size == 0) return;
  const std::size_t length = std::min<std::size_t>(std::strlen(text), error_size - 1);
  std::memcpy(error, text, length);
  error[length] = '\0';
}

void destroy(void* self) noexcept {
  delete static_cast<OpenPlugin*>(self);
}

void take_snapshot(void* self, void (*take)(void*, saga_str), void* take_ctx) noexcept {
  try {
    const std::string text = static_cast<OpenPlugin*>(self)->snapshot();
    take(take_ctx, borrow(text));
  } catch (const std::exception& problem) {
    take(take_ctx, borrow(problem.what()));
  }
}

constexpr saga_oracle kOracle = {sizeof(saga_oracle), 0, &take_snapshot};

const void* get_extension(void* self, saga_str id) noexcept {
  const bool wanted = view(id) == SAGA_EXTENSION_ORACLE;
  return wanted && static_cast<OpenPlugin*>(self)->has_snapshot() ? &kOracle : nullptr;
}

// The one place where a step's exceptions end; call it only inside a handler.
Outcome outcome_of_exception() {
  try {
    throw;
  } catch (const InvalidInput& problem) {
    Outcome outcome = Outcome::fatal("input.invalid", problem.what());
    outcome.no_effect_made = true;
    return outcome;
  } catch (const std::exception& problem) {
    return Outcome::unknown("call.exception", problem.what());
  } catch (...) {
    return Outcome::unknown("call.exception", "an exception that is no std::exception");
  }
}

}  // namespace

BoundStep::BoundStep(std::string name, std::uint32_t flags, Body body)
    : name_(std::move(name)), body_(std::move(body)) {
  table_.struct_size = sizeof(table_);
  table_.flags = flags;
  table_.name = borrow(name_);
  table_.version = borrow("1");
  table_.self = this;
  table_.invoke = &BoundStep::invoke;
}

BoundStep::BoundStep(std::string name, AsyncBody body) : BoundStep(std::move(name), 0, Body()) {
  async_body_ = std::move(body);
}

void BoundStep::invoke(void* self, saga_call call, const saga_request* request) noexcept {
  auto* step = static_cast<BoundStep*>(self);
  step->run(Call(step->host_, call, request), Completion(step->host_, call));
}

void BoundStep::run(const Call& call, Completion completion) noexcept {
  try {
    if (!body_) return async_body_(call, std::move(completion));
    completion.fulfil(body_(call));
  } catch (...) {
    // An asynchronous body took the completion with it: it has answered while the stack unwound.
    if (completion.open()) completion.fulfil(outcome_of_exception());
  }
}

void OpenPlugin::publish(const saga_host* host, saga_instance* out) {
  for (const auto& step : steps_) {
    step->attach(host);
    tables_.push_back(step->table());
  }
  *out = saga_instance{};
  out->struct_size = sizeof(*out);
  out->step_count = static_cast<std::uint32_t>(tables_.size());
  out->steps = tables_.data();
  out->self = this;
  out->destroy = &destroy;
  out->get_extension = &get_extension;
}

std::int32_t open_plugin(MakePlugin make, const saga_host* host, saga_str config,
                         saga_instance* out, char* error, std::uint64_t error_size) noexcept {
  try {
    std::unique_ptr<OpenPlugin> plugin = make({host, view(config)});
    plugin->publish(host, out);
    plugin.release();  // the host owns it now, through `destroy`
    return 0;
  } catch (const std::exception& problem) {
    write_error(problem.what(), error, error_size);
  } catch (...) {
    write_error("an exception that is no std::exception", error, error_size);
  }
  return 1;
}

}  // namespace v1
}  // namespace sagaloom::sdk
