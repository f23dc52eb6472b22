#include "runtime/steps/hosted_plugin.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "runtime/document/json.h"
#include "runtime/schema/schema.h"
#include "runtime/steps/call_answer.h"

namespace sagaloom::steps {

namespace {

using expression::Error;
using expression::Result;
using expression::Value;
using Clock = Deadlines::Clock;

constexpr std::chrono::milliseconds kQuickBudget{5};
constexpr int kStrikes = 3;
// How long a thread may take from its answer to its return.
constexpr std::chrono::milliseconds kLongestTail{500};

std::string_view view(saga_str text) {
  return text.ptr == nullptr ? std::string_view() : std::string_view(text.ptr, text.len);
}

Error error(const char* code, const std::string& path, const std::string& what) {
  return Error{code, "plugin " + path + ": " + what, {}};
}

const char* level_name(std::uint32_t level) {
  static constexpr std::array<const char*, 5> names = {"info", "debug", "info", "warning", "error"};
  return level < names.size() ? names[level] : "info";
}

std::optional<Error> check_config(const Manifest& manifest, const PluginSpec& spec,
                                  const Value& config) {
  if (manifest.config == nullptr) return std::nullopt;
  const auto violations = manifest.config->validate(config, 1);
  if (violations.empty()) return std::nullopt;
  return error("plugin.config", spec.path,
               "its config at \"" + violations[0].pointer + "\": " + violations[0].message);
}

// A plugin that declares `database` and is told neither that nor `dsn` gets a SQLite file in the
// state directory.
Value with_database(Value config, const Manifest& manifest, const std::string& state_directory) {
  const Value* members = manifest.config ? manifest.config->source().find("properties") : nullptr;
  if (members == nullptr || members->find("database") == nullptr) return config;
  if (config.find("database") != nullptr || config.find("dsn") != nullptr) return config;
  return config.with("database", Value(state_directory + "/" + manifest.plugin + ".db"));
}

// One thread when a step must not overlap with any other of this instance.
bool is_serial(const saga_instance& instance) {
  return std::any_of(instance.steps, instance.steps + instance.step_count,
                     [](const saga_step* step) { return (step->flags & SAGA_STEP_SERIAL) != 0; });
}

}  // namespace

Result<std::shared_ptr<HostedPlugin>> HostedPlugin::open(const PluginSpec& spec,
                                                         const Environment& environment,
                                                         std::shared_ptr<Deadlines> deadlines) {
  auto library = PluginLibrary::load(spec.path, environment.state_directory);
  if (!library.ok()) return library.error();
  auto manifest = read_manifest(view(library->table->manifest));
  if (!manifest.ok()) {
    return error("plugin.manifest", spec.path, manifest.error().message);
  }
  const Value config = with_database(spec.config.is_null() ? Value(expression::Map{}) : spec.config,
                                     *manifest, environment.state_directory);
  if (auto problem = check_config(*manifest, spec, config)) return *problem;
  std::shared_ptr<HostedPlugin> plugin(new HostedPlugin(spec, environment, std::move(deadlines),
                                                        std::move(library).value(),
                                                        std::move(manifest).value()));
  if (auto problem = plugin->open_instance(config)) return *problem;
  if (auto problem = plugin->match_steps()) return *problem;
  return plugin;
}

HostedPlugin::HostedPlugin(const PluginSpec& spec, const Environment& environment,
                           std::shared_ptr<Deadlines> deadlines, PluginLibrary library,
                           Manifest manifest)
    : environment_(environment),
      library_(std::move(library)),
      manifest_(std::move(manifest)),
      deadlines_(std::move(deadlines)),
      calls_(spec.queue_limit + spec.threads, *deadlines_),
      pool_(spec.threads, spec.queue_limit) {
  host_.struct_size = sizeof(host_);
  host_.ctx = this;
  host_.complete = &HostedPlugin::complete;
  host_.heartbeat = &HostedPlugin::heartbeat;
  host_.log = &HostedPlugin::log_line;
  host_.get_extension = &HostedPlugin::get_extension;
}

HostedPlugin::~HostedPlugin() {
  destroy_instance();
}

void HostedPlugin::destroy_instance() {
  if (opened_ && instance_.destroy != nullptr) instance_.destroy(instance_.self);
  opened_ = false;
}

std::optional<Error> HostedPlugin::open_instance(const Value& config) {
  const std::string text = input_text(config, environment_.secrets).json;
  std::array<char, 512> problem{};
  const std::int32_t failed = library_.table->open(&host_, {text.data(), text.size()}, &instance_,
                                                   problem.data(), problem.size());
  problem.back() = '\0';
  if (failed != 0) return error("plugin.open_failed", library_.path, problem.data());
  opened_ = true;
  return std::nullopt;
}

// The manifest and the code must name the same operations.
std::optional<Error> HostedPlugin::match_steps() {
  const bool serial = is_serial(instance_);
  for (std::uint32_t i = 0; i < instance_.step_count; ++i) {
    const saga_step* table = instance_.steps[i];
    Step& step = steps_[std::string(view(table->name))];
    step.table = table;
    step.blocking = serial || (table->flags & SAGA_STEP_BLOCKING) != 0;
  }
  for (const auto& operation : manifest_.operations) {
    if (steps_.contains(operation->name)) continue;
    return error("plugin.steps", library_.path,
                 "the manifest names " + operation->name + ", the code has no such step");
  }
  if (steps_.size() != manifest_.operations.size()) {
    return error("plugin.steps", library_.path,
                 "the code has steps that the manifest does not name");
  }
  if (serial) pool_.limit_threads(1);
  return std::nullopt;
}

HostedPlugin::Step* HostedPlugin::find_step(std::string_view operation) {
  const auto found = steps_.find(operation);
  return found == steps_.end() ? nullptr : &found->second;
}

void HostedPlugin::invoke(Step& step, engine::StepCall call,
                          engine::StepHost::Completion completion) {
  const auto open = std::make_shared<OpenCall>();
  open->call = std::move(call);
  open->completion = std::move(completion);
  if (draining_) return refuse(open, "call.draining", "the node is shutting down");
  InputText input = input_text(open->call.command.input, environment_.secrets);
  if (!input.missing.empty()) {
    const std::string why =
        "there is no secret \"" + input.missing + "\"; set " + secret_variable(input.missing);
    return refuse(open, "secret.missing", why.c_str());
  }
  open->secrets = std::move(input.secrets);
  if (open->call.command.forward_known) {
    open->forward_output = input_text(open->call.command.forward_output, nullptr).json;
  }
  make_request(*open, std::move(input.json), Clock::now() + open->call.time_left);
  if (step.blocking) {
    invoke_blocking(step, open);
  } else {
    invoke_quick(step, open);
  }
}

void HostedPlugin::refuse(const OpenCallPointer& open, const char* code, const char* why) {
  calls_.count_refused();
  open->completion(not_sent(open->call.command, code, why));
}

void HostedPlugin::invoke_quick(Step& step, const OpenCallPointer& open) {
  const std::uint64_t id = calls_.add(open);
  if (id == 0) return refuse(open, "call.busy", "too many calls of this plugin are open");
  const Clock::time_point before = Clock::now();
  run(step, id, open);
  const Clock::time_point after = Clock::now();
  calls_.watch(id, before + open->call.time_left);
  watch_budget(step, after - before);
}

void HostedPlugin::invoke_blocking(Step& step, const OpenCallPointer& open) {
  const std::uint64_t id = calls_.add(open);
  if (id == 0) return refuse(open, "call.busy", "too many calls of this plugin are open");
  calls_.watch(id, Clock::now() + open->call.time_left);
  const bool queued =
      pool_.offer([self = shared_from_this(), &step, id, open] { self->run(step, id, open); });
  if (!queued && calls_.withdraw(id)) refuse(open, "call.busy", "the plugin's queue is full");
}

void HostedPlugin::run(Step& step, std::uint64_t id, const OpenCallPointer& open) {
  if (open->call.may_call && !open->call.may_call()) {
    if (calls_.withdraw(id)) {
      refuse(open, "call.not_owner", "this node no longer owns the saga");
    }
    return;
  }
  if (calls_.begin(id) == nullptr) return;
  step.table->invoke(step.table->self, {id}, &open->request);
}

void HostedPlugin::watch_budget(Step& step, std::chrono::steady_clock::duration spent) {
  if (spent <= kQuickBudget || ++step.strikes != kStrikes) return;
  step.blocking = true;
  log(0, SAGA_LOG_WARNING,
      std::string(view(step.table->name)) +
          " took more than 5 ms on a thread of the runtime three times: from now on it runs on the "
          "plugin's pool");
}

bool HostedPlugin::drain(std::chrono::milliseconds limit) {
  draining_ = true;
  const Clock::time_point end = Clock::now() + limit;
  if (!calls_.wait_until_none(limit)) return false;
  settled_ = settled_ || drain_instance(end);
  return settled_;
}

// Asked once; the promise belongs to the callback, which may come after the limit.
bool HostedPlugin::drain_instance(Clock::time_point end) {
  if (instance_.drain == nullptr) return true;
  if (!settling_.valid()) {
    auto* done = new std::promise<void>();
    settling_ = done->get_future();
    const auto deadline = std::chrono::nanoseconds(end.time_since_epoch()).count();
    instance_.drain(
        instance_.self, static_cast<std::uint64_t>(deadline),
        [](void* ctx) {
          const std::unique_ptr<std::promise<void>> promise(static_cast<std::promise<void>*>(ctx));
          promise->set_value();
        },
        done);
  }
  return settling_.wait_until(end) == std::future_status::ready;
}

void HostedPlugin::close() {
  draining_ = true;
  const bool quiet = pool_.stop(kLongestTail) && calls_.open() == 0 && settled_;
  if (quiet) destroy_instance();
  mute();
  if (quiet) return;
  // The plugin may call back at any time: it keeps what it points to.
  opened_ = false;
  static auto* kept = new std::vector<std::shared_ptr<HostedPlugin>>();
  kept->push_back(shared_from_this());
}

void HostedPlugin::mute() {
  calls_.mute();
  std::lock_guard lock(log_mutex_);
  log_muted_ = true;
}

void HostedPlugin::log(std::uint64_t call, std::uint32_t level, std::string_view message) {
  if (!environment_.log) return;
  PluginLogLine line{level_name(level), manifest_.plugin, {}, {}, std::string(message)};
  if (const OpenCallPointer open = call == 0 ? nullptr : calls_.look_up(call)) {
    line.saga = open->saga;
    line.path = open->call.command.path;
    line.message = masked(std::move(line.message), open->secrets);
  }
  std::lock_guard lock(log_mutex_);
  if (!log_muted_) environment_.log(line);
}

void HostedPlugin::complete(void* ctx, saga_call call, const saga_result* result) {
  static_cast<HostedPlugin*>(ctx)->calls_.complete(call.id, *result);
}

std::uint32_t HostedPlugin::heartbeat(void* ctx, saga_call call, saga_str) {
  return static_cast<HostedPlugin*>(ctx)->calls_.heartbeat(call.id);
}

void HostedPlugin::log_line(void* ctx, saga_call call, std::uint32_t level, saga_str message) {
  static_cast<HostedPlugin*>(ctx)->log(call.id, level, view(message).substr(0, 4096));
}

const void* HostedPlugin::get_extension(void*, saga_str) {
  return nullptr;
}

}  // namespace sagaloom::steps
