#include "runtime/observe/metrics.h"

#include <fstream>
#include <gtest/gtest.h>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <thread>
#include <vector>

#include "runtime/observe/engine_observer.h"

namespace sagaloom::observe {
namespace {

// The exposition as a reader takes it: sample (name with labels) to value.
std::map<std::string, double> samples(const std::string& text) {
  static const std::regex sample(
      R"(([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{(?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*\})?) (\S+))");
  static const std::regex comment(R"(# (HELP|TYPE) [a-zA-Z_:][a-zA-Z0-9_:]* .+)");
  std::map<std::string, double> found;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    if (std::regex_match(line, match, sample)) {
      EXPECT_TRUE(found.emplace(match[1], std::stod(match[2])).second) << "twice: " << line;
    } else {
      EXPECT_TRUE(std::regex_match(line, comment)) << line;
    }
  }
  return found;
}

std::set<std::string> names(const std::string& text) {
  std::set<std::string> found;
  static const std::regex type(R"(# TYPE (\S+) (counter|gauge|histogram))");
  for (std::sregex_iterator it(text.begin(), text.end(), type), end; it != end; ++it) {
    found.insert((*it)[1]);
  }
  return found;
}

void touch_all(Metrics& metrics) {
  metrics.saga_accepted("order");
  metrics.saga_ended("order", "COMPLETED", 0.02);
  metrics.saga_parked("order");
  metrics.step_answered("inventory.reserve", "ok", 0.003);
  metrics.batch_committed(17, 2, 0.004);
  metrics.commit_failed("unknown");
  metrics.event_stale("outcome");
  metrics.event_in("order", "event:paid", "stored");
  metrics.record_in("payments", "event");
  metrics.submission_refused("inlet_full");
  metrics.acknowledged_lost(1);
  metrics.published(3);
  metrics.set_gauges(10, 2, 30, 16);
  metrics.http_answered("/api/v1/sagas/{id}", 200, 0.001);
  metrics.http_answered("", 404, 0.001);
  metrics.sample_sink([] {
    return Metrics::SinkFigures{.acknowledged = 5, .refused = 1, .rebuilds = 2, .in_flight = 4};
  });
  metrics.sample_log([] { return 9u; });
}

TEST(Metrics, AreExposedInPrometheusText) {
  Metrics metrics("1.2.3");
  touch_all(metrics);
  const auto found = samples(metrics.text());
  const auto at = [&](const std::string& sample) {
    const auto it = found.find(sample);
    return it == found.end() ? -1 : it->second;
  };
  EXPECT_EQ(at(R"(sagaloom_build_info{version="1.2.3"})"), 1);
  EXPECT_EQ(at(R"(sagaloom_sagas_accepted_total{workflow="order"})"), 1);
  EXPECT_EQ(at(R"(sagaloom_sagas_ended_total{state="COMPLETED",workflow="order"})"), 1);
  EXPECT_EQ(at(R"(sagaloom_step_calls_total{operation="inventory.reserve",outcome="ok"})"), 1);
  EXPECT_EQ(at("sagaloom_records_committed_total"), 17);
  EXPECT_EQ(at("sagaloom_commit_duration_seconds_count"), 1);
  EXPECT_EQ(at(R"(sagaloom_commit_duration_seconds_bucket{le="0.005"})"), 1);
  EXPECT_EQ(at(R"(sagaloom_commit_duration_seconds_bucket{le="0.002"})"), 0);
  EXPECT_EQ(at(R"(sagaloom_submissions_refused_total{code="inlet_full"})"), 1);
  EXPECT_EQ(at("sagaloom_records_unpublished"), 30);
  EXPECT_EQ(at(R"(sagaloom_http_requests_total{route="/api/v1/sagas/{id}",status="200"})"), 1);
  EXPECT_EQ(at(R"(sagaloom_http_requests_total{route="none",status="404"})"), 1);
  EXPECT_EQ(at("sagaloom_kafka_acknowledged_total"), 5);
  EXPECT_EQ(at("sagaloom_kafka_in_flight"), 4);
  EXPECT_EQ(at("sagaloom_log_lines_suppressed_total"), 9);
  EXPECT_GT(at("process_resident_memory_bytes"), 1e6);
}

TEST(Metrics, HaveNamesOfTheHouse) {
  Metrics metrics("1");
  touch_all(metrics);
  const auto found = names(metrics.text());
  EXPECT_GE(found.size(), 25u);
  for (const auto& name : found) {
    EXPECT_TRUE(name.starts_with("sagaloom_") || name.starts_with("process_")) << name;
    EXPECT_EQ(name.find("milli"), std::string::npos) << name;
  }
}

TEST(Metrics, CountWhatComesIn) {
  Metrics metrics("1");
  metrics.event_in("order", "event:paid", "stored");
  metrics.event_in("order", "event:paid", "stored");
  metrics.event_in("order", "event:paid", "duplicate");
  metrics.record_in("payments", "started");
  const auto found = samples(metrics.text());
  const std::string events = "sagaloom_events_in_total{event=\"event:paid\",result=";
  EXPECT_EQ(found.at(events + "\"stored\",workflow=\"order\"}"), 2);
  EXPECT_EQ(found.at(events + "\"duplicate\",workflow=\"order\"}"), 1);
  EXPECT_EQ(found.at("sagaloom_source_records_total{result=\"started\",topic=\"payments\"}"), 1);
}

// One row for each family, as the page has it.
std::set<std::string> rows_of(const std::string& text) {
  std::map<std::string, std::string> helps, kinds;
  std::map<std::string, std::set<std::string>> labels;
  std::istringstream lines(text);
  const std::regex label("([a-z_]+)=\"");
  for (std::string line; std::getline(lines, line);) {
    const bool help = line.starts_with("# HELP "), kind = line.starts_with("# TYPE ");
    if (help || kind) {
      const auto space = line.find(' ', 7);
      (help ? helps : kinds)[line.substr(7, space - 7)] = line.substr(space + 1);
      continue;
    }
    const auto brace = line.find('{');
    if (brace == line.npos) continue;
    std::string name = line.substr(0, brace);
    if (!helps.contains(name)) name = name.substr(0, name.rfind('_'));  // of a histogram
    for (std::sregex_iterator it(line.begin(), line.end(), label), end; it != end; ++it) {
      if ((*it)[1] != "le") labels[name].insert((*it)[1]);
    }
  }
  std::set<std::string> rows;
  for (const auto& [name, help] : helps) {
    std::string named;
    for (const auto& one : labels[name]) named += (named.empty() ? "`" : ", `") + one + "`";
    rows.insert("| `" + name + "` | " + kinds[name] + " | " + named + " | " + help + " |");
  }
  return rows;
}

TEST(Metrics, AreThoseOfThePage) {
  Metrics metrics("1");
  touch_all(metrics);
  std::ifstream page(SAGALOOM_SOURCE_DIR "/docs/metrics.md");
  std::set<std::string> shown;
  for (std::string line; std::getline(page, line);) {
    if (line.starts_with("| `sagaloom_") || line.starts_with("| `process_")) shown.insert(line);
  }
  EXPECT_EQ(rows_of(metrics.text()), shown);
}

TEST(Metrics, SampleASinkThatOnlyGrows) {
  Metrics metrics("1");
  std::uint64_t acknowledged = 5;
  metrics.sample_sink([&] { return Metrics::SinkFigures{.acknowledged = acknowledged}; });
  EXPECT_EQ(samples(metrics.text()).at("sagaloom_kafka_acknowledged_total"), 5);
  acknowledged = 12;
  EXPECT_EQ(samples(metrics.text()).at("sagaloom_kafka_acknowledged_total"), 12);
}

TEST(Metrics, BoundTheirLabels) {
  Metrics metrics("1");
  for (int i = 0; i < 1000; ++i) metrics.saga_accepted("workflow-" + std::to_string(i));
  metrics.saga_accepted("workflow-0");
  double sum = 0;
  std::size_t series = 0;
  const auto found = samples(metrics.text());
  for (const auto& [name, value] : found) {
    if (!name.starts_with("sagaloom_sagas_accepted_total")) continue;
    ++series;
    sum += value;
  }
  EXPECT_EQ(series, Metrics::label_limit + 1);
  EXPECT_EQ(sum, 1001);
  EXPECT_EQ(found.at(R"(sagaloom_sagas_accepted_total{workflow="workflow-0"})"), 2);
  EXPECT_EQ(found.at(R"(sagaloom_sagas_accepted_total{workflow="other"})"), 800);
}

TEST(Metrics, EscapeLabelValues) {
  Metrics metrics("1");
  metrics.event_stale("quote\" slash\\ line\n");
  EXPECT_EQ(samples(metrics.text())
                .count(R"(sagaloom_events_stale_total{kind="quote\" slash\\ line\n"})"),
            1u);
}

