// Dead letters over REST: what came in and could not be taken, and what could not be published.
// A letter's id is its name in the store: "<shard>.<seq>.<n>".
//
// Threads: routes, from any io thread. Errors: query.invalid, cursor.invalid, request.invalid, and
// those of Engine::replay_dead_letter.
#pragma once

#include "runtime/http/exchange.h"

namespace sagaloom::http {

std::string dead_letter_id(const engine::DeadLetterName& name);
// nullopt: not an id.
std::optional<engine::DeadLetterName> parse_dead_letter_id(std::string_view id);

// Filters: workflow, reason; {items: [{id, reason, workflow?, content? | data?}], next_cursor}.
void list_dead_letters(const Services& services, const ExchangePointer& exchange);
// Who took letters away: {items: [{id, verb, by, reason, at, letter_reason, workflow?}],
// next_cursor}; the same filters.
void list_settled_letters(const Services& services, const ExchangePointer& exchange);
// Both take {reason, by?}.
// 200 {id, replayed: true}: it was delivered or published once more and is gone.
void replay_dead_letter(const Services& services, const ExchangePointer& exchange);
// 200 {id, discarded: true}
void discard_dead_letter(const Services& services, const ExchangePointer& exchange);

}  // namespace sagaloom::http
