#include "tests/store_contract/client_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sagaloom::tests {
namespace {

constexpr int line_limit_ms = 20'000;

}  // namespace

ClientProcess::ClientProcess(const std::vector<std::string>& arguments) {
  const std::string program = std::string(SAGALOOM_BINARY_DIR) + "/bin/store_client";
  std::vector<char*> words = {const_cast<char*>(program.c_str())};
  for (const auto& word : arguments) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::dup2(ends[1], 1);
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  output_ = ends[0];
}

ClientProcess::~ClientProcess() {
  kill();
  ::close(output_);
}

std::string ClientProcess::read_line() {
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    pollfd polled{output_, POLLIN, 0};
    char bytes[512];
    if (::poll(&polled, 1, line_limit_ms) <= 0) return "";
    const auto got = ::read(output_, bytes, sizeof bytes);
    if (got <= 0) return "";
    buffer_.append(bytes, static_cast<std::size_t>(got));
  }
}

void ClientProcess::signal(int number) const {
  if (running()) ::kill(pid_, number);
}

bool ClientProcess::wait_until_stopped() const {
  int status = 0;
  return ::waitpid(pid_, &status, WUNTRACED) == pid_ && WIFSTOPPED(status);
}

void ClientProcess::kill() {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

}  // namespace sagaloom::tests
