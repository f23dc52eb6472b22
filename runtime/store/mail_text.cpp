#include "runtime/store/mail_text.h"

#include <algorithm>
#include <utility>

#include "runtime/document/json.h"

namespace sagaloom::store {
namespace {

// What was let in is far smaller and flatter (32 deep); tags double the depth.
constexpr document::Limits stored_limits{160, 256u << 20};
constexpr core::Time never{core::Duration{253'402'300'799'000}};
constexpr std::size_t most_letters = 500;

template <typename Page, typename Item>
Page page_of(std::vector<Item> items, std::size_t limit) {
  Page page;
  page.items = std::move(items);
  if (page.items.size() <= limit) return page;
  page.items.resize(limit);
  page.next = page.items.back().name;
  return page;
}

}  // namespace

std::string inbox_text(const engine::InboxRow& row) {
  return document::write(row.data);
}

engine::InboxRow inbox_row(engine::InboxHead head, std::string_view text) {
  auto data = document::parse_tagged(text, stored_limits);
  if (data) return {std::move(head), std::move(data).value()};
  return {std::move(head), {}, data.error().code + ": " + data.error().message, std::string(text)};
}

std::string letter_text(const engine::DeadLetterRow& row) {
  return row.content ? document::write(*row.content) : row.data;
}

engine::DeadLetter dead_letter(engine::DeadLetterName name, std::string tenant,
                               std::string workflow, std::string reason, std::string_view text) {
  engine::DeadLetter letter{
      name, std::move(tenant), std::move(workflow), std::move(reason), std::string(text), {}};
  if (!text.starts_with('{')) return letter;
  if (auto content = document::parse_tagged(text, stored_limits)) {
    letter.content = std::move(content).value();
  }
  return letter;
}

core::Time stored_expiry(core::Time expires) {
  return std::min(expires, never);
}

core::Time expiry_of(core::Time stored) {
  return stored >= never ? core::Time::max() : stored;
}

std::size_t letter_limit(const engine::DeadLetterFilter& filter) {
  return std::clamp<std::size_t>(filter.limit, 1, most_letters);
}

engine::DeadLetterPage letter_page(std::vector<engine::DeadLetter> items, std::size_t limit) {
  return page_of<engine::DeadLetterPage>(std::move(items), limit);
}

engine::SettledPage settled_page(std::vector<engine::SettledLetter> items, std::size_t limit) {
  return page_of<engine::SettledPage>(std::move(items), limit);
}

}  // namespace sagaloom::store
