#include "runtime/app/client.h"
#include "runtime/app/commands.h"
#include "runtime/app/exit_code.h"
#include "runtime/app/text_output.h"
#include "runtime/document/json.h"

namespace sagaloom::app {
namespace {

expression::Result<std::string> input_of(const CommandLine& line) {
  if (line.input) return read_input(*line.input);
  return line.steer.data.value_or("{}");
}

// The input goes in as it was written, so that the server sees the same numbers and text.
std::string body_of(const CommandLine& line, const std::string& input) {
  std::string body = "{\"workflow\":";
  document::append_string(body, line.workflow);
  if (line.version) body += ",\"version\":" + std::to_string(*line.version);
  return body + ",\"input\":" + input + "}";
}

RestRequest request_of(const CommandLine& line, const std::string& input) {
  RestRequest request;
  request.method = "POST";
  request.path = "/api/v1/sagas";
  request.body = body_of(line, input);
  if (line.key) request.headers.emplace_back("Idempotency-Key", *line.key);
  return request;
}

}  // namespace

int run_start(const CommandLine& line) {
  const auto input = input_of(line);
  if (!input.ok()) return report(input.error(), exit_usage);
  if (const auto parsed = document::parse(*input); !parsed.ok()) {
    return report({parsed.error().code, "the input is not usable JSON: " + parsed.error().message},
                  exit_invalid);
  }
  auto reply = ask(line, request_of(line, *input));
  if (const int* status = std::get_if<int>(&reply)) return *status;
  auto& saga = std::get<Answered>(reply);
  if (line.wait_s) return follow(line, std::move(saga), *line.wait_s);
  show(line, saga);
  return exit_ok;
}

}  // namespace sagaloom::app
