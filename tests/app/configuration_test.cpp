#include "runtime/app/configuration.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#include "runtime/app/settings.h"
#include "runtime/document/json.h"

namespace sagaloom::app {
namespace {

class ConfigurationTest : public testing::Test {
 protected:
  ~ConfigurationTest() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& text) {
    const std::string path = folder_ + "/sagaloom.yaml";
    std::ofstream(path) << text;
    return path;
  }
  ConfigurationResult from_file(const std::string& text) {
    return read_configuration({{}, file(text), {}, {}});
  }
  static std::string all(const ConfigurationResult& result) {
    std::string out;
    for (const auto& diagnostic : result.diagnostics) out += shown(diagnostic) + "\n";
    return out;
  }

 private:
  static std::string make_folder() {
    std::string name = std::filesystem::temp_directory_path() / "sagaloom-config-XXXXXX";
    return ::mkdtemp(name.data());
  }
  const std::string folder_ = make_folder();
};

TEST_F(ConfigurationTest, DefaultsNeedNothing) {
  const auto result = read_configuration({});
  EXPECT_EQ("", all(result));
  EXPECT_EQ(8080, result.configuration.http_port);
  EXPECT_EQ(StoreKind::sqlite, result.configuration.store);
}

TEST_F(ConfigurationTest, TheContainerKnowsTheCustomerWithoutFunds) {
  const std::string file = SAGALOOM_SOURCE_DIR "/deploy/sagaloom.yaml";
  const auto result = read_configuration({{}, file, {}, {}});
  EXPECT_EQ("", all(result));
  const auto& settings = result.configuration.plugin_settings;
  ASSERT_TRUE(settings.contains("payment"));
  EXPECT_EQ(R"({"balances":{"customer-without-funds":0},"default_balance_minor":1000000000})",
            document::write(settings.at("payment")));
}

TEST_F(ConfigurationTest, WhatIsNoFileOfItsSizeIsRefused) {
  const std::string folder = std::filesystem::path(file("")).parent_path().string();
  const std::pair<std::string, std::string> paths[] = {
      {folder, "is a directory"},
      {"/dev/zero", "is no regular file"},
      {folder + "/none", "cannot be read"},
      {file(std::string(2'000'000, '#')), "is larger"}};
  for (const auto& [path, what] : paths) {
    const std::string said = all(read_configuration({{}, path, {}, {}}));
    EXPECT_NE(std::string::npos, said.find("error[config.file] " + path + " " + what)) << said;
    const std::string dsn =
        all(read_configuration({{}, std::nullopt, {}, {{"postgres.dsn_file", path}}}));
    EXPECT_NE(std::string::npos, dsn.find("error[config.value]")) << dsn;
    EXPECT_NE(std::string::npos, dsn.find(what)) << dsn;
  }
}

TEST_F(ConfigurationTest, DefaultsOfTheTableAreThoseOfTheProgram) {
  std::vector<Assignment> flags;
  for (const Setting& row : settings())
    if (!row.fallback.empty() && row.fallback[0] != '`') flags.emplace_back(row.key, row.fallback);
  const auto said = read_configuration({{}, std::nullopt, {}, flags});
  const auto unsaid = read_configuration({});
  EXPECT_EQ("", all(said));
  EXPECT_EQ(unsaid.configuration.engine.ring_bytes, said.configuration.engine.ring_bytes);
  EXPECT_EQ(unsaid.configuration.engine.batch_rows, said.configuration.engine.batch_rows);
  EXPECT_EQ(unsaid.configuration.engine.batch_bytes, said.configuration.engine.batch_bytes);
  EXPECT_EQ(unsaid.configuration.engine.inlet_limit, said.configuration.engine.inlet_limit);
  EXPECT_EQ(unsaid.configuration.engine.live_limit, said.configuration.engine.live_limit);
  EXPECT_EQ(unsaid.configuration.engine.resident_bytes, said.configuration.engine.resident_bytes);
  EXPECT_EQ(unsaid.configuration.engine.unpublished_limit,
            said.configuration.engine.unpublished_limit);
  EXPECT_EQ(unsaid.configuration.engine.checkpoint_lag, said.configuration.engine.checkpoint_lag);
  EXPECT_EQ(unsaid.configuration.engine.journal_keep, said.configuration.engine.journal_keep);
  EXPECT_EQ(unsaid.configuration.engine.lease, said.configuration.engine.lease);
  EXPECT_EQ(unsaid.configuration.engine.lease_renewal, said.configuration.engine.lease_renewal);
  EXPECT_EQ(unsaid.configuration.engine.residence_horizon,
            said.configuration.engine.residence_horizon);
  EXPECT_EQ(unsaid.configuration.drain_limit, said.configuration.drain_limit);
  EXPECT_EQ(unsaid.configuration.data, said.configuration.data);
  EXPECT_EQ("", unsaid.configuration.kafka_group) << "the store's id is not known yet";
  EXPECT_EQ("", unsaid.configuration.kafka_dead_letter_topic);
}

TEST_F(ConfigurationTest, ReadsAFile) {
  const auto result = from_file(
      "store: postgres\n"
      "postgres: {dsn: 'host=/tmp dbname=x'}\n"
      "http: {port: 0, threads: 2}\n"
      "workflows: [a.yaml, b]\n"
      "kafka:\n"
      "  brokers: one:9092\n"
      "  group: readers\n"
      "  dead_letter_topic: letters\n"
      "  properties: {security.protocol: SASL_SSL}\n"
      "plugins: {settings: {inventory: {database: stock.db, stock: {A: 5, B: '5'}}}}\n"
      "engine: {journal_keep: 1h30m}\n");
  EXPECT_EQ("", all(result));
  const Configuration& c = result.configuration;
  EXPECT_EQ(StoreKind::postgres, c.store);
  EXPECT_EQ("host=/tmp dbname=x", c.postgres_dsn);
  EXPECT_EQ(0, c.http_port);
  EXPECT_EQ((std::vector<std::string>{"a.yaml", "b"}), c.workflows);
  EXPECT_EQ(R"({"database":"stock.db","stock":{"A":5,"B":"5"}})",
            document::write(c.plugin_settings.at("inventory")));
  EXPECT_EQ(core::Duration(5'400'000), c.engine.journal_keep);
  EXPECT_EQ("readers", c.kafka_group);
  EXPECT_EQ("letters", c.kafka_dead_letter_topic);
  ASSERT_EQ(1u, c.kafka_properties.size());
  EXPECT_EQ("security.protocol", c.kafka_properties[0].first);
}

TEST_F(ConfigurationTest, AnUnknownKeyIsRefusedWithItsPlaceAndASuggestion) {
  const std::string text = all(from_file("http:\n  prot: 80\n"));
  EXPECT_NE(text.npos, text.find("sagaloom.yaml:2:3: error[config.unknown_key]")) << text;
  EXPECT_NE(text.npos, text.find("did you mean http.port?")) << text;
}

TEST_F(ConfigurationTest, AnUnknownSectionIsRefusedOnce) {
  EXPECT_EQ(1u, from_file("htpt: {port: 1, threads: 2}\n").diagnostics.size());
}

TEST_F(ConfigurationTest, EveryErrorIsReportedAtOnce) {
  const auto result =
      from_file("store: oracle\nhttp: {port: 70000}\nlog: {level: loud}\nfoo: 1\nstore: sqlite\n");
  EXPECT_GE(result.diagnostics.size(), 5u) << all(result);
}

TEST_F(ConfigurationTest, ValuesThatDoNotFitSayWhatWould) {
  const std::pair<const char*, const char*> cases[] = {
      {"http: {port: 70000}", "number from 0 to 65535"},
      {"http: {port: -1}", "number from 0 to 65535"},
      {"http: {port: [1, 2]}", "takes one value"},
      {"http: {address: 0.0.0.0}", "loopback"},
      {"store: oracle", "one of sqlite, postgres"},
      {"engine: {lease: 5}", "duration"},
      {"engine: {lease: 99999999999s}", "duration"},
      {"engine: 5", "holds keys"},
      {"postgres: {dsn_file: /nowhere/at/all}", "path of a file"},
      {"store: postgres", "postgres.dsn"},
      {"engine: {lease: 4s}", "two renewals"},
      {"- a\n- b", "not a map"},
  };
  for (const auto& [text, expected] : cases) {
    const std::string found = all(from_file(text));
    EXPECT_NE(found.npos, found.find(expected)) << text << "\n" << found;
  }
}

TEST_F(ConfigurationTest, AMissingFileIsAnError) {
  const auto result = read_configuration({{}, "/nowhere/sagaloom.yaml", {}, {}});
  EXPECT_NE(std::string::npos, all(result).find("config.file")) << all(result);
}

TEST_F(ConfigurationTest, LaterSourcesWin) {
  const ConfigurationSources sources{
      {},
      file("http: {port: 1}\nworkflows: [a, b]\nlog: {level: error}\n"),
      {{"SAGALOOM_HTTP__PORT", "2"}, {"SAGALOOM_WORKFLOWS", "c,d"}},
      {{"http.port", "3"}}};
  const auto result = read_configuration(sources);
  EXPECT_EQ("", all(result));
  EXPECT_EQ(3, result.configuration.http_port);
  EXPECT_EQ((std::vector<std::string>{"c", "d"}), result.configuration.workflows);
  EXPECT_EQ("error", result.configuration.log_level);
}

TEST_F(ConfigurationTest, UnknownVariablesAreRefusedAndClientVariablesAreNot) {
  const auto result = read_configuration(
      {{},
       std::nullopt,
       {{"SAGALOOM_SERVER", "http://x"}, {"SAGALOOM_HTTP__PROT", "1"}, {"SAGALOOM_STOR", "sqlite"}},
       {}});
  ASSERT_EQ(2u, result.diagnostics.size()) << all(result);
  EXPECT_NE(std::string::npos, all(result).find("SAGALOOM_HTTP__PROT: error")) << all(result);
  EXPECT_NE(std::string::npos, all(result).find("did you mean store?")) << all(result);
}

TEST_F(ConfigurationTest, OneSettingOfAPluginLeavesItsOthers) {
  ConfigurationSources sources;
  sources.defaults.plugin_settings["payment"] =
      expression::Value::object({{"balances", expression::Value::object({{"a", 1}})}});
  sources.environment = {{"SAGALOOM_PLUGINS__SETTINGS__PAYMENT__BALANCES__B", "2"}};
  sources.flags = {{"plugins.settings.payment.dsn", "host=db"}};
  const auto result = read_configuration(sources);
  EXPECT_EQ("", all(result));
  EXPECT_EQ(R"({"balances":{"a":1,"b":2},"dsn":"host=db"})",
            document::write(result.configuration.plugin_settings.at("payment")));
}

TEST_F(ConfigurationTest, TheConnectionStringMayComeFromAFile) {
  const std::string secret = file("host=db\n");
  const auto result = read_configuration(
      {{}, std::nullopt, {}, {{"store", "postgres"}, {"postgres.dsn_file", secret}}});
  EXPECT_EQ("", all(result));
  EXPECT_EQ("host=db", result.configuration.postgres_dsn);
}

TEST_F(ConfigurationTest, VariablesAreNamedAfterKeys) {
  EXPECT_EQ("SAGALOOM_ENGINE__JOURNAL_KEEP", variable_of("engine.journal_keep"));
}

TEST_F(ConfigurationTest, TheReferencePageIsTheTable) {
  std::ifstream page(SAGALOOM_SOURCE_DIR "/docs/configuration.md");
  const std::string text(std::istreambuf_iterator<char>(page), {});
  EXPECT_TRUE(reference_page() == text) << "run: sagaloom configuration > docs/configuration.md";
}

}  // namespace
}  // namespace sagaloom::app
