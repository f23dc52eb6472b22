#include "runtime/app/settings.h"

#include <algorithm>
#include <charconv>

#include "runtime/document/file.h"
#include "runtime/workflow/diagnostics.h"
#include "runtime/workflow/scalar.h"

namespace sagaloom::app {
namespace {

using Names = std::vector<std::string>;
using expression::Value;

std::vector<std::string> parts_of(std::string_view key) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t dot = key.find('.');
    parts.emplace_back(key.substr(0, dot));
    if (dot == key.npos) return parts;
    key.remove_prefix(dot + 1);
  }
}

template <typename T>
bool parse_number(std::string_view text, T& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

Setting text_setting(std::string key, std::string Configuration::* field, std::string fallback,
                     std::string meaning) {
  return {std::move(key),
          "text",
          std::move(fallback),
          std::move(meaning),
          false,
          false,
          [field](Configuration& c, const Names&, const std::string& value) -> std::string {
            c.*field = value;
            return {};
          }};
}

template <typename Access>
Setting number_setting(std::string key, std::uint64_t least, std::uint64_t most,
                       std::string fallback, std::string meaning, Access access) {
  std::string kind = "number from " + std::to_string(least) + " to " + std::to_string(most);
  auto assign = [=](Configuration& c, const Names&, const std::string& value) -> std::string {
    std::uint64_t number = 0;
    if (!parse_number(value, number) || number < least || number > most) return kind;
    auto& field = access(c);
    field = static_cast<std::remove_reference_t<decltype(field)>>(number);
    return {};
  };
  return {std::move(key), kind, std::move(fallback), std::move(meaning), false, false, assign};
}

template <typename Access>
Setting duration_setting(std::string key, core::Duration least, std::string fallback,
                         std::string meaning, Access access) {
  std::string kind = "duration of at least " + std::to_string(least.count()) +
                     " ms, for example 250ms, 30s, 1h30m, 7d";
  auto assign = [=](Configuration& c, const Names&, const std::string& value) -> std::string {
    const auto duration = workflow::parse_duration(value);
    if (!duration || *duration < least) return kind;
    access(c) = *duration;
    return {};
  };
  return {std::move(key), "duration", std::move(fallback), std::move(meaning), false,
          false,          assign};
}

template <typename T>
Setting word_setting(std::string key, std::vector<std::pair<std::string, T>> words,
                     std::string fallback, std::string meaning, T Configuration::* field) {
  std::string kind = "one of";
  for (const auto& [word, unused] : words) kind += (word == words[0].first ? " " : ", ") + word;
  auto assign = [=](Configuration& c, const Names&, const std::string& value) -> std::string {
    for (const auto& [word, meant] : words) {
      if (word != value) continue;
      c.*field = meant;
      return {};
    }
    return kind;
  };
  return {std::move(key), kind, std::move(fallback), std::move(meaning), false, false, assign};
}

std::string read_dsn_file(Configuration& c, const Names&, const std::string& path) {
  constexpr std::size_t largest_dsn = 64 * 1024;
  auto text = document::read_file(path, largest_dsn);
  if (!text.ok()) return "the path of a file with one line (" + text.error().message + ")";
  c.postgres_dsn = std::move(*text);
  while (!c.postgres_dsn.empty() && c.postgres_dsn.back() == '\n') c.postgres_dsn.pop_back();
  return {};
}

// Without users and TLS, nobody but this machine may reach the listener.
std::string set_address(Configuration& c, const Names&, const std::string& value) {
  if (value != "127.0.0.1" && value != "::1")
    return "127.0.0.1 or ::1 (this release is loopback only)";
  c.http_address = value;
  return {};
}

std::string set_workflow(Configuration& c, const Names&, const std::string& value) {
  c.workflows.push_back(value);
  return {};
}

// The map with the value put in at the path; what stood there before is replaced.
Value with_at(const Value& map, const Names& names, std::size_t from, Value leaf) {
  if (from == names.size()) return leaf;
  const Value* inner = map.find(names[from]);
  Value below = with_at(inner == nullptr ? Value() : *inner, names, from + 1, std::move(leaf));
  return (map.is_map() ? map : Value()).with(names[from], std::move(below));
}

std::string set_plugin(Configuration& c, const Names& names, const std::string& value) {
  workflow::Node scalar;
  scalar.text = value;
  const workflow::Resolved resolved = workflow::resolve(scalar);
  if (resolved.problem != nullptr) return resolved.problem;
  Value& settings = c.plugin_settings[names[0]];
  settings = with_at(settings, names, 1, resolved.value);
  return {};
}

std::string set_kafka_property(Configuration& c, const Names& names, const std::string& value) {
  std::string name;
  for (const std::string& part : names) name += (name.empty() ? "" : ".") + part;
  c.kafka_properties.emplace_back(std::move(name), value);
  return {};
}

void add_general(std::vector<Setting>& rows) {
  rows.push_back(word_setting<StoreKind>(
      "store", {{"sqlite", StoreKind::sqlite}, {"postgres", StoreKind::postgres}}, "sqlite",
      "Where sagas are kept. SQLite: one process on one machine. Postgres: production.",
      &Configuration::store));
  rows.push_back(
      text_setting("data", &Configuration::data, ".sagaloom",
                   "Directory for the node's id, SQLite files and copies of plugins. One "
                   "process at a time."));
  Setting dsn = text_setting("postgres.dsn", &Configuration::postgres_dsn, "",
                             "Connection string of libpq; needed with `store: postgres`.");
  dsn.secret = true;
  rows.push_back(std::move(dsn));
  rows.push_back({"postgres.dsn_file", "path", "",
                  "File whose text is the connection string, so that the password stays out of the "
                  "configuration.",
                  false, false, &read_dsn_file});
  rows.push_back(text_setting("postgres.schema", &Configuration::postgres_schema, "sagaloom",
                              "Schema that holds Sagaloom's tables; made when it is missing."));
  rows.push_back({"workflows", "list of paths", "`workflows` beside the program",
                  "Workflow files, or directories of which every `.yaml` is loaded.", true, false,
                  &set_workflow});
  rows.push_back(text_setting("plugins.directory", &Configuration::plugin_directory,
                              "`plugins` beside the program",
                              "Directory of which every shared object is loaded."));
  rows.push_back({"plugins.settings.*.*", "any", "",
                  "Settings of one plugin, as its manifest declares them, for example "
                  "`plugins.settings.inventory.database`.",
                  false, false, &set_plugin});
  rows.push_back(number_setting("plugins.threads", 1, 256, "8",
                                "Threads of each plugin's blocking steps.",
                                [](Configuration& c) -> auto& { return c.plugin_threads; }));
  rows.push_back(
      number_setting("plugins.queue_limit", 1, 1'000'000, "1024",
                     "Calls waiting for such a thread; above it a call is answered as retryable.",
                     [](Configuration& c) -> auto& { return c.plugin_queue; }));
  rows.push_back(text_setting("secrets.directory", &Configuration::secrets_directory, "",
                              "Directory with one file per secret, named like it. The variable "
                              "`SAGALOOM_SECRET_X` goes before the file `x`. Both are read at each "
                              "attempt; without either it ends with `secret.missing`."));
}

void add_surroundings(std::vector<Setting>& rows) {
  rows.push_back({"http.address", "127.0.0.1 or ::1", "127.0.0.1",
                  "Address of the REST listener. This release listens on loopback only.", false,
                  false, &set_address});
  rows.push_back(number_setting("http.port", 0, 65'535, "8080", "Its port; 0 takes a free one.",
                                [](Configuration& c) -> auto& { return c.http_port; }));
  rows.push_back(number_setting("http.threads", 1, 64, "1", "Threads that read and write HTTP.",
                                [](Configuration& c) -> auto& { return c.http_threads; }));
  rows.push_back(
      text_setting("kafka.brokers", &Configuration::kafka_brokers, "",
                   "host:port, comma separated. Empty: events are read over REST only."));
  rows.push_back(
      text_setting("kafka.source", &Configuration::kafka_source, "/sagaloom",
                   "`ce_source` of every event: a URI reference that names this system."));
  rows.push_back(
      word_setting<bool>("kafka.create_topics", {{"true", true}, {"false", false}}, "false",
                         "Ask for each topic before its first message. False: topics exist, "
                         "or the broker makes them.",
                         &Configuration::kafka_create_topics));
  rows.push_back(text_setting("kafka.group", &Configuration::kafka_group, "`sagaloom.<store id>`",
                              "Consumer group that reads the topics which workflows name."));
  rows.push_back(text_setting("kafka.dead_letter_topic", &Configuration::kafka_dead_letter_topic,
                              "",
                              "Messages that can't be read as events also go to this topic. Empty: "
                              "to the store's dead letters only."));
  rows.push_back({"kafka.properties.*", "text", "",
                  "Given to librdkafka as it is, for example `kafka.properties.security.protocol`.",
                  false, false, &set_kafka_property});
  rows.push_back(word_setting<LogFormat>(
      "log.format",
      {{"auto", LogFormat::automatic}, {"json", LogFormat::json}, {"text", LogFormat::text}},
      "auto", "`auto`: for people on a terminal, else JSON lines.", &Configuration::log_format));
  rows.push_back(word_setting<std::string>(
      "log.level",
      {{"debug", "debug"}, {"info", "info"}, {"warning", "warning"}, {"error", "error"}}, "info",
      "The least level that is written.", &Configuration::log_level));
  rows.push_back(duration_setting("drain.limit", core::Duration(0), "25s",
                                  "How long SIGTERM waits for calls in flight and for publishing.",
                                  [](Configuration& c) -> auto& { return c.drain_limit; }));
}

void add_engine_limits(std::vector<Setting>& rows) {
  rows.push_back(number_setting("engine.threads", 1, 256, "1", "Threads that decide.",
                                [](Configuration& c) -> auto& { return c.engine.threads; }));
  rows.push_back(number_setting("engine.batch_rows", 1, 100'000, "2000", "Rows of one commit.",
                                [](Configuration& c) -> auto& { return c.engine.batch_rows; }));
  rows.push_back(number_setting("engine.batch_bytes", 65'536, 1ull << 30, "4194304",
                                "Bytes of one commit.",
                                [](Configuration& c) -> auto& { return c.engine.batch_bytes; }));
  rows.push_back(number_setting("engine.inlet_limit", 1, 1'000'000, "4096",
                                "Submissions waiting per shard; above it 503.",
                                [](Configuration& c) -> auto& { return c.engine.inlet_limit; }));
  rows.push_back(number_setting("engine.live_limit", 1, 100'000'000, "200000",
                                "Live sagas of this node; above it 503.",
                                [](Configuration& c) -> auto& { return c.engine.live_limit; }));
  rows.push_back(
      number_setting("engine.starts_per_second", 0, 1'000'000, "0",
                     "Starts of each workflow a second on this node, twice as many at "
                     "once; above it 429. 0: no quota.",
                     [](Configuration& c) -> auto& { return c.engine.starts_per_second; }));
  rows.push_back(number_setting("engine.resident_bytes", 1 << 20, 1ull << 40, "1073741824",
                                "Bytes of sagas kept in memory.",
                                [](Configuration& c) -> auto& { return c.engine.resident_bytes; }));
}

void add_engine_upkeep(std::vector<Setting>& rows) {
  rows.push_back(duration_setting("engine.lease", core::Duration(1'000), "12s",
                                  "After so long without renewal a node's shards are free.",
                                  [](Configuration& c) -> auto& { return c.engine.lease; }));
  rows.push_back(duration_setting(
      "engine.lease_renewal", core::Duration(100), "5s", "How often the lease is renewed.",
      [](Configuration& c) -> auto& { return c.engine.lease_renewal; }));
  rows.push_back(number_setting("engine.ring_bytes", 1 << 16, 1ull << 34, "67108864",
                                "Committed records kept in memory until they are published.",
                                [](Configuration& c) -> auto& { return c.engine.ring_bytes; }));
  rows.push_back(
      number_setting("engine.unpublished_limit", 1, 1'000'000'000, "2000000",
                     "Unpublished records above which new sagas are refused with 503.",
                     [](Configuration& c) -> auto& { return c.engine.unpublished_limit; }));
  rows.push_back(number_setting("engine.checkpoint_lag", 100, 1'000'000, "50000",
                                "Journal rows that a live saga may lie behind.",
                                [](Configuration& c) -> auto& { return c.engine.checkpoint_lag; }));
  rows.push_back(
      duration_setting("engine.residence_horizon", core::Duration(1'000), "1m",
                       "A saga that waits longer may leave memory.",
                       [](Configuration& c) -> auto& { return c.engine.residence_horizon; }));
  rows.push_back(duration_setting("engine.journal_keep", core::Duration(60'000), "7d",
                                  "How long history and events are kept.",
                                  [](Configuration& c) -> auto& { return c.engine.journal_keep; }));
}

std::vector<Setting> make_settings() {
  std::vector<Setting> rows;
  add_general(rows);
  add_surroundings(rows);
  add_engine_limits(rows);
  add_engine_upkeep(rows);
  return rows;
}

// A last `*` takes all that is left (librdkafka's names have dots).
bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& parts,
             Names& names) {
  names.clear();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (i >= parts.size()) return false;
    if (pattern[i] == "*") {
      names.push_back(parts[i]);
    } else if (pattern[i] != parts[i]) {
      return false;
    }
  }
  if (parts.size() > pattern.size() && pattern.back() != "*") return false;
  names.insert(names.end(), parts.begin() + static_cast<std::ptrdiff_t>(pattern.size()),
               parts.end());
  return true;
}

}  // namespace

const std::vector<Setting>& settings() {
  static const std::vector<Setting> rows = make_settings();
  return rows;
}

const Setting* find_setting(std::string_view key, std::vector<std::string>& names) {
  const auto parts = parts_of(key);
  for (const Setting& row : settings())
    if (matches(parts_of(row.key), parts, names)) return &row;
  return nullptr;
}

bool is_section(std::string_view prefix) {
  const auto parts = parts_of(prefix);
  for (const Setting& row : settings()) {
    auto pattern = parts_of(row.key);
    if (pattern.size() <= parts.size()) continue;
    pattern.resize(parts.size());
    Names unused;
    if (matches(pattern, parts, unused)) return true;
  }
  return false;
}

std::string nearest_key(std::string_view key) {
  std::vector<std::string> known;
  for (const Setting& row : settings()) known.push_back(row.key);
  return workflow::nearest(key, known);
}

}  // namespace sagaloom::app
