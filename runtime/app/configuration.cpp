#include "runtime/app/configuration.h"

#include <algorithm>
#include <set>
#include <unistd.h>

#include "runtime/app/settings.h"
#include "runtime/document/file.h"
#include "runtime/workflow/scalar.h"
#include "runtime/workflow/source.h"

extern char** environ;

namespace sagaloom::app {
namespace {

using workflow::Diagnostic;
using workflow::Node;

// One source at a time: lists of a later source replace those of an earlier one.
class Reading {
 public:
  explicit Reading(ConfigurationResult& result) : result_(result) {}

  void begin_source() { started_lists_.clear(); }

  void assign(const std::string& key, const std::vector<std::string>& values, Diagnostic place) {
    std::vector<std::string> names;
    const Setting* row = find_setting(key, names);
    if (row == nullptr) return unknown(key, std::move(place));
    if (row->list && started_lists_.insert(row->key).second) clear(*row);
    if (!row->list && values.size() != 1) {
      return refuse(std::move(place), "config.value", key + " takes one value",
                    "write " + row->kind);
    }
    for (const std::string& value : values) {
      const std::string wanted = row->assign(result_.configuration, names, value);
      if (!wanted.empty())
        refuse(place, "config.value", "`" + value + "` does not fit " + key, "write " + wanted);
    }
  }

  // A plugin's settings are a tree of its own, which its manifest's schema checks.
  void take_plugin(const std::string& name, const workflow::Source& source, const Node& node) {
    workflow::Report report(source);
    result_.configuration.plugin_settings[name] = workflow::to_value(node, report);
    for (Diagnostic& diagnostic : report.take())
      result_.diagnostics.push_back(std::move(diagnostic));
  }

  void unknown(const std::string& key, Diagnostic place) {
    if (is_section(key)) {
      return refuse(std::move(place), "config.shape", key + " holds keys, not a value",
                    "write one of its keys below it");
    }
    const std::string nearest = nearest_key(key);
    refuse(std::move(place), "config.unknown_key", "there is no key " + key,
           nearest.empty() ? "see docs/configuration.md" : "did you mean " + nearest + "?");
  }

  void refuse(Diagnostic place, std::string code, std::string message, std::string fix) {
    place.code = std::move(code);
    place.message = std::move(message);
    place.fix = std::move(fix);
    result_.diagnostics.push_back(std::move(place));
  }

 private:
  void clear(const Setting& row) {
    if (row.key == "workflows") result_.configuration.workflows.clear();
  }

