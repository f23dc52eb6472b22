#include "tests/chaos/witness_reading.h"

#include <functional>
#include <sqlite3.h>
#include <stdexcept>

#include "runtime/document/json.h"
#include "tests/chaos/customers.h"
#include "tests/chaos/http_connection.h"
#include "tests/chaos/orders.h"

namespace sagaloom::chaos {
namespace {

using expression::Value;

HttpReply get(HttpConnection& connection, int port, const std::string& target) {
  for (int tries = 0; tries < 3; ++tries) {
    if (auto reply = connection.request(port, "GET", target)) return std::move(*reply);
  }
  throw std::runtime_error("GET " + target + " is not answered");
}

std::string text_of(const Value& object, const char* name) {
  const Value* member = object.find(name);
  return member != nullptr && member->is_string() ? member->string() : std::string();
}

Value page_of(HttpConnection& connection, int port, const std::string& target) {
  const HttpReply reply = get(connection, port, target);
  const auto page = document::parse(reply.body);
  if (reply.status != 200 || !page.ok()) {
    throw std::runtime_error("GET " + target + ": " + std::to_string(reply.status) + " " +
                             reply.body.substr(0, 300));
  }
  return *page;
}

using Row = std::function<void(sqlite3_stmt*)>;

void query(const std::string& path, const std::string& sql, const Row& row) {
  sqlite3* database = nullptr;
  sqlite3_stmt* statement = nullptr;
  int state = sqlite3_open_v2(path.c_str(), &database, SQLITE_OPEN_READWRITE, nullptr);
  if (state == SQLITE_OK) {
    state = sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr);
  }
  if (state == SQLITE_OK) {
    while ((state = sqlite3_step(statement)) == SQLITE_ROW) row(statement);
  }
  const std::string problem = state == SQLITE_DONE ? "" : sqlite3_errmsg(database);
  sqlite3_finalize(statement);
  sqlite3_close(database);
  if (!problem.empty()) throw std::runtime_error(path + ": " + problem);
}

std::string column(sqlite3_stmt* statement, int index) {
  const auto* text = sqlite3_column_text(statement, index);
  return text == nullptr ? "" : reinterpret_cast<const char*>(text);
}

}  // namespace

std::vector<ListedSaga> read_sagas(int port, const std::string& filter) {
  HttpConnection connection(30'000);
  std::vector<ListedSaga> sagas;
  std::string cursor;
  do {
    const Value page = page_of(connection, port,
                               "/api/v1/sagas?limit=500" + (filter.empty() ? "" : "&" + filter) +
                                   (cursor.empty() ? "" : "&cursor=" + cursor));
    const Value* items = page.find("items");
    if (items == nullptr || !items->is_list()) throw std::runtime_error("a list without items");
    for (const Value& item : items->items()) {
      sagas.push_back({text_of(item, "id"), text_of(item, "identity"), text_of(item, "state")});
    }
    cursor = text_of(page, "next_cursor");
  } while (!cursor.empty());
  return sagas;
}

std::map<std::string, std::string> read_orders(
    int port, const std::map<std::string, std::string>& acknowledged) {
  HttpConnection connection(30'000);
  std::map<std::string, std::string> found;
  for (const auto& [order, unused] : acknowledged) {
    const HttpReply reply = get(connection, port, "/api/orders/" + order);
    if (reply.status == 200) found[order] = member_of(reply.body, "saga");
  }
  return found;
}

void add_effects(const std::string& database, std::vector<SeenEffect>& effects) {
  query(database, "select effect_key, saga, operation, state from effect", [&](sqlite3_stmt* row) {
    effects.push_back({column(row, 0), column(row, 1), column(row, 2), column(row, 3)});
  });
}

void read_stock(const std::string& database, Evidence& evidence) {
  query(database, "select on_hand, reserved from stock where sku = '" + std::string(article) + "'",
        [&](sqlite3_stmt* row) {
          evidence.on_hand = sqlite3_column_int64(row, 0);
          evidence.reserved = sqlite3_column_int64(row, 1);
        });
}

}  // namespace sagaloom::chaos
