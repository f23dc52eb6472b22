// Which messages go to the sink, in which order, and how far publishing has come: a state machine
// without I/O.
//
// A ring of committed rows, bounded by bytes over all shards, is a cache of the journal: what is in
// it is sent from memory, what lies below it is read again (read_wanted), with the same code after
// an overflow as after a restart. The acknowledged contiguous prefix of a shard is `published`.
// A message that is refused for longer than give_up becomes a dead letter, and so do the later ones
// of its saga on its topic; until then those wait behind it, other topics and sagas go on.
//
// Lifecycle: one per node. Threads: one. Errors: none. Source: architecture.md section 7.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/engine/event_sink.h"
#include "runtime/engine/store.h"

namespace sagaloom::engine {

struct RelayOptions {
  std::string store_id;
  std::size_t ring_bytes = 64u << 20;
  std::size_t in_flight = 10'000;  // messages, over all shards
  std::size_t ahead = 50'000;      // rows of a shard beyond its acknowledged prefix
  std::size_t page = 1'000;        // rows of one read
  core::Duration give_up{600'000};
  core::Duration retry{1'000};
};

class Relay {
 public:
  explicit Relay(RelayOptions options) : options_(std::move(options)) {}

  // The shard is ours: everything above `published` up to `head` is to be sent.
  void own(ShardNumber shard, Seq published, Seq head);
  void drop(ShardNumber shard);
  // Rows of one committed batch, in order of seq and without gap.
  void committed(ShardNumber shard, std::vector<StoredRecord> rows);

  // A read of what the ring does not hold: rows of the shard with messages, after < seq <= through.
  struct Read {
    ShardNumber shard = 0;
    Seq after = 0, through = 0;
    std::size_t limit = 0;
    std::uint64_t ownership = 0;  // of which `own`; an answer for an older one is ignored
  };
  std::optional<Read> read_wanted(core::Time now = core::Time::max());
  // Fewer rows than the limit: there are no others up to `through`.
  void on_read(const Read& read, std::vector<StoredRecord> rows);
  // It failed: that shard is not read again before `again`, so that others have their turn.
  void on_read_away(const Read& read, core::Time again = core::Time{});

  // The next message to hand to the sink; null: nothing may be sent now. It stays the next one
  // until `sent` says that the sink took it.
  struct Outgoing {
    std::uint64_t tag = 0;
    const Message* message = nullptr;
  };
  std::optional<Outgoing> next(core::Time now);
  void sent(std::uint64_t tag);
  void acknowledged(std::uint64_t tag, const EventSink::Report& report, core::Time now);
  // When `next` may have something without an event; max: never.
  core::Time next_due() const;

  // How far shards have come since the last call.
  struct Moved {
    ShardNumber shard = 0;
    Seq published = 0;
    std::vector<DeadLetterRow> dead_letters;
  };
  std::vector<Moved> take_moved();

  // The oldest message of the saga on the topic that this relay buried and that is a dead letter
  // still; none: it buried none. Only that one may be published again, so that order is kept.
  using Place = std::pair<Seq, std::uint16_t>;
  std::optional<Place> oldest_buried(const core::SagaId& saga, const std::string& topic) const;
  // The letter is gone, published or discarded. Once none of its saga and topic is left, what the
  // saga says there is published again.
  void letter_gone(ShardNumber shard, Place place);

  std::uint64_t unpublished() const;  // rows
  bool idle() const;                  // everything committed is published
  std::size_t ring_bytes() const { return ring_bytes_; }

 private:
  struct Cached {
    StoredRecord row;
    std::size_t bytes = 0;
  };
  struct Row {  // given out for sending
    Seq seq = 0;
    std::uint32_t open = 0;  // messages that are not settled
  };
  struct Lane {         // of a shard
    Seq next = 1;       // first row that was not given out
    Seq ring_from = 1;  // from here on `ring` holds every row with messages
    Seq head = 0;
    Seq told = 0;  // as take_moved last said
    std::deque<Cached> ring;
    std::deque<Row> rows;
    std::vector<DeadLetterRow> dead_letters;
    bool reading = false;
    core::Time read_again_at{};
    std::uint64_t ownership = 0;
  };
  using Stream = std::pair<core::SagaId, std::string>;  // saga, topic
  struct Letter {
    ShardNumber shard = 0;
    std::uint64_t ownership = 0;
    Seq seq = 0;
    std::uint16_t n = 0;
    core::SagaId saga;
    Message message;
    core::Time refused_since{};
    bool sent = false;
  };
  // What became dead letters of one stream. Beyond most_buried the rest is not told apart: such a
  // stream stays dead until a restart.
  struct Grave {
    std::set<Place> left;
    bool overfull = false;
  };
  static constexpr std::size_t most_buried = 1'000;
  struct Blocked {
    std::uint64_t tag = 0;  // the refused one
    core::Time retry_at{};
    std::deque<std::uint64_t> behind;
  };

  void expand();
  bool expand_lane(ShardNumber shard, Lane& lane);
  void give_out(ShardNumber shard, Lane& lane, const StoredRecord& row);
  void settle(std::uint64_t tag);
  void bury(std::uint64_t tag, std::string reason);
  void refused(std::uint64_t tag, const EventSink::Report& report, core::Time now);
  void forget_oldest();
  Seq published(const Lane& lane) const;
  Stream stream_of(const Letter& letter) const { return {letter.saga, letter.message.topic}; }

  RelayOptions options_;
  std::map<ShardNumber, Lane> lanes_;
  std::map<std::uint64_t, Letter> letters_;  // by tag; not settled
  std::deque<std::uint64_t> ready_;
  std::map<Stream, Blocked> blocked_;
  std::map<Stream, Grave> dead_;  // streams with dead letters, until they are gone or a restart
  std::size_t in_flight_ = 0;
  std::size_t ring_bytes_ = 0;
  std::uint64_t last_tag_ = 0;
  std::uint64_t last_ownership_ = 0;
};

}  // namespace sagaloom::engine
