// Rules that every store holds its batches to, as asserts: breaking one is the engine's mistake.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/engine/store.h"

namespace sagaloom::store {

// A shard's part of a batch that holds more than progress holds a journal row (max(seq) tells
// whether it is in), and its seqs rise.
void assert_well_formed(const std::vector<engine::ShardRows>& batch);

// The number of a state's name, asserted to be known.
std::int16_t stored_state(std::string_view state);

}  // namespace sagaloom::store
