#include "runtime/app/command_line_steer.h"

#include <CLI/CLI.hpp>

namespace sagaloom::app {
namespace {

CLI::App& add(CLI::App& app, const SteerWords& words, SteerAction action, const char* name,
              const char* about) {
  CLI::App* sub = app.add_subcommand(name, about);
  sub->callback([&line = words.line, action, sub] {
    if (!sub->get_subcommands().empty()) return;  // one of its own was meant
    line.command = Command::steer;
    line.steer.action = action;
  });
  return *sub;
}

void add_saga(CLI::App& sub, const SteerWords& words) {
  sub.add_option("ID", words.line.id, "UUID of the saga")->required();
}

void add_author(CLI::App& sub, const SteerWords& words) {
  sub.add_option("--reason", words.line.reason, "Kept in the history")->required();
  sub.add_option("--by", words.line.steer.by, "Who says so (default: $USER)");
}

// JSON on the command line, in a file, or on standard input.
void add_document(CLI::App& sub, const SteerWords& words, const char* about) {
  auto* text = sub.add_option("--data", words.line.steer.data, about);
  sub.add_option("--input", words.line.input, "The same from a JSON file, or - for standard input")
      ->excludes(text);
}

void add_key(CLI::App& sub, const SteerWords& words) {
  sub.add_option("--key", words.line.key, "Idempotency-Key: the same again is done once");
}

void add_verb(CLI::App& app, const SteerWords& words, SteerAction action, const char* name,
              const char* about) {
  CLI::App& sub = add(app, words, action, name, about);
  add_saga(sub, words);
  const bool of_a_step = action != SteerAction::suspend && action != SteerAction::resume;
  if (of_a_step) {
    sub.add_option("STEP", words.line.steer.name, "Path of the step, as `get` shows it")
        ->required();
  }
  if (action == SteerAction::retry) add_document(sub, words, "JSON that replaces the input");
  if (action == SteerAction::resolve) {
    add_document(sub, words, "JSON: the output that the step had");
    sub.add_flag("--undo-manual", words.line.steer.undo_manual,
                 "The effect was made by hand, under no key: undo it by hand too");
  }
  add_author(sub, words);
  words.add_client_flags(sub);
}

void add_signal(CLI::App& app, const SteerWords& words) {
  CLI::App& sub = add(app, words, SteerAction::signal, "signal", "Send a signal to a saga");
  sub.add_option("ID", words.line.id, "UUID of the saga, or with --workflow its identity")
      ->required();
  sub.add_option("NAME", words.line.steer.name, "Name of the signal")->required();
  sub.add_option("--workflow", words.line.workflow, "ID is the business id of this workflow");
  add_document(sub, words, "JSON: the signal's data (default {})");
  add_key(sub, words);
  sub.add_option("--by", words.line.steer.by, "Who says so (default: $USER)");
  words.add_client_flags(sub);
}

void add_tasks(CLI::App& app, const SteerWords& words) {
  CLI::App& answer = add(app, words, SteerAction::answer, "answer", "Answer an open task");
  add_saga(answer, words);
  answer.add_option("STEP", words.line.steer.name, "Path of the step, as `tasks` shows it")
      ->required();
  add_document(answer, words, "JSON: the answer (default {})");
  add_key(answer, words);
  answer.add_option("--by", words.line.steer.by, "Who says so (default: $USER)");
  words.add_client_flags(answer);
  CLI::App& tasks = add(app, words, SteerAction::tasks, "tasks", "List the open tasks");
  tasks.add_option("--workflow", words.line.workflow, "Of this workflow only");
  tasks.add_option("--assignee", words.line.steer.assignee, "Of this person or group only");
  words.add_page_flags(tasks);
  words.add_client_flags(tasks);
}

void add_letter_list(CLI::App& sub, const SteerWords& words) {
  sub.add_option("--workflow", words.line.workflow, "Of this workflow only");
  sub.add_option("--reason", words.line.reason, "With this reason only: event.invalid, …");
  words.add_page_flags(sub);
  words.add_client_flags(sub);
}

void add_letter_verb(CLI::App& letters, const SteerWords& words, SteerAction action,
                     const char* name, const char* about) {
  CLI::App& sub = add(letters, words, action, name, about);
  sub.add_option("ID", words.line.id, "As the list shows it")->required();
  add_author(sub, words);
  words.add_client_flags(sub);
}

void add_dead_letters(CLI::App& app, const SteerWords& words) {
  CLI::App& letters = add(app, words, SteerAction::dead_letters, "dead-letters",
                          "List, replay or discard messages that could not be taken");
  letters.require_subcommand(0, 1);
  add_letter_list(letters, words);
  CLI::App& list =
      add(letters, words, SteerAction::dead_letters, "list", "List them, oldest first");
  add_letter_list(list, words);
  CLI::App& settled = add(letters, words, SteerAction::settled_letters, "settled",
                          "List who took letters away, and why");
  add_letter_list(settled, words);
  add_letter_verb(letters, words, SteerAction::replay, "replay",
                  "Take the message, or publish it, once more");
  add_letter_verb(letters, words, SteerAction::discard, "discard", "Drop the message for good");
}

}  // namespace

void add_steering(CLI::App& app, const SteerWords& words) {
  add_signal(app, words);
  add_tasks(app, words);
  add_verb(app, words, SteerAction::retry, "retry", "Try a step that stands still again");
  add_verb(app, words, SteerAction::resolve, "resolve", "Say what the outcome of a step was");
  add_verb(app, words, SteerAction::abort_step, "abort-step",
           "Give a step in doubt up: it counts as perhaps done");
  add_verb(app, words, SteerAction::skip_undo, "skip-undo",
           "Give a stuck undo up: its effect stays, as residue");
  add_verb(app, words, SteerAction::suspend, "suspend", "Stop a saga where it is");
  add_verb(app, words, SteerAction::resume, "resume", "Let a suspended saga go on");
  add_dead_letters(app, words);
}

}  // namespace sagaloom::app
