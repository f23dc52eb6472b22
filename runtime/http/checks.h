// What every route has checked before it runs: query parameters, Accept, the body and its media
// type, Idempotency-Key. Also the small readers of preferences and request bodies.
//
// Threads: free functions; BodyReader is used by one thread.
#pragma once

#include <chrono>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/http/exchange.h"

namespace sagaloom::http {

// Fills `exchange.body`. nullopt: fine.
std::optional<Problem> check_request(const Route& route, Exchange& exchange);

// `Prefer: wait=N` in whole seconds, at most 60; `respond-async` is 0; nullopt: nothing was said.
std::optional<std::chrono::seconds> preferred_wait(const Request& request);

// The Idempotency-Key; empty: none was sent. Error: idempotency_key_invalid.
std::optional<Problem> read_idempotency_key(const Request& request, std::string& key);

// The word of `known` that is closest to `word`, "; did you mean …?" or nothing.
std::string suggestion(std::string_view word, const std::vector<std::string_view>& known);

// Reads a JSON object member by member and collects everything that is wrong with it.
class BodyReader {
 public:
  BodyReader(const expression::Value& body, std::vector<std::string_view> known);

  std::string text(std::string_view name, bool required, std::size_t max_bytes = 1024);
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max);
  std::optional<expression::Value> object(std::string_view name);
  std::optional<expression::Value> any(std::string_view name, bool required);
  void refuse(std::string_view name, std::string code, std::string detail);

  // `request.invalid` with all that was found; nullopt: the body is fine.
  std::optional<Problem> problem() const;

 private:
  const expression::Value* find(std::string_view name, bool required);

  const expression::Value& body_;
  std::vector<ProblemItem> errors_;
};

}  // namespace sagaloom::http
