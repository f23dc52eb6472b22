// What was typed, as a value.
//
// Threads: plain values. Errors: `parse_command_line` prints help and errors itself (help on
// stdout, errors with a suggestion on stderr) and answers with the exit status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace sagaloom::app {

enum class Command : std::uint8_t {
  audit,
  explore,
  whatif,
  migrate,
  dev,
  serve,
  check,
  start,
  get,
  list,
  history,
  cancel,
  events,
  configuration,
  version,
  schema,
  graph,
  steer,
  test,
};

enum class SteerAction : std::uint8_t {
  signal,
  answer,
  tasks,
  retry,
  resolve,
  abort_step,
  skip_undo,
  suspend,
  resume,
  dead_letters,
  settled_letters,
  replay,
  discard,
};

// Of the commands that steer running sagas; `id`, `reason` and `input` are CommandLine's.
struct Steer {
  SteerAction action = SteerAction::tasks;
  std::string name;                 // of the signal; path of the step
  std::string by;                   // default $USER
  std::optional<std::string> data;  // JSON; of start too
  std::string assignee;             // tasks
  bool undo_manual = false;         // resolve
};

// What whatif and migrate are told besides.
struct Replays {
  bool all = false;           // every running saga of the workflow
  bool dry_run = false;       // only the proof
  bool same_answers = false;  // recorded answers also for calls with another input
  std::string since;          // created then or later
  std::string by;
};

// Of `list`, besides `workflow`, `states` and `identity`; what is empty does not filter.
struct ListFilter {
  std::string status;
  std::string attribute;  // name=value
  std::optional<bool> live;
  std::string created_after, created_before;
};

// Of `explore`; `files`, `plugins` and `input` are CommandLine's.
struct Explore {
  std::uint32_t faults = 1;
  std::string format = "text";  // text, json, markdown
  std::string reports;          // directory; empty: none
};

struct CommandLine {
  Command command = Command::version;

  // dev, serve
  std::optional<std::string> config;
  std::vector<std::pair<std::string, std::string>> settings;  // --set, --data, --port, …

  // clients
  std::string server = "http://127.0.0.1:8080";
  bool json = false;

  // check
  std::vector<std::string> files;
  std::string plugins;  // directory; empty: beside the program
  bool no_plugins = false;
  bool sarif = false;  // with `json` false: text

  // schema, graph
  std::optional<std::string> out;  // file; standard output when not given
  std::string format = "mermaid";  // mermaid, dot, svg
  long timeout_s = 30;             // for Graphviz

  // test
  std::string only;                  // scenarios whose name contains it
  std::optional<std::string> junit;  // file
  bool all_results = false;          // name those that passed too

  Explore explore;

  std::string workflow;              // start; filter of list
  std::optional<std::string> input;  // start: path or "-"
  std::optional<std::string> key;    // start, signal, answer: Idempotency-Key
  std::optional<std::uint32_t> version;
  std::optional<long> wait_s;  // start, get
  std::string id;              // get, history, cancel
  std::string reason;          // cancel, steer; filter of dead letters
  Steer steer;
  std::vector<std::string> states;  // list
  std::string identity;             // list
  ListFilter list;
  std::string cursor;  // list, history, events
  long limit = 50;     // list, history, events

  Replays replays;  // whatif, migrate; with audit, `id` is --saga
};

std::variant<CommandLine, int> parse_command_line(int argc, const char* const* argv);

}  // namespace sagaloom::app
