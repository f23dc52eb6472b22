// sagaloom-plugin-test PLUGIN.so SUITE.json DIRECTORY [SEED] [--report FILE]: runs every
// conformance case that applies, one line each; exit status 1 when a promise was broken, 2 when
// nothing could be run. The report is for `sagaloom explore --reports`.
#include <cstdio>
#include <cstdlib>
#include <dlfcn.h>
#include <exception>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/conformance/kit.h"
#include "sdk/conformance/report.h"

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

int run_all(Kit& kit, std::vector<Tried>& tried) {
  int broken = 0;
  int run = 0;
  for (const CaseName& name : kit.cases()) {
    const Findings findings = kit.run(name);
    tried.push_back({name, findings});
    ++run;
    broken += findings.empty() ? 0 : 1;
    std::printf("%s %s\n", findings.empty() ? "ok    " : "BROKEN", name.text().c_str());
    for (const std::string& finding : findings) std::printf("         %s\n", finding.c_str());
  }
  std::printf("%d cases, %d broken\n", run, broken);
  return broken == 0 ? 0 : 1;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::binary);
  out << text;
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

struct Arguments {
  std::vector<const char*> positional;
  std::string report;  // empty: none
  bool wrong = false;
};

Arguments arguments_of(int count, char** given) {
  Arguments arguments;
  for (int i = 1; i < count; ++i) {
    if (std::string_view(given[i]) != "--report") {
      arguments.positional.push_back(given[i]);
    } else if (i + 1 < count) {
      arguments.report = given[++i];
    } else {
      arguments.wrong = true;
    }
  }
  const std::size_t plain = arguments.positional.size();
  arguments.wrong = arguments.wrong || plain < 3 || plain > 4;
  return arguments;
}

int run(const Arguments& arguments) {
  const saga_plugin& plugin = load(arguments.positional[0]);
  const std::string manifest(plugin.manifest.ptr, plugin.manifest.len);
  Suite suite = read_suite(read_file(arguments.positional[1]), manifest);
  const bool seeded = arguments.positional.size() == 4;
  const unsigned seed = seeded ? static_cast<unsigned>(std::atoi(arguments.positional[3])) : 1u;
  Kit kit(plugin, std::move(suite), arguments.positional[2], seed);
  std::vector<Tried> tried;
  const int status = run_all(kit, tried);
  if (!arguments.report.empty()) write_file(arguments.report, report_text(manifest, tried));
  return status;
}

}  // namespace

int main(int count, char** given) {
  const Arguments arguments = arguments_of(count, given);
  if (arguments.wrong) {
    std::fprintf(stderr,
                 "usage: sagaloom-plugin-test PLUGIN.so SUITE.json DIRECTORY [SEED] "
                 "[--report FILE]\n");
    return 2;
  }
  try {
    return run(arguments);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "sagaloom-plugin-test: %s\n", problem.what());
    return 2;
  }
}
