#include "tests/plugins/plugin_file.h"

#include <dlfcn.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <stdlib.h>

namespace sagaloom::tests {

std::string plugin_path(const std::string& name) {
  return std::string(SAGALOOM_BINARY_DIR) + "/bin/plugins/" + name + ".so";
}

const saga_plugin& load_plugin(const std::string& name) {
  void* library = ::dlopen(plugin_path(name).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  const void* table = ::dlsym(library, SAGA_PLUGIN_SYMBOL);
  if (table == nullptr) throw std::runtime_error(name + " exports no " SAGA_PLUGIN_SYMBOL);
  return *static_cast<const saga_plugin*>(table);
}

std::string read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

TemporaryFolder::TemporaryFolder() {
  char name[] = "/tmp/sagaloom-test-XXXXXX";
  if (::mkdtemp(name) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace sagaloom::tests
