#include "tests/end_to_end/shop.h"

#include <algorithm>
#include <chrono>
#include <sqlite3.h>
#include <stdexcept>
#include <thread>

#include "runtime/app/print.h"
#include "runtime/app/rest_client.h"
#include "runtime/document/json.h"
#include "runtime/http/target.h"

namespace sagaloom::tests {
namespace {

using Clock = std::chrono::steady_clock;

struct Database {
  explicit Database(const std::string& path) {
    if (sqlite3_open_v2(path.c_str(), &handle, SQLITE_OPEN_READONLY, nullptr) != SQLITE_OK)
      throw std::runtime_error(path + ": " + sqlite3_errmsg(handle));
    sqlite3_busy_timeout(handle, 10'000);
  }
  ~Database() { sqlite3_close(handle); }
  sqlite3* handle = nullptr;
};

int add_row(void* target, int columns, char** values, char**) {
  std::string row;
  for (int i = 0; i < columns; ++i)
    row += std::string(i == 0 ? "" : "|") + (values[i] == nullptr ? "" : values[i]);
  static_cast<std::vector<std::string>*>(target)->push_back(std::move(row));
  return 0;
}

}  // namespace

std::string Reply::member(std::string_view name) const {
  return app::member_text(body, name);
}

Reply request(const std::string& url, const std::string& method, const std::string& path,
              const std::string& body, const Headers& headers) {
  app::RestRequest out;
  out.method = method;
  out.path = path;
  out.headers = headers;
  out.accept_json = false;
  if (!body.empty()) out.body = body;
  const auto result = app::RestClient(url).send(out);
  if (const auto* away = std::get_if<app::Unreachable>(&result))
    throw std::runtime_error(method + " " + path + ": " + away->reason);
  const auto& reply = std::get<app::RestReply>(result);
  const auto value = document::parse(reply.body, {64, 64u << 20});
  return {reply.status, value.ok() ? *value : Value(), reply.body};
}

std::string order(const std::string& id, const std::string& customer, int quantity,
                  const std::string& sku) {
  return document::write(Value::object(
      {{"order_id", Value(id)},
       {"customer_id", Value(customer)},
       {"currency", Value("EUR")},
       {"delivery_address", Value("1 Loom Street")},
       {"items",
        Value::list({Value::object(
            {{"sku", Value(sku)}, {"qty", Value(quantity)}, {"price_minor", Value(1250)}})})}}));
}

Reply submit(const std::string& url, const std::string& body) {
  return request(url, "POST", "/api/orders", body, {{"Prefer", "wait=20"}});
}

Value saga_of(const std::string& url, const std::string& order_id) {
  const Reply page = request(
      url, "GET", "/api/v1/sagas?workflow=order&identity=" + http::percent_encode(order_id));
  const Value* items = page.body.find("items");
  if (items == nullptr || !items->is_list() || items->items().empty()) return {};
  const std::string id = app::member_text(items->items()[0], "id");
  return request(url, "GET", "/api/v1/sagas/" + id).body;
}

std::string wait_for_state(const std::string& url, const std::string& order_id,
                           const std::vector<std::string>& states) {
  const auto end = Clock::now() + std::chrono::seconds(30);
  std::string state;
  while (Clock::now() < end) {
    const Reply reply = request(url, "GET", "/api/orders/" + http::percent_encode(order_id));
    state = reply.status == 200 ? reply.member("state") : "status " + std::to_string(reply.status);
    if (std::find(states.begin(), states.end(), state) != states.end()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return state;
}

std::vector<std::string> rows(const std::string& database, const std::string& sql) {
  const Database opened(database);
  std::vector<std::string> found;
  char* message = nullptr;
  if (sqlite3_exec(opened.handle, sql.c_str(), &add_row, &found, &message) == SQLITE_OK)
    return found;
  const std::string reason = message == nullptr ? "failed" : message;
  sqlite3_free(message);
  throw std::runtime_error(sql + ": " + reason);
}

std::string stock(const std::string& data, const std::string& sku) {
  const auto found =
      rows(data + "/inventory.db", "select on_hand, reserved from stock where sku = '" + sku + "'");
  return found.empty() ? "none" : found[0];
}

}  // namespace sagaloom::tests
