// One running server: the rooms wired together, started and ended in the right order.
//
// Lifecycle: `open` (store, plugins, definitions, engine with its recovery, listener), then
// `drain`, then destroy. Threads: open, drain and destruction on the main thread. Errors:
// `NodeError`, with the exit status that tells a wrong set-up from a failing surrounding.
#pragma once

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>

#include "runtime/app/configuration.h"
#include "runtime/app/exit_code.h"
#include "runtime/app/node_directory.h"

namespace sagaloom::app {

struct NodeError : std::runtime_error {
  NodeError(ExitCode exit_status, const std::string& message)
      : std::runtime_error(message), status(exit_status) {}
  ExitCode status;
};

class Node {
 public:
  // The directory must outlive the node.
  static std::unique_ptr<Node> open(const Configuration& configuration,
                                    const NodeDirectory& directory);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  std::string url() const;  // "http://127.0.0.1:8080"
  // No new sagas; waits for calls in flight and for publishing, at most so long. True: nothing was
  // left.
  bool drain(core::Duration limit);

 private:
  class Parts;
  explicit Node(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace sagaloom::app
