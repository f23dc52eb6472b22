// A plugin that does what plugins must not do. Written against the C contract, since the SDK would
// not let it. `gate` in the input names a FIFO: the step blocks until the test opens it for
// writing.
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <thread>
#include <unistd.h>

#include "fault_manifest.h"
#include "sdk/call.h"
#include "sdk/saga_plugin.h"

namespace {

namespace sdk = sagaloom::sdk;

const saga_host* host = nullptr;

void answer(saga_call call, std::uint32_t status, const std::string& output = "{}",
            const std::string& code = "", const std::string& message = "",
            std::uint64_t flags = 0) {
  saga_result result{};
  result.struct_size = sizeof(result);
  result.status = status;
  result.output = sdk::borrow(output);
  result.error_code = sdk::borrow(code);
  result.message = sdk::borrow(message);
  result.flags = flags;
  host->complete(host->ctx, call, &result);
}

// The value of a text member; good enough for inputs that the tests write.
std::string member(std::string_view json, const std::string& name) {
  const std::size_t at = json.find("\"" + name + "\":\"");
  if (at == std::string_view::npos) return {};
  const std::size_t begin = at + name.size() + 4;
  return std::string(json.substr(begin, json.find('"', begin) - begin));
}

void wait_for_gate(std::string_view input, const std::string& suffix = "") {
  const int gate = ::open((member(input, "gate") + suffix).c_str(), O_RDONLY | O_CLOEXEC);
  char byte = 0;
  [[maybe_unused]] const ssize_t got = ::read(gate, &byte, 1);
  ::close(gate);
}

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

void echo(void*, saga_call call, const saga_request* request) {
  answer(call, SAGA_OK,
         "{\"op\":" + std::to_string(request->op) + ",\"attempt\":" +
             std::to_string(request->attempt) + ",\"flags\":" + std::to_string(request->flags) +
             ",\"epoch\":" + std::to_string(request->epoch) + ",\"step\":" +
             quoted(sdk::view(request->step)) + ",\"saga\":" + quoted(sdk::view(request->saga_id)) +
             ",\"workflow\":" + quoted(sdk::view(request->workflow)) +
             ",\"version\":" + quoted(sdk::view(request->workflow_version)) +
             ",\"effect_key\":" + quoted(sdk::view(request->effect_key)) +
             ",\"request_key\":" + quoted(sdk::view(request->idempotency_key)) +
             ",\"tenant\":" + quoted(sdk::view(request->tenant)) +
             ",\"forward_status\":" + std::to_string(request->forward_status) +
             ",\"input\":" + std::string(sdk::view(request->input)) + "}");
}

void slow(void*, saga_call call, const saga_request* request) {
  wait_for_gate(sdk::view(request->input));
  answer(call, SAGA_OK, "{\"slow\":true}");
}

void beating(void*, saga_call call, const saga_request* request) {
  for (int i = 0; i < 3; ++i) {
    wait_for_gate(sdk::view(request->input), std::to_string(i));
    if (host->heartbeat(host->ctx, call, {}) != SAGA_GO_ON) return answer(call, SAGA_CANCELLED);
  }
  answer(call, SAGA_OK);
}

void never(void*, saga_call, const saga_request*) {}

void twice(void*, saga_call call, const saga_request*) {
  answer(call, SAGA_OK, "{\"first\":true}");
  answer(call, SAGA_BUSINESS, "{}", "fault.second");
}

void crash(void*, saga_call, const saga_request*) {
  std::abort();
}

void bad_status(void*, saga_call call, const saga_request*) {
  answer(call, 77);
}
void bad_flags(void*, saga_call call, const saga_request*) {
  answer(call, SAGA_OK, "{}", "", "", 1u << 20);
}
void bad_output(void*, saga_call call, const saga_request*) {
  answer(call, SAGA_OK, "{not json");
}
void bad_text(void*, saga_call call, const saga_request*) {
  answer(call, SAGA_FATAL, "", "fault.text", "\xff\xfe");
}

void leak(void*, saga_call call, const saga_request* request) {
  const std::string secret = member(sdk::view(request->input), "token");
  const std::string text = "the token is " + secret;
  const std::string json = "{\"texts\":[" + quoted(text) + "]," + quoted(secret) + ":1}";
  host->log(host->ctx, call, SAGA_LOG_ERROR, sdk::borrow(text));
  saga_result result{};
  result.struct_size = sizeof(result);
  result.status = SAGA_UNKNOWN;
  result.error_code = sdk::borrow(secret);
  result.message = sdk::borrow(text);
  result.output = result.details = sdk::borrow(json);
  host->complete(host->ctx, call, &result);
}

// Quick, it says; takes its time on the runtime's thread.
void sluggish(void*, saga_call call, const saga_request*) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(7);
  while (std::chrono::steady_clock::now() < end) {
  }
  const auto thread = std::hash<std::thread::id>()(std::this_thread::get_id());
  answer(call, SAGA_OK, "{\"thread\":\"" + std::to_string(thread) + "\"}");
}

