#include <fstream>
#include <iostream>
#include <iterator>

#include "runtime/app/client.h"
#include "runtime/app/commands.h"
#include "runtime/app/exit_code.h"
#include "runtime/document/json.h"

namespace sagaloom::app {
namespace {

std::optional<std::string> read_input(const CommandLine& line) {
  if (!line.input) return "{}";
  if (*line.input == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(*line.input, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
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
  const auto input = read_input(line);
  if (!input) {
    std::cerr << "error: " << *line.input << " cannot be read\n";
    return exit_usage;
  }
  if (const auto parsed = document::parse(*input); !parsed.ok()) {
    std::cerr << "error[" << parsed.error().code
              << "]: the input is not usable JSON: " << parsed.error().message << "\n";
    return exit_invalid;
  }
  auto reply = ask(line, request_of(line, *input));
  if (const int* status = std::get_if<int>(&reply)) return *status;
  auto& saga = std::get<Answered>(reply);
  if (line.wait_s) return follow(line, std::move(saga), *line.wait_s);
  show(line, saga);
  return exit_ok;
}

}  // namespace sagaloom::app
