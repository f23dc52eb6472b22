#include "runtime/workflow/scenario/difference.h"

#include <algorithm>

namespace sagaloom::workflow::scenario {
namespace {

constexpr std::size_t kLongest = 2'000;

using Same = std::function<bool(std::size_t, std::size_t)>;

// Length of the longest common subsequence from (i, j) on, for every i and j.
class Common {
 public:
  Common(std::size_t rows, std::size_t columns, const Same& same)
      : columns_(columns), lengths_((rows + 1) * (columns + 1)), same_((rows + 1) * (columns + 1)) {
    for (std::size_t i = rows; i-- > 0;) {
      for (std::size_t j = columns; j-- > 0;) {
        const bool equal = same(i, j);
        same_[at(i, j)] = equal;
        lengths_[at(i, j)] = equal ? lengths_[at(i + 1, j + 1)] + 1
                                   : std::max(lengths_[at(i + 1, j)], lengths_[at(i, j + 1)]);
      }
    }
  }
  bool same(std::size_t i, std::size_t j) const { return same_[at(i, j)]; }
  bool expected_first(std::size_t i, std::size_t j) const {
    return lengths_[at(i + 1, j)] >= lengths_[at(i, j + 1)];
  }

 private:
  std::size_t at(std::size_t i, std::size_t j) const { return i * (columns_ + 1) + j; }
  std::size_t columns_;
  std::vector<std::uint16_t> lengths_;
  std::vector<bool> same_;
};

}  // namespace

Difference differ(std::string where, const std::string& expected, const std::string& actual) {
  return {std::move(where), {"- " + expected, "+ " + actual}};
}

std::optional<Difference> differ(std::string where, const std::vector<std::string>& expected,
                                 const std::vector<std::string>& actual, const Same& same) {
  const std::size_t rows = std::min(expected.size(), kLongest);
  const std::size_t columns = std::min(actual.size(), kLongest);
  const Common common(rows, columns, same);
  Difference difference{std::move(where), {}};
  bool equal = expected.size() == actual.size();
  std::size_t i = 0, j = 0;
  while (i < rows || j < columns) {
    if (i < rows && j < columns && common.same(i, j)) {
      difference.lines.push_back("  " + actual[j]);
      ++i, ++j;
      continue;
    }
    equal = false;
    if (i < rows && (j == columns || common.expected_first(i, j))) {
      difference.lines.push_back("- " + expected[i++]);
    } else {
      difference.lines.push_back("+ " + actual[j++]);
    }
  }
  if (equal) return std::nullopt;
  return difference;
}

std::optional<Difference> differ(std::string where, const std::vector<std::string>& expected,
                                 const std::vector<std::string>& actual) {
  return differ(std::move(where), expected, actual,
                [&](std::size_t i, std::size_t j) { return expected[i] == actual[j]; });
}

}  // namespace sagaloom::workflow::scenario
