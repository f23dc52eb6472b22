// Dead letters: listed, taken once more, published again, or dropped; and who did it.
//
// An event that a saga or its inbox could not take is delivered again in the transaction that
// removes its letter. A record that could not be read is read anew: what it says now goes to the
// shards it concerns, each dropping a repetition, and only then the letter goes; a crash in between
// leaves it, and the next replay repeats what is known. A message that the broker refused is read
// from the journal again and published by the relay.
#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "runtime/document/json.h"
#include "runtime/engine/between_shards.h"
#include "runtime/engine/runtime.h"

namespace sagaloom::engine {

namespace {

using Kind = EngineError::Kind;

// What is replayed without a time to live of its own waits so long for a saga that listens.
constexpr core::Duration replay_kept{24ll * 3600 * 1000};
// What was stored was let in before: far smaller and flatter.
constexpr document::Limits stored_limits{160, 16u << 20};

EngineError unreadable() {
  return error_of(Kind::conflict, "dead_letter.unreadable",
                  "this message could not be read as an event; correct its source and send it "
                  "again, then discard this");
}

// Of two replays of one letter, at once or after a crash, the second brings nothing.
void make_replay(InboxMessage& message, const DeadLetterName& name) {
  if (message.dedupe.empty()) {
    message.dedupe = "replay " + std::to_string(name.shard) + "." + std::to_string(name.seq) + "." +
                     std::to_string(name.n);
  }
  message.ttl = std::max(message.ttl.value_or(replay_kept), replay_kept);
}

// The event of a letter that came from the inbox; none: its data can't be read.
std::optional<InboxMessage> event_of(const DeadLetter& letter) {
  InboxMessage message;
  message.key = {letter.tenant, letter.workflow, text_of(*letter.content, "key")};
  message.event = text_of(*letter.content, "event");
  if (const core::Value* data = letter.content->find("data")) {
    message.data = *data;
  } else {
    auto stored = document::parse_tagged(text_of(*letter.content, "stored"), stored_limits);
    if (!stored) return std::nullopt;
    message.data = std::move(stored).value();
  }
  if (message.event.starts_with("signal:")) message.ttl = core::Duration::max();
  make_replay(message, letter.name);
  return message;
}

// Parts of one answer that come on any thread: the first error, or true.
class Gathered {
 public:
  explicit Gathered(Completion<bool> done) : done_(std::move(done)) {}

  void expect() {
    const std::lock_guard lock(mutex_);
    ++open_;
  }
  void came(std::optional<EngineError> error) {
    {
      const std::lock_guard lock(mutex_);
      if (error && !error_) error_ = std::move(error);
      if (--open_ > 0) return;
    }
    if (error_) return done_(std::move(*error_));
    done_(true);
  }

 private:
  const Completion<bool> done_;
  std::mutex mutex_;
  std::size_t open_ = 1;  // who expects
  std::optional<EngineError> error_;
};

std::optional<EngineError> error_in(Answer<bool> stored) {
  if (auto* error = std::get_if<EngineError>(&stored)) return std::move(*error);
  if (std::get<bool>(stored)) return std::nullopt;
  return error_of(Kind::refused, "storage.refused", "the store refused the event for its content");
}

template <typename T>
std::optional<EngineError> error_in(const Answer<T>& answer) {
  const auto* error = std::get_if<EngineError>(&answer);
  return error == nullptr ? std::nullopt : std::optional(*error);
}

}  // namespace

struct Engine::Runtime::Settling {
  DeadLetter letter;
  bool replay = false;
  Author author;
  Completion<bool> done;

