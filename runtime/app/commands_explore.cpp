#include <filesystem>
#include <iostream>

#include "runtime/app/commands.h"
#include "runtime/app/definition_files.h"
#include "runtime/app/exit_code.h"
#include "runtime/app/local_plugins.h"
#include "runtime/app/test_reports.h"
#include "runtime/app/text_output.h"
#include "runtime/document/file.h"
#include "runtime/document/json.h"
#include "runtime/workflow/explore/report.h"

namespace sagaloom::app {
namespace {

// Without the checks: what they would refuse is what exploring shows.
core::DefinitionPointer load_unchecked(const std::string& path, const std::string& text,
                                       const engine::StepHost& host) {
  workflow::LoadOptions options;
  options.file = path;
  options.directory = std::filesystem::absolute(path).parent_path();
  options.checks = false;
  const auto loaded = workflow::load(text, LoadedOperations(host), options);
  for (const auto& diagnostic : loaded.diagnostics) {
    if (!loaded.ok()) std::cerr << workflow::text(diagnostic) << "\n";
  }
  return loaded.definition;
}

expression::Result<explore::Request> request_of(const CommandLine& line) {
  explore::Request request;
  request.faults = line.explore.faults;
  if (line.input) {
    const auto text = read_input(*line.input);
    if (!text.ok()) return text.error();
    auto input = document::parse(*text);
    if (!input.ok()) {
      auto error = input.error();
      error.message = *line.input + ": " + error.message;
      return error;
    }
    request.input = std::move(*input);
  }
  if (line.explore.reports.empty()) return request;
  auto tested = read_test_reports(line.explore.reports);
  if (!tested.ok()) return tested.error();
  request.tested = std::move(*tested);
  return request;
}

void print(const std::string& format, const explore::Report& report) {
  if (format == "json") {
    std::cout << document::write(explore::as_value(report)) << "\n";
  } else {
    std::cout << (format == "markdown" ? explore::as_markdown(report) : explore::as_text(report));
  }
}

}  // namespace

int run_explore(const CommandLine& line) {
  const std::string& path = line.files.front();
  const auto text = document::read_file(path);
  if (!text.ok()) return report(text.error(), exit_usage);
  const auto request = request_of(line);
  if (!request.ok()) return report(request.error(), exit_usage);
  const auto plugins = LocalPlugins::open(line.plugins);
  if (!plugins.ok()) return report(plugins.error(), exit_usage);
  const auto definition = load_unchecked(path, *text, (*plugins)->host());
  if (!definition) return exit_invalid;
  const auto explored = explore::make_report(*definition, *request);
  if (!explored.ok()) return report(explored.error(), exit_invalid);
  print(line.explore.format, *explored);
  return explored->found.violations.empty() ? exit_ok : exit_error;
}

}  // namespace sagaloom::app
