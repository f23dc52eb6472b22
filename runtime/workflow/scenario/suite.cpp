#include "runtime/workflow/scenario/suite.h"

#include <algorithm>
#include <map>

#include "runtime/workflow/scenario/play.h"
#include "runtime/workflow/scenario/read.h"

namespace sagaloom::workflow::scenario {
namespace {

namespace fs = std::filesystem;

bool is_yaml(const fs::path& path) {
  return path.extension() == ".yaml" || path.extension() == ".yml";
}

std::string body(const Result& result) {
  std::string out;
  for (const Diagnostic& each : result.diagnostics) out += workflow::text(each) + "\n";
  for (const Difference& each : result.differences) {
    out += "  " + each.where + "\n";
    for (const std::string& line : each.lines) out += "    " + line + "\n";
  }
  return out;
}

std::string title(const Result& result) {
  std::string out = result.file + ":" + std::to_string(result.position.line);
  return out + ": " + (result.name.empty() ? "the file" : result.name);
}

// XML 1.0 allows no control characters but tab and line end, in whatever disguise.
std::string escaped(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (byte >= 32 || c == '\n' || c == '\t') {
      out += c;
    }
  }
  return out;
}

std::string junit_case(const Result& result) {
  std::string out = "    <testcase classname=\"" + escaped(result.file) + "\" name=\"" +
                    escaped(result.name.empty() ? "the file" : result.name) + "\"";
  if (result.passed()) return out + "/>\n";
  return out + ">\n      <failure message=\"not as expected\">" + escaped(body(result)) +
         "</failure>\n    </testcase>\n";
}

}  // namespace

std::vector<fs::path> scenario_files(const std::vector<std::string>& paths) {
  std::vector<fs::path> files;
  for (const std::string& path : paths) {
    std::error_code problem;
    if (!fs::is_directory(path, problem)) {
      files.emplace_back(path);
      continue;
    }
    std::vector<fs::path> below;
    for (auto it = fs::recursive_directory_iterator(path, problem);
         !problem && it != fs::recursive_directory_iterator(); it.increment(problem)) {
      if (is_yaml(it->path())) below.push_back(it->path());
    }
    std::sort(below.begin(), below.end());
    files.insert(files.end(), below.begin(), below.end());
  }
  return files;
}

std::vector<Result> run_files(const std::vector<fs::path>& files,
                              const OperationCatalog& operations, const std::string& filter) {
  std::vector<Result> results;
  for (const fs::path& path : files) {
    ScenarioFile file = read_file(path, operations);
    if (!file.diagnostics.empty()) {
      results.push_back({file.file, {}, {}, {}, {}, std::move(file.diagnostics)});
      continue;
    }
    for (const Scenario& scenario : file.scenarios) {
      if (scenario.name.find(filter) == std::string::npos) continue;
      results.push_back(
          {file.file, scenario.name, scenario.position, scenario.covers, play(scenario), {}});
    }
  }
  return results;
}

std::size_t failed(const std::vector<Result>& results) {
  return static_cast<std::size_t>(std::count_if(
      results.begin(), results.end(), [](const Result& result) { return !result.passed(); }));
}

std::string text(const std::vector<Result>& results, bool all) {
  std::string out;
  for (const Result& result : results) {
    if (result.passed()) {
      if (all) out += title(result) + ": ok\n";
      continue;
    }
    out += title(result) + ": FAILED\n" + body(result);
  }
  const std::size_t bad = failed(results);
  return out + std::to_string(results.size()) +
         " scenarios: " + std::to_string(results.size() - bad) + " passed, " + std::to_string(bad) +
         " failed\n";
}

std::string junit(const std::vector<Result>& results) {
  std::map<std::string, std::vector<const Result*>> by_file;
  for (const Result& result : results) by_file[result.file].push_back(&result);
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"" +
                    std::to_string(results.size()) + "\" failures=\"" +
                    std::to_string(failed(results)) + "\">\n";
  for (const auto& [file, cases] : by_file) {
    const auto bad = std::count_if(cases.begin(), cases.end(),
                                   [](const Result* result) { return !result->passed(); });
    out += "  <testsuite name=\"" + escaped(file) + "\" tests=\"" + std::to_string(cases.size()) +
           "\" failures=\"" + std::to_string(bad) + "\">\n";
    for (const Result* each : cases) out += junit_case(*each);
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace sagaloom::workflow::scenario
