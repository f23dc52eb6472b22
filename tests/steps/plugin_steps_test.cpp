// The step host over real shared objects: one answer for every call, whatever the plugin does.
// Where a plugin has to be slow it waits at a FIFO, so that no test depends on how fast it runs.
#include "runtime/steps/plugin_steps.h"

#include <condition_variable>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <mutex>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/document/json.h"
#include "tests/plugins/plugin_file.h"

namespace sagaloom::tests {
namespace {

using core::EventKind;
using core::Outcome;
using expression::Value;
using steps::PluginSpec;
using steps::PluginSteps;

constexpr core::Duration kLong{60'000};
constexpr core::Duration kShort{30};

// The events of one call, as they arrive.
class Inbox {
 public:
  engine::StepHost::Completion take() {
    return [this](core::Event event) {
      std::lock_guard lock(mutex_);
      events_.push_back(std::move(event));
      changed_.notify_all();
    };
  }
  core::Event wait(std::size_t index = 0) {
    std::unique_lock lock(mutex_);
    const bool arrived =
        changed_.wait_for(lock, std::chrono::seconds(20), [&] { return events_.size() > index; });
    EXPECT_TRUE(arrived) << "no event " << index;
    return arrived ? events_[index] : core::Event{};
  }
  std::size_t size() {
    std::lock_guard lock(mutex_);
    return events_.size();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<core::Event> events_;
};

class Steps : public testing::Test {
 protected:
  static std::string fault_path() {
    return std::string(SAGALOOM_BINARY_DIR) + "/bin/test_plugins/fault.so";
  }

  void open(std::size_t threads = 2, std::size_t queue_limit = 4) {
    PluginSteps::Environment environment;
    environment.state_directory = folder_.path();
    environment.secrets = [](std::string_view name) -> std::optional<std::string> {
      return name == "token" ? std::optional<std::string>("s3cret-token") : std::nullopt;
    };
    environment.log = [this](const steps::PluginLogLine& line) {
      std::lock_guard lock(log_mutex_);
      log_.push_back(line);
    };
    auto opened = PluginSteps::open({{fault_path(), Value{}, threads, queue_limit}}, environment);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    host_ = std::move(opened).value();
  }

  static engine::StepCall make_call(const std::string& operation, Value input,
                                    core::Duration time_left = kLong) {
    engine::StepCall call;
    call.saga = core::make_saga_id(1'700'000'000'000, 7, 42);
    call.command.path = "step";
    call.command.occurrence = 2;
    call.command.number = 3;
    call.command.operation = operation;
    call.command.effect_key = "saga/step";
    call.command.request_key = "saga/step";
    call.command.input = std::move(input);
    call.workflow = "order";
    call.version = 4;
    call.tenant = "acme";
    call.epoch = 12;
    call.time_left = time_left;
    return call;
  }
  static engine::StepCall make_call(const std::string& operation) {
    return make_call(operation, Value::object({}));
  }

  core::Event answer(engine::StepCall call) {
    Inbox inbox;
    host_->invoke(std::move(call), inbox.take());
    return inbox.wait();
  }

  std::string make_gate(const std::string& name) {
    const std::string path = folder_.path() + "/" + name;
    EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0);
    return path;
  }
  static Value waits_at(const std::string& gate) { return Value::object({{"gate", Value(gate)}}); }
  // Blocks until the step stands at the gate, then lets it through.
  static void open_gate(const std::string& gate) {
    const int file = ::open(gate.c_str(), O_WRONLY | O_CLOEXEC);
    ASSERT_GE(file, 0);
    ::close(file);
  }
  const steps::PluginCalls::Counters& counters() { return host_->plugins()[0]->counters(); }

  TemporaryFolder folder_;
  std::mutex log_mutex_;
  std::vector<steps::PluginLogLine> log_;
  std::unique_ptr<PluginSteps> host_;
};

TEST_F(Steps, the_plugin_sees_the_whole_request) {
  open();
  engine::StepCall call = make_call("fault.echo", Value::object({{"a", Value(1)}}));
  call.command.role = core::Role::compensate;
  call.command.purpose = core::Purpose::undo;
  call.command.request_key = "saga/step/undo";
  call.command.forward_known = true;
  call.command.forward_output = Value::object({});
  const core::Event event = answer(call);
  EXPECT_EQ(event.kind, EventKind::answered);
  EXPECT_EQ(event.outcome, Outcome::ok);
  EXPECT_EQ(event.path, "step");
  EXPECT_EQ(event.purpose, core::Purpose::undo);
  EXPECT_EQ(event.occurrence, 2u);
  EXPECT_EQ(event.number, 3u);
  ASSERT_TRUE(event.output.has_value());
  EXPECT_EQ(document::write(*event.output),
            R"({"attempt":3,"effect_key":"saga/step","epoch":12,"flags":1,"forward_status":1,)"
            R"("input":{"a":1},"op":2,"request_key":"saga/step/undo","saga":")" +
                core::to_string(call.saga) +
                R"(","step":"fault.echo","tenant":"acme","version":"4","workflow":"order"})");
}

TEST_F(Steps, a_silent_call_is_lost_then_late_then_returned_in_this_order) {
  open();
  const std::string gate = make_gate("gate");
  Inbox inbox;
  host_->invoke(make_call("fault.slow", waits_at(gate), kShort), inbox.take());
  const core::Event lost = inbox.wait(0);
  EXPECT_EQ(lost.outcome, Outcome::unknown);
  EXPECT_EQ(lost.code, "call.timeout");
  EXPECT_TRUE(lost.running);
  open_gate(gate);
  const core::Event late = inbox.wait(1);
  EXPECT_EQ(late.kind, EventKind::answered);
  EXPECT_EQ(late.outcome, Outcome::ok);
  EXPECT_EQ(late.number, 3u);
  EXPECT_FALSE(late.running);
  EXPECT_EQ(inbox.wait(2).kind, EventKind::call_returned);
  EXPECT_EQ(counters().late, 1u);
  EXPECT_EQ(counters().timed_out, 1u);
  EXPECT_EQ(host_->plugins()[0]->open_calls(), 0u);
}

TEST_F(Steps, a_step_that_never_answers_is_lost_once) {
  open();
  Inbox inbox;
  host_->invoke(make_call("fault.never", Value::object({}), kShort), inbox.take());
  EXPECT_EQ(inbox.wait().code, "call.timeout");
  host_->drain(core::Duration(1));
  EXPECT_EQ(inbox.size(), 1u);
  EXPECT_EQ(host_->plugins()[0]->open_calls(), 1u);
}

TEST_F(Steps, a_heartbeat_restarts_the_time_and_a_stale_one_is_told_so) {
  open();
  for (const char* gate : {"a0", "a1", "a2", "b0"}) make_gate(gate);
  Inbox inbox;
  host_->invoke(make_call("fault.beating", waits_at(folder_.path() + "/a")), inbox.take());
  for (const char* gate : {"/a0", "/a1", "/a2"}) open_gate(folder_.path() + gate);
  EXPECT_EQ(inbox.wait().outcome, Outcome::ok);

  Inbox late;
  host_->invoke(make_call("fault.beating", waits_at(folder_.path() + "/b"), kShort), late.take());
  EXPECT_EQ(late.wait(0).code, "call.timeout");
  open_gate(folder_.path() + "/b0");
  EXPECT_EQ(late.wait(1).outcome, Outcome::cancelled);
  EXPECT_EQ(late.wait(2).kind, EventKind::call_returned);
}

TEST_F(Steps, a_second_answer_is_counted_and_ignored) {
  open();
  Inbox inbox;
  host_->invoke(make_call("fault.twice"), inbox.take());
  EXPECT_EQ(inbox.wait().outcome, Outcome::ok);
  EXPECT_EQ(inbox.size(), 1u);
  EXPECT_EQ(counters().misplaced, 1u);
  EXPECT_EQ(answer(make_call("fault.echo")).outcome, Outcome::ok) << "its slot is used again";
}

TEST_F(Steps, answers_against_the_contract_are_protocol_errors) {
  open();
  for (const char* operation : {"fault.bad_status", "fault.bad_flags"}) {
    const core::Event event = answer(make_call(operation));
    EXPECT_EQ(event.outcome, Outcome::protocol) << operation;
    EXPECT_EQ(event.code, "call.protocol") << operation;
  }
  const core::Event broken = answer(make_call("fault.bad_output"));
  EXPECT_EQ(broken.outcome, Outcome::ok) << "it says that it is done";
  EXPECT_EQ(broken.output, std::nullopt) << "but nobody can use its output";
  EXPECT_EQ(broken.code, "output.invalid");
  EXPECT_EQ(broken.message.find("the plugin's output is not JSON: "), 0u) << broken.message;
  EXPECT_EQ(answer(make_call("fault.bad_text")).message, "(the plugin's text is not UTF-8)");
}

TEST_F(Steps, a_full_queue_answers_busy_at_once_and_work_goes_on) {
  open(1, 2);
  std::vector<std::unique_ptr<Inbox>> inboxes;
  for (const char* name : {"0", "1", "2", "3", "4"}) {
    inboxes.push_back(std::make_unique<Inbox>());
    host_->invoke(make_call("fault.slow", waits_at(make_gate(name))), inboxes.back()->take());
  }
  // At most one runs and two wait; a refusal is said inside `invoke`.
  std::size_t refused = 0;
  for (std::size_t i = 0; i < inboxes.size(); ++i) {
    if (inboxes[i]->size() == 0) {
      open_gate(folder_.path() + "/" + std::to_string(i));
      EXPECT_EQ(inboxes[i]->wait().outcome, Outcome::ok);
      continue;
    }
    ++refused;
    const core::Event busy = inboxes[i]->wait();
    EXPECT_EQ(busy.outcome, Outcome::retryable);
    EXPECT_EQ(busy.code, "call.busy");
    EXPECT_TRUE(busy.no_effect);
  }
  EXPECT_GE(refused, 2u);
  EXPECT_EQ(answer(make_call("fault.echo")).outcome, Outcome::ok);
}

TEST_F(Steps, a_call_whose_time_ends_in_the_queue_was_surely_not_made) {
  open(1, 4);
  const std::string gate = make_gate("gate");
  Inbox first, second;
  host_->invoke(make_call("fault.slow", waits_at(gate)), first.take());
  host_->invoke(make_call("fault.slow", waits_at(gate), kShort), second.take());
  const core::Event event = second.wait();
  EXPECT_EQ(event.outcome, Outcome::retryable);
  EXPECT_EQ(event.code, "call.busy");
  EXPECT_FALSE(event.running);
  open_gate(gate);
  EXPECT_EQ(first.wait().outcome, Outcome::ok);
  EXPECT_EQ(second.size(), 1u);
}

TEST_F(Steps, the_lease_is_asked_right_before_the_call) {
  open(1, 4);
  const std::string gate = make_gate("gate");
  Inbox first, queued, quick;
  std::atomic<bool> owner{true};
  host_->invoke(make_call("fault.slow", waits_at(gate)), first.take());
  engine::StepCall call = make_call("fault.slow", waits_at(gate));
  call.may_call = [&] { return owner.load(); };
  host_->invoke(call, queued.take());
  owner = false;  // while it waits in the queue
  open_gate(gate);
  const core::Event event = queued.wait();
  EXPECT_EQ(event.outcome, Outcome::retryable);
  EXPECT_EQ(event.code, "call.not_owner");
  engine::StepCall another = make_call("fault.echo");
  another.may_call = [&] { return owner.load(); };
  EXPECT_EQ(answer(another).code, "call.not_owner");
  EXPECT_EQ(first.wait().outcome, Outcome::ok);
}

TEST_F(Steps, an_operation_that_nobody_has_is_missing) {
  open();
  const core::Event event = answer(make_call("nobody.does"));
  EXPECT_EQ(event.outcome, Outcome::retryable);
  EXPECT_EQ(event.code, "plugin.missing");
  EXPECT_EQ(host_->operation("nobody.does"), nullptr);
  ASSERT_NE(host_->operation("fault.echo"), nullptr);
  EXPECT_EQ(host_->operation("fault.echo")->major, 2u);
  EXPECT_EQ(host_->operations().size(), 12u);
}

TEST_F(Steps, a_missing_secret_keeps_the_call_from_being_sent) {
  open();
  const core::Event event =
      answer(make_call("fault.echo", Value::object({{"t", Value::secret("psp_key")}})));
  EXPECT_EQ(event.outcome, Outcome::retryable);
  EXPECT_EQ(event.code, "secret.missing");
  EXPECT_NE(event.message.find("SAGALOOM_SECRET_PSP_KEY"), std::string::npos);
}

TEST_F(Steps, a_secret_reaches_the_plugin_and_never_a_text_or_a_log) {
  open();
  const core::Event event =
      answer(make_call("fault.leak", Value::object({{"token", Value::secret("token")}})));
  EXPECT_EQ(event.message, "the token is ***");
  EXPECT_EQ(event.code, "***");
  const std::string kept = R"({"***":1,"texts":["the token is ***"]})";
  EXPECT_EQ(document::write(event.details), kept);
  ASSERT_TRUE(event.output);
  EXPECT_EQ(document::write(*event.output), kept);
  ASSERT_EQ(log_.size(), 1u);
  EXPECT_EQ(log_[0].message, "the token is ***");
  EXPECT_EQ(log_[0].level, "error");
  EXPECT_EQ(log_[0].plugin, "fault");
  EXPECT_EQ(log_[0].path, "step");
}

TEST_F(Steps, an_echoed_secret_is_masked_in_the_output_that_is_kept) {
  open();
  const core::Event event = answer(
      make_call("fault.echo", Value::object({{"token", Value::secret("token")}, {"order", "o1"}})));
  ASSERT_TRUE(event.output);
  const Value* input = event.output->find("input");
  EXPECT_EQ(document::write(*input), R"({"order":"o1","token":"***"})");
}

TEST_F(Steps, a_quick_step_that_is_not_quick_is_moved_to_the_pool) {
  open();
  std::set<std::string> threads;
  for (int i = 0; i < 4; ++i) {
    const core::Event event = answer(make_call("fault.sluggish"));
    threads.insert(event.output->find("thread")->string());
  }
  EXPECT_EQ(threads.size(), 2u) << "three times here, then on a thread of the pool";
  ASSERT_EQ(log_.size(), 1u);
  EXPECT_EQ(log_[0].level, "warning");
}

TEST_F(Steps, a_draining_host_finishes_what_runs_and_takes_nothing_new) {
  open();
  const std::string gate = make_gate("gate");
  Inbox running;
  host_->invoke(make_call("fault.slow", waits_at(gate)), running.take());
  open_gate(gate);
  host_->drain(kLong);
  EXPECT_EQ(running.wait().outcome, Outcome::ok);
  const core::Event refused = answer(make_call("fault.echo"));
  EXPECT_EQ(refused.outcome, Outcome::retryable);
  EXPECT_EQ(refused.code, "call.draining");
  host_.reset();
  ASSERT_EQ(log_.size(), 2u) << "the plugin is drained once and then destroyed";
  EXPECT_EQ(log_[0].message, "drain");
  EXPECT_EQ(log_[1].message, "destroy");
}

TEST_F(Steps, a_call_that_never_returns_does_not_keep_the_host_from_ending) {
  open();
  const std::string gate = make_gate("gate");
  Inbox inbox;
  host_->invoke(make_call("fault.slow", waits_at(gate), kShort), inbox.take());
  inbox.wait();
  host_.reset();
  open_gate(gate);  // the plugin answers a host that is gone: nothing happens
  EXPECT_EQ(inbox.size(), 1u);
}

TEST_F(Steps, a_crash_in_process_is_the_end_of_the_process) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        open();
        answer(make_call("fault.crash"));
      },
      testing::KilledBySignal(SIGABRT), "");
}

