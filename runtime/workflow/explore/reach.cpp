#include "runtime/workflow/explore/reach.h"

#include <algorithm>
#include <tuple>

namespace sagaloom::explore {
namespace {

bool same(const Row& a, const Row& b) {
  return a.step == b.step && a.purpose == b.purpose && a.fault == b.fault && a.code == b.code;
}

void number(const core::StepList& list, std::map<std::string, std::size_t>& places) {
  for (const auto& step : list) {
    places.emplace(step.id, places.size());
    for (const auto* inner : core::lists_inside(step)) number(*inner, places);
  }
}

}  // namespace

void Reach::connect(std::uint32_t from, std::uint32_t to, bool by_fault) {
  if (from != to) edges_[from].push_back({to, by_fault});
}

void Reach::start(Row row, std::uint32_t to) {
  const auto it = std::find_if(rows_.begin(), rows_.end(),
                               [&](const Started& each) { return same(each.row, row); });
  if (it == rows_.end()) return rows_.push_back({std::move(row), {to}});
  it->worlds.push_back(to);
}

void Reach::end(std::uint32_t world, End end) {
  end_at_[world] = ends_.emplace(std::move(end), ends_.size()).first->second;
}

// Worlds are numbered as they were met, so that going backwards settles nearly all at once.
std::vector<Reach::Bits> Reach::propagate(bool with_faults) const {
  const std::size_t words = ends_.size() / 64 + 1;
  std::vector<Bits> reached(edges_.size(), Bits(words, 0));
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    if (end_at_[i] != none) reached[i][end_at_[i] / 64] |= 1ull << (end_at_[i] % 64);
  }
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t i = edges_.size(); i-- > 0;) {
      for (const Edge& edge : edges_[i]) {
        if (edge.by_fault && !with_faults) continue;
        for (std::size_t w = 0; w < words; ++w) {
          const std::uint64_t more = reached[edge.to][w] & ~reached[i][w];
          reached[i][w] |= more;
          changed = changed || more != 0;
        }
      }
    }
  }
  return reached;
}

std::vector<std::size_t> Reach::ends_of(const std::vector<std::uint32_t>& starts,
                                        const std::vector<Bits>& reached) const {
  std::vector<std::size_t> found;
  for (const auto& [end, index] : ends_) {  // in the order of End
    const bool any = std::any_of(starts.begin(), starts.end(), [&](std::uint32_t world) {
      return reached[world][index / 64] >> (index % 64) & 1;
    });
    if (any) found.push_back(index);
  }
  return found;
}

void sort_rows(const core::Definition& definition, std::vector<Row>& rows) {
  std::map<std::string, std::size_t> places;
  number(definition.steps, places);
  const auto key = [&](const Row& row) {
    const auto place = places.find(row.step);
    return std::make_tuple(row.fault != Fault::none, place == places.end() ? 0 : place->second + 1,
                           row.purpose, row.fault, row.code);
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const Row& a, const Row& b) { return key(a) < key(b); });
}

void Reach::finish(const core::Definition& definition, Exploration& result) {
  const auto alone = propagate(false), all = propagate(true);
  rows_.insert(rows_.begin(), Started{Row{}, {0}});
  for (Started& each : rows_) {
    each.row.ends = ends_of(each.worlds, alone);
    if (each.row.fault == Fault::none) continue;  // with more faults everything
    for (const std::size_t index : ends_of(each.worlds, all)) {
      const auto& known = each.row.ends;
      if (std::find(known.begin(), known.end(), index) == known.end()) {
        each.row.further.push_back(index);
      }
    }
  }
  for (Started& each : rows_) result.rows.push_back(std::move(each.row));
  sort_rows(definition, result.rows);
  result.ends.resize(ends_.size());
  for (const auto& [end, index] : ends_) result.ends[index] = end;
}

}  // namespace sagaloom::explore
