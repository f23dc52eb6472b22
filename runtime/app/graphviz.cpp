#include "runtime/app/graphviz.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace sagaloom::app {
namespace {

constexpr off_t most_bytes = 64 * 1024 * 1024;

// A file in memory: the child's input and outputs need no pipe that could fill up.
class MemoryFile {
 public:
  explicit MemoryFile(const char* name) : file_(::memfd_create(name, MFD_CLOEXEC)) {}
  ~MemoryFile() {
    if (file_ >= 0) ::close(file_);
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  int number() const { return file_; }
  bool fill(const std::string& text) const {
    std::size_t done = 0;
    while (done < text.size()) {
      const ssize_t part = ::write(file_, text.data() + done, text.size() - done);
      if (part <= 0) return false;
      done += static_cast<std::size_t>(part);
    }
    return ::lseek(file_, 0, SEEK_SET) == 0;
  }
  std::string text() const {
    struct stat facts{};
    if (::fstat(file_, &facts) != 0 || facts.st_size > most_bytes) return {};
    std::string out(static_cast<std::size_t>(facts.st_size), '\0');
    const ssize_t count = ::pread(file_, out.data(), out.size(), 0);
    out.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    return out;
  }

 private:
  int file_;
};

// 0: started; else the number of the error.
int start(const MemoryFile& in, const MemoryFile& out, const MemoryFile& said, pid_t& child) {
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, in.number(), 0);
  ::posix_spawn_file_actions_adddup2(&actions, out.number(), 1);
  ::posix_spawn_file_actions_adddup2(&actions, said.number(), 2);
  std::string name = "dot", format = "-Tsvg";
  char* arguments[] = {name.data(), format.data(), nullptr};
  const int problem = ::posix_spawnp(&child, name.c_str(), &actions, nullptr, arguments, environ);
  ::posix_spawn_file_actions_destroy(&actions);
  return problem;
}

// Whether the child ended by itself within the limit; afterwards it has ended in any case.
bool wait_for_end(pid_t child, std::chrono::milliseconds limit, int& status) {
  const int handle = static_cast<int>(::syscall(SYS_pidfd_open, child, 0));
  pollfd end{handle, POLLIN, 0};
  const bool ended = handle >= 0 && ::poll(&end, 1, static_cast<int>(limit.count())) == 1;
  if (!ended) ::kill(child, SIGKILL);
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (handle >= 0) ::close(handle);
  return ended;
}

}  // namespace

expression::Result<std::string> svg(const std::string& dot, std::chrono::milliseconds limit) {
  const MemoryFile in("dot-in"), out("dot-out"), said("dot-said");
  if (in.number() < 0 || out.number() < 0 || said.number() < 0 || !in.fill(dot))
    return expression::Error{"graph.dot_failed",
                             std::string("no memory for the drawing: ") + std::strerror(errno)};
  pid_t child = -1;
  if (const int problem = start(in, out, said, child); problem != 0)
    return expression::Error{"graph.dot_missing",
                             std::string("Graphviz' `dot` cannot be started: ") +
                                 std::strerror(problem) +
                                 "; install it (Debian: apt-get install graphviz), or write "
                                 "--format dot or mermaid, which need nothing"};
  int status = 0;
  if (!wait_for_end(child, limit, status))
    return expression::Error{"graph.dot_timeout",
                             "`dot` did not end within " + std::to_string(limit.count()) +
                                 " ms; raise --timeout, or write --format dot"};
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return expression::Error{"graph.dot_failed", "`dot` failed: " + said.text().substr(0, 500)};
  std::string text = out.text();
  if (text.find("<svg") == text.npos)
    return expression::Error{"graph.dot_failed", "`dot` gave no SVG, or one over 64 MiB"};
  return text;
}

}  // namespace sagaloom::app
