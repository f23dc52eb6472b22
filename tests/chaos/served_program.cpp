#include "tests/chaos/served_program.h"

#include <chrono>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <signal.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace sagaloom::chaos {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto poll_every = std::chrono::milliseconds(2);
constexpr int failpoint_status = 137;

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> environment_with(const std::string& failpoint) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("SAGALOOM_")) all.emplace_back(*entry);
  }
  if (!failpoint.empty()) all.push_back("SAGALOOM_FAILPOINT=" + failpoint);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

void redirect(const char* path, int flags, int target) {
  const int file = ::open(path, flags | O_CLOEXEC, 0600);
  if (file >= 0) ::dup2(file, target);
}

}  // namespace

ServedProgram::ServedProgram(std::string folder, std::string configuration_file)
    : folder_(std::move(folder)), configuration_file_(std::move(configuration_file)) {}

ServedProgram::~ServedProgram() {
  kill();
}

void ServedProgram::start(const std::string& failpoint) {
  std::vector<std::string> words = {SAGALOOM_FAILPOINTS_PROGRAM, "serve", "--config",
                                    configuration_file_};
  std::vector<std::string> variables = environment_with(failpoint);
  const auto arguments = pointers(words);
  const auto environment = pointers(variables);
  const std::string out = folder_ + "/out", err = folder_ + "/err";
  ::unlink(out.c_str());
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  ending_ = Ending::running;
  if (pid_ > 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  redirect("/dev/null", O_RDONLY, 0);
  redirect(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 1);
  redirect(err.c_str(), O_WRONLY | O_CREAT | O_APPEND, 2);
  ::execve(arguments[0], arguments.data(), environment.data());
  ::_exit(127);
}

int ServedProgram::find_port() const {
  const std::string text = text_of(folder_ + "/out");
  const std::size_t line = text.find("listening on ");
  if (line == text.npos || text.find('\n', line) == text.npos) return 0;
  const std::size_t colon = text.rfind(':', text.find('\n', line));
  return std::atoi(text.c_str() + colon + 1);
}

int ServedProgram::wait_for_port(int limit_ms) {
  const auto end = Clock::now() + std::chrono::milliseconds(limit_ms);
  while (Clock::now() < end) {
    if (const int port = find_port()) return port;
    if (wait(0) != Ending::running) return 0;
    std::this_thread::sleep_for(poll_every);
  }
  return 0;
}

Ending ServedProgram::ended_with(int wait_status) {
  pid_ = -1;
  if (WIFSIGNALED(wait_status)) {
    return ending_ = WTERMSIG(wait_status) == SIGKILL ? Ending::killed : Ending::failed;
  }
  const int status = WEXITSTATUS(wait_status);
  if (status == failpoint_status) return ending_ = Ending::failpoint;
  return ending_ = status == 0 ? Ending::clean : Ending::failed;
}

Ending ServedProgram::wait(int limit_ms) {
  const auto end = Clock::now() + std::chrono::milliseconds(limit_ms);
  while (pid_ > 0) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) return ended_with(status);
    if (Clock::now() >= end) return Ending::running;
    std::this_thread::sleep_for(poll_every);
  }
  return ending_;
}

Ending ServedProgram::kill() {
  if (pid_ <= 0) return ending_;
  ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  return ended_with(status);
}

Ending ServedProgram::terminate(int limit_ms) {
  if (pid_ <= 0) return ending_;
  ::kill(pid_, SIGTERM);
  const Ending ending = wait(limit_ms);
  return ending == Ending::running ? kill() : ending;
}

std::string ServedProgram::messages() const {
  const std::string text = text_of(folder_ + "/err");
  return text.size() > 4'000 ? text.substr(text.size() - 4'000) : text;
}

long ServedProgram::messages_size() const {
  std::ifstream file(folder_ + "/err", std::ios::ate);
  return file ? static_cast<long>(file.tellg()) : 0;
}

long ServedProgram::count_in_messages(long from, const std::string& a, const std::string& b) const {
  std::ifstream file(folder_ + "/err");
  file.seekg(from);
  long count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.find(a) != line.npos && line.find(b) != line.npos) ++count;
  }
  return count;
}

}  // namespace sagaloom::chaos
