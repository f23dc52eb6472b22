#include "runtime/workflow/load.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "runtime/document/digest.h"
#include "runtime/workflow/file_set.h"
#include "runtime/workflow/operations.h"
#include "runtime/workflow/reading.h"
#include "runtime/workflow/routes.h"

namespace sagaloom::workflow {
namespace {

namespace fs = std::filesystem;
using core::Definition;

std::string with_schema_files(const std::string& text, std::vector<Replacement> replacements) {
  std::sort(replacements.begin(), replacements.end(),
            [](const auto& a, const auto& b) { return a.begin < b.begin; });
  std::string out;
  std::size_t at = 0;
  for (const auto& replacement : replacements) {
    out.append(text, at, replacement.begin - at);
    out += replacement.text;
    at = replacement.end;
  }
  return out.append(text, at);
}

void finish(Context& context, Definition& definition) {
  definition.text = with_schema_files(context.source.text(), std::move(context.schema_files));
  definition.hash = document::hex(document::sha256(definition.text));
  for (const auto& [name, operation] : context.operations) {
    definition.operations.push_back(operation);
  }
  definition.index();
}

Diagnostic unreadable(const fs::path& file, const char* message) {
  return {file.string(), {1, 1}, Severity::error, "Y01", message, "check the path and the rights"};
}

// The place of a key of the definition's text, for messages about several files.
Position place_of(const Definition& definition, const std::string& file,
                  std::initializer_list<std::string_view> path) {
  const Source source(file, definition.text);
  Report report(source);
  const auto tree = parse_source(source, report);
  if (!tree) return {};
  const Node* node = &*tree;
  std::size_t offset = 0;
  for (const auto key : path) {
    const Member* member = node->member(key);
    if (!member) break;
    offset = member->offset;
    node = &member->value;
  }
  return source.position(offset);
}

void refuse(Loaded& loser, const char* code, std::initializer_list<std::string_view> path,
            std::string message, std::string fix) {
  loser.diagnostics.push_back({loser.file, place_of(*loser.definition, loser.file, path),
                               Severity::error, code, std::move(message), std::move(fix)});
  arrange(loser.diagnostics);
  loser.definition = nullptr;
}

// A version is immutable.
void check_registered(Loaded& loaded, const KnownDefinitions* known) {
  if (!known) return;
  const Definition& definition = *loaded.definition;
  const std::string hash = known->registered(definition.name, definition.version);
  if (hash.empty() || hash == definition.hash) return;
  refuse(loaded, "S05", {"version"},
         "version " + std::to_string(definition.version) + " of `" + definition.name +
             "` is registered with other content",
         "raise the version");
}

// Refuses the second if it cannot stand beside the first.
void check_pair(const Loaded& first, Loaded& second) {
  const Definition& a = *first.definition;
  const Definition& b = *second.definition;
  if (a.name == b.name) {
    if (a.version != b.version) return;
    return refuse(
        second, "S05", {"version"},
        "version " + std::to_string(a.version) + " of `" + a.name + "` is already in " + first.file,
        "raise the version or remove one of the files");
  }
  if (!a.expose || !b.expose || !paths_collide(a.expose->path, b.expose->path)) return;
  refuse(second, "R01", {"expose", "path"},
         "`" + b.expose->path + "` collides with the route of `" + a.name + "` in " + first.file,
         "choose another path");
}

}  // namespace

Loaded load(std::string_view text, const OperationCatalog& catalog, const LoadOptions& options) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  const Source source(options.file, std::string(text.substr(0, kSourceBytes + 1)));
  Report report(source);
  if (options.no_plugins) report.without_manifests();
  Loaded loaded;
  loaded.file = options.file;
  const auto tree = parse_source(source, report);
  if (!tree) {
    loaded.diagnostics = report.take();
    return loaded;
  }
  auto definition = std::make_shared<Definition>();
  Context context(source, report, catalog, options, *definition);
  read_definition(context, *tree);
  if (options.checks) check_definition(context, *tree);
  loaded.diagnostics = report.take();
  loaded.diagnostics.insert(loaded.diagnostics.end(), context.elsewhere.begin(),
                            context.elsewhere.end());
  arrange(loaded.diagnostics);
  if (has_errors(loaded.diagnostics)) return loaded;
  finish(context, *definition);
  loaded.definition = std::move(definition);
  check_registered(loaded, options.known);
  return loaded;
}

Loaded load_file(const fs::path& file, const OperationCatalog& catalog,
                 const CheckOptions& checks) {
  Loaded loaded;
  loaded.file = file.string();
  // A pipe is not even opened: that would wait for who writes.
  std::error_code problem;
  std::ifstream stream;
  if (fs::is_regular_file(file, problem)) stream.open(file, std::ios::binary);
  if (!stream.is_open()) {
    loaded.diagnostics.push_back(unreadable(file, "the file cannot be read"));
    return loaded;
  }
  std::string text(kSourceBytes + 4, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  LoadOptions options;
  options.file = file.string();
  options.directory = file.parent_path().empty() ? fs::path(".") : file.parent_path();
  options.checks = checks.checks;
  options.known = checks.known;
  options.no_plugins = checks.no_plugins;
  return load(text, catalog, options);
}

std::vector<Loaded> load_files(const std::vector<fs::path>& files, const OperationCatalog& catalog,
                               const CheckOptions& options) {
  const FileSet known(files, catalog, options);
  CheckOptions inside = options;
  inside.known = &known;
  std::vector<Loaded> all;
  all.reserve(files.size());
  for (const auto& file : files) all.push_back(load_file(file, catalog, inside));
  for (auto it = all.begin(); it != all.end(); ++it) {
    for (auto first = all.begin(); first != it && it->ok(); ++first) {
      if (first->ok()) check_pair(*first, *it);
    }
  }
  return all;
}

std::vector<Loaded> load_directory(const fs::path& directory, const OperationCatalog& catalog,
                                   const CheckOptions& options) {
  std::vector<fs::path> files;
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(directory, problem)) {
    if (is_workflow_file(entry.path())) files.push_back(entry.path());
  }
  if (problem) {
    Loaded loaded;
    loaded.diagnostics.push_back(unreadable(directory, "the directory cannot be read"));
    return {std::move(loaded)};
  }
  std::sort(files.begin(), files.end());
  return load_files(files, catalog, options);
}

expression::Result<core::DefinitionPointer> load_frozen(std::string_view text,
                                                        std::string_view operations) {
  const auto catalog = FrozenCatalog::read(operations);
  if (!catalog) return catalog.error();
  LoadOptions options;
  options.file = "stored definition";
  options.checks = false;
  Loaded loaded = load(text, *catalog, options);
  if (loaded.ok()) return std::move(loaded.definition);
  return expression::Error{
      "definition.invalid", workflow::text(loaded.diagnostics), {}, expression::Error::npos};
}

}  // namespace sagaloom::workflow
