// The hostile corpus: reading hostile.txt and playing a case against a server on loopback.
//
// No framework: usable from any test program. Threads: each call is on its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sagaloom::http {

struct HostileCase {
  struct Part {
    std::size_t count = 1;
    std::string text;
  };
  std::string name;
  int status = 0;
  std::string code;    // empty: any
  bool close = false;  // the server must close the connection after its answer
  bool pause = false;  // after sending, the client stays silent but connected
  std::vector<Part> parts;
};

// Throws std::runtime_error with file and line when the file is not well-formed.
std::vector<HostileCase> read_hostile_corpus(const std::string& path);

// What came back; `fault` says what is wrong with it, empty: as expected.
struct HostileResult {
  int status = 0;
  std::string answer;
  std::string fault;
};
// `limit_ms` for the whole exchange.
HostileResult play(const HostileCase& hostile, std::uint16_t port, int limit_ms);

// Connects to 127.0.0.1; throws std::runtime_error.
int connect_loopback(std::uint16_t port);

}  // namespace sagaloom::http
