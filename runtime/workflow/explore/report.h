// The answer of `sagaloom explore`: the guarantee table, what it rests on, and the violations, as a
// value, as text and as Markdown. The same at every run.
//
// Threads: pure functions.
#pragma once

#include <string>
#include <vector>

#include "runtime/workflow/explore/assumption.h"
#include "runtime/workflow/explore/explorer.h"

namespace sagaloom::explore {

struct Report {
  std::string workflow;
  std::uint32_t version = 0;
  std::uint32_t faults = 0;
  std::vector<std::string> scenarios;  // titles
  Exploration found;                   // over all scenarios
  std::vector<Assumption> assumptions;
  std::vector<std::vector<std::size_t>> rests_on;  // per row of `found`
  std::vector<std::string> not_reached;            // steps
};

struct Request {
  std::uint32_t faults = 1;
  std::optional<Value> input;
  std::vector<TestedCase> tested;
  std::uint64_t max_worlds = 200'000;  // of each scenario
};

// Errors: explore.no_example, or the given input is not accepted (input.invalid).
core::Result<Report> make_report(const core::Definition& definition, const Request& request);

// Adds what another scenario found.
void merge(Exploration& all, const Exploration& more);

std::string as_text(const Report& report);
std::string as_markdown(const Report& report);
Value as_value(const Report& report);

// "order version 1: 0 violations in …", the last line of every form but JSON.
std::string summary(const Report& report);

}  // namespace sagaloom::explore
