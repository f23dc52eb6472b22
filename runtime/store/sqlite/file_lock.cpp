#include "runtime/store/sqlite/file_lock.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

#include "runtime/store/open_error.h"

namespace sagaloom::store {
namespace {

constexpr int pause_ms = 20;

std::string owner_of(int descriptor) {
  char text[32] = {};
  const auto size = ::pread(descriptor, text, sizeof text - 1, 0);
  const std::string owner(text, size > 0 ? static_cast<std::size_t>(size) : 0);
  return owner.empty() ? "another process" : "process " + owner;
}

}  // namespace

FileLock::FileLock(const std::string& database, core::Duration wait) {
  const std::string path = database + ".lock";
  // Not inherited by worker processes, which would keep the lock after our end.
  descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (descriptor_ < 0) {
    throw OpenError("store.open_failed", path + ": " + std::strerror(errno));
  }
  if (acquire(wait)) {
    write_owner();
    return;
  }
  const std::string owner = owner_of(descriptor_);
  ::close(descriptor_);
  throw OpenError("store.locked",
                  database + " is in use by " + owner + "; stop it or choose another file");
}

bool FileLock::acquire(core::Duration wait) {
  for (auto left = wait; ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0;
       left -= core::Duration(pause_ms)) {
    if (left <= core::Duration::zero()) return false;
    ::poll(nullptr, 0, pause_ms);
  }
  return true;
}

void FileLock::write_owner() const {
  const std::string text = std::to_string(::getpid());
  if (::ftruncate(descriptor_, 0) != 0) return;  // the text is for people, the lock is held anyway
  if (::pwrite(descriptor_, text.data(), text.size(), 0) < 0) return;
}

FileLock::~FileLock() {
  ::close(descriptor_);
}

}  // namespace sagaloom::store
