#include "runtime/http/session.h"

#include <ctime>

#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include "runtime/http/router.h"

namespace sagaloom::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr std::size_t read_bytes = 8 * 1024;
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

// IMF-fixdate, made once a second per thread.
const std::string& date() {
  thread_local std::time_t made = 0;
  thread_local std::string text;
  const auto now = std::time(nullptr);
  if (now == made) return text;
  std::tm parts{};
  gmtime_r(&now, &parts);
  char buffer[40];
  text.assign(buffer, std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &parts));
  made = now;
  return text;
}

std::string_view as_view(beast::string_view text) {
  return {text.data(), text.size()};
}

}  // namespace

// ---------------------------------------------------------------- Loop

void Loop::post(std::function<void()> work) {
  if (context.get_executor().running_in_this_thread()) return work();
  const std::lock_guard lock(mutex_);
  if (open_) asio::post(context, std::move(work));
}

void Loop::close_door() {
  const std::lock_guard lock(mutex_);
  open_ = false;
}

// ---------------------------------------------------------------- Session

Session::Session(Socket socket, std::shared_ptr<Loop> loop, std::shared_ptr<Shared> shared)
    : socket_(std::move(socket)),
      timer_(loop->context),
      loop_(std::move(loop)),
      shared_(std::move(shared)) {
  on_chunk_ = [this](std::uint64_t, beast::string_view extensions, error_code& error) {
    if (extensions.empty()) return;
    has_extensions_ = true;
    error = make_error_code(beast::http::error::bad_chunk_extension);
  };
}

Session::~Session() {
  shared_->connections.fetch_sub(1, std::memory_order_relaxed);
}

void Session::start() {
  loop_->sessions.insert(this);
  next_request();
}

void Session::drain() {
  if (phase_ == Phase::idle) close();
}

void Session::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  loop_->sessions.erase(this);
  error_code ignored;
  timer_.cancel();
  socket_.close(ignored);
}

bool Session::last_one() const {
  return close_after_ || loop_->draining;
}

// ---------------------------------------------------------------- time

void Session::set_deadline(Phase phase, std::chrono::milliseconds limit) {
  phase_ = phase;
  deadline_ = Clock::now() + limit;
  if (watched_ == Clock::time_point{} || deadline_ < watched_) watch();
}

// One wait at a time; a deadline that moved back is looked at when the wait ends.
void Session::watch() {
  watched_ = deadline_;
  timer_.expires_at(deadline_);
  timer_.async_wait([self = shared_from_this()](error_code error) {
    if (error || self->phase_ == Phase::closed) return;
    if (Clock::now() < self->deadline_) return self->watch();
    self->watched_ = {};
    self->on_timeout();
  });
}

void Session::on_timeout() {
  error_code ignored;
  if (phase_ <= Phase::body) socket_.cancel(ignored);  // the read under way writes into in_
  switch (phase_) {
    case Phase::head:
      return refuse({"http.timeout", "The header was not complete in time."});
    case Phase::body:
      return refuse({"http.timeout", "The body was not complete in time."});
    case Phase::answering: {
      auto problem = problem_of("timeout", "No answer within the server's limit.");
      problem.close = true;
      return write(to_response(problem, ""));
    }
    default:
      return close();
  }
}

// ---------------------------------------------------------------- reading

void Session::next_request() {
  if (loop_->draining) return close();
  ++number_;
  scanned_ = 0;
  close_after_ = false;
  target_.clear();
  set_deadline(Phase::idle, shared_->limits.idle_timeout);
  if (in_.empty()) return read_more();
  set_deadline(Phase::head, shared_->limits.head_timeout);
  on_head_bytes();
}

void Session::read_more() {
  const auto have = in_.size();
  in_.resize(have + read_bytes);
  socket_.async_read_some(asio::buffer(in_.data() + have, read_bytes),
                          [self = shared_from_this(), have](error_code error, std::size_t bytes) {
                            self->in_.resize(have + bytes);
                            if (self->phase_ == Phase::closed) return;
                            // The timer may have answered meanwhile: then what comes is dropped.
                            const bool reading = self->phase_ <= Phase::body;
                            if (error && reading) return self->close();
                            if (reading) self->on_read(bytes);
                          });
}

void Session::on_read(std::size_t bytes) {
  if (phase_ == Phase::body) {
    wire_bytes_ += bytes;
    return on_body_bytes();
  }
  // A head that came at once never needs the shorter deadline.
  on_head_bytes();
}

void Session::on_head_bytes() {
  if (scanned_ == 0 && in_.starts_with("\r\n")) in_.erase(0, 2);  // RFC 9112, 2.2: one is ignored
  const auto scan = scan_head(in_, scanned_, shared_->limits);
  if (scan.refused) return refuse(*scan.refused);
  if (scan.length) return on_head(*scan.length);
  scanned_ = scan.scanned;
  if (phase_ == Phase::idle && !in_.empty()) {
    set_deadline(Phase::head, shared_->limits.head_timeout);
  }
  read_more();
}

void Session::on_head(std::size_t length) {
  const std::string_view head(in_.data(), length);
  facts_ = check_head(head, shared_->limits);
  head_method_ = facts_.method == "HEAD";
  target_ = facts_.target;
  close_after_ = facts_.close;
  if (facts_.refused) return refuse(*facts_.refused);
  if (!parse_head(head)) return refuse({"http.malformed", "The header is not HTTP."});
  facts_.method = facts_.target = {};
  in_.erase(0, length);
  if (parser_->is_done()) return dispatch();
  begin_body();
}

