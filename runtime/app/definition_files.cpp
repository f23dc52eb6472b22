#include "runtime/app/definition_files.h"

#include <algorithm>
#include <filesystem>

namespace sagaloom::app {
namespace {

std::vector<std::filesystem::path> workflow_files(const std::string& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code unreadable;
  for (const auto& entry : std::filesystem::directory_iterator(directory, unreadable)) {
    if (workflow::is_workflow_file(entry.path())) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

core::OperationPointer LoadedOperations::find(std::string_view name) const {
  return host_.operation(name);
}

std::vector<std::string> LoadedOperations::names() const {
  std::vector<std::string> names;
  for (const auto& operation : host_.operations()) names.push_back(operation->name);
  return names;
}

bool is_folder_without_workflows(const std::string& path) {
  std::error_code unreadable;
  return std::filesystem::is_directory(path, unreadable) && workflow_files(path).empty();
}

std::vector<workflow::Loaded> load_workflows(const std::vector<std::string>& paths,
                                             const workflow::OperationCatalog& catalog,
                                             const workflow::CheckOptions& options) {
  std::vector<std::filesystem::path> files;
  for (const std::string& path : paths) {
    if (std::filesystem::is_directory(path)) {
      const auto inside = workflow_files(path);
      files.insert(files.end(), inside.begin(), inside.end());
    } else {
      files.emplace_back(path);
    }
  }
  return workflow::load_files(files, catalog, options);
}

engine::StoredDefinition stored(const core::Definition& definition) {
  return {definition.hash, definition.name, definition.text, definition.version,
          workflow::freeze(definition)};
}

core::DefinitionPointer compile(const engine::StoredDefinition& definition) {
  auto compiled = workflow::load_frozen(definition.text, definition.operations);
  return compiled.ok() ? std::move(*compiled) : nullptr;
}

}  // namespace sagaloom::app
