// What the program gives to REST beside the engine: health, metrics, version, registration.
//
// Threads: `metrics`, `live`, `ready` and `answered` are called on io threads and must not block;
// `register_workflow` and `migration_objections` are called on a thread of their own, one call at a
// time, and may block.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/definition.h"
#include "runtime/core/saga_id.h"
#include "runtime/expression/value.h"

namespace sagaloom::http {

struct HealthReport {
  struct Check {
    std::string name;
    bool ok = true;
    std::string detail;
  };
  bool ok = true;
  std::vector<Check> checks;
};

struct Diagnostic {
  std::string severity;  // "error" or "warning"
  std::string code;      // "X03"
  std::string message;   // with the fix
  int line = 0, column = 0;
};

struct Registration {
  enum class Outcome { created, unchanged, invalid, conflict, unavailable };
  Outcome outcome = Outcome::created;
  std::string name, hash;
  std::uint32_t version = 0;
  std::string detail;  // of conflict and unavailable
  std::vector<Diagnostic> diagnostics;
};

struct Platform {
  std::function<std::string()> metrics;  // Prometheus text format 0.0.4
  std::function<HealthReport()> live, ready;
  std::function<Registration(std::string yaml)> register_workflow;  // null: not offered
  // Why this saga can't be moved to that definition, for people; empty: it is proven that it can.
  // May block. null: nothing can be moved.
  std::function<std::vector<std::string>(core::SagaId saga, core::DefinitionPointer to)>
      migration_objections;
  expression::Value version;  // an object
  // Each answer of the router: the route's pattern ("" when none matched), status and seconds. May
  // be null. On the thread that answers.
  std::function<void(std::string_view route, int status, double seconds)> answered;
};

}  // namespace sagaloom::http
