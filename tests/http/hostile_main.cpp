// Plays the hostile corpus against a running server, twice, and looks at the server's memory:
//
//   sagaloom_hostile CORPUS PORT [PID]
//
// Prints a line for each case that went wrong and a summary last; exit status 1 when something was
// wrong. Cases that wait for the server's timeouts make a round take about 40 s.
#include <fstream>
#include <iostream>
#include <string>

#include "tests/http/hostile_corpus.h"

namespace {

using sagaloom::http::HostileCase;

long resident_kib(const std::string& pid) {
  std::ifstream status("/proc/" + pid + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stol(line.substr(6));
  }
  return 0;
}

// The server still answers an ordinary request; any answer that is no refusal will do.
bool goes_on(std::uint16_t port) {
  HostileCase ordinary;
  ordinary.status = 404;
  ordinary.code = "route.unknown";
  ordinary.parts.push_back({1, "GET /still-there HTTP/1.1\r\nHost: a\r\n\r\n"});
  return sagaloom::http::play(ordinary, port, 10'000).fault.empty();
}

int play_all(const std::vector<HostileCase>& corpus, std::uint16_t port) {
  int wrong = 0;
  for (const auto& hostile : corpus) {
    auto fault = sagaloom::http::play(hostile, port, 60'000).fault;
    if (fault.empty() && !goes_on(port)) fault = "the server does not answer any more";
    if (fault.empty()) continue;
    ++wrong;
    std::cout << hostile.name << ": " << fault << "\n";
  }
  return wrong;
}

int run(int count, char** arguments) {
  const auto corpus = sagaloom::http::read_hostile_corpus(arguments[1]);
  const auto port = static_cast<std::uint16_t>(std::stoi(arguments[2]));
  const std::string pid = count > 3 ? arguments[3] : "";
  int wrong = play_all(corpus, port);
  const long once = resident_kib(pid);
  wrong += play_all(corpus, port);
  const long twice = resident_kib(pid);
  const bool grew = twice * 10 > once * 11;
  std::cout << corpus.size() << " cases twice, " << wrong << " wrong; resident " << once
            << " KiB after once, " << twice << " KiB after twice" << (grew ? ": it grew" : "")
            << "\n";
  return wrong > 0 || grew ? 1 : 0;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) {
    std::cerr << "usage: sagaloom_hostile CORPUS PORT [PID]\n";
    return 2;
  }
  try {
    return run(count, arguments);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
