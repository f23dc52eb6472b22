#include "tests/end_to_end/program.h"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <signal.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace sagaloom::tests {
namespace {

using Clock = std::chrono::steady_clock;

void redirect(const std::string& path, int flags, int target) {
  const int file = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (file >= 0) ::dup2(file, target);
}

// Only what may be called between fork and exec.
[[noreturn]] void become(const std::vector<char*>& arguments, const std::vector<char*>& environment,
                         const std::string& in, const std::string& out, const std::string& err) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  redirect(in, O_RDONLY, 0);
  redirect(out, O_WRONLY | O_CREAT | O_TRUNC, 1);
  redirect(err, O_WRONLY | O_CREAT | O_APPEND, 2);
  ::execvpe(arguments[0], arguments.data(), environment.data());
  ::_exit(127);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> whole_environment(const std::vector<std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (std::string_view(*entry).substr(0, 9) != "SAGALOOM_") all.emplace_back(*entry);
  all.insert(all.end(), added.begin(), added.end());
  return all;
}

pid_t spawn(std::vector<std::string> command, const std::vector<std::string>& environment,
            const std::string& in, const std::string& out, const std::string& err) {
  std::vector<std::string> variables = whole_environment(environment);
  const auto arguments = pointers(command);
  const auto settings = pointers(variables);
  const pid_t pid = ::fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid == 0) become(arguments, settings, in, out, err);
  return pid;
}

int exit_status(int wait_status) {
  return WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : 128 + WTERMSIG(wait_status);
}

// -1: still running at the limit.
int reap(pid_t pid, std::chrono::seconds limit) {
  const auto end = Clock::now() + limit;
  int status = 0;
  while (::waitpid(pid, &status, WNOHANG) == 0) {
    if (Clock::now() > end) return -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return exit_status(status);
}

}  // namespace

Folder::Folder() {
  std::string name = std::filesystem::temp_directory_path() / "sagaloom-test-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string Folder::write(const std::string& name, const std::string& text) const {
  std::ofstream(file(name), std::ios::binary) << text;
  return file(name);
}

std::string program() {
  return SAGALOOM_BINARY_DIR "/bin/sagaloom";
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

Finished run(const std::vector<std::string>& command, const std::vector<std::string>& environment,
             const std::string& input, std::chrono::seconds limit) {
  const Folder folder;
  const std::string in = folder.write("in", input), out = folder.file("out"),
                    err = folder.file("err");
  const pid_t pid = spawn(command, environment, in, out, err);
  Finished finished;
  finished.status = reap(pid, limit);
  if (finished.status < 0) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  finished.out = read_file(out);
  finished.err = read_file(err);
  if (finished.status < 0)
    throw std::runtime_error(command[0] + " did not end in time: " + finished.err);
  return finished;
}

Server::Server(std::vector<std::string> arguments, std::vector<std::string> environment)
    : arguments_(std::move(arguments)), environment_(std::move(environment)) {}

Server::~Server() {
  kill();
}

bool Server::find_url() {
  static const std::string mark = "listening on ";
  const std::string text = out();
  const std::size_t at = text.find(mark);
  const std::size_t end = text.find('\n', at == text.npos ? 0 : at);
  if (at == text.npos || end == text.npos) return false;
  url_ = text.substr(at + mark.size(), end - at - mark.size());
  return true;
}

void Server::start() {
  std::vector<std::string> command = {program()};
  command.insert(command.end(), arguments_.begin(), arguments_.end());
  std::filesystem::remove(folder_.file("out"));
  pid_ = spawn(command, environment_, "/dev/null", folder_.file("out"), folder_.file("err"));
  const auto end = Clock::now() + std::chrono::seconds(60);
  while (!find_url()) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != 0) {
      pid_ = -1;
      throw std::runtime_error("the server ended with " + std::to_string(exit_status(status)) +
                               ": " + err());
    }
    if (Clock::now() > end) throw std::runtime_error("the server does not listen: " + err());
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void Server::signal(int number) {
  if (pid_ > 0) ::kill(pid_, number);
}

void Server::kill() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int Server::wait_for_end(std::chrono::seconds limit) {
  const int status = reap(pid_, limit);
  if (status < 0) throw std::runtime_error("the server does not end: " + err());
  pid_ = -1;
  return status;
}

int Server::terminate() {
  signal(SIGTERM);
  return wait_for_end();
}

}  // namespace sagaloom::tests
