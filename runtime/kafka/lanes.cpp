#include "runtime/kafka/lanes.h"

#include <algorithm>

namespace sagaloom::kafka {

Lanes::Lane& Lanes::lane(const Partition& partition) {
  const auto [place, fresh] = lanes_.try_emplace(partition);
  if (fresh) {
    place->second.life = ++last_life_;
    place->second.broken = std::make_shared<std::atomic<bool>>(false);
  }
  return place->second;
}

std::optional<Lanes::Ticket> Lanes::give_out(const Partition& partition, std::int64_t offset) {
  Lane& of = lane(partition);
  if (of.gap) return std::nullopt;
  of.open[offset] = false;
  ++of.under_way;
  ++under_way_;
  return Ticket{partition, of.life, offset, of.broken};
}

void Lanes::taken(const Ticket& ticket, bool durable) {
  --under_way_;
  const auto place = lanes_.find(ticket.partition);
  if (place == lanes_.end() || place->second.life != ticket.life) return;
  Lane& of = place->second;
  --of.under_way;
  if (durable) {
    of.open[ticket.offset] = true;
  } else {
    of.gap = std::min(of.gap.value_or(ticket.offset), ticket.offset);
  }
  while (!of.open.empty() && of.open.begin()->second) {
    of.committable = of.open.begin()->first + 1;
    of.open.erase(of.open.begin());
  }
}

std::optional<std::int64_t> Lanes::take_committable(const Partition& partition) {
  const auto place = lanes_.find(partition);
  if (place == lanes_.end() || place->second.committable == place->second.told) return std::nullopt;
  place->second.told = place->second.committable;
  return place->second.told;
}

std::map<Lanes::Partition, std::int64_t> Lanes::take_gaps() {
  std::map<Partition, std::int64_t> gaps;
  for (auto place = lanes_.begin(); place != lanes_.end();) {
    const Lane& of = place->second;
    if (!of.gap || of.under_way > 0) {
      ++place;
      continue;
    }
    gaps.emplace(place->first, *of.gap);
    place = lanes_.erase(place);
  }
  return gaps;
}

}  // namespace sagaloom::kafka