bool Session::parse_head(std::string_view head) {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(shared_->limits.head_bytes + 1));
  parser_->body_limit(shared_->limits.body_bytes);
  parser_->on_chunk_header(on_chunk_);
  has_extensions_ = false;
  error_code error;
  const auto used = parser_->put(asio::buffer(head.data(), head.size()), error);
  if (error || used != head.size() || !parser_->is_header_done()) return false;
  parser_->eager(true);
  fields_ = static_cast<std::size_t>(std::distance(parser_->get().begin(), parser_->get().end()));
  return true;
}

void Session::begin_body() {
  set_deadline(Phase::body, shared_->limits.body_timeout);
  wire_bytes_ = in_.size();
  if (!facts_.expects_continue || !in_.empty()) return on_body_bytes();
  asio::async_write(socket_, asio::buffer(continue_line),
                    [self = shared_from_this()](error_code error, std::size_t) {
                      if (self->phase_ != Phase::body) return;
                      if (error) return self->close();
                      self->read_more();
                    });
}

void Session::on_body_bytes() {
  if (auto refused = feed_body()) return refuse(*refused);
  if (parser_->is_done()) return dispatch();
  read_more();
}

// Lets the parser take what it can of `in_`.
std::optional<Refused> Session::feed_body() {
  while (!in_.empty() && !parser_->is_done()) {
    error_code error;
    const auto used = parser_->put(asio::buffer(in_), error);
    in_.erase(0, used);
    if (error == beast::http::error::need_more) break;
    if (error == beast::http::error::body_limit) {
      return Refused{"body.too_large", "The body is over 1 MiB."};
    }
    if (has_extensions_) return Refused{"http.framing", "Chunk extensions are refused."};
    if (error) return Refused{"http.framing", "The body's framing is broken."};
    if (used == 0) break;
  }
  return body_fault();
}

std::optional<Refused> Session::body_fault() const {
  const auto& limits = shared_->limits;
  if (facts_.chunked && wire_bytes_ - in_.size() > limits.body_bytes + limits.body_overhead) {
    return Refused{"body.too_large", "The body and its framing are over 1 MiB."};
  }
  const auto fields = std::distance(parser_->get().begin(), parser_->get().end());
  if (static_cast<std::size_t>(fields) != fields_) {
    return Refused{"http.framing", "Trailer fields are refused."};
  }
  if (in_.size() > limits.head_bytes && !parser_->is_done()) {
    return Refused{"http.framing", "A chunk's header or the trailer is too long."};
  }
  return std::nullopt;
}

// ---------------------------------------------------------------- answering

void Session::dispatch() {
  set_deadline(Phase::answering, shared_->limits.answer_timeout);
  auto& message = parser_->get();
  Request request;
  request.method = as_view(message.method_string());
  request.target = as_view(message.target());
  request.headers.reserve(fields_);
  for (const auto& field : message) {
    request.headers.emplace_back(as_view(field.name_string()), as_view(field.value()));
  }
  request.body = std::move(message.body());
  parser_.reset();
  shared_->router->handle(
      std::move(request), [self = shared_from_this(), number = number_](Response response) mutable {
        if (!self) return;  // answered already
        auto& loop = *self->loop_;
        loop.post([self = std::move(self), number, response = std::move(response)]() mutable {
          if (self->number_ != number || self->phase_ != Phase::answering) return;
          self->write(std::move(response));
        });
      });
}

void Session::refuse(const Refused& refused) {
  auto problem = problem_of(refused.code, refused.detail);
  problem.close = true;
  parser_.reset();
  const std::string_view target = target_;
  auto response = to_response(problem, target.substr(0, target.find('?')));
  write(std::move(response));
  lingered_ = 1;  // the client may still be sending
}

std::string Session::head_of(const Response& response) const {
  std::string head;
  head.reserve(320);
  head += "HTTP/1.1 ";
  head += std::to_string(response.status);
  head += ' ';
  head += reason(response.status);
  head += "\r\nDate: ";
  head += date();
  head += "\r\nContent-Type: ";
  head += response.content_type;
  head += "\r\nContent-Length: ";
  head += std::to_string(response.body.size());
  head += "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  for (const auto& [name, value] : response.headers) {
    head += name;
    head += ": ";
    head += value;
    head += "\r\n";
  }
  if (last_one()) head += "Connection: close\r\n";
  head += "\r\n";
  return head;
}

void Session::write(Response response) {
  ++number_;  // no second answer
  close_after_ = close_after_ || response.close;
  lingered_ = 0;
  set_deadline(Phase::writing, shared_->limits.write_timeout);
  out_head_ = head_of(response);
  close_after_ = last_one();
  out_body_ = head_method_ ? std::string() : std::move(response.body);
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(out_head_), asio::buffer(out_body_)};
  asio::async_write(socket_, buffers, [self = shared_from_this()](error_code error, std::size_t) {
    if (self->phase_ != Phase::writing) return;
    if (error) return self->close();
    self->on_written();
  });
}

void Session::on_written() {
  out_body_ = std::string();
  head_method_ = false;
  if (!close_after_) return next_request();
  linger();
}

// ---------------------------------------------------------------- lingering

void Session::linger() {
  error_code error;
  socket_.shutdown(Socket::shutdown_send, error);
  if (error || lingered_ == 0) return close();
  set_deadline(Phase::lingering, shared_->limits.linger_timeout);
  in_.resize(read_bytes);
  linger_more();
}

void Session::linger_more() {
  socket_.async_read_some(asio::buffer(in_.data(), read_bytes),
                          [self = shared_from_this()](error_code error, std::size_t bytes) {
                            if (self->phase_ != Phase::lingering) return;
                            self->lingered_ += bytes;
                            if (error || self->lingered_ > self->shared_->limits.linger_bytes)
                              return self->close();
                            self->linger_more();
                          });
}

}  // namespace sagaloom::http
