// Expected against actual as lines: `  ` stands in both, `- ` only in the expectation, `+ ` only in
// what came.
//
// Threads: free functions. Limits: lists of 2,000 entries, longer ones are compared up to there.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sagaloom::workflow::scenario {

// One part of an expectation that was not met.
struct Difference {
  std::string where;
  std::vector<std::string> lines;
};

Difference differ(std::string where, const std::string& expected, const std::string& actual);

// nullopt: the lists are the same. `same(i, j)` compares expected i with actual j.
std::optional<Difference> differ(std::string where, const std::vector<std::string>& expected,
                                 const std::vector<std::string>& actual,
                                 const std::function<bool(std::size_t, std::size_t)>& same);
std::optional<Difference> differ(std::string where, const std::vector<std::string>& expected,
                                 const std::vector<std::string>& actual);

}  // namespace sagaloom::workflow::scenario
