// `sagaloom migrate`: asks a running server to move sagas to another version of their workflow.
#include <iostream>

#include "runtime/app/client.h"
#include "runtime/app/commands.h"
#include "runtime/app/exit_code.h"
#include "runtime/app/print.h"
#include "runtime/document/json.h"
#include "runtime/http/target.h"

namespace sagaloom::app {
namespace {

using expression::Value;

constexpr long page = 500;
constexpr document::Limits reply_limits{64, 64u << 20};

struct Moved {
  std::string saga, from;
  bool moved = false;
  std::string reason;  // why it stays
};

struct Candidate {
  std::string id, version;
};

Value body_of(const CommandLine& line) {
  Value body = Value::object({{"version", Value(static_cast<std::int64_t>(*line.version))},
                              {"reason", Value(line.reason)}});
  if (!line.replays.by.empty()) body = body.with("by", Value(line.replays.by));
  if (line.replays.dry_run) body = body.with("dry_run", Value(true));
  return body;
}

// What a refusal says: `detail` of the problem document.
std::string reason_of(const RestReply& reply) {
  const auto problem = document::parse(reply.body, reply_limits);
  if (!problem.ok()) return "status " + std::to_string(reply.status);
  return member_text(*problem, "code") + ": " + member_text(*problem, "detail");
}

std::variant<Moved, int> move(const CommandLine& line, const Candidate& saga) {
  RestRequest request;
  request.method = "POST";
  request.path = "/api/v1/sagas/" + http::percent_encode(saga.id) + "/migrate";
  request.body = document::write(body_of(line));
  const auto outcome = RestClient(line.server).send(request);
  if (const auto* away = std::get_if<Unreachable>(&outcome)) {
    std::cerr << "error: no answer from the server: " << away->reason << "\n";
    return static_cast<int>(exit_unreachable);
  }
  const auto& reply = std::get<RestReply>(outcome);
  Moved result{saga.id, saga.version, reply.status / 100 == 2, {}};
  if (!result.moved) result.reason = reason_of(reply);
  return result;
}

// Running sagas of the workflow on another version.
std::variant<std::vector<Candidate>, int> candidates(const CommandLine& line) {
  std::vector<Candidate> found;
  std::string cursor;
  const std::string to = std::to_string(*line.version);
  do {
    RestRequest request;
    request.path = "/api/v1/sagas?live=true&limit=" + std::to_string(page) +
                   "&workflow=" + http::percent_encode(line.workflow);
    if (!cursor.empty()) request.path += "&cursor=" + http::percent_encode(cursor);
    auto answer = ask(line, request);
    if (const int* status = std::get_if<int>(&answer)) return *status;
    const Value& reply = std::get<Answered>(answer).value;
    const Value* items = reply.find("items");
    if (items != nullptr && items->is_list()) {
      for (const Value& item : items->items()) {
        const std::string version = member_text(item, "version");
        if (version != to) found.push_back({member_text(item, "id"), version});
      }
    }
    cursor = member_text(reply, "next_cursor");
  } while (!cursor.empty());
  return found;
}

// Without a candidate nobody else would say that there is no such version.
std::variant<std::vector<Candidate>, int> all_of(const CommandLine& line) {
  RestRequest request;
  request.path = "/api/v1/workflows/" + http::percent_encode(line.workflow) +
                 "?version=" + std::to_string(*line.version);
  const auto known = ask(line, request);
  if (const int* status = std::get_if<int>(&known)) return *status;
  return candidates(line);
}

std::variant<std::vector<Candidate>, int> wanted(const CommandLine& line) {
  if (line.replays.all) return all_of(line);
  RestRequest request;
  request.path = "/api/v1/sagas/" + http::percent_encode(line.id);
  auto answer = ask(line, request);
  if (const int* status = std::get_if<int>(&answer)) return *status;
  const Value& saga = std::get<Answered>(answer).value;
  return std::vector<Candidate>{{line.id, member_text(saga, "version")}};
}

void print(const CommandLine& line, const Moved& moved) {
  std::cout << moved.saga << "  " << moved.from << " → " << *line.version << "  ";
  if (!moved.moved)
    std::cout << "stays: " << moved.reason << "\n";
  else
    std::cout << (line.replays.dry_run ? "can be moved\n" : "moved\n");
}

Value as_value(const CommandLine& line, const Moved& moved) {
  return Value::object({{"saga", Value(moved.saga)},
                        {"from", Value(moved.from)},
                        {"to", Value(std::to_string(*line.version))},
                        {"moved", Value(moved.moved && !line.replays.dry_run)},
                        {"can_be_moved", Value(moved.moved)},
                        {"reason", Value(moved.reason)}});
}

int move_all(const CommandLine& line, const std::vector<Candidate>& sagas) {
  std::size_t moved = 0;
  expression::List items;
  for (const Candidate& saga : sagas) {
    auto result = move(line, saga);
    if (const int* status = std::get_if<int>(&result)) return *status;
    const auto& done = std::get<Moved>(result);
    if (done.moved) ++moved;
    if (line.json)
      items.push_back(as_value(line, done));
    else
      print(line, done);
  }
  if (line.json) {
    std::cout << document::write(Value::object({{"items", Value(std::move(items))}})) << "\n";
  } else {
    std::cout << moved << " of " << sagas.size()
              << (line.replays.dry_run ? " sagas can be moved\n" : " sagas moved\n");
  }
  return moved == sagas.size() ? exit_ok : exit_conflict;
}

}  // namespace

int run_migrate(const CommandLine& line) {
  if (line.id.empty() == !line.replays.all || (line.replays.all && line.workflow.empty())) {
    std::cerr << "error: give --saga ID, or --all with --workflow NAME\n";
    return exit_usage;
  }
  const auto sagas = wanted(line);
  if (const int* status = std::get_if<int>(&sagas)) return *status;
  return move_all(line, std::get<std::vector<Candidate>>(sagas));
}

}  // namespace sagaloom::app
