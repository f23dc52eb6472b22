// The real `sagaloom` binary as a process of a test, and commands that end by themselves.
//
// Lifecycle: the destructor kills what still runs. Threads: one. Errors: std::runtime_error with
// the end of what the process said.
#pragma once

#include <chrono>
#include <string>
#include <sys/types.h>
#include <vector>

namespace sagaloom::tests {

// A folder of a test's own, removed with it.
class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::string path_;
};

std::string program();  // path of the binary under test
std::string read_file(const std::string& path);

struct Finished {
  int status = -1;  // exit status; 128 + n when signal n ended it
  std::string out, err;
};

// Runs a command to its end; `environment` are NAME=value; killed when the limit is over.
Finished run(const std::vector<std::string>& command,
             const std::vector<std::string>& environment = {}, const std::string& input = {},
             std::chrono::seconds limit = std::chrono::seconds(60));

// A server: `sagaloom dev …` or `sagaloom serve …`.
class Server {
 public:
  Server(std::vector<std::string> arguments, std::vector<std::string> environment = {});
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  void start();  // returns when it listens
  void kill();   // -9
  void signal(int number);
  int wait_for_end(std::chrono::seconds limit = std::chrono::seconds(40));
  int terminate();  // SIGTERM and the exit status

  const std::string& url() const { return url_; }
  std::string out() const { return read_file(folder_.file("out")); }
  std::string err() const { return read_file(folder_.file("err")); }
  pid_t pid() const { return pid_; }

 private:
  bool find_url();

  const std::vector<std::string> arguments_, environment_;
  Folder folder_;
  pid_t pid_ = -1;
  std::string url_;
};

}  // namespace sagaloom::tests
