#include "runtime/workflow/diagnostics.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace sagaloom::workflow {
namespace {

constexpr std::size_t kLongestWord = 64;

auto place(const Diagnostic& d) {
  return std::tie(d.file, d.position.line, d.position.column, d.severity, d.code, d.message);
}

// Edit distance with transpositions (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  using Row = std::array<std::size_t, kLongestWord + 1>;
  Row before{}, last{}, row{};
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t cost = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + cost});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before = last;
    last = row;
  }
  return last[b.size()];
}

}  // namespace

std::string text(const Diagnostic& d) {
  std::string out = d.file + ":" + std::to_string(d.position.line) + ":" +
                    std::to_string(d.position.column) + ": ";
  out += d.severity == Severity::error ? "error[" : "warning[";
  out += d.code + "] " + d.message;
  if (!d.fix.empty()) out += "; " + d.fix;
  if (!d.example.empty()) out += "\n    for example: " + d.example;
  return out;
}

std::string text(const std::vector<Diagnostic>& diagnostics) {
  std::string out;
  for (const auto& diagnostic : diagnostics) out += text(diagnostic) + "\n";
  return out;
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const auto& d) { return d.severity == Severity::error; });
}

void arrange(std::vector<Diagnostic>& diagnostics) {
  std::stable_sort(diagnostics.begin(), diagnostics.end(),
                   [](const auto& a, const auto& b) { return place(a) < place(b); });
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end()), diagnostics.end());
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > kLongestWord) return {};
  const std::string* best = nullptr;
  std::size_t least = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto& candidate : candidates) {
    if (candidate.size() > kLongestWord) continue;
    const std::size_t d = distance(word, candidate);
    if (d < least) {
      least = d;
      best = &candidate;
    }
  }
  return best ? *best : std::string();
}

}  // namespace sagaloom::workflow
