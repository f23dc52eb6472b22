// Runs the program sagaloom-conformance from a test and gives its exit code and last line.
#pragma once

#include <array>
#include <cstdio>
#include <gtest/gtest.h>
#include <string>
#include <sys/wait.h>

namespace sagaloom::conformance {

struct Outcome {
  int exit_code = -1;
  std::string output{};
  std::string last_line{};
};

inline Outcome run_tool(const std::string& arguments) {
  const std::string command =
      std::string(SAGALOOM_BINARY_DIR) + "/bin/sagaloom-conformance " + arguments + " 2>&1";
  Outcome outcome;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return outcome;
  std::array<char, 4096> line;
  while (std::fgets(line.data(), line.size(), pipe) != nullptr) {
    outcome.last_line = line.data();
    outcome.output += outcome.last_line;
  }
  outcome.exit_code = WEXITSTATUS(pclose(pipe));
  return outcome;
}

// `file` is a path in the source tree.
inline Outcome run_suite(const std::string& suite, const std::string& file) {
  return run_tool(suite + " " + SAGALOOM_SOURCE_DIR + "/" + file);
}

}  // namespace sagaloom::conformance
