// From what is delivered to rows: exactly once, in the order in which it came.
#include <algorithm>
#include <utility>

#include "runtime/engine/rows.h"
#include "runtime/engine/shard.h"

namespace sagaloom::engine {

namespace {

constexpr std::size_t removals_per_mark = 500;

bool full(const Batch& batch, const BatchBudget& budget) {
  return batch.items.size() >= budget.rows || batch.bytes >= budget.bytes;
}

EngineError refused(EngineError::Kind kind, std::string code, std::string message) {
  EngineError error;
  error.kind = kind;
  error.code = std::move(code);
  error.message = std::move(message);
  if (kind == EngineError::Kind::overloaded) error.retry_after_s = 1;
  return error;
}

core::Time expiry(const InboxMessage& message, core::Time now) {
  if (!message.ttl) return offered_once;
  return *message.ttl == core::Duration::max() ? core::Time::max() : now + *message.ttl;
}

}  // namespace

// ---------------------------------------------------------------- inlets

bool Shard::deliver(Delivery& delivery) {
  if (deliveries_.size() >= options_.delivery_limit) return false;
  prepare(deliveries_.emplace_back(Waiting{{}, std::move(delivery), {}, {}}));
  return true;
}

// What the store must be asked first: whether an event was seen, whether there is a saga for one
// that nobody keeps.
void Shard::prepare(Waiting& waiting) {
  const auto& messages = waiting.delivery.messages;
  waiting.duplicate.assign(messages.size(), false);
  waiting.absent.assign(messages.size(), false);
  const bool ask = waiting.delivery.request ||
                   std::any_of(messages.begin(), messages.end(),
                               [](const InboxMessage& m) { return !m.dedupe.empty() || !m.ttl; });
  waiting.state = ask ? Waiting::State::fresh : Waiting::State::ready;
}

// Why a signal can't be stored now; none: it can. A repetition of one that was taken is none the
// less answered as the first.
std::optional<EngineError> Shard::objection_to(const core::SagaId& id,
                                               const Resident& resident) const {
  if (core::ended(resident.state->head.phase)) {
    return refused(EngineError::Kind::conflict, "saga.ended",
                   "saga " + core::to_string(id) + " has ended");
  }
  if (box_full(own_box(*resident.state))) {
    return refused(EngineError::Kind::overloaded, "inbox.full",
                   "too many signals wait for saga " + core::to_string(id));
  }
  return std::nullopt;
}

void Shard::queue_signal(const core::SagaId& id, const Resident& resident, Pending pending) {
  std::optional<EngineError> objection = objection_to(id, resident);
  const bool keyed = !pending.once.key.empty();
  if (objection && !keyed) return answer_error(pending.done, std::move(*objection));
  if (deliveries_.size() >= options_.delivery_limit) {
    return answer_error(pending.done, refused(EngineError::Kind::overloaded, "inbox.full",
                                              "too many events and signals wait for this shard"));
  }
  InboxMessage message;
  message.key = own_box(*resident.state);
  message.event = "signal:" + pending.event.code;
  message.data = core::Value::object(
      {{"data", pending.event.output.value_or(core::Value{})}, {"by", pending.event.by}});
  message.ttl = core::Duration::max();
  Delivery delivery;
  if (keyed) {
    delivery.request =
        KeyedRequest{message.key, std::move(pending.once), std::move(objection), nullptr};
  }
  delivery.messages.push_back(std::move(message));
  if (pending.done) {
    delivery.done = [done = std::move(pending.done),
                     view = SagaView{*resident.state, resident.definition}](Answer<bool> stored) {
      if (auto* error = std::get_if<EngineError>(&stored)) return done(std::move(*error));
      if (std::get<bool>(stored)) return done(view);
      done(refused(EngineError::Kind::refused, "storage.refused",
                   "the store refused the signal for its content"));
    };
  }
  prepare(deliveries_.emplace_back(Waiting{{}, std::move(delivery), {}, {}}));
}

void Shard::settle_dead_letter(SettledLetter settled, std::optional<InboxMessage> again,
                               Completion<bool> done) {
  Delivery delivery;
  if (again) delivery.messages.push_back(std::move(*again));
  delivery.settles = std::move(settled);
  delivery.done = std::move(done);
  prepare(deliveries_.emplace_back(Waiting{{}, std::move(delivery), {}, {}}));
}

// ---------------------------------------------------------------- batches

bool Shard::mail_work() const {
  const bool ready = !deliveries_.empty() && deliveries_.front().state == Waiting::State::ready;
  return ready || !leaving_.empty() || !lock_work_.empty() || !proofs_.empty();
}

void Shard::take_mail(Batch& batch, const BatchBudget& budget, core::Time now) {
  while (!deliveries_.empty() && !full(batch, budget) &&
         deliveries_.front().state == Waiting::State::ready) {
    Waiting waiting = std::move(deliveries_.front());
    deliveries_.pop_front();
    take_delivery(batch, std::move(waiting), now);
  }
  while (!leaving_.empty() && !full(batch, budget)) take_leaving(batch);
  take_lock_work(batch, budget);
}

// After what is already in the batch; with none of it at once.
void Shard::after_batch(Batch& batch, Completion<bool> done) {
  if (!done) return;
  if (!batch.items.empty()) {
    batch.items.back().waiting.push_back(std::move(done));
  } else {
    effects_.answers.push_back([done = std::move(done)] { done(true); });
  }
}

// With a row that only the shard's owner can write.
void Shard::prove(Batch& batch, Completion<bool> done) {
  if (batch.items.empty()) append_mark(batch);
  batch.items.back().waiting.push_back(std::move(done));
}

void Shard::take_proofs(Batch& batch) {
  for (Completion<bool>& done : std::exchange(proofs_, {})) prove(batch, std::move(done));
}

void Shard::take_delivery(Batch& batch, Waiting waiting, core::Time now) {
  Delivery& delivery = waiting.delivery;
  if (delivery.source) {
    std::int64_t& next = sources_[{delivery.source->topic, delivery.source->part}];
    if (delivery.source->next_offset <= next) {
      for (const InboxMessage& message : delivery.messages) tell_in(message, "known");
      return after_batch(batch, std::move(delivery.done));
    }
    next = delivery.source->next_offset;
  }
  if (delivery.settles && !delivery.messages.empty() && box_full(delivery.messages[0].key)) {
    return turn_away_full(std::move(delivery.done), delivery.messages[0].key);
  }
  if (delivery.request && take_request(batch, waiting)) return;
  bool stored = false;
  for (std::size_t i = 0; i < delivery.messages.size(); ++i) {
    InboxMessage& message = delivery.messages[i];
    if (waiting.duplicate[i]) {
      tell_in(message, "duplicate");
    } else if (!message.ttl && !listens_now(message) &&
               (waiting.absent[i] || identities_.contains(message.key))) {
      tell_in(message, "not_listening");
    } else {
      stored = store_message(batch, message, now) || stored;
    }
  }
  if (delivery.request && stored) {
    remember(batch, delivery.request->saga, delivery.request->once, now);
  }
  for (const DeadLetterRow& letter : delivery.letters) tell_in(letter);
  if (!delivery.letters.empty()) store_letters(batch, std::move(delivery.letters));
  if (delivery.settles) {
    delivery.settles->at = now;
    store_settled(batch, std::move(*delivery.settles), stored);
  }
  if (delivery.source && stored) {
    batch.rows.sources.push_back(*delivery.source);
    ++batch.items.back().rows.sources;
  }
  after_batch(batch, std::move(delivery.done));
}

void Shard::tell_in(const InboxMessage& message, std::string_view fate) {
  world_.observer->event_in(message.key.workflow, message.event, fate);
}

// A record that an event or a start could not be made of.
void Shard::tell_in(const DeadLetterRow& letter) {
  const std::string about = letter.content ? text_of(*letter.content, "about") : std::string{};
  world_.observer->event_in(letter.workflow, about, letter.reason);
}

bool Shard::box_full(const IdentityKey& key) const {
  const Inbox::Box* box = inbox_.find(key);
  return box != nullptr && box->entries.size() >= box_limit;
}

void Shard::turn_away_full(Completion<bool> done, const IdentityKey& key) {
  EngineError error = refused(EngineError::Kind::overloaded, "inbox.full",
                              "too many events and signals wait for " + key.key);
  effects_.answers.push_back([done = std::move(done), error = std::move(error)] { done(error); });
}

bool Shard::listens_now(const InboxMessage& message) const {
  const auto known = identities_.find(message.key);
  if (known == identities_.end()) return false;
  if (known->second.state != Identity::State::known) return true;  // in the making: it may
  const std::vector<std::string>& listens = residents_.at(known->second.saga).listens;
  return std::find(listens.begin(), listens.end(), message.event) != listens.end();
}

bool Shard::store_message(Batch& batch, InboxMessage& message, core::Time now) {
  const SeenName name{message.key.tenant, message.key.workflow, message.event, message.dedupe};
  if (!message.dedupe.empty() && seen_.contains(name)) {
    tell_in(message, "duplicate");
    return false;
  }
  const Seq seq = batch.next_seq();
  InboxHead head{message.key, message.event, seq, expiry(message, now)};
  if (box_full(message.key)) {
    tell_in(message, "inbox.full");
    DeadLetterRow letter;
    letter.reason = "inbox.full";
    letter.tenant = message.key.tenant;
    letter.workflow = message.key.workflow;
    letter.content = letter_content(head, message.data, now);
    store_letters(batch, {std::move(letter)});
    return true;
  }
  BatchItem& mark = append_mark(batch);
  tell_in(message, "stored");
  batch.bytes += expression::byte_size(message.data);
  batch.rows.inbox.push_back({std::move(head), std::move(message.data)});
  mark.rows.inbox = 1;
  if (message.dedupe.empty()) return true;
  seen_[name] = false;
  const core::Time until = now + message.ttl.value_or(core::Duration{0});
  batch.rows.seen.push_back({name.tenant, name.workflow, name.event, name.id, day_of(until)});
  mark.rows.seen = 1;
  return true;
}

// In the row that brings its event once more, if there is one, so that one is not without the
// other.
void Shard::store_settled(Batch& batch, SettledLetter settled, bool joined) {
  BatchItem& mark = joined ? batch.items.back() : append_mark(batch);
  ++mark.rows.letters_settled;
  batch.rows.letters_settled.push_back(std::move(settled));
}

void Shard::store_letters(Batch& batch, std::vector<DeadLetterRow> letters) {
  const Seq seq = batch.next_seq();
  BatchItem& mark = append_mark(batch);
  mark.rows.dead_letters = static_cast<std::uint32_t>(letters.size());
  std::uint16_t n = 0;
  for (DeadLetterRow& letter : letters) {
    letter.seq = seq;
    letter.n = n++;
    batch.rows.dead_letters.push_back(std::move(letter));
  }
}

// Rows that leave share a mark row; those that become dead letters take its seq.
void Shard::take_leaving(Batch& batch) {
  const Seq seq = batch.next_seq();
  BatchItem& mark = append_mark(batch);
  while (!leaving_.empty() && mark.rows.inbox_removed < removals_per_mark) {
    LeavingRow row = std::move(leaving_.front());
    leaving_.pop_front();
    if (!row.letter.empty()) {
      DeadLetterRow letter;
      letter.seq = seq;
      letter.n = static_cast<std::uint16_t>(mark.rows.dead_letters++);
      letter.reason = std::move(row.letter);
      letter.tenant = row.head.key.tenant;
      letter.workflow = row.head.key.workflow;
      letter.content = std::move(row.content);
      batch.rows.dead_letters.push_back(std::move(letter));
    }
    batch.rows.inbox_removed.push_back(std::move(row.head));
    ++mark.rows.inbox_removed;
  }
}

}  // namespace sagaloom::engine
