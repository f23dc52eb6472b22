// The class style: a plugin is a class, a step is one of its methods.
//
//   class Greeter {
//    public:
//     explicit Greeter(const sdk::OpenContext& context);           // throw: the plugin is refused
//     static void steps(sdk::Steps<Greeter>& steps) {
//       steps.blocking("greeter.greet", &Greeter::greet);
//     }
//     sdk::Outcome greet(const sdk::Call& call);
//   };
//   SAGALOOM_PLUGIN(Greeter, "com.example.greeter", "1.0.0", kManifest)
//
// A class with `std::string snapshot()` also offers the test extension saga.plugin.oracle/1.
// Lifecycle: one object per open, destroyed by the host after its last call. Threads: methods of
// blocking steps run concurrently on the plugin's pool, quick ones on the runtime's own threads
// (at most 5 ms). Errors: InvalidInput becomes FATAL `input.invalid`, any other exception UNKNOWN
// `call.exception`, since effects may precede the throw; none crosses the C boundary.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sdk/call.h"
#include "sdk/saga_plugin.h"

namespace sagaloom::sdk {
inline namespace v1 {

// What the object is opened with; borrowed, valid in the constructor only.
struct OpenContext {
  const saga_host* host;
  std::string_view config;  // JSON text

  void log(LogLevel level, std::string_view message) const {
    host->log(host->ctx, {0}, static_cast<std::uint32_t>(level), borrow(message));
  }
};

// Thrown by a step that cannot read its input, before any effect.
struct InvalidInput : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// One step of one open plugin; its address is what the host calls back with.
class BoundStep {
 public:
  using Body = std::function<Outcome(const Call&)>;
  using AsyncBody = std::function<void(const Call&, Completion)>;

  BoundStep(std::string name, std::uint32_t flags, Body body);
  BoundStep(std::string name, AsyncBody body);
  BoundStep(const BoundStep&) = delete;

  void attach(const saga_host* host) { host_ = host; }
  const saga_step* table() const { return &table_; }

 private:
  static void invoke(void* self, saga_call call, const saga_request* request) noexcept;
  void run(const Call& call, Completion completion) noexcept;

  std::string name_;
  Body body_;  // or, when empty:
  AsyncBody async_body_;
  const saga_host* host_ = nullptr;
  saga_step table_{};
};

using StepList = std::vector<std::unique_ptr<BoundStep>>;

template <typename Plugin>
class Steps {
 public:
  using Method = Outcome (Plugin::*)(const Call&);
  using AsyncMethod = void (Plugin::*)(Call, Completion);

  Steps(Plugin& plugin, StepList& list) : plugin_(plugin), list_(list) {}

  // Runs on the plugin's bounded pool and may block.
  void blocking(std::string name, Method method) {
    add(std::move(name), SAGA_STEP_BLOCKING, method);
  }
  // Answers within 5 ms without blocking: runs on the runtime's own thread.
  void quick(std::string name, Method method) { add(std::move(name), 0, method); }
  // Returns at once and fulfils the completion later, from any thread.
  void async(std::string name, AsyncMethod method) {
    Plugin* plugin = &plugin_;
    list_.push_back(std::make_unique<BoundStep>(
        std::move(name),
        BoundStep::AsyncBody([plugin, method](const Call& call, Completion completion) {
          (plugin->*method)(call, std::move(completion));
        })));
  }

 private:
  void add(std::string name, std::uint32_t flags, Method method) {
    Plugin* plugin = &plugin_;
    list_.push_back(std::make_unique<BoundStep>(
        std::move(name), flags,
        BoundStep::Body([plugin, method](const Call& call) { return (plugin->*method)(call); })));
  }

  Plugin& plugin_;
  StepList& list_;
};

// The open object behind a saga_instance.
class OpenPlugin {
 public:
  virtual ~OpenPlugin() = default;
  // Empty: this plugin has no snapshot.
  virtual std::string snapshot() { return {}; }
  virtual bool has_snapshot() const { return false; }

  void publish(const saga_host* host, saga_instance* out);

 protected:
  StepList steps_;

 private:
  std::vector<const saga_step*> tables_;
};

template <typename Plugin>
class OpenPluginOf : public OpenPlugin {
 public:
  explicit OpenPluginOf(const OpenContext& context) : plugin_(context) {
    Steps<Plugin> steps(plugin_, steps_);
    Plugin::steps(steps);
  }
  std::string snapshot() override {
    if constexpr (requires(Plugin& plugin) { plugin.snapshot(); }) return plugin_.snapshot();
    return {};
  }
  bool has_snapshot() const override {
    return requires(Plugin& plugin) { plugin.snapshot(); };
  }

 private:
  Plugin plugin_;
};

using MakePlugin = std::unique_ptr<OpenPlugin> (*)(const OpenContext&);
// Makes and publishes the object; on an exception writes its text into `error` and gives 1.
std::int32_t open_plugin(MakePlugin make, const saga_host* host, saga_str config,
                         saga_instance* out, char* error, std::uint64_t error_size) noexcept;

template <typename Plugin>
std::int32_t open_plugin_of(const saga_host* host, saga_str config, saga_instance* out, char* error,
                            std::uint64_t error_size) noexcept {
  const MakePlugin make = [](const OpenContext& context) -> std::unique_ptr<OpenPlugin> {
    return std::make_unique<OpenPluginOf<Plugin>>(context);
  };
  return open_plugin(make, host, config, out, error, error_size);
}

constexpr saga_str constant(std::string_view text) {
  return {text.data(), text.size()};
}

template <typename Plugin>
constexpr saga_plugin describe(std::string_view id, std::string_view version,
                               std::string_view manifest) {
  return saga_plugin{{'S', 'A', 'G', 'A', 'P', 'L', 'G', '1'},
                     sizeof(saga_plugin),
                     SAGA_ABI_MAJOR,
                     SAGA_ABI_MINOR,
                     0,
                     constant(SAGA_PLUGIN_PRODUCT),
                     constant(id),
                     constant(version),
                     &open_plugin_of<Plugin>,
                     constant(manifest)};
}

}  // namespace v1
}  // namespace sagaloom::sdk

// Exports the plugin. `manifest` is a string literal or a constexpr std::string_view.
#define SAGALOOM_PLUGIN(Plugin, id, version, manifest)                                \
  extern "C" __attribute__((visibility("default"))) const saga_plugin saga_plugin_v1; \
  constinit const saga_plugin saga_plugin_v1 =                                        \
      sagaloom::sdk::describe<Plugin>(id, version, manifest);
