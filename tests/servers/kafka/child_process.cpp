#include "tests/servers/kafka/child_process.h"

#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sagaloom::test {

namespace {

[[noreturn]] void become(const std::vector<char*>& arguments, int log) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  setpgid(0, 0);  // a terminal's Ctrl-C is for the test, which then ends it
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execvp(arguments[0], arguments.data());
  _exit(127);
}

int listen_anywhere(int& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, generic, size) != 0 || getsockname(fd, generic, &size) != 0) {
    throw std::runtime_error("no free loopback port");
  }
  port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

pid_t spawn(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const int log_fd = open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  const pid_t pid = fork();
  if (pid == 0) become(arguments, log_fd);
  close(log_fd);
  if (pid < 0) throw std::runtime_error("cannot fork for " + command.front());
  return pid;
}

int wait_for_end(pid_t pid, std::chrono::milliseconds limit) {
  const int process = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  pollfd entry{.fd = process, .events = POLLIN, .revents = 0};
  if (process >= 0 && poll(&entry, 1, static_cast<int>(limit.count())) == 0) kill(pid, SIGKILL);
  if (process >= 0) close(process);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool ended(pid_t pid) {
  return waitpid(pid, nullptr, WNOHANG) == pid;
}

std::vector<int> free_ports(int count) {
  std::vector<int> ports(count), held;
  for (int& port : ports) held.push_back(listen_anywhere(port));
  for (const int fd : held) close(fd);
  return ports;
}

std::string tail_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  constexpr std::size_t limit = 2000;
  const auto all = text.str();
  return all.size() > limit ? all.substr(all.size() - limit) : all;
}

}  // namespace sagaloom::test
