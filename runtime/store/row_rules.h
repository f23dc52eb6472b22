// Rules that every store holds its batches to, as asserts: breaking one is the engine's mistake.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/engine/store.h"

namespace sagaloom::store {

// A shard's part of a batch that holds more than progress holds a journal row (max(seq) tells
// whether it is in), and its seqs rise.
void assert_well_formed(const std::vector<engine::ShardRows>& batch);

// Why no store takes these rows: a text for a column holds U+0000. Records may hold it, as JSON.
std::optional<std::string> unstorable(const std::vector<engine::ShardRows>& batch);

bool holds_nul(std::string_view text);
bool holds_nul(const engine::IdentityKey& key);
bool holds_nul(const engine::SagaFilter& filter);

// Of a saga that waits for its operator.
inline constexpr std::string_view parked_state = "PARKED";

// The number of a state's name, asserted to be known.
std::int16_t stored_state(std::string_view state);

}  // namespace sagaloom::store
