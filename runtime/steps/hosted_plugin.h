// One open plugin: its library, its manifest, its instance, its calls and its pool.
//
// Lifecycle: open() gives a shared object; close() ends it, and destroys the instance when no call
// is open any more. If a call never returns, instance and object stay for ever, since the plugin
// may still call back. Threads: open and close from one thread; invoke from any. Errors: as
// PluginLibrary and read_manifest, and `plugin.config`, `plugin.open_failed`, `plugin.steps`.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/engine/step_host.h"
#include "runtime/expression/result.h"
#include "runtime/steps/manifest.h"
#include "runtime/steps/plugin_calls.h"
#include "runtime/steps/plugin_library.h"
#include "runtime/steps/secrets.h"
#include "runtime/steps/step_pool.h"

namespace sagaloom::steps {

// A line that a plugin wrote; `saga` and `path` are empty outside of calls.
struct PluginLogLine {
  std::string level;  // "debug", "info", "warning", "error"
  std::string plugin;
  std::string saga;
  std::string path;
  std::string message;
};
using PluginLog = std::function<void(const PluginLogLine&)>;

struct PluginSpec {
  std::string path;
  expression::Value config;  // a map, or null for none; a `database` may be filled in by open
  std::size_t threads = 8;   // of its blocking steps
  std::size_t queue_limit = 1024;
};

class HostedPlugin : public std::enable_shared_from_this<HostedPlugin> {
 public:
  struct Environment {
    std::string state_directory;
    SecretSource secrets;
    PluginLog log;
  };

  static expression::Result<std::shared_ptr<HostedPlugin>> open(
      const PluginSpec& spec, const Environment& environment, std::shared_ptr<Deadlines> deadlines);
  ~HostedPlugin();

  // `step` is one of find_step.
  struct Step;
  Step* find_step(std::string_view operation);
  void invoke(Step& step, engine::StepCall call, engine::StepHost::Completion completion);

  // No new calls; then asks the plugin to settle. True when no call is open and the plugin is done.
  bool drain(std::chrono::milliseconds limit);
  // After drain, once. Destroys the instance, or keeps it for ever when a call or a thread is still
  // in it. Neither a completion nor the log is called afterwards.
  void close();

  const Manifest& manifest() const { return manifest_; }
  const PluginLibrary& library() const { return library_; }
  const PluginCalls::Counters& counters() const { return calls_.counters(); }
  std::size_t open_calls() const { return calls_.open(); }

 private:
  HostedPlugin(const PluginSpec& spec, const Environment& environment,
               std::shared_ptr<Deadlines> deadlines, PluginLibrary library, Manifest manifest);

  std::optional<expression::Error> open_instance(const expression::Value& config);
  std::optional<expression::Error> match_steps();
  void invoke_quick(Step& step, const OpenCallPointer& open);
  void invoke_blocking(Step& step, const OpenCallPointer& open);
  void run(Step& step, std::uint64_t id, const OpenCallPointer& open);
  void refuse(const OpenCallPointer& open, const char* code, const char* why);
  void watch_budget(Step& step, std::chrono::steady_clock::duration spent);
  void log(std::uint64_t call, std::uint32_t level, std::string_view message);

  void destroy_instance();
  void mute();
  bool drain_instance(std::chrono::steady_clock::time_point end);

  static void complete(void* ctx, saga_call call, const saga_result* result);
  static std::uint32_t heartbeat(void* ctx, saga_call call, saga_str checkpoint);
  static void log_line(void* ctx, saga_call call, std::uint32_t level, saga_str message);
  static const void* get_extension(void* ctx, saga_str id);

  const Environment environment_;
  const PluginLibrary library_;
  const Manifest manifest_;
  const std::shared_ptr<Deadlines> deadlines_;
  saga_host host_{};
  saga_instance instance_{};
  PluginCalls calls_;
  StepPool pool_;
  std::map<std::string, Step, std::less<>> steps_;
  std::atomic<bool> draining_{false};
  bool opened_ = false;
  bool settled_ = false;  // the plugin's own drain is over
  std::future<void> settling_;
  std::mutex log_mutex_;
  bool log_muted_ = false;
};

struct HostedPlugin::Step {
  const saga_step* table = nullptr;
  std::atomic<bool> blocking{false};
  std::atomic<int> strikes{0};  // a quick step that took too long
};

}  // namespace sagaloom::steps
