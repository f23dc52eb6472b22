// What came in and is stored: which saga it is for, when that saga is told, how it leaves.
#include <algorithm>
#include <utility>

#include "runtime/engine/shard.h"

namespace sagaloom::engine {

namespace {

constexpr std::size_t keys_per_read = 500;

bool is_one_of(const std::vector<std::string>& listens, const std::string& event) {
  return std::find(listens.begin(), listens.end(), event) != listens.end();
}

bool has_signals(const Inbox::Box& box) {
  return std::any_of(box.entries.begin(), box.entries.end(),
                     [](const auto& entry) { return is_signal(entry.second.head); });
}

bool has_events(const Inbox::Box& box) {
  return std::any_of(box.entries.begin(), box.entries.end(),
                     [](const auto& entry) { return !is_signal(entry.second.head); });
}

}  // namespace

MailAnswer read_mail(Journal& journal, ShardNumber shard, const MailQuestion& question) {
  MailAnswer answer;
  if (!question.identities.empty()) {
    answer.identities = journal.find_identities(shard, question.identities);
  }
  if (!question.boxes.empty()) answer.rows = journal.read_inbox(shard, question.boxes);
  if (!question.seen.empty()) answer.seen = journal.find_seen(shard, question.day, question.seen);
  return answer;
}

// ---------------------------------------------------------------- the boxes of a saga

// Events come under its business id, signals under its UUID.
std::vector<IdentityKey> Shard::boxes_of(const core::Saga& saga) {
  std::vector<IdentityKey> keys;
  const core::SagaRecord& head = saga.head;
  if (head.business_id) keys.push_back({head.tenant, head.workflow, head.identity});
  keys.push_back(own_box(saga));
  return keys;
}

IdentityKey Shard::own_box(const core::Saga& saga) {
  return {saga.head.tenant, saga.head.workflow, core::to_string(saga.id)};
}

// Called whenever a saga comes into memory, its state changed, or something arrived for it.
void Shard::note_mail(const core::SagaId& id, Resident& resident) {
  if (inbox_.empty()) return;
  const bool over = core::ended(resident.state->head.phase);
  for (const IdentityKey& key : boxes_of(*resident.state)) {
    Inbox::Box* box = inbox_.find(key);
    if (box == nullptr) continue;
    inbox_.set_absent(key, false);
    for (auto& [seq, entry] : box->entries) {
      if (entry.leaving || over) continue;
      if (is_one_of(resident.listens, entry.head.event)) {
        resident.mail = true;
      } else if (entry.once()) {
        leave_inbox(entry.head, "not_listening");
      }
    }
  }
  if (over) return bury_mail(resident);
  enqueue(id, resident);
}

// What came before the end goes, what came after it is kept for a person.
void Shard::bury_mail(Resident& resident) {
  for (const IdentityKey& key : boxes_of(*resident.state)) {
    Inbox::Box* box = inbox_.find(key);
    if (box == nullptr) continue;
    for (auto& [seq, entry] : box->entries) {
      if (entry.leaving) continue;
      const bool late = seq > resident.last_seq && !is_signal(entry.head);
      if (!late) {
        leave_inbox(entry.head, "unused");
      } else if (entry.data) {
        leave_inbox(entry.head, "saga.ended", "saga.ended",
                    letter_content(entry.head, *entry.data, last_now_));
      } else {
        unread_.insert(key);
      }
    }
  }
}

// The oldest row that the saga listens for and that was not offered since its state changed.
const Inbox::Entry* Shard::next_offer(const Resident& resident, bool& wait_for_data) {
  const Inbox::Entry* oldest = nullptr;
  for (const IdentityKey& key : boxes_of(*resident.state)) {
    const Inbox::Box* box = inbox_.find(key);
    if (box == nullptr) continue;
    for (auto it = box->entries.upper_bound(resident.offered); it != box->entries.end(); ++it) {
      const Inbox::Entry& entry = it->second;
      if (entry.leaving || !is_one_of(resident.listens, entry.head.event)) continue;
      if (oldest == nullptr || entry.head.seq < oldest->head.seq) oldest = &entry;
      break;
    }
  }
  wait_for_data = oldest != nullptr && !oldest->data;
  if (wait_for_data) unread_.insert(oldest->head.key);
  return oldest;
}

std::optional<InboxHead> Shard::head_of(const core::Saga& saga, Seq seq) const {
  for (const IdentityKey& key : boxes_of(saga)) {
    const Inbox::Box* box = inbox_.find(key);
    if (box == nullptr) continue;
    const auto entry = box->entries.find(seq);
    if (entry != box->entries.end()) return entry->second.head;
  }
  return std::nullopt;
}

void Shard::offered_in_vain(Resident& resident, Seq seq) {
  resident.offered = std::max(resident.offered, seq);
  for (const IdentityKey& key : boxes_of(*resident.state)) {
    Inbox::Box* box = inbox_.find(key);
    if (box == nullptr) continue;
    const auto entry = box->entries.find(seq);
    if (entry != box->entries.end() && entry->second.once()) {
      leave_inbox(entry->second.head, "not_listening");
    }
  }
}

void Shard::forget_mail(const Resident& resident) {
  if (inbox_.empty()) return;
  for (const IdentityKey& key : boxes_of(*resident.state)) inbox_.forget_data(key);
}

void Shard::leave_inbox(const InboxHead& head, std::string_view fate, std::string letter,
                        core::Value content) {
  Inbox::Box* box = inbox_.find(head.key);
  if (box == nullptr) return;
  const auto entry = box->entries.find(head.seq);
  if (entry == box->entries.end() || std::exchange(entry->second.leaving, true)) return;
  world_.observer->event_in(head.key.workflow, head.event, fate);
  leaving_.push_back({head, std::move(letter), std::move(content)});
}

// It would be read in vain for ever: a person gets it, and the others go on.
void Shard::bury_unreadable(const InboxRow& row) {
  const Inbox::Box* box = inbox_.find(row.head.key);
  if (box == nullptr || !box->entries.contains(row.head.seq)) return;
  if (box->entries.at(row.head.seq).leaving) return;
  world_.observer->log("error", "inbox.unreadable",
                       "row " + std::to_string(row.head.seq) + " of shard " +
                           std::to_string(owned_.shard) + ", " + row.head.event + " for " +
                           row.head.key.workflow + " " + row.head.key.key +
                           ", can't be read: " + row.problem + "; it is a dead letter now");
  leave_inbox(row.head, "inbox.unreadable", "inbox.unreadable", letter_content(row, last_now_));
}

// ---------------------------------------------------------------- finding the saga

void Shard::attend(const IdentityKey& key) {
  const Inbox::Box* box = inbox_.find(key);
  if (box == nullptr) return;
  const bool events = has_events(*box);
  if (has_signals(*box)) {
    const auto id = core::parse_saga_id(key.key);
    if (id) attend_saga(*id);
  }
  if (!events) return;
  const auto known = identities_.find(key);
  if (known != identities_.end() && known->second.state == Identity::State::known) {
    attend_saga(known->second.saga);
  } else {
    unattended_.insert(key);
  }
}

void Shard::attend_saga(const core::SagaId& id) {
  const auto it = residents_.find(id);
  if (it != residents_.end()) {
    note_mail(id, it->second);
  } else if (loading_.try_emplace(id).second) {
    loads_wanted_.push_back(id);
  }
}

// Sagas could not be read: all that is stored is looked at again, after a while.
void Shard::attend_again() {
  next_mail_ = last_now_ + core::Duration{1'000};
  for (IdentityKey& key : inbox_.keys()) unattended_.insert(std::move(key));
}

// Those of a saga in the making are looked at again when it is made, or at the next look.
void Shard::find_owners(MailQuestion& question) {
  for (auto it = unattended_.begin();
       it != unattended_.end() && question.identities.size() < keys_per_read;) {
    const Inbox::Box* box = inbox_.find(*it);
    const auto known = identities_.find(*it);
    const bool events = box != nullptr && has_events(*box);
    if (box != nullptr && has_signals(*box)) {
      if (const auto id = core::parse_saga_id(it->key)) attend_saga(*id);
    }
    if (events && known == identities_.end()) {
      question.identities.push_back(*it);
    } else if (events && known->second.state == Identity::State::known) {
      attend_saga(known->second.saga);
    } else if (events) {
      ++it;
      continue;
    }
    it = unattended_.erase(it);
  }
}

std::optional<MailQuestion> Shard::mail_wanted() {
  if (mail_asked_ || last_now_ < next_mail_) return std::nullopt;
  fold_seen();
  MailQuestion question;
  question.day = static_cast<std::int32_t>(
      std::chrono::floor<std::chrono::days>(last_now_).time_since_epoch().count());
  for (Waiting& waiting : deliveries_) {
    if (waiting.state != Waiting::State::fresh) continue;
    waiting.state = Waiting::State::asked;
    if (waiting.delivery.request) ask_seen(*waiting.delivery.request, question.seen);
    for (const InboxMessage& message : waiting.delivery.messages) {
      if (!message.dedupe.empty()) {
        question.seen.push_back(
            {message.key.tenant, message.key.workflow, message.event, message.dedupe});
      }
      if (!message.ttl) question.identities.push_back(message.key);
    }
  }
  find_owners(question);
  while (!unread_.empty() && question.boxes.size() < keys_per_read) {
    question.boxes.push_back(std::move(unread_.extract(unread_.begin()).value()));
  }
  if (question.empty()) return std::nullopt;
  mail_asked_ = true;
  return question;
}

void Shard::mail_found(const MailQuestion& asked, MailAnswer answer) {
  mail_asked_ = false;
  std::map<IdentityKey, core::SagaId> sagas;
  for (const IdentityRow& row : answer.identities) sagas.insert_or_assign(row.key, row.saga);
  std::set<SeenName> seen;
  for (SeenRow& row : answer.seen) seen.insert({row.tenant, row.workflow, row.event, row.id});
  for (Waiting& waiting : deliveries_) {
    if (waiting.state != Waiting::State::asked) continue;
    waiting.state = Waiting::State::ready;
    request_seen(waiting, seen);
    for (std::size_t i = 0; i < waiting.delivery.messages.size(); ++i) {
      const InboxMessage& m = waiting.delivery.messages[i];
      waiting.duplicate[i] = seen.contains({m.key.tenant, m.key.workflow, m.event, m.dedupe});
      waiting.absent[i] = !sagas.contains(m.key);
    }
  }
  for (InboxRow& row : answer.rows) {
    row.problem.empty() ? inbox_.fill(std::move(row)) : bury_unreadable(row);
  }
  for (const IdentityKey& key : asked.boxes) attend(key);
  for (const IdentityKey& key : asked.identities) {
    Inbox::Box* box = inbox_.find(key);
    if (box == nullptr) continue;
    const auto saga = sagas.find(key);
    if (saga != sagas.end()) {
      attend_saga(saga->second);
    } else if (identities_.contains(key)) {
      attend(key);
    } else {
      inbox_.set_absent(key, true);
      inbox_.forget_data(key);
      for (auto& [seq, entry] : box->entries) {
        if (entry.once()) leave_inbox(entry.head, "not_listening");
      }
    }
  }
  drop_surplus();
}

void Shard::mail_away(const MailQuestion& asked) {
  mail_asked_ = false;
  next_mail_ = last_now_ + core::Duration{1'000};
  for (Waiting& waiting : deliveries_) {
    if (waiting.state == Waiting::State::asked) waiting.state = Waiting::State::fresh;
  }
  unread_.insert(asked.boxes.begin(), asked.boxes.end());
  for (const IdentityKey& key : asked.identities) {
    if (inbox_.find(key) != nullptr) unattended_.insert(key);
  }
}

// ---------------------------------------------------------------- time, commits, recovery

void Shard::tick_inbox(core::Time now) {
  for (InboxHead& head : inbox_.take_expired(now)) {
    world_.observer->event_in(head.key.workflow, head.event, "expired");
    leaving_.push_back({std::move(head), {}, {}});
  }
}

void Shard::mail_committed(const Batch& batch) {
  seen_committed(batch);
  for (const InboxRow& row : batch.rows.inbox) {
    inbox_.add(row.head, std::make_shared<const core::Value>(row.data));
    attend(row.head.key);
  }
  drop_surplus();
}

// The oldest rows of a workflow with too many for sagas that do not exist.
void Shard::drop_surplus() {
  for (InboxHead& head : inbox_.take_surplus(options_.absent_limit)) {
    world_.observer->event_in(head.key.workflow, head.event, "surplus");
    leaving_.push_back({std::move(head), {}, {}});
  }
}

void Shard::mail_recovered(Recovered& recovered) {
  for (SourceRow& row : recovered.sources) sources_[{row.topic, row.part}] = row.next_offset;
  for (InboxHead& head : recovered.inbox) inbox_.add(std::move(head), nullptr);
  for (const IdentityKey& key : inbox_.keys()) attend(key);
}

}  // namespace sagaloom::engine
