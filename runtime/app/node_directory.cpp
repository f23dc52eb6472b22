#include "runtime/app/node_directory.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <random>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

#include "runtime/core/saga_id.h"

namespace sagaloom::app {
namespace {

using expression::Error;

Error directory_error(const std::string& path, const std::string& reason) {
  return {"node.directory", "the data directory " + path + " cannot be used: " + reason, {}};
}

std::string owner_of(const std::string& lock_file) {
  std::ifstream file(lock_file);
  std::string pid;
  file >> pid;
  return pid.empty() ? "another process" : "process " + pid;
}

void write_pid(int lock) {
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock, 0) == 0) (void)!::write(lock, pid.data(), pid.size());
}

// A random UUID (RFC 9562, version 4).
std::string random_uuid() {
  std::random_device device;
  core::SagaId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i)
    id.bytes[i] = static_cast<std::uint8_t>(device());
  id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0f) | 0x40);
  id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3f) | 0x80);
  return core::to_string(id);
}

// Written beside and renamed, so that a crash leaves the old id or the new one, never half of it.
bool write_id(const std::string& path, const std::string& id) {
  const std::string draft = path + ".new";
  const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return false;
  const std::string line = id + "\n";
  const bool written =
      ::write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
      ::fsync(file) == 0;
  ::close(file);
  return written && std::rename(draft.c_str(), path.c_str()) == 0;
}

std::string read_or_make_id(const std::string& path) {
  std::ifstream file(path);
  std::string id;
  if (file >> id && core::parse_saga_id(id)) return id;
  id = random_uuid();
  return write_id(path, id) ? id : std::string();
}

}  // namespace

expression::Result<NodeDirectory> NodeDirectory::open(const std::string& path) {
  std::error_code made;
  std::filesystem::create_directories(path, made);
  if (made) return directory_error(path, made.message());
  const std::string lock_file = path + "/node.lock";
  const int lock = ::open(lock_file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock < 0) return directory_error(path, std::strerror(errno));
  NodeDirectory directory(path, lock, {});
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    return Error{"node.in_use",
                 "the data directory " + path + " is in use by " + owner_of(lock_file) +
                     "; end it, or choose another directory with --data",
                 {}};
  }
  write_pid(lock);
  directory.id_ = read_or_make_id(path + "/node.id");
  if (directory.id_.empty()) return directory_error(path, "node.id cannot be written");
  return directory;
}

NodeDirectory::NodeDirectory(NodeDirectory&& other) noexcept
    : path_(std::move(other.path_)),
      lock_(std::exchange(other.lock_, -1)),
      id_(std::move(other.id_)) {}

NodeDirectory& NodeDirectory::operator=(NodeDirectory&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(lock_, other.lock_);
  std::swap(id_, other.id_);
  return *this;
}

NodeDirectory::~NodeDirectory() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace sagaloom::app
