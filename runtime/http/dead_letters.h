// Dead letters over REST: what came in and could not be taken, and what could not be published.
// A letter's id is its name in the store: "<shard>.<seq>.<n>".
//
// Threads: routes, from any io thread. Errors: dead_letter.unknown, dead_letter.outgoing,
// query.invalid, cursor.invalid.
#pragma once

#include "runtime/http/exchange.h"

namespace sagaloom::http {

std::string dead_letter_id(const engine::DeadLetterName& name);
// nullopt: not an id.
std::optional<engine::DeadLetterName> parse_dead_letter_id(std::string_view id);

// Filters: workflow, reason; {items: [{id, reason, workflow?, content? | data?}], next_cursor}.
void list_dead_letters(const Services& services, const ExchangePointer& exchange);
// 200 {id, replayed: true}: it was delivered once more and is gone.
void replay_dead_letter(const Services& services, const ExchangePointer& exchange);
// 200 {id, discarded: true}
void discard_dead_letter(const Services& services, const ExchangePointer& exchange);

}  // namespace sagaloom::http