  ConfigurationResult& result_;
  std::set<std::string> started_lists_;
};

Diagnostic place_of(const workflow::Source& source, std::size_t offset) {
  Diagnostic place;
  place.file = source.file();
  place.position = source.position(offset);
  return place;
}

// A variable, a flag: there is no line to point at.
Diagnostic place_named(std::string name) {
  Diagnostic place;
  place.file = std::move(name);
  place.position = {0, 0};
  return place;
}

std::vector<std::string> values_of(const Node& node) {
  if (!node.is_list()) return {node.text};
  std::vector<std::string> values;
  for (const Node& item : node.items) values.push_back(item.is_scalar() ? item.text : "");
  return values;
}

constexpr std::string_view plugin_prefix = "plugins.settings.";

void read_node(Reading& reading, const workflow::Source& source, const std::string& key,
               std::size_t offset, const Node& node) {
  if (node.is_broken()) return;
  if (key.starts_with(plugin_prefix) && node.is_map())
    return reading.take_plugin(key.substr(plugin_prefix.size()), source, node);
  if (!node.is_map()) return reading.assign(key, values_of(node), place_of(source, offset));
  if (!is_section(key)) return reading.unknown(key, place_of(source, offset));
  for (const auto& member : node.members)
    read_node(reading, source, key + "." + member.key, member.offset, member.value);
}

void read_tree(Reading& reading, const workflow::Source& source, const Node& root) {
  const bool empty = root.is_scalar() && root.text.empty();
  if (empty) return;
  if (!root.is_map()) {
    return reading.refuse(place_of(source, root.offset), "config.shape",
                          "the file is not a map of keys", "see docs/configuration.md");
  }
  for (const auto& member : root.members)
    read_node(reading, source, member.key, member.offset, member.value);
}

void read_file(Reading& reading, const std::string& path, ConfigurationResult& result) {
  auto text = document::read_file(path);
  if (!text.ok()) {
    const Diagnostic place = place_named(path);
    return reading.refuse(place, "config.file", text.error().message, "check the path");
  }
  const workflow::Source source(path, std::move(*text));
  workflow::Report report(source);
  const std::optional<Node> root = workflow::parse_source(source, report);
  if (root) read_tree(reading, source, *root);
  for (Diagnostic& diagnostic : report.take()) result.diagnostics.push_back(std::move(diagnostic));
}

std::vector<std::string> split_list(const std::string& key, const std::string& value) {
  std::vector<std::string> names;
  const Setting* row = find_setting(key, names);
  if (row == nullptr || !row->list) return {value};
  std::vector<std::string> items;
  for (std::size_t start = 0; start <= value.size();) {
    const std::size_t comma = std::min(value.find(',', start), value.size());
    if (comma > start) items.push_back(value.substr(start, comma - start));
    start = comma + 1;
  }
  return items;
}

// "SAGALOOM_HTTP__PORT" to "http.port".
std::string key_of(std::string_view variable) {
  std::string key;
  variable.remove_prefix(std::string_view("SAGALOOM_").size());
  for (std::size_t i = 0; i < variable.size(); ++i) {
    if (variable.substr(i, 2) == "__") {
      key += '.';
      ++i;
    } else {
      key += static_cast<char>(std::tolower(static_cast<unsigned char>(variable[i])));
    }
  }
  return key;
}

// Other programs of the project have variables of their own (SAGALOOM_SERVER): only what looks like
// a key, or nearly so, is held to the table.
bool meant_as_key(const std::string& variable, const std::string& key) {
  if (variable.starts_with("SAGALOOM_SECRET_")) return false;
  std::vector<std::string> names;
  return variable.find("__") != variable.npos || find_setting(key, names) != nullptr ||
         !nearest_key(key).empty();
}

void read_environment(Reading& reading, const std::vector<Assignment>& variables) {
  for (const auto& [name, value] : variables) {
    const std::string key = key_of(name);
    if (!meant_as_key(name, key)) continue;
    reading.assign(key, split_list(key, value), place_named(name));
  }
}

void read_flags(Reading& reading, const std::vector<Assignment>& flags) {
  for (const auto& [key, value] : flags) {
    Diagnostic place = place_named("--set " + key);
    reading.assign(key, split_list(key, value), place);
  }
}

void check_whole(Reading& reading, const Configuration& configuration) {
  const Diagnostic place = place_named("configuration");
  if (configuration.store == StoreKind::postgres && configuration.postgres_dsn.empty())
    reading.refuse(place, "config.missing", "`store: postgres` needs a connection string",
                   "set postgres.dsn or postgres.dsn_file");
  if (configuration.engine.lease < 2 * configuration.engine.lease_renewal)
    reading.refuse(place, "config.value", "engine.lease is less than two renewals",
                   "raise engine.lease or lower engine.lease_renewal");
}

}  // namespace

ConfigurationResult read_configuration(const ConfigurationSources& sources) {
  ConfigurationResult result{sources.defaults, {}};
  Reading reading(result);
  if (sources.file) {
    reading.begin_source();
    read_file(reading, *sources.file, result);
  }
  reading.begin_source();
  read_environment(reading, sources.environment);
  reading.begin_source();
  read_flags(reading, sources.flags);
  if (result.diagnostics.empty()) check_whole(reading, result.configuration);
  return result;
}

std::string shown(const Diagnostic& diagnostic) {
  if (diagnostic.position.line > 0) return workflow::text(diagnostic);
  std::string line = diagnostic.file + ": error[" + diagnostic.code + "] " + diagnostic.message;
  return diagnostic.fix.empty() ? line : line + "; " + diagnostic.fix;
}

std::vector<Assignment> environment_variables() {
  std::vector<Assignment> found;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::size_t equals = text.find('=');
    if (text.substr(0, 9) == "SAGALOOM_" && equals != text.npos)
      found.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return found;
}

std::string variable_of(std::string_view key) {
  std::string name = "SAGALOOM_";
  for (const char c : key) {
    if (c == '.')
      name += "__";
    else
      name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

}  // namespace sagaloom::app
