#include "tests/servers/kafka/kafka_libs.h"

#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/file.h>
#include <unistd.h>

#include "tests/servers/kafka/child_process.h"

namespace sagaloom::test {

namespace fs = std::filesystem;

namespace {

class Lock {
 public:
  explicit Lock(const fs::path& path)
      : fd_(open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0644)) {
    if (fd_ < 0 || flock(fd_, LOCK_EX) != 0) {
      throw std::runtime_error("kafka: cannot lock " + path.string());
    }
  }
  ~Lock() { close(fd_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  int fd_;
};

void fetch(const fs::path& folder) {
  const fs::path fresh = folder.string() + ".fresh";
  const std::string log = folder.string() + ".log";
  fs::remove_all(fresh);
  const auto pid =
      spawn({"mvn", "-B", "-q", "-f", SAGALOOM_SOURCE_DIR "/tests/servers/kafka/pom.xml",
             "dependency:copy-dependencies", "-DoutputDirectory=" + fresh.string(),
             "-DincludeScope=runtime"},
            log);
  if (wait_for_end(pid, std::chrono::minutes(5)) != 0) {
    throw std::runtime_error("kafka: mvn could not fetch the broker: " + tail_of(log));
  }
  fs::rename(fresh, folder);
}

}  // namespace

fs::path kafka_libs() {
  const char* given = std::getenv("SAGALOOM_KAFKA_LIBS");
  const fs::path folder = given != nullptr ? given : SAGALOOM_SOURCE_DIR "/build/kafka-libs";
  fs::create_directories(folder.parent_path());
  const Lock lock(folder.string() + ".lock");
  if (!fs::exists(folder)) fetch(folder);
  return folder;
}

}  // namespace sagaloom::test