TEST(Metrics, CountFromManyThreadsWhileBeingRead) {
  Metrics metrics("1");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5000; ++i) {
        metrics.step_answered("op" + std::to_string(i % 7), "ok", 0.001);
      }
    });
  }
  for (int i = 0; i < 20; ++i) metrics.text();
  for (auto& thread : threads) thread.join();
  double sum = 0;
  for (const auto& [name, value] : samples(metrics.text())) {
    if (name.starts_with("sagaloom_step_calls_total")) sum += value;
  }
  EXPECT_EQ(sum, 20'000);
}

TEST(EngineObserver, CountsAndLogsWhatAPersonShouldKnow) {
  std::vector<std::string> lines;
  LogOptions options;
  options.output = [&](std::string_view line) { lines.emplace_back(line); };
  auto metrics = std::make_shared<Metrics>("1");
  {
    EngineObserver observer(metrics, std::make_shared<Log>(options));
    observer.saga_accepted("order");
    observer.saga_parked("order");
    observer.acknowledged_lost(3);
    observer.log("info", "engine.started", "16 shards");
    observer.gauges(1, 1, 0, 16);
  }
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_NE(lines[0].find(R"("code":"saga.parked")"), std::string::npos);
  EXPECT_NE(lines[1].find(R"("level":"error")"), std::string::npos);
  EXPECT_NE(lines[2].find(R"("msg":"16 shards")"), std::string::npos);
  const auto found = samples(metrics->text());
  EXPECT_EQ(found.at(R"(sagaloom_sagas_parked_total{workflow="order"})"), 1);
  EXPECT_EQ(found.at("sagaloom_acknowledged_lost_total"), 3);
  EXPECT_EQ(found.at("sagaloom_shards_owned"), 16);
}

}  // namespace
}  // namespace sagaloom::observe
