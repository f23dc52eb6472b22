// What inbox rows and dead letters hold, as JSON text and back; and how their times are stored.
// Threads: free functions without state. Errors: none; an inbox row that can't be read says so.
#pragma once

#include <string>
#include <string_view>

#include "runtime/engine/mail.h"

namespace sagaloom::store {

std::string inbox_text(const engine::InboxRow& row);
engine::InboxRow inbox_row(engine::InboxHead head, std::string_view text);

std::string letter_text(const engine::DeadLetterRow& row);
// Text that is a JSON object becomes `content`.
engine::DeadLetter dead_letter(engine::DeadLetterName name, std::string tenant,
                               std::string workflow, std::string reason, std::string_view text);

// «Never» is Time::max here and the year 9999 in a store.
core::Time stored_expiry(core::Time expires);
core::Time expiry_of(core::Time stored);

// How many rows a page of dead letters may have.
std::size_t letter_limit(const engine::DeadLetterFilter& filter);
// Leaves out a last row beyond the limit and says where the next page begins.
engine::DeadLetterPage letter_page(std::vector<engine::DeadLetter> items, std::size_t limit);
engine::SettledPage settled_page(std::vector<engine::SettledLetter> items, std::size_t limit);

}  // namespace sagaloom::store
