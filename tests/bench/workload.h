// The benchmark saga as the runtime sees it: a workflow's text, an input, and what it must end as.
// An identity, 256 B of input, three no-op steps with 96 B of output and one 256 B event each, a
// status at accept and at the end. benchmark_saga.h gives the same rows to the bound.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/core/decide.h"

namespace sagaloom::bench {

inline constexpr const char* workflow_name = "bench";
inline constexpr const char* workflow_route = "/api/bench";
inline constexpr const char* end_state = "COMPLETED";  // and the business status at the end

std::string workflow_text();

// JSON of 256 bytes; `number` is the identity.
std::string input_text(std::int64_t number);
// The same as a submission, with the fingerprint that REST would give it.
core::Submission submission(std::int64_t number);

}  // namespace sagaloom::bench
