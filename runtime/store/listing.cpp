#include "runtime/store/listing.h"

#include <algorithm>

namespace sagaloom::store {

std::size_t page_limit(const engine::SagaFilter& filter) {
  return std::clamp<std::size_t>(filter.limit, 1, largest_page);
}

bool matches(const engine::SagaSummary& saga, bool live, const engine::SagaFilter& filter) {
  const auto& states = filter.states;
  return saga.tenant == filter.tenant && (!filter.workflow || saga.workflow == *filter.workflow) &&
         (!filter.identity || saga.identity == *filter.identity) &&
         (!filter.status || saga.status == *filter.status) &&
         (states.empty() || std::find(states.begin(), states.end(), saga.state) != states.end()) &&
         (!filter.live || live == *filter.live) &&
         (filter.created_after == core::Time{} || saga.created >= filter.created_after) &&
         (filter.created_before == core::Time{} || saga.created < filter.created_before);
}

bool needs_filtering(const engine::SagaFilter& filter) {
  return !filter.tenant.empty() || filter.identity || filter.status || !filter.states.empty() ||
         filter.created_after != core::Time{} || filter.created_before != core::Time{} ||
         filter.live == false || (filter.live && (filter.workflow || filter.attribute)) ||
         (filter.workflow && filter.attribute);
}

}  // namespace sagaloom::store
