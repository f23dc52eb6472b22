#include "tests/end_to_end/market.h"

#include <algorithm>
#include <ctime>
#include <stdexcept>
#include <thread>

#include "runtime/app/print.h"
#include "runtime/http/target.h"

namespace sagaloom::tests {
namespace {

using Clock = std::chrono::steady_clock;
using Replacements = std::vector<std::pair<std::string, std::string>>;

constexpr std::chrono::seconds kPatience{120};

const char* const kWorkflows[] = {"order-fulfilment", "pickup-parcel", "travel-booking",
                                  "travel-insurance"};

std::string source(const std::string& name) {
  return std::string(SAGALOOM_SOURCE_DIR) + "/workflows/" + name + ".yaml";
}

const Value* path_in(const Value& value, std::initializer_list<const char*> names) {
  const Value* found = &value;
  for (const char* name : names) found = found ? found->find(name) : nullptr;
  return found;
}

}  // namespace

Market& Market::instance() {
  static Market market;
  return market;
}

const std::string& Market::secret() {
  static const std::string value = "sk-live-55c1e0b7a4";
  return value;
}

Market::Market() {
  for (const char* topic : {"delivery.status.updated", "pvz.orders", "payments.settled"})
    kafka_.create_topic(topic, 2);
  server_ = std::make_unique<Server>(
      std::vector<std::string>{"serve", "--config",
                               folder_.write("sagaloom.yaml", configuration())},
      std::vector<std::string>{"SAGALOOM_SECRET_PSP_API_KEY=" + secret()});
  server_->start();
}

std::string Market::copy(const std::string& name, const Replacements& replaced) const {
  std::string text = read_file(source(name));
  for (const auto& [from, to] : replaced) {
    const std::size_t at = text.find(from);
    if (at == text.npos) throw std::runtime_error(name + " has no " + from);
    text.replace(at, from.size(), to);
  }
  return folder_.write(name + "-short.yaml", text);
}

std::string Market::configuration() const {
  std::string files;
  for (const char* name : kWorkflows) files += source(name) + ", ";
  files += copy("order-fulfilment", {{"workflow: order-fulfilment", "workflow: fulfilment-short"},
                                     {"/api/fulfilments\n", "/api/fulfilments-short\n"},
                                     {"timeout: 14d", "timeout: 2s"},
                                     {"escalate_after: 2d", "escalate_after: 1s"}}) +
           ", ";
  files += copy("pickup-parcel", {{"workflow: pickup-parcel", "workflow: pickup-short"},
                                  {"duration('48h')", "duration('2s')"},
                                  {"escalate_after: 3d", "escalate_after: 1s"}}) +
           ", ";
  files += copy("travel-booking", {{"workflow: travel-booking", "workflow: travel-short"},
                                   {"timeout: 30m", "timeout: 2s"},
                                   {"timeout: 15m", "timeout: 2s"}});
  return "store: postgres\npostgres: {dsn: '" + postgres_.dsn() +
         "'}\ndata: " + folder_.file("data") +
         "\nhttp: {port: 0}\nlog: {level: debug}\nworkflows: [" + files + "]\nkafka: {brokers: '" +
         kafka_.brokers() + "', create_topics: 'true'}\n" +
         "plugins: {settings: {payment: {default_balance_minor: 10000000, balances: {" + poor +
         ": 0}}}}\n";
}

Reply Market::try_start(const std::string& workflow, const std::string& input) {
  return post("/api/v1/sagas", R"({"workflow":")" + workflow + R"(","input":)" + input + "}");
}

std::string Market::start(const std::string& workflow, const std::string& input) {
  const Reply reply = try_start(workflow, input);
  if (reply.status != 201 && reply.status != 202) throw std::runtime_error(reply.text);
  return reply.member("id");
}

Reply Market::saga(const std::string& id) const {
  return get("/api/v1/sagas/" + id);
}

Reply Market::history(const std::string& id) const {
  return get("/api/v1/sagas/" + id + "/history?limit=500");
}

std::string Market::find(const std::string& workflow, const std::string& identity) const {
  const Reply page =
      get("/api/v1/sagas?workflow=" + workflow + "&identity=" + http::percent_encode(identity));
  const Value* items = page.body.find("items");
  if (items == nullptr || !items->is_list() || items->items().empty()) return {};
  return app::member_text(items->items()[0], "id");
}

Reply Market::post(const std::string& path, const std::string& body) const {
  return request(server_->url(), "POST", path, body);
}

Reply Market::get(const std::string& path) const {
  return request(server_->url(), "GET", path);
}

void Market::wait_until(const std::function<bool()>& happened, const std::string& what) const {
  const auto end = Clock::now() + kPatience;
  while (!happened()) {
    if (Clock::now() > end) throw std::runtime_error("within two minutes there was no " + what);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

Reply Market::wait_for(const std::string& id, const std::vector<std::string>& states) const {
  const auto end = Clock::now() + kPatience;
  Reply reply;
  do {
    reply = saga(id);
    if (std::find(states.begin(), states.end(), reply.member("state")) != states.end())
      return reply;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  } while (Clock::now() < end);
  throw std::runtime_error("not " + states[0] + ": " + reply.text);
}

Reply Market::wait_for_end(const std::string& id) const {
  return wait_for(id, {"COMPLETED", "COMPENSATED", "FAILED", "PARKED"});
}

Reply Market::wait_for_status(const std::string& id, const std::string& status) const {
  Reply reply;
  try {
    wait_until([&] { return (reply = saga(id)).member("status") == status; }, "status " + status);
  } catch (const std::runtime_error& late) {
    throw std::runtime_error(late.what() + (": " + reply.text));
  }
  return reply;
}

Reply Market::wait_for_step(const std::string& id, const std::string& step,
                            const std::string& state) const {
  Reply reply;
  const auto is_there = [&] {
    reply = saga(id);
    const Value* steps = reply.body.find("steps");
    if (steps == nullptr || !steps->is_list()) return false;
    return std::any_of(steps->items().begin(), steps->items().end(), [&](const Value& each) {
      return app::member_text(each, "path") == step && app::member_text(each, "state") == state;
    });
  };
  try {
    wait_until(is_there, step + " " + state);
  } catch (const std::runtime_error& late) {
    throw std::runtime_error(late.what() + (": " + reply.text));
  }
  return reply;
}

void Market::publish(const std::string& topic, const std::string& type, const std::string& key,
                     const std::string& data) {
  test::KafkaRecord record;
  record.key = key;
  record.value = data;
  record.headers = {{"ce_specversion", "1.0"},
                    {"ce_id", "market-" + std::to_string(++published_)},
                    {"ce_source", "/market"},
                    {"ce_type", type},
                    {"content-type", "application/json"}};
  kafka_.produce(topic, record);
}

std::vector<std::string> Market::published(const std::string& topic, const std::string& key) const {
  std::vector<std::string> types;
  for (const auto& record : records(topic))
    if (record.key == key) types.push_back(record.header("ce_type"));
  return types;
}

std::vector<test::KafkaRecord> Market::records(const std::string& topic) const {
  return kafka_.read_all(topic);
}

std::vector<std::string> Market::effects(const std::string& plugin, const std::string& saga) const {
  return rows(database(plugin), "select operation from effect where saga = '" + saga +
                                    "' and state = 'done' order by operation");
}

std::string Market::database(const std::string& plugin) const {
  return folder_.file("data") + "/" + plugin + ".db";
}

std::string time_in(std::chrono::seconds from_now) {
  const std::time_t at = std::time(nullptr) + from_now.count();
  std::tm parts{};
  ::gmtime_r(&at, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

std::string end_of(const Reply& saga) {
  const std::string status = saga.member("status");
  return saga.member("state") + (status.empty() ? "" : " " + status);
}

std::string error_of(const Reply& saga) {
  const Value* code = path_in(saga.body, {"error", "code"});
  return code != nullptr && code->is_string() ? code->string() : "";
}

}  // namespace sagaloom::tests
