#include "tests/golden/golden_file.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "runtime/store/codec.h"
#include "runtime/workflow/load.h"

namespace sagaloom::tests {
namespace {

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + " cannot be read");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::pair<std::string, std::string> cut(const std::string& line) {
  const std::size_t space = line.find(' ');
  if (space == line.npos) return {line, {}};
  return {line.substr(0, space), line.substr(space + 1)};
}

core::Record record_of(const GoldenJournal& journal, const std::string& text) {
  auto record = store::decode_record(store::record_format, journal.saga, text);
  if (!record.ok()) throw std::runtime_error(journal.name + ": " + record.error().message);
  return std::move(*record);
}

void read_line(GoldenJournal& journal, const std::string& line) {
  const auto [word, rest] = cut(line);
  if (word == "saga") {
    const auto [id, workflow] = cut(rest);
    journal.saga = core::parse_saga_id(id).value();
    journal.workflow = workflow;
  } else if (word == "state") {
    journal.state = rest;
  } else if (!word.empty()) {
    journal.records.push_back({std::stoll(word), record_of(journal, rest)});
  }
}

}  // namespace

std::string golden_text(const std::string& workflow, const Journey& journey) {
  std::string text = "saga " + core::to_string(journey.saga().id) + " " + workflow + "\n";
  for (const Entry& entry : journey.journal())
    text += std::to_string(entry.seq) + " " + store::encode_record(entry.record) + "\n";
  return text + "state " + store::saga_text(journey.saga()) + "\n";
}

GoldenJournal read_golden(const std::string& path) {
  GoldenJournal journal;
  journal.name = std::filesystem::path(path).stem().string();
  std::istringstream lines(read(path));
  for (std::string line; std::getline(lines, line);) read_line(journal, line);
  return journal;
}

std::vector<GoldenJournal> golden_journals(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".journal") paths.push_back(entry.path().string());
  std::sort(paths.begin(), paths.end());
  std::vector<GoldenJournal> journals;
  for (const std::string& path : paths) journals.push_back(read_golden(path));
  return journals;
}

core::DefinitionPointer frozen_definition(const std::string& folder, const std::string& workflow) {
  const std::string path = folder + "/" + workflow;
  auto compiled = workflow::load_frozen(read(path + ".yaml"), read(path + ".operations.json"));
  if (!compiled.ok()) throw std::runtime_error(path + ": " + compiled.error().message);
  return std::move(*compiled);
}

std::string golden_folder(std::uint32_t rules) {
  return SAGALOOM_SOURCE_DIR "/tests/golden/rules-" + std::to_string(rules);
}

}  // namespace sagaloom::tests
