#include "runtime/expression/suggestion.h"

#include <algorithm>
#include <numeric>

namespace sagaloom::expression {
namespace {

std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < left.size(); ++i) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < right.size(); ++j) {
      const std::size_t swapped = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j + 1] + 1, row[j] + 1, swapped});
    }
  }
  return row.back();
}

}  // namespace

std::string_view nearest(std::string_view wrong, const std::vector<std::string_view>& candidates) {
  if (wrong.size() > 64) return {};
  std::string_view best;
  std::size_t least = wrong.size() <= 3 ? 2 : 3;
  for (const auto candidate : candidates) {
    if (candidate.size() > 64) continue;
    const auto distance = edit_distance(wrong, candidate);
    if (distance >= least) continue;
    least = distance;
    best = candidate;
  }
  return best;
}

std::string did_you_mean(std::string_view wrong, const std::vector<std::string_view>& candidates) {
  const auto best = nearest(wrong, candidates);
  return best.empty() ? "" : "; did you mean `" + std::string(best) + "`?";
}

}  // namespace sagaloom::expression