struct Refused {
  PluginSpec spec;
  const char* code;
  const char* says;
};

TEST_F(Steps, a_plugin_that_cannot_be_opened_is_refused_with_a_reason) {
  const PluginSpec fault{fault_path(), Value{}};
  const Refused table[] = {
      {{fault_path(), Value::object({{"colour", Value("red")}})}, "plugin.config", "colour"},
      {{fault_path(), Value::object({{"refuse", Value(true)}})},
       "plugin.open_failed",
       "refused on purpose"},
      {{"/no/such.so", Value{}}, "plugin.not_found", "/no/such.so"},
  };
  PluginSteps::Environment environment;
  environment.state_directory = folder_.path();
  for (const Refused& refused : table) {
    const auto opened = PluginSteps::open({refused.spec}, environment);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().code, refused.code) << opened.error().message;
    EXPECT_NE(opened.error().message.find(refused.says), std::string::npos)
        << opened.error().message;
  }
  const auto twice = PluginSteps::open({fault, fault}, environment);
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(twice.error().code, "plugin.duplicate");
}

TEST_F(Steps, the_bundled_plugins_run_an_order_through_the_host) {
  PluginSteps::Environment environment;
  environment.state_directory = folder_.path();
  const auto config = [&](const std::string& name) {
    return Value::object({{"database", Value(folder_.path() + "/" + name + ".db")}});
  };
  auto opened = PluginSteps::open({{plugin_path("inventory"), config("inventory")},
                                   {plugin_path("payment"), config("payment")},
                                   {plugin_path("delivery"), config("delivery")}},
                                  environment);
  ASSERT_TRUE(opened.ok()) << opened.error().message;
  host_ = std::move(opened).value();
  const Value item = Value::object({{"sku", Value("SKU-1")}, {"qty", Value(1)}});
  const core::Event reserved =
      answer(make_call("inventory.reserve",
                       Value::object({{"order_id", Value("o1")}, {"items", Value::list({item})}})));
  ASSERT_EQ(reserved.outcome, Outcome::ok) << reserved.message;
  EXPECT_TRUE(host_->operation("inventory.reserve")->output->validate(*reserved.output).empty());
  const core::Event refused =
      answer(make_call("delivery.schedule",
                       Value::object({{"order_id", Value("o1")}, {"address", Value("nowhere")}})));
  EXPECT_EQ(refused.outcome, Outcome::business);
  EXPECT_EQ(refused.code, "delivery.no_slot");
}

}  // namespace
}  // namespace sagaloom::tests
