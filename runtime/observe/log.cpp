#include "runtime/observe/log.h"

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>
#include <utility>

#include "runtime/observe/log_line.h"
#include "runtime/observe/rate_limit.h"

namespace sagaloom::observe {

namespace {

using Output = std::function<void(std::string_view)>;

// Lines arrive finished: spdlog's own patterns do not escape what they print.
class LineSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LineSink(Output output) : output_(std::move(output)) {}

  std::uint64_t flushes() {
    const std::lock_guard lock(flush_mutex_);
    return flushes_;
  }
  // At most 2 s: the queue may overrun the request itself.
  void await_flush(std::uint64_t after) {
    std::unique_lock lock(flush_mutex_);
    flushed_.wait_for(lock, std::chrono::seconds(2), [&] { return flushes_ > after; });
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    output_(std::string_view(message.payload.data(), message.payload.size()));
  }
  void flush_() override {
    const std::lock_guard lock(flush_mutex_);
    ++flushes_;
    flushed_.notify_all();
  }

  Output output_;
  std::mutex flush_mutex_;
  std::condition_variable flushed_;
  std::uint64_t flushes_ = 0;
};

void to_standard_error(std::string_view line) {
  std::string text(line);
  text += '\n';
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

std::int64_t system_now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

bool human(const LogOptions& options) {
  if (options.format != LogOptions::Format::automatic) {
    return options.format == LogOptions::Format::human;
  }
  return !options.output && isatty(STDERR_FILENO) == 1;
}

}  // namespace

class Log::Writer {
 public:
  explicit Writer(LogOptions options)
      : level_(options.level),
        human_(human(options)),
        colour_(human_ && !options.output && isatty(STDERR_FILENO) == 1),
        now_ms_(options.now_ms ? std::move(options.now_ms) : system_now_ms),
        rate_(options.burst, options.per_second),
        pool_(std::make_shared<spdlog::details::thread_pool>(options.queue, 1)) {
    sink_ = std::make_shared<LineSink>(options.output ? std::move(options.output)
                                                      : Output(to_standard_error));
    logger_ = std::make_shared<spdlog::async_logger>("sagaloom", sink_, pool_,
                                                     spdlog::async_overflow_policy::overrun_oldest);
    logger_->set_level(spdlog::level::trace);
    logger_->set_error_handler([](const std::string&) {});  // a line that cannot go out is lost
  }

  void write(Level level, std::string_view code, std::string_view message,
             std::span<const Field> fields) {
    if (level < level_) return;
    const auto now = now_ms_();
    const auto suppressed = rate_.allow(code, now);
    if (!suppressed) return;
    const Line line{now, level, code, message, fields, *suppressed};
    const auto text = human_ ? human_line(line, colour_) : json_line(line);
    logger_->log(spdlog::level::info, spdlog::string_view_t(text.data(), text.size()));
  }

  void flush() {
    const auto before = sink_->flushes();
    logger_->flush();
    sink_->await_flush(before);
  }
  std::uint64_t suppressed() const { return rate_.held_back(); }

 private:
  const Level level_;
  const bool human_;
  const bool colour_;
  const std::function<std::int64_t()> now_ms_;
  RateLimit rate_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;  // its destructor drains the queue
  std::shared_ptr<LineSink> sink_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

std::string_view name(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

Level level_of(std::string_view name) {
  for (const auto level : {Level::debug, Level::info, Level::warning}) {
    if (name == observe::name(level)) return level;
  }
  return Level::error;
}

Log::Log(LogOptions options) : writer_(std::make_unique<Writer>(std::move(options))) {}
Log::~Log() = default;

void Log::write(Level level, std::string_view code, std::string_view message,
                std::initializer_list<Field> fields) {
  try {
    writer_->write(level, code, message, {fields.begin(), fields.size()});
  } catch (...) {  // no memory for a line: what is being done matters more than its log
  }
}

void Log::flush() {
  writer_->flush();
}

std::uint64_t Log::suppressed() const {
  return writer_->suppressed();
}

}  // namespace sagaloom::observe
