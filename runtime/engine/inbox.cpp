#include "runtime/engine/inbox.h"

#include "runtime/document/json.h"

namespace sagaloom::engine {

namespace {

constexpr std::size_t most_stored = 256u << 10;  // bytes of a letter

}  // namespace

core::Value letter_content(const InboxHead& head, const core::Value& data, core::Time now) {
  return core::Value::object({{"key", head.key.key},
                              {"event", head.event},
                              {"data", data},
                              {"at", now.time_since_epoch().count()}});
}

core::Value letter_content(const InboxRow& unreadable, core::Time now) {
  const core::Value content = core::Value::object({{"key", unreadable.head.key.key},
                                                   {"event", unreadable.head.event},
                                                   {"problem", unreadable.problem},
                                                   {"at", now.time_since_epoch().count()}});
  if (unreadable.stored.size() <= most_stored && document::valid_utf8(unreadable.stored)) {
    return content.with("stored", core::Value(unreadable.stored));
  }
  return content.with("bytes", core::Value(static_cast<std::int64_t>(unreadable.stored.size())));
}

bool is_signal(const InboxHead& head) {
  return head.event.starts_with("signal:");
}

std::string_view bare_name(const InboxHead& head) {
  return std::string_view(head.event).substr(head.event.find(':') + 1);
}

void Inbox::add(InboxHead head, std::shared_ptr<const core::Value> data) {
  Box& box = boxes_[head.key];
  const Seq seq = head.seq;
  const auto [place, fresh] = box.entries.try_emplace(seq);
  if (!fresh) return;
  Entry& entry = place->second;
  entry.head = std::move(head);
  entry.data = std::move(data);
  ++size_;
  count(entry, box.absent);
  if (entry.head.expires == core::Time::max() || entry.once()) return;
  expiries_.insert({entry.head.expires, seq});
  places_.emplace(seq, entry.head.key);
}

void Inbox::fill(InboxRow row) {
  Box* box = find(row.head.key);
  if (box == nullptr) return;
  const auto entry = box->entries.find(row.head.seq);
  if (entry == box->entries.end() || entry->second.data) return;
  entry->second.data = std::make_shared<const core::Value>(std::move(row.data));
}

void Inbox::remove(const InboxHead& head) {
  const auto box = boxes_.find(head.key);
  if (box == boxes_.end()) return;
  const auto entry = box->second.entries.find(head.seq);
  if (entry == box->second.entries.end()) return;
  uncount(entry->second);
  expiries_.erase({entry->second.head.expires, head.seq});
  places_.erase(head.seq);
  box->second.entries.erase(entry);
  --size_;
  if (box->second.entries.empty()) boxes_.erase(box);
}

Inbox::Box* Inbox::find(const IdentityKey& key) {
  const auto box = boxes_.find(key);
  return box == boxes_.end() ? nullptr : &box->second;
}

const Inbox::Box* Inbox::find(const IdentityKey& key) const {
  const auto box = boxes_.find(key);
  return box == boxes_.end() ? nullptr : &box->second;
}

std::vector<IdentityKey> Inbox::keys() const {
  std::vector<IdentityKey> keys;
  for (const auto& [key, box] : boxes_) keys.push_back(key);
  return keys;
}

void Inbox::count(const Entry& entry, bool absent) {
  if (!absent || is_signal(entry.head)) return;
  absent_[{entry.head.key.tenant, entry.head.key.workflow}].emplace(entry.head.seq, entry.head.key);
}

void Inbox::uncount(const Entry& entry) {
  const auto rows = absent_.find({entry.head.key.tenant, entry.head.key.workflow});
  if (rows == absent_.end()) return;
  rows->second.erase(entry.head.seq);
  if (rows->second.empty()) absent_.erase(rows);
}

void Inbox::set_absent(const IdentityKey& key, bool absent) {
  Box* box = find(key);
  if (box == nullptr || box->absent == absent) return;
  box->absent = absent;
  for (const auto& [seq, entry] : box->entries) {
    if (absent) {
      count(entry, true);
    } else {
      uncount(entry);
    }
  }
}

void Inbox::forget_data(const IdentityKey& key) {
  Box* box = find(key);
  if (box == nullptr) return;
  for (auto& [seq, entry] : box->entries) entry.data.reset();
}

std::vector<InboxHead> Inbox::take_expired(core::Time now) {
  std::vector<InboxHead> heads;
  while (!expiries_.empty() && expiries_.begin()->first <= now) {
    const Seq seq = expiries_.begin()->second;
    expiries_.erase(expiries_.begin());
    Entry& entry = boxes_.at(places_.at(seq)).entries.at(seq);
    if (std::exchange(entry.leaving, true)) continue;
    heads.push_back(entry.head);
  }
  return heads;
}

std::vector<InboxHead> Inbox::take_surplus(std::size_t cap) {
  std::vector<InboxHead> heads;
  for (auto& [workflow, rows] : absent_) {
    while (rows.size() > cap) {
      const auto [seq, key] = *rows.begin();
      rows.erase(rows.begin());
      Entry& entry = boxes_.at(key).entries.at(seq);
      if (!std::exchange(entry.leaving, true)) heads.push_back(entry.head);
    }
  }
  return heads;
}

core::Time Inbox::next_expiry() const {
  return expiries_.empty() ? core::Time::max() : expiries_.begin()->first;
}

}  // namespace sagaloom::engine
