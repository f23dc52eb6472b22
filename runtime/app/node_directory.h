// The directory that belongs to one node: its stable id and the lock that keeps a second process
// out.
//
// Lifecycle: open before anything else, keep until the process ends; the kernel drops the lock with
// it, however it ends. Threads: not shared. Errors: `node.in_use` (a second process),
// `node.directory` (cannot be made or written), both for people.
#pragma once

#include <string>

#include "runtime/expression/result.h"

namespace sagaloom::app {

class NodeDirectory {
 public:
  static expression::Result<NodeDirectory> open(const std::string& path);
  NodeDirectory(NodeDirectory&& other) noexcept;
  NodeDirectory& operator=(NodeDirectory&& other) noexcept;
  ~NodeDirectory();

  const std::string& id() const { return id_; }  // a UUID, the same at every start
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  NodeDirectory(std::string path, int lock, std::string id)
      : path_(std::move(path)), lock_(lock), id_(std::move(id)) {}

  std::string path_;
  int lock_ = -1;
  std::string id_;
};

}  // namespace sagaloom::app
