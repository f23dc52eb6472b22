#include "tests/servers/private_postgres.h"

#include <arpa/inet.h>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <grp.h>
#include <iterator>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sagaloom::tests {
namespace {

constexpr int start_limit_ms = 60'000;
constexpr int poll_ms = 20;

const passwd* server_user() {
  return ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr;
}

std::string find_binaries() {
  for (const char* version : {"17", "16", "15", "14"}) {
    const std::string folder = std::string("/usr/lib/postgresql/") + version + "/bin";
    if (std::filesystem::exists(folder + "/initdb")) return folder;
  }
  throw std::runtime_error("PostgreSQL's programs are not under /usr/lib/postgresql");
}

std::string make_folder() {
  std::string name = (std::filesystem::temp_directory_path() / "sagaloom-pg-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed: " + name);
  if (const passwd* user = server_user()) {
    if (::chown(name.c_str(), user->pw_uid, user->pw_gid) != 0) {
      throw std::runtime_error("chown failed: " + name);
    }
  }
  return name;
}

void become_server_user() {
  if (const passwd* user = server_user()) {
    if (::initgroups(user->pw_name, user->pw_gid) != 0 || ::setgid(user->pw_gid) != 0 ||
        ::setuid(user->pw_uid) != 0) {
      ::_exit(126);
    }
  }
}

}  // namespace

int free_port() {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  const bool bound = ::bind(listener, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
                     ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(listener);
  if (!bound) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

PrivatePostgres::PrivatePostgres(const std::vector<std::string>& settings)
    : folder_(make_folder()), binaries_(find_binaries()), port_(free_port()) {
  make_cluster(settings);
  start();
}

PrivatePostgres::~PrivatePostgres() {
  stop_immediate();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void PrivatePostgres::make_cluster(const std::vector<std::string>& settings) {
  run({binaries_ + "/initdb", "-D", folder_ + "/data", "-U", "sagaloom", "-A", "trust", "-E",
       "UTF8", "--locale=C", "--no-sync"});
  std::ofstream file(folder_ + "/data/postgresql.conf", std::ios::app);
  file << "port = " << port_ << "\nlisten_addresses = '127.0.0.1'\n"
       << "unix_socket_directories = '" << folder_ << "'\n"
       << "fsync = on\nmax_connections = 100\nshared_buffers = 128MB\nmax_wal_size = 4GB\n";
  for (const auto& line : settings) file << line << '\n';
}

std::string PrivatePostgres::dsn(int port) const {
  return "host=127.0.0.1 port=" + std::to_string(port == 0 ? port_ : port) +
         " user=sagaloom dbname=postgres sslmode=disable gssencmode=disable";
}

pid_t PrivatePostgres::spawn(const std::vector<std::string>& command,
                             const std::string& output) const {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  become_server_user();
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  ::dup2(file, 1);
  ::dup2(file, 2);
  ::setenv("LC_ALL", "C", 1);
  if (::chdir("/") == 0) ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

void PrivatePostgres::run(const std::vector<std::string>& command) const {
  const pid_t child = spawn(command, folder_ + "/log");
  int status = 0;
  ::waitpid(child, &status, 0);
  if (status != 0) throw std::runtime_error(command[0] + " failed: " + log_tail());
}

void PrivatePostgres::start() {
  if (running()) return;
  // After a kill -9 the old backends may hold the shared memory for a moment: start again.
  for (int waited = 0;; waited += poll_ms) {
    pid_ = spawn({binaries_ + "/postgres", "-D", folder_ + "/data"}, folder_ + "/log");
    try {
      return wait_until_ready();
    } catch (const std::runtime_error&) {
      if (running() || waited > 500 * poll_ms) throw;
    }
    ::poll(nullptr, 0, poll_ms);
  }
}

void PrivatePostgres::wait_until_ready() {
  for (int waited = 0; waited < start_limit_ms; waited += poll_ms) {
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) == pid_) {
      pid_ = -1;
      throw std::runtime_error("PostgreSQL did not start: " + log_tail());
    }
    if (PQping(dsn().c_str()) == PQPING_OK) return;
    ::poll(nullptr, 0, poll_ms);
  }
  throw std::runtime_error("PostgreSQL does not answer: " + log_tail());
}

void PrivatePostgres::stop_immediate() {
  if (!running()) return;
  ::kill(pid_, SIGQUIT);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

void PrivatePostgres::restart_immediate() {
  stop_immediate();
  start();
}

void PrivatePostgres::kill_postmaster() {
  if (!running()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

std::string PrivatePostgres::log_tail() const {
  std::ifstream file(folder_ + "/log");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return text.size() > 2000 ? text.substr(text.size() - 2000) : text;
}

}  // namespace sagaloom::tests
