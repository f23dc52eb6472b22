// Asking a router without a socket: a request in, the answer out.
#pragma once

#include <future>
#include <gtest/gtest.h>
#include <memory>
#include <string>

#include "runtime/document/json.h"
#include "runtime/http/router.h"
#include "tests/http/fake_backend.h"

namespace sagaloom::http {

using expression::Value;

class Asking {
 public:
  explicit Asking(Platform platform = {})
      : backend(std::make_shared<FakeBackend>()),
        router(std::make_shared<Router>(backend, std::move(platform))) {}
  ~Asking() { router->close(); }

  Response ask(Request request) {
    auto answer = std::make_shared<std::promise<Response>>();
    auto future = answer->get_future();
    router->handle(std::move(request),
                   [answer](Response response) { answer->set_value(std::move(response)); });
    if (future.wait_for(std::chrono::seconds(10)) != std::future_status::ready) {
      ADD_FAILURE() << "no answer";
      return {};
    }
    return future.get();
  }

  Response get(std::string target, Fields headers = {}) {
    return ask({"GET", std::move(target), std::move(headers), ""});
  }

  Response post(std::string target, std::string body, Fields headers = {}) {
    headers.emplace_back("Content-Type", "application/json");
    return ask({"POST", std::move(target), std::move(headers), std::move(body)});
  }

  std::shared_ptr<FakeBackend> backend;
  std::shared_ptr<Router> router;
};

inline Value json_of(const Response& response) {
  auto parsed = document::parse(response.body);
  EXPECT_TRUE(parsed.ok()) << response.body;
  return parsed ? *parsed : Value();
}

// A member of the body as text; empty when it is missing.
inline std::string text_of(const Response& response, std::string_view key) {
  const auto body = json_of(response);
  const auto* value = body.find(key);
  return value && value->is_string() ? value->string() : "";
}

inline std::string header_of(const Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

// Status and code of a problem document: "404 saga_unknown".
inline std::string problem_in(const Response& response) {
  EXPECT_EQ(response.content_type, "application/problem+json") << response.body;
  return std::to_string(response.status) + " " + text_of(response, "code");
}

}  // namespace sagaloom::http
