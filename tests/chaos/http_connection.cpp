#include "tests/chaos/http_connection.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace sagaloom::chaos {
namespace {

constexpr std::size_t largest_answer = 16 * 1024 * 1024;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::optional<std::size_t> length_of(const std::string& head) {
  static const std::string mark = "\r\ncontent-length:";
  const std::size_t at = head.find(mark);
  if (at == head.npos) return std::nullopt;
  return std::strtoul(head.c_str() + at + mark.size(), nullptr, 10);
}

}  // namespace

std::optional<HttpReply> HttpConnection::request(int port, const std::string& method,
                                                 const std::string& target,
                                                 const std::string& body) {
  if (port != port_) close();
  if (socket_ < 0 && !connect(port)) return std::nullopt;
  std::string text = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  if (!body.empty()) {
    text +=
        "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  }
  auto reply = send(text + "\r\n" + body) ? receive() : std::nullopt;
  if (!reply) close();
  return reply;
}

bool HttpConnection::connect(int port) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  port_ = port;
  const int on = 1;
  const timeval limit{timeout_ms_ / 1000, (timeout_ms_ % 1000) * 1000};
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return true;
  }
  close();
  return false;
}

bool HttpConnection::send(const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const auto sent = ::send(socket_, text.data() + done, text.size() - done, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    done += static_cast<std::size_t>(sent);
  }
  return true;
}

bool HttpConnection::read_more(std::string& buffer) {
  char bytes[16'384];
  const auto got = ::recv(socket_, bytes, sizeof bytes, 0);
  if (got <= 0 || buffer.size() > largest_answer) return false;
  buffer.append(bytes, static_cast<std::size_t>(got));
  return true;
}

std::optional<HttpReply> HttpConnection::receive() {
  std::string buffer;
  std::size_t head_end;
  while ((head_end = buffer.find("\r\n\r\n")) == buffer.npos) {
    if (!read_more(buffer)) return std::nullopt;
  }
  const std::string head = lower(buffer.substr(0, head_end));
  const auto length = length_of(head);
  if (!length || head.size() < 12) return std::nullopt;
  while (buffer.size() < head_end + 4 + *length) {
    if (!read_more(buffer)) return std::nullopt;
  }
  HttpReply reply{std::atoi(head.c_str() + 9), buffer.substr(head_end + 4, *length)};
  if (head.find("\r\nconnection: close") != head.npos) close();
  return reply;
}

void HttpConnection::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

}  // namespace sagaloom::chaos
