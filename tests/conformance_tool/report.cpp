#include "tests/conformance_tool/report.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "runtime/document/json.h"

namespace sagaloom::conformance {

Report::Report(const expression::Value& unsupported) {
  for (const auto& group : unsupported.items()) {
    for (const auto& name : group.find("cases")->items()) unsupported_[name.string()] = false;
  }
}

bool Report::skip(const std::string& file, const std::string& name) {
  const auto found = unsupported_.find(name);
  if (found == unsupported_.end()) return false;
  found->second = true;
  ++files_[file].unsupported;
  return true;
}

void Report::pass(const std::string& file) {
  ++files_[file].passed;
}

void Report::fail(const std::string& file, const std::string& name, const std::string& why) {
  ++files_[file].failed;
  std::printf("FAILED %s: %s\n", name.c_str(), why.c_str());
}

int Report::finish() {
  Counts all;
  for (const auto& [name, used] : unsupported_) {
    if (!used) fail("unsupported.json", name, "listed as unsupported, but there is no such case");
  }
  for (const auto& [file, counts] : files_) {
    std::printf("%-32s %d passed, %d failed, %d unsupported\n", file.c_str(), counts.passed,
                counts.failed, counts.unsupported);
    all.passed += counts.passed;
    all.failed += counts.failed;
    all.unsupported += counts.unsupported;
  }
  std::printf("%d passed, %d failed, %d unsupported\n", all.passed, all.failed, all.unsupported);
  return all.failed == 0 ? 0 : 1;
}

expression::Value load(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  auto value = document::parse(text.str(), {.depth = 256, .bytes = 64 * 1024 * 1024});
  if (file && value) return *value;
  std::fprintf(stderr, "%s: %s\n", path.c_str(),
               value ? "cannot be read" : value.error().message.c_str());
  std::exit(2);
}

}  // namespace sagaloom::conformance
