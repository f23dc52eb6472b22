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

namespace {

const saga_plugin& load(const std::string& path) {
  void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  const void* table = ::dlsym(library, SAGA_PLUGIN_SYMBOL);
  if (table == nullptr) throw std::runtime_error(path + " exports no " SAGA_PLUGIN_SYMBOL);
  return *static_cast<const saga_plugin*>(table);
}

}  // namespace

const saga_plugin& load_plugin(const std::string& name) {
  return load(plugin_path(name));
}

const saga_plugin& load_test_plugin(const std::string& name) {
  return load(std::string(SAGALOOM_BINARY_DIR) + "/bin/test_plugins/" + name + ".so");
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