  bool outgoing() const { return letter.workflow.empty(); }
};

void Engine::Runtime::dead_letters(DeadLetterFilter filter, Completion<DeadLetterPage> done) {
  read<DeadLetterPage>(std::move(done),
                       [this, filter = std::move(filter)]() -> Answer<DeadLetterPage> {
                         return wiring_.ports.store.lookup->dead_letters(filter);
                       });
}

void Engine::Runtime::settled_letters(DeadLetterFilter filter, Completion<SettledPage> done) {
  read<SettledPage>(std::move(done), [this, filter = std::move(filter)]() -> Answer<SettledPage> {
    return wiring_.ports.store.lookup->settled_letters(filter);
  });
}

void Engine::Runtime::settle_dead_letter(DeadLetterName name, bool replay, Author author,
                                         Completion<bool> done) {
  const auto settling = std::make_shared<Settling>();
  settling->replay = replay;
  settling->author = std::move(author);
  settling->done = std::move(done);
  read<DeadLetter>(
      [this, settling](Answer<DeadLetter> found) {
        if (auto* error = std::get_if<EngineError>(&found))
          return settling->done(std::move(*error));
        settling->letter = std::move(std::get<DeadLetter>(found));
        settling->replay ? this->replay(settling) : put_away(settling, std::nullopt);
      },
      [this, name]() -> Answer<DeadLetter> {
        if (auto letter = wiring_.ports.store.lookup->dead_letter(name)) return std::move(*letter);
        return error_of(Kind::not_found, "dead_letter.unknown", "there is no such dead letter");
      });
}

// On a reader's thread, as the three that follow until they hand over.
void Engine::Runtime::replay(const SettlingPointer& settling) {
  const DeadLetter& letter = settling->letter;
  if (settling->outgoing()) return publish_again(settling);
  if (!letter.content) return settling->done(unreadable());
  if (letter.content->find("event") == nullptr) return read_again(settling);
  auto again = event_of(letter);
  if (!again) return settling->done(unreadable());
  put_away(settling, std::move(again));
}

void Engine::Runtime::publish_again(const SettlingPointer& settling) {
  const DeadLetterName& name = settling->letter.name;
  if (!wiring_.relay) {
    return settling->done(error_of(Kind::conflict, "dead_letter.no_broker",
                                   "this node publishes nothing: no broker is configured"));
  }
  std::vector<std::pair<ShardNumber, StoredRecord>> rows;
  try {
    rows = wiring_.ports.store.lookup->events({{name.shard, name.seq - 1}}, 1);
  } catch (const StoreError& error) {
    return settling->done(error_of(Kind::unavailable, "store_away", error.what()));
  }
  std::vector<Message> messages;
  if (!rows.empty() && rows[0].second.seq == name.seq) {
    messages = messages_of(wiring_.store.store_id, name.shard, rows[0].second);
  }
  if (name.n >= messages.size()) {
    return settling->done(error_of(Kind::not_found, "dead_letter.gone",
                                   "the record of this message is no longer kept"));
  }
  wiring_.relay->publish_again(name, rows[0].second.saga, std::move(messages[name.n]),
                               [this, settling](std::optional<EngineError> error) {
                                 if (error) return settling->done(std::move(*error));
                                 put_away(settling, std::nullopt);
                               });
}

void Engine::Runtime::read_again(const SettlingPointer& settling) {
  if (!wiring_.ports.reread) return settling->done(unreadable());
  Answer<Reread> answer = wiring_.ports.reread(settling->letter, wiring_.registry.all());
  if (auto* error = std::get_if<EngineError>(&answer)) return settling->done(std::move(*error));
  auto gathered = std::make_shared<Gathered>([this, settling](Answer<bool> taken) {
    if (auto* error = std::get_if<EngineError>(&taken)) return settling->done(std::move(*error));
    put_away(settling, std::nullopt);
  });
  std::map<ShardNumber, Delivery> deliveries;
  for (InboxMessage& message : std::get<Reread>(answer).messages) {
    make_replay(message, settling->letter.name);
    const IdentityKey& key = message.key;
    deliveries[shard_of(key.tenant, key.workflow, key.key, wiring_.store.shards)]
        .messages.push_back(std::move(message));
  }
  for (auto& [shard, delivery] : deliveries) {
    gathered->expect();
    delivery.done = [gathered](Answer<bool> stored) {
      gathered->came(error_in(std::move(stored)));
    };
    wiring_.inlet_of(shard).put(
        ThreadTask([shard, delivery = std::move(delivery)](ShardThread& thread) mutable {
          thread.deliver(shard, std::move(delivery));
        }));
  }
  for (StartRequest& request : std::get<Reread>(answer).starts) {
    gathered->expect();
    start(std::move(request),
          [gathered](const Answer<StartReply>& started) { gathered->came(error_in(started)); });
  }
  gathered->came(std::nullopt);
}

void Engine::Runtime::put_away(const SettlingPointer& settling, std::optional<InboxMessage> again) {
  const DeadLetter& letter = settling->letter;
  SettledLetter row;
  row.name = letter.name;
  row.tenant = letter.tenant;
  row.workflow = letter.workflow;
  row.letter_reason = letter.reason;
  row.verb = settling->replay ? "replay" : "discard";
  row.author = settling->author;
  Completion<bool> done = [this, settling](Answer<bool> stored) {
    if (auto error = error_in(std::move(stored))) return settling->done(std::move(*error));
    if (settling->outgoing() && wiring_.relay) wiring_.relay->letter_gone(settling->letter.name);
    settling->done(true);
  };
  wiring_.inlet_of(row.name.shard)
      .put(ThreadTask([row = std::move(row), again = std::move(again),
                       done = std::move(done)](ShardThread& thread) mutable {
        thread.settle_dead_letter(std::move(row), std::move(again), std::move(done));
      }));
}

}  // namespace sagaloom::engine
