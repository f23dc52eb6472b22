// An order shop as a test sees it: orders over REST, stock and effects in the plugins' databases.
//
// Threads: one. Errors: std::runtime_error when the server does not answer or not with JSON.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/expression/value.h"

namespace sagaloom::tests {

using expression::Value;

struct Reply {
  long status = 0;
  Value body;        // null when it is no JSON
  std::string text;  // as it came

  std::string member(std::string_view name) const;  // of the body, as text
};

using Headers = std::vector<std::pair<std::string, std::string>>;

Reply request(const std::string& url, const std::string& method, const std::string& path,
              const std::string& body = {}, const Headers& headers = {});

inline const std::string rich = "ada";
inline const std::string poor = "customer-without-funds";

// The body of an order of two pieces for 12.50 each.
std::string order(const std::string& id, const std::string& customer, int quantity = 2,
                  const std::string& sku = "SKU-1");

// Posts the order and waits for its end.
Reply submit(const std::string& url, const std::string& body);

// The saga of an order over the generic API, or null.
Value saga_of(const std::string& url, const std::string& order_id);

// Waits until the order's saga is in one of the states, at most 30 s; answers the state it is in.
std::string wait_for_state(const std::string& url, const std::string& order_id,
                           const std::vector<std::string>& states);

// From a plugin's SQLite file: every row as text, columns separated by `|`.
std::vector<std::string> rows(const std::string& database, const std::string& sql);

// on_hand|reserved of one article.
std::string stock(const std::string& data, const std::string& sku = "SKU-1");

}  // namespace sagaloom::tests
