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

class Query {
 public:
  explicit Query(std::string path) : path_(std::move(path)) {}
  void add(std::string_view name, const std::string& value) {
    if (value.empty()) return;
    path_ += first_ ? '?' : '&';
    first_ = false;
    path_ += std::string(name) + "=" + http::percent_encode(value);
  }
  RestRequest request() const {
    RestRequest request;
    request.path = path_;
    return request;
  }

 private:
  std::string path_;
  bool first_ = true;
};

std::string saga_path(const CommandLine& line, std::string_view rest = {}) {
  return "/api/v1/sagas/" + http::percent_encode(line.id) + std::string(rest);
}

using Flatten = Value (*)(const Value& item);

Value as_it_is(const Value& item) {
  return item;
}

// "answered reserve ok", "suspend by ann: an audit" instead of an object.
std::string cause_of(const Value& event) {
  std::string cause;
  for (const char* name : {"kind", "purpose", "step", "outcome", "code"}) {
    const std::string part = member_text(event, name);
    if (!part.empty()) cause += (cause.empty() ? "" : " ") + part;
  }
  const std::string by = member_text(event, "by"), reason = member_text(event, "reason");
  if (!by.empty()) cause += " by " + by;
  if (!reason.empty()) cause += ": " + reason;
  return cause;
}

// "reserve SUCCEEDED" for each step that moved.
Value flat_record(const Value& record) {
  const Value* event = record.find("event");
  const std::string cause = event == nullptr ? std::string() : cause_of(*event);
  std::string moved;
  const Value* steps = record.find("steps");
  if (steps != nullptr && steps->is_list()) {
    for (const Value& step : steps->items()) {
      const std::string state = member_text(step, "state");
      if (state.empty()) continue;
      moved += (moved.empty() ? "" : ", ") + member_text(step, "path") + " " + state;
    }
  }
  return record.with("event", Value(cause)).with("steps", Value(moved));
}

Value flattened(const Value& items, Flatten flatten) {
  expression::List rows;
  if (items.is_list())
    for (const Value& item : items.items()) rows.push_back(flatten(item));
  return Value(std::move(rows));
}

// A page: rows on standard output, where it goes on (the member `next`) as a message.
int show_page(const CommandLine& line, const RestRequest& request, std::string_view next,
              const std::vector<std::string>& columns, Flatten flatten = &as_it_is) {
  auto reply = ask(line, request);
  if (const int* status = std::get_if<int>(&reply)) return *status;
  const auto& page = std::get<Answered>(reply);
  if (line.json) {
    std::cout << page.text << "\n";
    return exit_ok;
  }
  const Value* items = page.value.find("items");
  std::cout << as_table(items == nullptr ? page.value : flattened(*items, flatten), columns);
  const std::string cursor = member_text(page.value, next);
  if (!cursor.empty()) std::cerr << "there may be more: --cursor " << cursor << "\n";
  return exit_ok;
}

int get(const CommandLine& line) {
  auto reply = ask(line, Query(saga_path(line)).request());
  if (const int* status = std::get_if<int>(&reply)) return *status;
  auto& saga = std::get<Answered>(reply);
  if (line.wait_s) return follow(line, std::move(saga), *line.wait_s);
  show(line, saga);
  return exit_ok;
}

// A day is its first moment.
std::string moment(const std::string& text) {
  return text.size() == 10 ? text + "T00:00:00Z" : text;
}

void add_filter(Query& query, const ListFilter& filter) {
  query.add("status", filter.status);
  const std::size_t equals = filter.attribute.find('=');
  if (equals != filter.attribute.npos) {
    query.add("attribute." + http::percent_encode(filter.attribute.substr(0, equals)),
              filter.attribute.substr(equals + 1));
  }
  if (filter.live) query.add("live", *filter.live ? "true" : "false");
  query.add("created_after", moment(filter.created_after));
  query.add("created_before", moment(filter.created_before));
}

int list(const CommandLine& line) {
  Query query("/api/v1/sagas");
  query.add("workflow", line.workflow);
  for (const std::string& state : line.states) query.add("state", state);
  query.add("identity", line.identity);
  add_filter(query, line.list);
  query.add("limit", std::to_string(line.limit));
  query.add("cursor", line.cursor);
  return show_page(line, query.request(), "next_cursor",
                   {"id", "workflow", "identity", "state", "status", "created_at"});
}

int history(const CommandLine& line) {
  Query query(saga_path(line, "/history"));
  query.add("limit", std::to_string(line.limit));
  query.add("after", line.cursor);
  return show_page(line, query.request(), "next_after", {"seq", "at", "event", "steps", "state"},
                   &flat_record);
}

int events(const CommandLine& line) {
  Query query("/api/v1/events");
  query.add("limit", std::to_string(line.limit));
  query.add("after", line.cursor);
  return show_page(line, query.request(), "next", {"time", "topic", "type", "key", "data"});
}

int tasks(const CommandLine& line) {
  Query query("/api/v1/tasks");
  query.add("workflow", line.workflow);
  query.add("assignee", line.steer.assignee);
  query.add("limit", std::to_string(line.limit));
  query.add("cursor", line.cursor);
  return show_page(line, query.request(), "next_cursor",
                   {"saga", "step", "assignee", "workflow", "identity", "title"});
}

int dead_letters(const CommandLine& line) {
  const bool settled = line.steer.action == SteerAction::settled_letters;
  Query query(settled ? "/api/v1/dead_letters/settled" : "/api/v1/dead_letters");
  query.add("workflow", line.workflow);
  query.add("reason", line.reason);
  query.add("limit", std::to_string(line.limit));
  query.add("cursor", line.cursor);
  if (settled) {
    return show_page(line, query.request(), "next_cursor",
                     {"id", "verb", "by", "reason", "at", "letter_reason", "workflow"});
  }
  return show_page(line, query.request(), "next_cursor",
                   {"id", "reason", "workflow", "content", "data"});
}

int cancel(const CommandLine& line) {
  RestRequest request;
  request.method = "POST";
  request.path = saga_path(line, "/cancel");
  expression::Map body{{Value("reason"), Value(line.reason)}};
  if (!line.steer.by.empty()) body.push_back({Value("by"), Value(line.steer.by)});
  request.body = document::write(Value(std::move(body)));
  auto reply = ask(line, request);
  if (const int* status = std::get_if<int>(&reply)) return *status;
  show(line, std::get<Answered>(reply));
  return exit_ok;
}

}  // namespace

int run_query(const CommandLine& line) {
  switch (line.command) {
    case Command::get:
      return get(line);
    case Command::list:
      return list(line);
    case Command::history:
      return history(line);
    case Command::events:
      return events(line);
    case Command::steer:
      return line.steer.action == SteerAction::tasks ? tasks(line) : dead_letters(line);
    default:
      return cancel(line);
  }
}

}  // namespace sagaloom::app
