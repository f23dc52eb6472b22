#include "runtime/app/test_reports.h"

#include <algorithm>
#include <filesystem>

#include "runtime/document/file.h"
#include "runtime/document/json.h"

namespace sagaloom::app {
namespace {

namespace fs = std::filesystem;
using expression::Value;

expression::Error invalid(const fs::path& file, const std::string& what) {
  return {"reports.invalid",
          file.string() + " is no report of sagaloom-plugin-test: " + what +
              "; write it anew with --report",
          {}};
}

std::string text_of(const Value& value, const char* key) {
  const Value* member = value.find(key);
  return member && member->is_string() ? member->string() : std::string();
}

expression::Result<std::vector<explore::TestedCase>> read_report(const fs::path& file) {
  const auto text = document::read_file(file.string());
  if (!text.ok()) return text.error();
  const auto report = document::parse(*text);
  if (!report.ok()) return invalid(file, report.error().message);
  const Value* cases = report->find("cases");
  if (!cases || !cases->is_list()) return invalid(file, "it has no list `cases`");
  const std::string label = file.filename().string() + " (" + text_of(*report, "plugin") + " " +
                            text_of(*report, "version") + ")";
  std::vector<explore::TestedCase> tested;
  for (const Value& each : cases->items()) {
    const Value* kept = each.find("kept");
    explore::TestedCase one{text_of(each, "operation"), text_of(each, "rule"),
                            kept && kept->is_boolean() && kept->boolean(), label};
    if (one.operation.empty() || one.rule.empty() || !kept) {
      return invalid(file, "a case lacks `operation`, `rule` or `kept`");
    }
    tested.push_back(std::move(one));
  }
  return tested;
}

}  // namespace

expression::Result<std::vector<explore::TestedCase>> read_test_reports(
    const std::string& directory) {
  std::vector<fs::path> files;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(directory, problem)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  if (problem) {
    return expression::Error{
        "reports.directory", directory + " cannot be read: " + problem.message(), {}};
  }
  std::sort(files.rbegin(), files.rend());  // the last one first: it is the one that is found
  std::vector<explore::TestedCase> all;
  for (const auto& file : files) {
    auto tested = read_report(file);
    if (!tested.ok()) return tested.error();
    all.insert(all.end(), tested->begin(), tested->end());
  }
  return all;
}

}  // namespace sagaloom::app