constexpr saga_step step(std::string_view name, std::uint32_t flags,
                         void (*invoke)(void*, saga_call, const saga_request*)) {
  return {sizeof(saga_step), flags, {name.data(), name.size()}, {"1", 1}, nullptr, invoke, nullptr};
}

constexpr saga_step kSteps[] = {
    step("fault.echo", 0, echo),
    step("fault.slow", SAGA_STEP_BLOCKING, slow),
    step("fault.beating", SAGA_STEP_BLOCKING, beating),
    step("fault.never", 0, never),
    step("fault.twice", 0, twice),
    step("fault.crash", 0, crash),
    step("fault.bad_status", 0, bad_status),
    step("fault.bad_flags", 0, bad_flags),
    step("fault.bad_output", 0, bad_output),
    step("fault.bad_text", 0, bad_text),
    step("fault.leak", 0, leak),
    step("fault.sluggish", 0, sluggish),
};
constexpr std::size_t kCount = std::size(kSteps);

const saga_step* step_pointers[kCount];

// Tells through the log what was asked of the instance; `self` is its host.
void log_to(void* self, std::string_view text) {
  const auto* its_host = static_cast<const saga_host*>(self);
  its_host->log(its_host->ctx, {0}, SAGA_LOG_INFO, sdk::borrow(text));
}

void drain(void* self, std::uint64_t, void (*done)(void*), void* done_ctx) {
  log_to(self, "drain");
  done(done_ctx);
}

void destroy(void* self) {
  log_to(self, "destroy");
}

std::int32_t open(const saga_host* given, saga_str config, saga_instance* out, char* error,
                  std::uint64_t error_size) {
  if (sdk::view(config).find("refuse") != std::string_view::npos) {
    std::string("refused on purpose").copy(error, error_size);
    return 1;
  }
  host = given;
  for (std::size_t i = 0; i < kCount; ++i) step_pointers[i] = &kSteps[i];
  *out = saga_instance{};
  out->struct_size = sizeof(*out);
  out->step_count = kCount;
  out->steps = step_pointers;
  out->self = const_cast<saga_host*>(given);
  out->drain = &drain;
  out->destroy = &destroy;
  return 0;
}

constexpr saga_str text(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const saga_plugin saga_plugin_v1;
constinit const saga_plugin saga_plugin_v1 = {{'S', 'A', 'G', 'A', 'P', 'L', 'G', '1'},
                                              sizeof(saga_plugin),
                                              SAGA_ABI_MAJOR,
                                              SAGA_ABI_MINOR,
                                              0,
                                              text(SAGA_PLUGIN_PRODUCT),
                                              text("test.fault"),
                                              text("2.1.0"),
                                              &open,
                                              text(sagaloom_manifest)};
