// Forms of ids and digests in database columns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/core/saga_id.h"

namespace sagaloom::store {

// A digest of 64 lower-case hex digits is kept as 32 bytes; any other text as it is. No text of
// exactly 32 bytes that is not a digest may be stored (asserted).
std::string digest_bytes(std::string_view text);
std::string digest_text(std::string_view bytes);

// The 16 bytes of an id, and back; nil when `bytes` has another length.
std::string_view id_bytes(const core::SagaId& id);
core::SagaId id_from_bytes(std::string_view bytes);

// 32 random hex digits in the form of a UUIDv4, from the system's source of randomness.
std::string random_uuid();

}  // namespace sagaloom::store
