// One connection: reads a request, lets the router answer it, writes the answer, and so on.
//
// A state machine with callbacks, all on the connection's io thread: idle → head → body → answering
// → writing → idle, or → lingering (after a refusal: the client may still be sending; what it sends
// is dropped for a while, so that it sees the answer instead of a reset) → closed. While answering
// nothing is read: a second request waits in the socket.
// Lifecycle: kept alive by its pending operation or the router's exchange. Heavy: Asio and Beast;
// only session.cpp and server.cpp include this.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "runtime/http/head_guard.h"
#include "runtime/http/limits.h"
#include "runtime/http/problem.h"
#include "runtime/http/request.h"

namespace sagaloom::http {

class Router;
class Session;

using Executor = boost::asio::io_context::executor_type;
using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

// One io thread's loop and connections. Shared with the sessions, so that an answer that comes
// after the server has gone finds a closed door instead of a freed loop.
struct Loop {
  boost::asio::io_context context{1};
  std::unordered_set<Session*> sessions;  // only on the loop's thread
  bool draining = false;                  // only on the loop's thread

  // Runs `work` on the loop's thread; dropped when the loop has ended. From any thread.
  void post(std::function<void()> work);
  void close_door();

 private:
  std::mutex mutex_;
  bool open_ = true;
};

// What all connections of a server share.
struct Shared {
  Limits limits;
  std::shared_ptr<Router> router;
  std::atomic<std::size_t> connections{0};
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Socket socket, std::shared_ptr<Loop> loop, std::shared_ptr<Shared> shared);
  ~Session();
  void start();
  // Idle: closes. Else the answer under way is the last one.
  void drain();
  void close();

 private:
  enum class Phase : std::uint8_t { idle, head, body, answering, writing, lingering, closed };
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Clock = std::chrono::steady_clock;

  void next_request();
  void read_more();
  void on_read(std::size_t bytes);
  void on_head_bytes();
  void on_head(std::size_t length);
  bool parse_head(std::string_view head);
  void begin_body();
  void on_body_bytes();
  std::optional<Refused> feed_body();
  std::optional<Refused> body_fault() const;
  void dispatch();
  void refuse(const Refused& refused);
  void write(Response response);
  void on_written();
  void linger();
  void linger_more();
  void set_deadline(Phase phase, std::chrono::milliseconds limit);
  void watch();
  void on_timeout();
  std::string head_of(const Response& response) const;
  bool last_one() const;

  Socket socket_;
  Timer timer_;
  const std::shared_ptr<Loop> loop_;
  const std::shared_ptr<Shared> shared_;

  Phase phase_ = Phase::idle;
  std::string in_;           // read, not yet used
  std::size_t scanned_ = 0;  // of the head
  std::optional<Parser> parser_;
  HeadFacts facts_;  // without its views, which point into a head that is gone
  std::string target_;
  bool head_method_ = false;  // HEAD: the answer has no body
  bool has_extensions_ = false;
  std::size_t fields_ = 0;      // of the head: more after the body are trailers
  std::size_t wire_bytes_ = 0;  // of the body, framing included
  std::uint64_t number_ = 0;    // of the request: a late answer to an older one is dropped
  std::size_t lingered_ = 0;
  std::string out_head_, out_body_;
  bool close_after_ = false;
  Clock::time_point deadline_{};
  Clock::time_point watched_{};  // the timer runs until then; none: it does not run
  std::function<void(std::uint64_t, boost::beast::string_view, boost::beast::error_code&)>
      on_chunk_;
};

}  // namespace sagaloom::http
