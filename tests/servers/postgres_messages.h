// Cuts a stream of PostgreSQL's protocol (version 3) into messages, enough to find a COMMIT.
// Threads: none of its own. A message is given out whole; the start-up message has no type byte.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sagaloom::tests {

class MessageStream {
 public:
  explicit MessageStream(bool from_client) : expects_startup_(from_client) {}
  void append(std::string_view bytes) { buffer_.append(bytes); }
  // The next whole message with its header, or nothing yet.
  std::optional<std::string> next();

 private:
  std::string buffer_;
  bool expects_startup_;
};

bool asks_for_commit(std::string_view message);  // client: Query, Parse or Bind of `commit`
bool confirms_commit(std::string_view message);  // server: CommandComplete with tag COMMIT

}  // namespace sagaloom::tests
