#include "runtime/app/command_line.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>

#include "runtime/app/command_line_steer.h"
#include "runtime/app/exit_code.h"
#include "runtime/workflow/diagnostics.h"

namespace sagaloom::app {
namespace {

struct Flags {
  CommandLine line;
  std::vector<std::string> sets;
  std::string data, log_format, server;
  std::optional<int> port;
  std::string output = "text";
};

CLI::App* add(CLI::App& app, Flags& flags, Command command, const char* name, const char* about) {
  CLI::App* sub = app.add_subcommand(name, about);
  sub->callback([&flags, command] { flags.line.command = command; });
  return sub;
}

void add_server_flags(CLI::App* sub, Flags& flags) {
  sub->add_option("--data", flags.data, "Directory of the node (default ./.sagaloom)");
  sub->add_option("--port", flags.port, "Port of the REST listener; 0 takes a free one")
      ->check(CLI::Range(0, 65'535));
  sub->add_option("--log-format", flags.log_format, "auto, json or text");
  sub->add_option("--set", flags.sets, "Any configuration key: --set engine.threads=2")
      ->take_all()
      ->allow_extra_args(false);
}

void add_client_flags(CLI::App* sub, Flags& flags) {
  sub->add_option("--server", flags.server,
                  "URL of the server (default: $SAGALOOM_SERVER, else http://127.0.0.1:8080)");
  sub->add_option("-o,--output", flags.output, "text or json")
      ->check(CLI::IsMember({"text", "json"}));
}

void add_page_flags(CLI::App* sub, Flags& flags) {
  sub->add_option("--limit", flags.line.limit, "Rows at most")->check(CLI::Range(1, 500));
  sub->add_option("--cursor", flags.line.cursor, "Go on where a page before ended");
}

std::string is_assignment(const std::string& text) {
  const std::size_t equals = text.find('=');
  const bool fits = equals != text.npos && equals > 0 && equals + 1 < text.size();
  return fits ? std::string() : "write NAME=VALUE";
}

void add_servers(CLI::App& app, Flags& flags) {
  CLI::App* dev =
      add(app, flags, Command::dev, "dev",
          "Start here: a server with SQLite, the sample plugins and the order workflow");
  add_server_flags(dev, flags);
  CLI::App* serve = add(app, flags, Command::serve, "serve", "Run a server with a configuration");
  serve
      ->add_option("--config", flags.line.config, "YAML file; docs/configuration.md lists its keys")
      ->required();
  add_server_flags(serve, flags);
}

void add_test(CLI::App& app, Flags& flags) {
  CLI::App* test = add(app, flags, Command::test, "test",
                       "Play scenarios: what participants answer, what must come of it");
  test->add_option("FILE", flags.line.files, "Scenario files, or directories of them")->required();
  test->add_option("--only", flags.line.only, "Only scenarios whose name contains this");
  test->add_flag("--all", flags.line.all_results, "Name those that passed too");
  test->add_option("--junit", flags.line.junit, "Write the results to this file, as JUnit XML");
  test->add_option(
      "--plugins", flags.line.plugins,
      "Directory of the plugins that the workflows call (default: beside the program)");
}

void add_local(CLI::App& app, Flags& flags) {
  CLI::App* check = add(app, flags, Command::check, "check", "Check workflow files");
  check->add_option("FILE", flags.line.files, "Workflow files, or directories of them")->required();
  check->add_option("--plugins", flags.line.plugins,
                    "Directory of the plugins that the files call (default: beside the program)");
  check->add_flag("--no-plugins", flags.line.no_plugins,
                  "Take operations as they are written; what rests on manifests is a warning");
  check->add_option("-o,--output,--format", flags.output, "text, json or sarif")
      ->check(CLI::IsMember({"text", "json", "sarif"}));
  add_test(app, flags);
  add(app, flags, Command::configuration, "configuration", "Print every configuration key");
  add(app, flags, Command::version, "version", "Print the version");
}

// What makes a document out of workflows and plugins.
void add_documents(CLI::App& app, Flags& flags) {
  CLI::App* schema = add(app, flags, Command::schema, "schema",
                         "Write the JSON Schema with which editors complete and check workflows");
  CLI::App* graph = add(app, flags, Command::graph, "graph", "Draw a workflow");
  graph->add_option("FILE", flags.line.files, "Workflow file")->required()->expected(1);
  graph->add_option("--format", flags.line.format, "mermaid (default), dot or svg")
      ->check(CLI::IsMember({"mermaid", "dot", "svg"}));
  graph
      ->add_option("--timeout", flags.line.timeout_s,
                   "Seconds that Graphviz may take for svg (default 30)")
      ->check(CLI::Range(1, 3'600));
  for (CLI::App* each : {schema, graph}) {
    each->add_option("--plugins", flags.line.plugins,
                     "Directory of the plugins (default: beside the program)");
    each->add_option("-o,--output", flags.line.out, "File (default: standard output)");
  }
}

void add_explore(CLI::App& app, Flags& flags) {
  CLI::App* explore = add(app, flags, Command::explore, "explore",
                          "Run every failure of a workflow, and print what it guarantees");
  explore->add_option("FILE", flags.line.files, "Workflow file")->required()->expected(1);
  explore->add_option("--faults", flags.line.explore.faults, "Faults in one schedule (default 1)")
      ->check(CLI::Range(0, 4));
  explore->add_option("--format", flags.line.explore.format, "text, json or markdown")
      ->check(CLI::IsMember({"text", "json", "markdown"}));
  explore->add_option("--reports", flags.line.explore.reports,
                      "Directory of reports that sagaloom-plugin-test wrote");
  explore->add_option("--input", flags.line.input, "JSON file (default: made from the schema)");
  explore->add_option("--plugins", flags.line.plugins,
                      "Directory of the plugins that the file calls (default: beside the program)");
}

void add_start(CLI::App& app, Flags& flags) {
  CLI::App* start = add(app, flags, Command::start, "start", "Start a saga");
  start->add_option("WORKFLOW", flags.line.workflow, "Name of the workflow")->required();
  auto* data = start->add_option("--data", flags.line.steer.data, "JSON: the input (default {})");
  start
      ->add_option("--input", flags.line.input,
                   "The same from a JSON file, or - for standard input")
      ->excludes(data);
  start->add_option("--key", flags.line.key, "Idempotency-Key: the same key never starts twice");
  start->add_option("--workflow-version", flags.line.version, "Default: the highest");
  start
      ->add_option("--wait", flags.line.wait_s,
                   "Wait so many seconds for the end; the exit status "
                   "tells it")
      ->check(CLI::Range(1, 86'400));
  add_client_flags(start, flags);
}

void add_list(CLI::App& app, Flags& flags) {
  CLI::App* list = add(app, flags, Command::list, "list", "List sagas, newest first");
  ListFilter& filter = flags.line.list;
  list->add_option("--workflow", flags.line.workflow, "Of this workflow only");
  list->add_option("--state", flags.line.states, "In these states only");
  list->add_option("--status", filter.status, "With this business status only");
  list->add_option("--identity", flags.line.identity, "With this business id or key only");
  list->add_option("--attribute", filter.attribute, "With this search attribute only: NAME=VALUE")
      ->check(is_assignment);
  CLI::Option* live = list->add_flag_callback(
      "--live", [&filter] { filter.live = true; }, "Only those that have not ended");
  list->add_flag_callback(
          "--ended", [&filter] { filter.live = false; }, "Only those that have")
      ->excludes(live);
  list->add_option("--created-after", filter.created_after,
                   "Created then or later: 2026-02-28, 2026-02-28T12:00:00Z");
  list->add_option("--created-before", filter.created_before, "Created before then");
  add_page_flags(list, flags);
  add_client_flags(list, flags);
}

void add_queries(CLI::App& app, Flags& flags) {
  CLI::App* get = add(app, flags, Command::get, "get", "Show a saga");
  get->add_option("ID", flags.line.id, "UUID of the saga")->required();
  get->add_option("--wait", flags.line.wait_s, "Wait so many seconds for the end")
      ->check(CLI::Range(1, 86'400));
  add_client_flags(get, flags);
  add_list(app, flags);
  CLI::App* history = add(app, flags, Command::history, "history", "Show every record of a saga");
  history->add_option("ID", flags.line.id, "UUID of the saga")->required();
  add_page_flags(history, flags);
  add_client_flags(history, flags);
  CLI::App* events = add(app, flags, Command::events, "events", "Read the built-in event log");
  add_page_flags(events, flags);
  add_client_flags(events, flags);
}

void add_verbs(CLI::App& app, Flags& flags) {
  CLI::App* cancel = add(app, flags, Command::cancel, "cancel", "Stop a saga and undo its steps");
  cancel->add_option("ID", flags.line.id, "UUID of the saga")->required();
  cancel->add_option("--reason", flags.line.reason, "Kept in its history")->required();
  cancel->add_option("--by", flags.line.steer.by, "Who says so (default: $USER)");
  add_client_flags(cancel, flags);
  add_steering(app, {flags.line, [&flags](CLI::App& sub) { add_client_flags(&sub, flags); },
                     [&flags](CLI::App& sub) { add_page_flags(&sub, flags); }});
}

void add_store_flags(CLI::App* sub, Flags& flags) {
  sub->add_option("--config", flags.line.config, "The server's YAML file");
  sub->add_option("--data", flags.data, "Directory of the node (default ./.sagaloom)");
  sub->add_option("--set", flags.sets, "Any configuration key: --set store=postgres")
      ->take_all()
      ->allow_extra_args(false);
  sub->add_option("--workflow", flags.line.workflow, "Of this workflow only");
  sub->add_option("--saga", flags.line.id, "This saga only (a UUID)");
  sub->add_option("--format", flags.output, "text or json")->check(CLI::IsMember({"text", "json"}));
}

// What looks at the sagas of a store, and moves them.
void add_replays(CLI::App& app, Flags& flags) {
  CLI::App* audit =
      add(app, flags, Command::audit, "audit",
          "Hold every stored saga against its journal: apply gives its state, decide its records");
  add_store_flags(audit, flags);
  CLI::App* whatif = add(app, flags, Command::whatif, "whatif",
                         "Compare stored sagas with what a new version would have made of them");
  whatif->add_option("FILE", flags.line.files, "The new version")->required()->expected(1);
  add_store_flags(whatif, flags);
  whatif->add_option("--since", flags.line.replays.since,
                     "Sagas created then or later: 2026-02-28, 2026-02-28T12:00:00Z");
  whatif->add_option("--state", flags.line.states, "In these states only");
  whatif->add_option("--plugins", flags.line.plugins,
                     "Directory of the plugins that the file calls (default: beside the program)");
  whatif->add_flag("--same-answers", flags.line.replays.same_answers,
                   "Take recorded answers also where only a call's input differs");
  CLI::App* migrate = add(app, flags, Command::migrate, "migrate",
                          "Move running sagas to another version where that is proven safe");
  migrate->add_option("--to", flags.line.version, "Number of a registered version")
      ->required()
      ->check(CLI::Range(1, 0x7fffffff));
  migrate->add_option("--saga", flags.line.id, "This saga (a UUID)");
  migrate->add_flag("--all", flags.line.replays.all, "Every running saga of --workflow");
  migrate->add_option("--workflow", flags.line.workflow, "Name of the workflow, with --all");
  migrate->add_flag("--dry-run", flags.line.replays.dry_run, "Only prove it, move nothing");
  migrate->add_option("--reason", flags.line.reason, "Kept in the history of each saga")
      ->required();
  migrate->add_option("--by", flags.line.replays.by, "Who moves them");
  add_client_flags(migrate, flags);
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* each : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(each->get_name());
  return names;
}

std::vector<std::string> flag_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

// CLI11 names what it did not expect; this says what was probably meant.
std::string suggestion(const CLI::App& app, int argc, const char* const* argv) {
  if (argc < 2) return {};
  const auto commands = command_names(app);
  if (std::find(commands.begin(), commands.end(), argv[1]) == commands.end()) {
    const std::string nearest = workflow::nearest(argv[1], commands);
    return nearest.empty() ? nearest : "; did you mean " + nearest + "?";
  }
  const auto flags = flag_names(*app.get_subcommand(argv[1]));
  for (int i = 2; i < argc; ++i) {
    const std::string word = std::string(argv[i]).substr(0, std::string(argv[i]).find('='));
    if (word.size() < 3 || word.substr(0, 2) != "--") continue;
    if (std::find(flags.begin(), flags.end(), word) != flags.end()) continue;
    const std::string nearest = workflow::nearest(word, flags);
    if (!nearest.empty()) return "; did you mean " + nearest + "?";
  }
  return {};
}

// False: a --set without `=`.
bool gather_settings(Flags& flags) {
  auto& settings = flags.line.settings;
  for (const std::string& set : flags.sets) {
    const std::size_t equals = set.find('=');
    if (equals == set.npos || equals == 0) {
      std::cerr << "error: --set " << set << ": write key=value\n";
      return false;
    }
    settings.emplace_back(set.substr(0, equals), set.substr(equals + 1));
  }
  if (!flags.data.empty()) settings.emplace_back("data", flags.data);
  if (flags.port) settings.emplace_back("http.port", std::to_string(*flags.port));
  if (!flags.log_format.empty()) settings.emplace_back("log.format", flags.log_format);
  flags.line.json = flags.output == "json";
  flags.line.sarif = flags.output == "sarif";
  const char* variable = std::getenv("SAGALOOM_SERVER");
  if (flags.server.empty() && variable != nullptr) flags.server = variable;
  if (!flags.server.empty()) flags.line.server = flags.server;
  const char* user = std::getenv("USER");
  if (flags.line.steer.by.empty() && user != nullptr) flags.line.steer.by = user;
  return true;
}

}  // namespace

std::variant<CommandLine, int> parse_command_line(int argc, const char* const* argv) {
  CLI::App app("Sagaloom runs sagas: workflows whose steps are undone when one of them fails.",
               "sagaloom");
  app.require_subcommand(1);
  Flags flags;
  add_servers(app, flags);
  add_local(app, flags);
  add_documents(app, flags);
  add_explore(app, flags);
  add_start(app, flags);
  add_queries(app, flags);
  add_verbs(app, flags);
  add_replays(app, flags);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::cerr << "error: " << error.what() << suggestion(app, argc, argv)
              << "\nRun `sagaloom --help`, or `sagaloom COMMAND --help`.\n";
    return static_cast<int>(exit_usage);
  }
  if (!gather_settings(flags)) return static_cast<int>(exit_usage);
  return std::move(flags.line);
}

}  // namespace sagaloom::app
