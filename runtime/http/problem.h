// Errors as RFC 9457 problem documents with stable codes.
//
// The table in problem.cpp holds every code that this server can answer with; docs/errors.md lists
// the same ones (a test compares). Threads: free functions without state.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/engine/engine.h"
#include "runtime/http/request.h"

namespace sagaloom::http {

struct ProblemKind {
  std::string_view code;
  int status;
  std::string_view title;
  bool retryable;           // the same request may succeed later
  std::string_view advice;  // what to do
};

// Sorted by code.
const std::vector<ProblemKind>& problem_kinds();
const ProblemKind* find_problem(std::string_view code);

struct ProblemItem {
  std::string pointer;  // JSON pointer into the body, or empty
  std::string code;
  std::string detail;
};

struct Problem {
  std::string code;  // must be in the table
  std::string detail;
  std::vector<ProblemItem> errors;
  std::optional<std::string> saga_id;
  int retry_after_s = 0;  // 0: no Retry-After, unless the status is 429 or 503 (then 1)
  Fields headers;
  bool close = false;
};

Problem problem_of(std::string code, std::string detail);

// `instance` is the request's target without its query; may be empty.
Response to_response(const Problem& problem, std::string_view instance);

// A code of the engine that is not in the table becomes the general one of its kind, and is named
// in the detail. `prefix` is put before the violations' pointers ("/input").
Problem to_problem(const engine::EngineError& error, std::string_view prefix = {});

}  // namespace sagaloom::http
