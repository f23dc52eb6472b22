#include "runtime/engine/relay.h"

#include <algorithm>
#include <cassert>

#include "runtime/engine/engine.h"

namespace sagaloom::engine {

namespace {

std::size_t bytes_of(const StoredRecord& row) {
  std::size_t sum = sizeof(StoredRecord);
  for (const core::Emitted& emit : row.record.emits) {
    sum += sizeof emit + expression::byte_size(emit.data);
  }
  return sum;
}

bool speaks(const StoredRecord& row) {
  return row.record.lifecycle || !row.record.emits.empty();
}

// What relaying needs of a row; the rest of the record is not kept.
StoredRecord shortened(StoredRecord row) {
  StoredRecord kept;
  kept.seq = row.seq;
  kept.saga = row.saga;
  kept.generation = row.generation;
  kept.record.now = row.record.now;
  kept.record.emits = std::move(row.record.emits);
  kept.record.lifecycle = std::move(row.record.lifecycle);
  return kept;
}

}  // namespace

void Relay::own(ShardNumber shard, Seq published, Seq head) {
  drop(shard);
  Lane& lane = lanes_[shard];
  lane.next = published + 1;
  lane.ring_from = head + 1;
  lane.head = head;
  lane.told = published;
  lane.ownership = ++last_ownership_;
}

void Relay::drop(ShardNumber shard) {
  const auto it = lanes_.find(shard);
  if (it == lanes_.end()) return;
  for (const Cached& cached : it->second.ring) ring_bytes_ -= cached.bytes;
  lanes_.erase(it);
  const auto is_of = [&](std::uint64_t tag) { return letters_.at(tag).shard == shard; };
  std::erase_if(ready_, is_of);
  for (auto stream = blocked_.begin(); stream != blocked_.end();) {
    stream = is_of(stream->second.tag) ? blocked_.erase(stream) : std::next(stream);
  }
  std::erase_if(dead_, [&](const auto& entry) { return entry.first.first.shard() == shard; });
  std::erase_if(letters_, [&](const auto& entry) {
    if (entry.second.shard != shard) return false;
    if (entry.second.sent) --in_flight_;
    return true;
  });
}

void Relay::committed(ShardNumber shard, std::vector<StoredRecord> rows) {
  const auto it = lanes_.find(shard);
  if (it == lanes_.end() || rows.empty()) return;
  Lane& lane = it->second;
  assert(rows.front().seq == lane.head + 1);
  lane.head = rows.back().seq;
  for (StoredRecord& row : rows) {
    if (!speaks(row)) continue;
    Cached cached{shortened(std::move(row)), 0};
    cached.bytes = bytes_of(cached.row);
    ring_bytes_ += cached.bytes;
    lane.ring.push_back(std::move(cached));
  }
  while (ring_bytes_ > options_.ring_bytes) forget_oldest();
}

// Of the lane that holds most; what is forgotten is read again when its turn comes.
void Relay::forget_oldest() {
  const auto longest = std::max_element(
      lanes_.begin(), lanes_.end(),
      [](const auto& a, const auto& b) { return a.second.ring.size() < b.second.ring.size(); });
  Lane& lane = longest->second;
  ring_bytes_ -= lane.ring.front().bytes;
  lane.ring_from = lane.ring.front().row.seq + 1;
  lane.ring.pop_front();
}

// ---------------------------------------------------------------- reads

std::optional<Relay::Read> Relay::read_wanted(core::Time now) {
  for (auto& [shard, lane] : lanes_) {
    if (lane.read_again_at > now) continue;
    if (lane.reading || lane.next >= lane.ring_from || lane.rows.size() >= options_.ahead) continue;
    if (letters_.size() >= options_.in_flight) return std::nullopt;
    lane.reading = true;
    return Read{shard, lane.next - 1, lane.ring_from - 1, options_.page, lane.ownership};
  }
  return std::nullopt;
}

void Relay::on_read(const Read& read, std::vector<StoredRecord> rows) {
  const auto it = lanes_.find(read.shard);
  if (it == lanes_.end() || it->second.ownership != read.ownership) return;
  Lane& lane = it->second;
  lane.reading = false;
  const bool all = rows.size() < read.limit;
  for (const StoredRecord& row : rows) {
    if (row.seq > read.through) break;  // not acknowledged to this node yet, or in the ring
    if (speaks(row)) give_out(read.shard, lane, row);
    lane.next = row.seq + 1;
  }
  if (all || (!rows.empty() && rows.back().seq > read.through)) lane.next = read.through + 1;
}

void Relay::on_read_away(const Read& read, core::Time again) {
  const auto it = lanes_.find(read.shard);
  if (it == lanes_.end() || it->second.ownership != read.ownership) return;
  it->second.reading = false;
  it->second.read_again_at = again;
}

// ---------------------------------------------------------------- sending

void Relay::expand() {
  for (auto& [shard, lane] : lanes_) {
    while (letters_.size() < options_.in_flight && expand_lane(shard, lane)) {
    }
  }
}

bool Relay::expand_lane(ShardNumber shard, Lane& lane) {
  if (lane.next < lane.ring_from || lane.rows.size() >= options_.ahead) return false;
  if (lane.ring.empty()) {
    lane.next = lane.head + 1;
    lane.ring_from = std::max(lane.ring_from, lane.next);
    return false;
  }
  Cached cached = std::move(lane.ring.front());
  lane.ring.pop_front();
  ring_bytes_ -= cached.bytes;
  lane.next = cached.row.seq + 1;
  lane.ring_from = lane.next;
  give_out(shard, lane, cached.row);
  return true;
}

void Relay::give_out(ShardNumber shard, Lane& lane, const StoredRecord& row) {
  std::vector<Message> messages = messages_of(options_.store_id, shard, row);
  lane.rows.push_back({row.seq, static_cast<std::uint32_t>(messages.size())});
  std::uint16_t n = 0;
  for (Message& message : messages) {
    const std::uint64_t tag = ++last_tag_;
    Letter letter{shard, lane.ownership, row.seq, n++, row.saga, std::move(message), {}, false};
    const Stream stream = stream_of(letter);
    letters_.emplace(tag, std::move(letter));
    const auto blocked = blocked_.find(stream);
    if (dead_.contains(stream)) {
      bury(tag, "behind");
    } else if (blocked != blocked_.end()) {
      blocked->second.behind.push_back(tag);
    } else {
      ready_.push_back(tag);
    }
  }
}

std::optional<Relay::Outgoing> Relay::next(core::Time now) {
  for (auto& [stream, blocked] : blocked_) {
    if (blocked.retry_at > now || letters_.at(blocked.tag).sent) continue;
    return Outgoing{blocked.tag, &letters_.at(blocked.tag).message};
  }
  expand();
  if (ready_.empty()) return std::nullopt;
  return Outgoing{ready_.front(), &letters_.at(ready_.front()).message};
}

void Relay::sent(std::uint64_t tag) {
  const auto it = letters_.find(tag);
  if (it == letters_.end() || it->second.sent) return;
  it->second.sent = true;
  ++in_flight_;
  if (!ready_.empty() && ready_.front() == tag) ready_.pop_front();
}

void Relay::acknowledged(std::uint64_t tag, const EventSink::Report& report, core::Time now) {
  const auto it = letters_.find(tag);
  if (it == letters_.end() || !it->second.sent) return;
  it->second.sent = false;
  --in_flight_;
  if (report.refused) return refused(tag, report, now);
  const auto blocked = blocked_.find(stream_of(it->second));
  if (blocked != blocked_.end() && blocked->second.tag == tag) {
    for (auto later = blocked->second.behind.rbegin(); later != blocked->second.behind.rend();
         ++later) {
      ready_.push_front(*later);
    }
    blocked_.erase(blocked);
  }
  settle(tag);
}

void Relay::refused(std::uint64_t tag, const EventSink::Report& report, core::Time now) {
  Letter& letter = letters_.at(tag);
  const Stream stream = stream_of(letter);
  if (letter.refused_since == core::Time{}) letter.refused_since = now;
  if (now - letter.refused_since < options_.give_up) {
    const auto [it, fresh] = blocked_.try_emplace(stream);
    Blocked& blocked = it->second;
    if (fresh || letter.seq < letters_.at(blocked.tag).seq) {
      if (!fresh) blocked.behind.push_front(blocked.tag);
      blocked.tag = tag;
    } else if (blocked.tag != tag) {
      blocked.behind.push_back(tag);
      std::sort(blocked.behind.begin(), blocked.behind.end());
    }
    blocked.retry_at = now + options_.retry;
    if (fresh) {  // what is ready of this stream waits behind it
      std::erase_if(ready_, [&](std::uint64_t other) {
        if (stream_of(letters_.at(other)) != stream) return false;
        blocked.behind.push_back(other);
        return true;
      });
    }
    return;
  }
  const auto blocked = blocked_.find(stream);
  std::deque<std::uint64_t> behind;
  if (blocked != blocked_.end()) {
    behind = std::move(blocked->second.behind);
    blocked_.erase(blocked);
  }
  bury(tag, report.reason.empty() ? "refused" : report.reason);
  for (const std::uint64_t later : behind) bury(later, "behind");
}

void Relay::bury(std::uint64_t tag, std::string reason) {
  const Letter& letter = letters_.at(tag);
  Lane& lane = lanes_.at(letter.shard);
  Grave& grave = dead_[stream_of(letter)];
  grave.overfull = grave.overfull || grave.left.size() >= most_buried;
  if (!grave.overfull) grave.left.insert({letter.seq, letter.n});
  lane.dead_letters.push_back(
      {letter.seq, letter.n, std::move(reason),
       letter.message.topic + " " + letter.message.type + " " + letter.message.key});
  settle(tag);
}

std::optional<Relay::Place> Relay::oldest_buried(const core::SagaId& saga,
                                                 const std::string& topic) const {
  const auto grave = dead_.find({saga, topic});
  if (grave == dead_.end() || grave->second.left.empty()) return std::nullopt;
  return *grave->second.left.begin();
}

void Relay::letter_gone(ShardNumber shard, Place place) {
  for (auto grave = dead_.begin(); grave != dead_.end(); ++grave) {
    if (grave->first.first.shard() != shard || grave->second.left.erase(place) == 0) continue;
    if (grave->second.left.empty() && !grave->second.overfull) dead_.erase(grave);
    return;
  }
}

void Relay::settle(std::uint64_t tag) {
  const auto it = letters_.find(tag);
  Lane& lane = lanes_.at(it->second.shard);
  const auto row = std::lower_bound(lane.rows.begin(), lane.rows.end(), it->second.seq,
                                    [](const Row& r, Seq seq) { return r.seq < seq; });
  --row->open;
  letters_.erase(it);
  while (!lane.rows.empty() && lane.rows.front().open == 0) lane.rows.pop_front();
}

core::Time Relay::next_due() const {
  core::Time due = core::Time::max();
  for (const auto& [stream, blocked] : blocked_) {
    if (!letters_.at(blocked.tag).sent) due = std::min(due, blocked.retry_at);
  }
  return due;
}

// ---------------------------------------------------------------- how far it has come

Seq Relay::published(const Lane& lane) const {
  return lane.rows.empty() ? lane.next - 1 : lane.rows.front().seq - 1;
}

std::vector<Relay::Moved> Relay::take_moved() {
  expand();
  std::vector<Moved> moved;
  for (auto& [shard, lane] : lanes_) {
    const Seq now = published(lane);
    if (now == lane.told && lane.dead_letters.empty()) continue;
    lane.told = now;
    moved.push_back({shard, now, std::exchange(lane.dead_letters, {})});
  }
  return moved;
}

std::uint64_t Relay::unpublished() const {
  std::uint64_t sum = 0;
  for (const auto& [shard, lane] : lanes_)
    sum += static_cast<std::uint64_t>(lane.head - published(lane));
  return sum;
}

bool Relay::idle() const {
  return unpublished() == 0;
}

}  // namespace sagaloom::engine
