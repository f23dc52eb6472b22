#include "runtime/workflow/file_set.h"

#include <algorithm>
#include <charconv>
#include <fstream>

namespace sagaloom::workflow {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBeside = 5'000;
constexpr std::size_t kHeadBytes = 16 * 1024;

struct Head {
  std::string name;
  std::uint32_t version = 0;
};

// The value of a key that stands at the beginning of a line; empty: there is none.
std::string_view value_of(std::string_view text, std::string_view key) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string_view line = text.substr(at, end - at);
    at = end + 1;
    if (line.substr(0, key.size()) != key) continue;
    line.remove_prefix(key.size());
    line = line.substr(0, line.find(" #"));
    const auto begin = line.find_first_not_of(" \t\"'");
    if (begin == std::string_view::npos) return {};
    return line.substr(begin, line.find_last_not_of(" \t\r\"'") - begin + 1);
  }
  return {};
}

Head head_of(const fs::path& file) {
  std::error_code problem;
  if (!fs::is_regular_file(file, problem)) return {};
  std::ifstream stream(file, std::ios::binary);
  std::string text(kHeadBytes, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  Head head;
  head.name = value_of(text, "workflow:");
  const auto version = value_of(text, "version:");
  std::from_chars(version.data(), version.data() + version.size(), head.version);
  return head;
}

}  // namespace

bool is_workflow_file(const fs::path& file) {
  return file.extension() == ".yaml" || file.extension() == ".yml";
}

FileSet::FileSet(const std::vector<fs::path>& files, const OperationCatalog& catalog,
                 const CheckOptions& options)
    : catalog_(catalog), options_(options) {
  std::set<fs::path> folders;
  for (const auto& file : files) {
    add(file);
    folders.insert(file.parent_path().empty() ? fs::path(".") : file.parent_path());
  }
  for (const auto& folder : folders) {
    std::size_t seen = 0;
    std::error_code problem;
    for (fs::directory_iterator it(folder, problem), end; !problem && it != end;
         it.increment(problem)) {
      if (++seen > kMostBeside) break;
      const bool plain = is_workflow_file(it->path()) && it->is_regular_file(problem);
      if (plain) add(it->path());
    }
  }
}

// The first file of a name and version counts.
void FileSet::add(const fs::path& file) {
  Head head = head_of(file);
  if (head.name.empty() || head.version == 0) return;
  entries_.try_emplace({std::move(head.name), head.version}, Entry{file, false, nullptr});
}

core::DefinitionPointer FileSet::find(std::string_view name, std::uint32_t version) const {
  const auto it = entries_.find({std::string(name), version});
  if (it == entries_.end()) {
    return options_.known ? options_.known->find(name, version) : nullptr;
  }
  Entry& entry = it->second;
  if (entry.tried) return entry.definition;
  entry.tried = true;
  CheckOptions options;
  options.no_plugins = options_.no_plugins;
  options.checks = false;
  entry.definition = load_file(entry.file, catalog_, options).definition;
  return entry.definition;
}

std::vector<std::uint32_t> FileSet::versions(std::string_view name) const {
  std::vector<std::uint32_t> all;
  if (options_.known) all = options_.known->versions(name);
  const std::string wanted(name);
  for (auto it = entries_.lower_bound({wanted, 0}); it != entries_.end(); ++it) {
    if (it->first.first != wanted) break;
    all.push_back(it->first.second);
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::vector<std::string> FileSet::names() const {
  std::vector<std::string> all;
  if (options_.known) all = options_.known->names();
  for (const auto& [key, entry] : entries_) all.push_back(key.first);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::vector<KnownDefinitions::Awaited> FileSet::awaited(std::string_view name) const {
  return options_.known ? options_.known->awaited(name) : std::vector<Awaited>();
}

std::string FileSet::registered(std::string_view name, std::uint32_t version) const {
  return options_.known ? options_.known->registered(name, version) : std::string();
}

std::vector<KnownDefinitions::Route> FileSet::routes() const {
  return options_.known ? options_.known->routes() : std::vector<Route>();
}

}  // namespace sagaloom::workflow
