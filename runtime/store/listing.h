// What the stores share about lists: the limits of a page and the filters that are applied to rows
// on the way.
#pragma once

#include <cstddef>

#include "runtime/engine/store.h"

namespace sagaloom::store {

inline constexpr std::size_t most_rows_read = 20'000;  // then a short page with a cursor
inline constexpr std::size_t largest_page = 500;

std::size_t page_limit(const engine::SagaFilter& filter);

// All conditions of the filter but the cursor and the attribute, which an index answers.
bool matches(const engine::SagaSummary& saga, bool live, const engine::SagaFilter& filter);

// Whether rows found by the filter's index (attribute, workflow, live) may still fail `matches`.
bool needs_filtering(const engine::SagaFilter& filter);

}  // namespace sagaloom::store
