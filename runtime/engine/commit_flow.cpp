#include "runtime/engine/commit_flow.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "runtime/core/decide.h"
#include "runtime/engine/rows.h"

namespace sagaloom::engine {

namespace {

constexpr std::size_t longest_reason = 200;  // bytes
constexpr core::Duration first_pause{20};
constexpr core::Duration longest_pause{2'000};

const OwnedShard* find(const std::vector<OwnedShard>& owned, ShardNumber shard) {
  const auto it = std::find_if(owned.begin(), owned.end(),
                               [&](const OwnedShard& o) { return o.shard == shard; });
  return it == owned.end() ? nullptr : &*it;
}

// What a store says of a value that it does not take may hold the value, quoted after a colon.
std::string without_values(std::string_view reason) {
  const std::size_t value = reason.find(": \"");
  std::string said(reason.substr(0, std::min(value, longest_reason)));
  while (!said.empty() && (said.back() & 0x80) != 0) said.pop_back();  // perhaps half a character
  return said.empty() ? "it gave no reason" : said;
}

// The constant-size record that stands for one that the store does not take.
std::optional<core::Record> parked_record(const BatchItem& item, core::Time now,
                                          std::string reason) {
  core::Event event;
  event.kind = core::EventKind::refused_by_store;
  event.code = "storage.refused";
  event.path = item.about;
  event.message = std::move(reason);
  core::Context context;
  context.now = now;
  return core::decide(*item.definition, *item.before, event, context).record;
}

// What remains of an item in a mark row: its waiters and its name, none of its content.
BatchItem emptied(BatchItem item) {
  item.refused = BatchItem::Refused::gone;
  item.after.reset();
  item.taken.reset();
  item.rows = {};
  return item;
}

// In place of letters whose content may be what the store refuses: that there was a message which
// could not be published is kept, and so the watermark may pass it.
std::vector<DeadLetterRow> bare(std::vector<DeadLetterRow> letters) {
  for (DeadLetterRow& letter : letters) {
    letter.reason = "storage.refused";
    letter.data.clear();
    letter.content.reset();
  }
  return letters;
}

// Likewise: the letter goes, and who took it away is kept without what they said.
std::vector<SettledLetter> bare(std::vector<SettledLetter> settled) {
  for (SettledLetter& one : settled) one.author = {"", "storage.refused"};
  return settled;
}

// Of a mark row's rows those that have no content which could be refused: what was read is read,
// what is removed is removed.
void keep_bare_rows(Batch& replacement, BatchItem& mark, ShardRows own) {
  ShardRows& rows = replacement.rows;
  rows.dead_letters = bare(std::move(own.dead_letters));
  rows.inbox_removed = std::move(own.inbox_removed);
  rows.sources = std::move(own.sources);
  rows.locks_removed = std::move(own.locks_removed);
  if (!mark.ticket) rows.locks = std::move(own.locks);  // rows that exist
  mark.rows.locks = static_cast<std::uint32_t>(rows.locks.size());
  // One whose event is dropped stays.
  if (own.inbox.empty()) rows.letters_settled = bare(std::move(own.letters_settled));
  mark.rows.dead_letters = static_cast<std::uint32_t>(rows.dead_letters.size());
  mark.rows.inbox_removed = static_cast<std::uint32_t>(rows.inbox_removed.size());
  mark.rows.sources = static_cast<std::uint32_t>(rows.sources.size());
  mark.rows.locks_removed = static_cast<std::uint32_t>(rows.locks_removed.size());
  mark.rows.letters_settled = static_cast<std::uint32_t>(rows.letters_settled.size());
}

// What stays in the place of an item that was moved out: the counts of its rows.
BatchItem named(const BatchItem& item) {
  BatchItem place;
  place.rows = item.rows;
  return place;
}

}  // namespace

CommitFlow::CommitFlow(std::vector<BatchPointer> batches) {
  Part whole;
  for (BatchPointer& batch : batches) {
    whole.push_back({members_.size(), 0, batch->items.size()});
    Member& member = members_.emplace_back();
    member.batch = std::move(batch);
  }
  parts_.push_back(std::move(whole));
  send_front();
}

std::vector<std::pair<ShardNumber, std::int64_t>> CommitFlow::owned() const {
  std::vector<std::pair<ShardNumber, std::int64_t>> list;
  for (const Slice& slice : parts_.front()) {
    const ShardRows& rows = members_[slice.member].batch->rows;
    list.emplace_back(rows.shard, rows.epoch);
  }
  return list;
}

core::Duration CommitFlow::pause() const {
  const auto doubled = first_pause * (1 << std::min<std::uint32_t>(failures_, 8));
  return std::min<core::Duration>(doubled, longest_pause);
}

// A part that is a whole batch lends its rows to the commit; a piece of one is copied.
void CommitFlow::send_front() {
  sending_.clear();
  while (!parts_.empty() && parts_.front().empty()) parts_.pop_front();
  if (parts_.empty()) {
    need_ = Need::done;
    return;
  }
  for (const Slice& slice : parts_.front()) {
    Batch& batch = *members_[slice.member].batch;
    if (slice.first == 0 && slice.last == batch.items.size()) {
      const ShardRows names{batch.rows.shard, batch.rows.epoch, batch.rows.generation};
      sending_.push_back(std::exchange(batch.rows, names));
    } else {
      sending_.push_back(engine::slice(batch, slice.first, slice.last));
    }
  }
  need_ = Need::commit;
}

// The rows lent to the commit go back into their batches, so that these can be changed.
void CommitFlow::take_back() {
  const Part& part = parts_.front();
  for (std::size_t i = 0; i < part.size(); ++i) {
    Batch& batch = *members_[part[i].member].batch;
    if (part[i].first == 0 && part[i].last == batch.items.size()) {
      batch.rows = std::move(sending_[i]);
    }
  }
  sending_.clear();
}

void CommitFlow::pause_then(Need next) {
  after_pause_ = next;
  need_ = Need::pause;
}

void CommitFlow::on_paused() {
  assert(need_ == Need::pause);
  ++failures_;
  if (after_pause_ == Need::commit) {
    send_front();
  } else {
    need_ = after_pause_;
  }
}

void CommitFlow::on_commit(const CommitOutcome& outcome) {
  assert(need_ == Need::commit);
  take_back();
  switch (outcome.status) {
    case CommitStatus::committed:
      failures_ = 0;
      parts_.pop_front();
      send_front();
      break;
    case CommitStatus::fenced:
      need_ = Need::read_owned;
      break;
    case CommitStatus::refused:
      reason_ = without_values(outcome.reason);
      split();
      break;
    case CommitStatus::not_written:
      pause_then(Need::commit);
      break;
    case CommitStatus::unknown:
      need_ = Need::settle;
      break;
  }
}

void CommitFlow::on_away() {
  pause_then(need_);
}

void CommitFlow::on_settled(const std::vector<OwnedShard>& owned) {
  assert(need_ == Need::settle);
  failures_ = 0;
  evaluate(owned);
  send_front();
}

// A fence without a loss to show for it must not spin.
void CommitFlow::on_owned(const std::vector<OwnedShard>& owned) {
  assert(need_ == Need::read_owned);
  const std::size_t before = parts_.front().size();
  evaluate(owned);
  if (!parts_.empty() && parts_.front().size() == before) {
    pause_then(Need::commit);
  } else {
    send_front();
  }
}

// Keeps in the front part what has to be sent again.
void CommitFlow::evaluate(const std::vector<OwnedShard>& owned) {
  Part& part = parts_.front();
  std::erase_if(part, [&](const Slice& slice) { return !keep_slice(slice, owned); });
  for (Part& other : parts_) {
    std::erase_if(other, [&](const Slice& s) { return members_[s.member].dropped; });
  }
}

bool CommitFlow::keep_slice(const Slice& slice, const std::vector<OwnedShard>& owned) {
  Member& member = members_[slice.member];
  Batch& batch = *member.batch;
  const OwnedShard* now = find(owned, batch.rows.shard);
  if (now == nullptr) {
    drop(member, CommitVerdict::Fate::lost, 0);
    return false;
  }
  batch.rows.epoch = now->epoch;
  const Seq before = batch.base + static_cast<Seq>(slice.first);
  const Seq last = batch.base + static_cast<Seq>(slice.last);
  if (now->max_seq < before) {
    drop(member, CommitVerdict::Fate::acknowledged_lost, before - now->max_seq);
    return false;
  }
  if (now->max_seq > before && now->max_seq != last) {  // rows that are not ours
    drop(member, CommitVerdict::Fate::lost, 0);
    return false;
  }
  return now->max_seq == before;  // of a part without journal rows nobody can tell: again
}

void CommitFlow::drop(Member& member, CommitVerdict::Fate fate, Seq missing) {
  member.dropped = true;
  member.fate = fate;
  member.missing = missing;
}

// A refused part becomes smaller ones: first by shard, then by halves, until one item is alone.
void CommitFlow::split() {
  const Part part = std::move(parts_.front());
  parts_.pop_front();
  if (part.size() > 1) {
    for (auto it = part.rbegin(); it != part.rend(); ++it) parts_.push_front(Part{*it});
    return send_front();
  }
  const Slice slice = part.front();
  const std::size_t size = slice.last - slice.first;
  if (size > 1) {
    const std::size_t middle = slice.first + size / 2;
    parts_.push_front(Part{{slice.member, middle, slice.last}});
    parts_.push_front(Part{{slice.member, slice.first, middle}});
    return send_front();
  }
  parts_.push_front(part);
  if (size == 1) return refuse_item(slice);
  pause_then(Need::commit);  // progress alone has no content to refuse
}

void CommitFlow::refuse_item(const Slice& slice) {
  Batch& batch = *members_[slice.member].batch;
  BatchItem& item = batch.items[slice.first];
  const JournalRow& row = batch.rows.journal[slice.first];
  if (item.refused == BatchItem::Refused::gone) return pause_then(Need::commit);

  Batch replacement;
  replacement.base = row.seq - 1;
  std::optional<core::Record> parked;
  if (item.kind == BatchItem::Kind::record && item.refused == BatchItem::Refused::no) {
    parked = parked_record(item, row.record.now, reason_);
  }
  if (parked) {
    const Seq prev = row.prev;
    BatchItem kept = std::exchange(item, named(item));
    kept.refused = BatchItem::Refused::parked;
    kept.after.reset();
    kept.taken.reset();
    kept.rows = {};
    append_record(replacement, std::move(kept), std::move(*parked), prev);
  } else {
    const bool was_mark = item.kind == BatchItem::Kind::mark;
    ShardRows own = engine::slice(batch, slice.first, slice.last);
    BatchItem& mark = append_mark(replacement);
    mark = emptied(std::exchange(item, named(item)));
    if (was_mark) keep_bare_rows(replacement, mark, std::move(own));
  }
  replace_item(batch, slice.first, std::move(replacement));
  send_front();
}

std::vector<CommitVerdict> CommitFlow::take_verdicts() {
  assert(need_ == Need::done);
  std::vector<CommitVerdict> verdicts;
  verdicts.reserve(members_.size());
  for (Member& member : members_) {
    const std::int64_t epoch = member.batch->rows.epoch;
    verdicts.push_back({member.fate, std::move(member.batch), epoch, member.missing});
  }
  return verdicts;
}

}  // namespace sagaloom::engine
