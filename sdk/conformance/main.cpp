// sagaloom-plugin-test PLUGIN.so SUITE.json DIRECTORY [SEED]: runs every conformance case that
// applies, one line each; exit status 1 when a promise was broken, 2 when nothing could be run.
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "sdk/conformance/kit.h"

namespace {

using namespace sagaloom::sdk::conformance;

std::string read_file(const char* path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error(std::string("cannot read ") + path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

const saga_plugin& load(const char* path) {
  void* library = ::dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw std::runtime_error(::dlerror());
  const void* table = ::dlsym(library, SAGA_PLUGIN_SYMBOL);
  if (table == nullptr) throw std::runtime_error(std::string(path) + " is no plugin");
  return *static_cast<const saga_plugin*>(table);
}

int run_all(Kit& kit) {
  int broken = 0;
  int run = 0;
  for (const CaseName& name : kit.cases()) {
    const Findings findings = kit.run(name);
    ++run;
    broken += findings.empty() ? 0 : 1;
    std::printf("%s %s\n", findings.empty() ? "ok    " : "BROKEN", name.text().c_str());
    for (const std::string& finding : findings) std::printf("         %s\n", finding.c_str());
  }
  std::printf("%d cases, %d broken\n", run, broken);
  return broken == 0 ? 0 : 1;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 4 || count > 5) {
    std::fprintf(stderr, "usage: sagaloom-plugin-test PLUGIN.so SUITE.json DIRECTORY [SEED]\n");
    return 2;
  }
  try {
    const saga_plugin& plugin = load(arguments[1]);
    Suite suite =
        read_suite(read_file(arguments[2]), std::string(plugin.manifest.ptr, plugin.manifest.len));
    const unsigned seed = count == 5 ? static_cast<unsigned>(std::atoi(arguments[4])) : 1u;
    Kit kit(plugin, std::move(suite), arguments[3], seed);
    return run_all(kit);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "sagaloom-plugin-test: %s\n", problem.what());
    return 2;
  }
}
