#include "tests/http/hostile_corpus.h"

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <netinet/in.h>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace sagaloom::http {
namespace {

using Clock = std::chrono::steady_clock;

std::string unescape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      out.push_back(text[i]);
      continue;
    }
    switch (text[++i]) {
      case 'r':
        out.push_back('\r');
        break;
      case 'n':
        out.push_back('\n');
        break;
      case 't':
        out.push_back('\t');
        break;
      case 'x':
        out.push_back(static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16)));
        i += 2;
        break;
      default:
        out.push_back(text[i]);
    }
  }
  return out;
}

std::string json_head(std::size_t length) {
  return "POST /api/v1/sagas HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
         "Content-Length: " +
         std::to_string(length) + "\r\n\r\n";
}

void add_repeated(HostileCase& hostile, std::istringstream& words, bool json) {
  HostileCase::Part part;
  words >> part.count;
  words.get();
  std::string text;
  std::getline(words, text);
  part.text = unescape(text);
  if (json) hostile.parts.push_back({1, json_head(part.count * part.text.size())});
  hostile.parts.push_back(std::move(part));
}

void add_line(HostileCase& hostile, const std::string& line) {
  std::istringstream words(line);
  std::string word, rest;
  words >> word;
  if (word == "repeat" || word == "json_repeat") {
    return add_repeated(hostile, words, word == "json_repeat");
  }
  if (word == "expect") {
    words >> hostile.status >> hostile.code >> word;
    hostile.close = word == "close";
    return;
  }
  if (words.peek() == ' ') words.get();
  std::getline(words, rest);
  const auto text = unescape(rest);
  if (word == "send") {
    hostile.parts.push_back({1, text});
  } else if (word == "json") {
    hostile.parts.push_back({1, json_head(text.size()) + text});
  } else if (word == "pause") {
    hostile.pause = true;
  } else {
    throw std::runtime_error("unknown directive `" + word + "`");
  }
}

int left_ms(Clock::time_point end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
  return static_cast<int>(std::max<std::int64_t>(0, left.count()));
}

// A connection that sends and reads at once, so that neither side waits for the other for ever.
class Exchange {
 public:
  Exchange(int socket, Clock::time_point end) : socket_(socket), end_(end) {}
  ~Exchange() { close(socket_); }

  // False: the server does not take it any more (it has answered).
  bool send_all(std::string_view text) {
    while (!text.empty()) {
      pollfd poller{socket_, POLLIN | POLLOUT, 0};
      if (poll(&poller, 1, left_ms(end_)) <= 0) return false;
      if ((poller.revents & POLLIN) != 0 && !read_some()) return false;
      if (complete() || closed_) return false;
      if ((poller.revents & POLLOUT) == 0) continue;
      const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent < 0 && errno != EAGAIN) return read_rest(), false;
      if (sent > 0) text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }

  // Reads until the answer is complete (`to_the_end`: until the server closes).
  void read_rest(bool to_the_end = false) {
    while (!closed_ && (to_the_end || !complete())) {
      pollfd poller{socket_, POLLIN, 0};
      if (poll(&poller, 1, left_ms(end_)) <= 0) return;
      if (!read_some()) return;
    }
  }

  void end_sending() { shutdown(socket_, SHUT_WR); }
  const std::string& answer() const { return answer_; }
  bool closed() const { return closed_; }

  bool complete() const {
    const auto head_end = answer_.find("\r\n\r\n");
    if (head_end == std::string::npos) return false;
    if (answer_.starts_with("HTTP/1.1 100")) return false;
    const auto at = answer_.find("Content-Length: ");
    if (at == std::string::npos || at > head_end) return false;
    return answer_.size() >= head_end + 4 + std::stoul(answer_.substr(at + 16));
  }

 private:
  bool read_some() {
    char buffer[16 * 1024];
    const auto got = recv(socket_, buffer, sizeof buffer, MSG_DONTWAIT);
    if (got > 0) answer_.append(buffer, static_cast<std::size_t>(got));
    if (got == 0 || (got < 0 && errno != EAGAIN)) closed_ = true;
    return !closed_;
  }

  const int socket_;
  const Clock::time_point end_;
  std::string answer_;
  bool closed_ = false;
};

std::string fault_of(const HostileCase& hostile, const HostileResult& result, bool closed) {
  if (result.answer.empty()) return "no answer";
  if (result.status != hostile.status) {
    return "status " + std::to_string(result.status) + " instead of " +
           std::to_string(hostile.status);
  }
  if (result.answer.find("application/problem+json") == std::string::npos) {
    return "not a problem document";
  }
  if (result.answer.find("\"code\":\"" + hostile.code + "\"") == std::string::npos) {
    return "not the code " + hostile.code;
  }
  if (hostile.close && !closed) return "the connection was not closed";
  if (hostile.close && result.answer.find("Connection: close") == std::string::npos) {
    return "the answer does not say Connection: close";
  }
  return "";
}

}  // namespace

std::vector<HostileCase> read_hostile_corpus(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  std::vector<HostileCase> corpus;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line.front() == '#') continue;
    if (line.starts_with("case ")) {
      corpus.emplace_back().name = line.substr(5);
      continue;
    }
    if (corpus.empty()) throw std::runtime_error(path + ": a line before the first case");
    try {
      add_line(corpus.back(), line);
    } catch (const std::exception& error) {
      throw std::runtime_error(path + ":" + std::to_string(number) + ": " + error.what());
    }
  }
  return corpus;
}

int connect_loopback(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    close(socket);
    throw std::runtime_error("cannot connect to port " + std::to_string(port));
  }
  return socket;
}

HostileResult play(const HostileCase& hostile, std::uint16_t port, int limit_ms) {
  Exchange exchange(connect_loopback(port), Clock::now() + std::chrono::milliseconds(limit_ms));
  bool going = true;
  for (const auto& part : hostile.parts) {
    std::string text;
    for (std::size_t i = 0; going && i < part.count; ++i) {
      text += part.text;
      if (text.size() < 64 * 1024 && i + 1 < part.count) continue;
      going = exchange.send_all(text);
      text.clear();
    }
  }
  exchange.read_rest();
  if (hostile.close && !hostile.pause) exchange.end_sending();
  if (hostile.close) exchange.read_rest(true);
  HostileResult result;
  result.answer = exchange.answer();
  if (result.answer.size() > 12) result.status = std::atoi(result.answer.c_str() + 9);
  result.fault = fault_of(hostile, result, exchange.closed());
  return result;
}

}  // namespace sagaloom::http
