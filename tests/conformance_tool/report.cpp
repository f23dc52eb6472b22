#include "tests/conformance_tool/report.h"

#include <cstdio>
#include <stdexcept>

#include "runtime/document/file.h"
#include "runtime/document/json.h"

namespace sagaloom::conformance {
namespace {

constexpr std::size_t largest_suite = 64 * 1024 * 1024;

}  // namespace

Report::Report(const expression::Value& unsupported) {
  for (const auto& group : items_of(unsupported, "the list of unsupported cases")) {
    for (const auto& name : items_of(member(group, "cases"), "`cases`")) {
      if (!name.is_string()) throw std::runtime_error("the name of an unsupported case is no text");
      unsupported_[name.string()] = false;
    }
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
  int unused = 0;
  for (const auto& [name, used] : unsupported_) unused += used ? 0 : 1;
  if (unused > 0) std::printf("%d names of the list of unsupported cases are not here\n", unused);
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

expression::Value parse(const std::string& text, const std::string& name) {
  auto value = document::parse(text, {.depth = 256, .bytes = largest_suite});
  if (!value) throw std::runtime_error(name + ": " + value.error().message);
  return std::move(*value);
}

expression::Value load(const std::string& path) {
  const auto text = document::read_file(path, largest_suite);
  if (!text) throw std::runtime_error(text.error().message);
  return parse(*text, path);
}

const expression::Value& member(const expression::Value& test, const char* name) {
  const expression::Value* found = test.is_map() ? test.find(name) : nullptr;
  if (found == nullptr) throw std::runtime_error(std::string("a case has no `") + name + "`");
  return *found;
}

const std::string& text_member(const expression::Value& test, const char* name) {
  const expression::Value& found = member(test, name);
  if (!found.is_string())
    throw std::runtime_error(std::string("`") + name + "` of a case is no text");
  return found.string();
}

const expression::List& items_of(const expression::Value& value, const std::string& what) {
  if (!value.is_list()) throw std::runtime_error(what + " is no list");
  return value.items();
}

}  // namespace sagaloom::conformance
