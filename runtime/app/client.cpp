#include "runtime/app/client.h"

#include <algorithm>
#include <chrono>
#include <iostream>

#include "runtime/app/exit_code.h"
#include "runtime/app/print.h"
#include "runtime/document/json.h"

namespace sagaloom::app {
namespace {

using expression::Value;

constexpr document::Limits reply_limits{64, 64u << 20};
constexpr long longest_poll_s = 30;

int refuse(const CommandLine& line, const RestReply& reply) {
  const auto problem = document::parse(reply.body, reply_limits);
  if (line.json && problem.ok()) {
    std::cerr << reply.body << "\n";
  } else {
    std::cerr << as_problem(problem.ok() ? *problem : Value(), reply.status);
  }
  return exit_code_of_status(reply.status);
}

bool over(const Value& saga) {
  static const std::string ends[] = {"COMPLETED", "COMPENSATED", "FAILED", "PARKED", "SUSPENDED"};
  return std::find(std::begin(ends), std::end(ends), member_text(saga, "state")) != std::end(ends);
}

std::string error_code(const Value& saga) {
  const Value* error = saga.find("error");
  if (error == nullptr) return {};
  return error->is_string() ? error->string() : member_text(*error, "code");
}

RestRequest poll(const Value& saga, long seconds) {
  RestRequest request;
  request.path = "/api/v1/sagas/" + member_text(saga, "id");
  request.headers.emplace_back("Prefer", "wait=" + std::to_string(seconds));
  request.limit_s = seconds + 15;
  return request;
}

}  // namespace

std::variant<Answered, int> ask(const CommandLine& line, const RestRequest& request) {
  const auto outcome = RestClient(line.server).send(request);
  if (const auto* away = std::get_if<Unreachable>(&outcome)) {
    std::cerr << "error: no answer from the server: " << away->reason
              << "\nIs it running? Start one with `sagaloom dev`, or name it with --server.\n";
    return static_cast<int>(exit_unreachable);
  }
  const auto& reply = std::get<RestReply>(outcome);
  if (reply.status < 200 || reply.status > 299) return refuse(line, reply);
  auto value = document::parse(reply.body, reply_limits);
  if (value.ok()) return Answered{std::move(*value), reply.body};
  std::cerr << "error: the answer is not JSON: " << value.error().message << "\n";
  return static_cast<int>(exit_error);
}

void show(const CommandLine& line, const Answered& saga) {
  std::cout << (line.json ? saga.text + "\n" : as_lines(saga.value));
}

int follow(const CommandLine& line, Answered first, long seconds) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!over(first.value)) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(
        end - std::chrono::steady_clock::now() + std::chrono::milliseconds(999));
    if (left.count() <= 0) break;
    auto next = ask(line, poll(first.value, std::min<long>(left.count(), longest_poll_s)));
    if (const int* status = std::get_if<int>(&next)) return *status;
    first = std::move(std::get<Answered>(next));
  }
  show(line, first);
  return exit_code_of_saga(member_text(first.value, "state"), error_code(first.value));
}

}  // namespace sagaloom::app
