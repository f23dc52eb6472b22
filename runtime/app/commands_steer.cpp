#include <optional>

#include "runtime/app/client.h"
#include "runtime/app/commands.h"
#include "runtime/app/exit_code.h"
#include "runtime/app/text_output.h"
#include "runtime/document/json.h"
#include "runtime/http/target.h"

namespace sagaloom::app {
namespace {

using http::percent_encode;

// A JSON object's members as they are added; documents go in as they were written.
class Body {
 public:
  void add(std::string_view name, const std::string& json) {
    text_ += text_.size() > 1 ? "," : "";
    document::append_string(text_, name);
    text_ += ":" + json;
  }
  void add_text(std::string_view name, const std::string& value) {
    if (value.empty()) return;
    std::string json;
    document::append_string(json, value);
    add(name, json);
  }
  std::string take() { return std::move(text_ += "}"); }

 private:
  std::string text_ = "{";
};

std::string saga_path(const CommandLine& line) {
  return "/api/v1/sagas/" + percent_encode(line.id);
}

std::string step_path(const CommandLine& line, std::string_view verb) {
  return saga_path(line) + "/steps/" + http::percent_encode_path(line.steer.name) + "/" +
         std::string(verb);
}

std::string signal_path(const CommandLine& line) {
  const std::string saga = line.workflow.empty()
                               ? saga_path(line)
                               : "/api/v1/workflows/" + percent_encode(line.workflow) + "/sagas/" +
                                     percent_encode(line.id);
  return saga + "/signals/" + percent_encode(line.steer.name);
}

std::string path_of(const CommandLine& line) {
  const auto letter = [&] { return "/api/v1/dead_letters/" + percent_encode(line.id); };
  const auto by = line.steer.by.empty() ? "" : "?by=" + percent_encode(line.steer.by);
  switch (line.steer.action) {
    case SteerAction::signal:
      return signal_path(line) + by;
    case SteerAction::answer:
      return saga_path(line) + "/tasks/" + http::percent_encode_path(line.steer.name) + by;
    case SteerAction::retry:
      return step_path(line, "retry");
    case SteerAction::resolve:
      return step_path(line, "resolve");
    case SteerAction::abort_step:
      return step_path(line, "abort_step");
    case SteerAction::skip_undo:
      return step_path(line, "skip_undo");
    case SteerAction::suspend:
      return saga_path(line) + "/suspend";
    case SteerAction::resume:
      return saga_path(line) + "/resume";
    case SteerAction::replay:
      return letter() + "/replay";
    default:
      return letter() + "/discard";
  }
}

// The JSON that was brought along, or the exit status after saying what is wrong with it. `data` is
// empty when none was given.
struct Brought {
  std::string data;
  int status = exit_ok;
};

Brought bring(const CommandLine& line) {
  if (!line.input && !line.steer.data) return {};
  auto text = line.input ? read_input(*line.input) : *line.steer.data;
  if (!text.ok()) return {{}, report(text.error(), exit_usage)};
  if (const auto parsed = document::parse(*text); !parsed.ok()) {
    return {{},
            report({parsed.error().code, "this is not usable JSON: " + parsed.error().message},
                   exit_invalid)};
  }
  return {std::move(*text), exit_ok};
}

std::string verb_body(const CommandLine& line, const std::string& data) {
  Body body;
  if (line.steer.action == SteerAction::retry && !data.empty()) body.add("input", data);
  if (line.steer.action == SteerAction::resolve) body.add("output", data.empty() ? "{}" : data);
  if (line.steer.undo_manual) body.add_text("undo", "manual");
  body.add_text("reason", line.reason);
  body.add_text("by", line.steer.by);
  return body.take();
}

}  // namespace

int run_steer(const CommandLine& line) {
  const auto action = line.steer.action;
  if (action == SteerAction::tasks || action == SteerAction::dead_letters ||
      action == SteerAction::settled_letters) {
    return run_query(line);
  }
  const auto brought = bring(line);
  if (brought.status != exit_ok) return brought.status;
  const bool document_is_body = action == SteerAction::signal || action == SteerAction::answer;
  RestRequest request;
  request.method = "POST";
  request.path = path_of(line);
  if (line.key) request.headers.emplace_back("Idempotency-Key", *line.key);
  if (document_is_body) {
    request.body = brought.data.empty() ? "{}" : brought.data;
  } else {
    request.body = verb_body(line, brought.data);
  }
  auto reply = ask(line, request);
  if (const int* status = std::get_if<int>(&reply)) return *status;
  show(line, std::get<Answered>(reply));
  return exit_ok;
}

}  // namespace sagaloom::app
