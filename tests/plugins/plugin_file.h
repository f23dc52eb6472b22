// The bundled plugins as the build made them, and temporary folders for their databases.
#pragma once

#include <string>

#include "sdk/saga_plugin.h"

namespace sagaloom::tests {

std::string plugin_path(const std::string& name);
const saga_plugin& load_plugin(const std::string& name);
// One that only tests load: it lies apart from the real ones.
const saga_plugin& load_test_plugin(const std::string& name);
std::string read_text(const std::string& path);

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace sagaloom::tests
