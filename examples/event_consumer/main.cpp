// sagaloom-consumer: reads what Sagaloom publishes, as any service behind it would.
//
//   sagaloom-consumer --brokers 127.0.0.1:9092                  follows and prints new events
//   sagaloom-consumer --brokers … --check --expect http://…     holds the topics against the
//   journal
//
// It shows the two things a reader of these topics must do: drop ids it has seen (publishing is at
// least once), and commit its offset after it has handled an event, not before.
#include <csignal>
#include <iostream>

#include <CLI/CLI.hpp>

#include "examples/event_consumer/audit.h"
#include "examples/event_consumer/expected.h"
#include "examples/event_consumer/seen_ids.h"
#include "examples/event_consumer/topics.h"
#include "sagaloom/v1/events.pb.h"

namespace {

using namespace consumer;

constexpr std::size_t seen_limit = 100'000;

std::atomic<bool> stop{false};

struct Arguments {
  std::string brokers = "127.0.0.1:9092";
  std::vector<std::string> topics = {"sagaloom.lifecycle", "sagaloom.events"};
  std::string group = "sagaloom-consumer";
  bool from_beginning = false;
  std::size_t count = 0;
  bool check = false;
  std::string expect;
};

std::string shown(const Event& event) {
  if (event.content_type != "application/protobuf") return event.data;
  sagaloom::v1::SagaChanged changed;
  if (!changed.ParseFromString(event.data)) return "(not a SagaChanged)";
  auto text = changed.workflow() + " " + changed.identity() + " is " + changed.state();
  if (!changed.status().empty()) text += ", " + changed.status();
  if (!changed.error_code().empty()) text += ", " + changed.error_code();
  return text;
}

int follow_topics(const Arguments& arguments) {
  SeenIds seen(seen_limit);
  std::size_t events = 0, duplicates = 0;
  follow(arguments.brokers, arguments.topics, arguments.group, arguments.from_beginning, stop,
         [&](const Event& event) {
           if (!seen.add(event.id)) {
             ++duplicates;
             return;
           }
           std::cout << event.time << ' ' << event.topic << ' ' << event.type << ' ' << event.saga
                     << ' ' << shown(event) << std::endl;
           if (++events == arguments.count) stop = true;
         });
  std::cout << events << " events, " << duplicates << " duplicates dropped\n";
  return 0;
}

int check_topics(const Arguments& arguments) {
  Audit audit;
  std::set<std::string> topics(arguments.topics.begin(), arguments.topics.end());
  if (!arguments.expect.empty()) {
    read_expected(arguments.expect, [&](const Event& event) {
      audit.expect(event);
      if (!event.topic.empty()) topics.insert(event.topic);
    });
  }
  const auto read = read_all(arguments.brokers, {topics.begin(), topics.end()},
                             [&](const Event& event) { audit.see(event); });
  const auto findings = audit.findings();
  for (const auto& line : findings.details) std::cout << line << '\n';
  if (read.foreign > 0) std::cout << read.foreign << " records are not CloudEvents\n";
  std::cout << summary(findings) << '\n';
  return findings.well() ? 0 : 1;
}

void describe(CLI::App& app, Arguments& arguments) {
  app.add_option("--brokers", arguments.brokers, "host:port,host:port")->capture_default_str();
  app.add_option("--topics", arguments.topics, "Topics, separated by commas")
      ->delimiter(',')
      ->capture_default_str();
  app.add_option("--group", arguments.group, "Consumer group, where offsets are kept")
      ->capture_default_str();
  app.add_flag("--from-beginning", arguments.from_beginning, "A new group reads what is there");
  app.add_option("--count", arguments.count, "End after so many events (0: never)");
  app.add_flag("--check", arguments.check,
               "Read the topics from beginning to end and hold them against what was promised; "
               "exit 1 when something is wrong");
  app.add_option(
      "--expect", arguments.expect,
      "With --check: the server's URL, or a file with the events of its log, one a line");
}

}  // namespace

int main(int count, char** words) {
  CLI::App app("Reads the events that Sagaloom publishes.", "sagaloom-consumer");
  Arguments arguments;
  describe(app, arguments);
  CLI11_PARSE(app, count, words);
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, [](int) { stop = true; });
  }
  try {
    return arguments.check ? check_topics(arguments) : follow_topics(arguments);
  } catch (const std::exception& error) {
    std::cerr << "sagaloom-consumer: " << error.what() << '\n';
    return 2;
  }
}
