// The index of a shard's inbox: the name of every stored row, and what the rows say while a saga
// may want to hear it.
//
// Complete from the shard's recovery on, so that expiry, caps and «is there mail» need no reads.
// Bounds: rows of sagas that do not exist by `surplus`, rows of one saga by box_limit; what rows
// say is forgotten when their saga leaves memory or does not exist.
// Lifecycle: of its shard. Threads: one at a time. Source: architecture.md section 6.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/core/event.h"
#include "runtime/engine/mail.h"

namespace sagaloom::engine {

inline constexpr std::size_t box_limit = 1'000;

// Row of an event without a time to live: offered once, to whoever listens when it comes.
inline constexpr core::Time offered_once{core::Duration{1}};

class Inbox {
 public:
  struct Entry {
    InboxHead head;
    std::shared_ptr<const core::Value> data;  // null: in the store
    bool leaving = false;                     // its removal is on the way
    bool once() const { return head.expires == offered_once; }
  };
  struct Box {
    std::map<Seq, Entry> entries;  // in order of arrival
    bool absent = false;           // no saga has this key
  };

  void add(InboxHead head, std::shared_ptr<const core::Value> data);
  void fill(InboxRow row);
  void remove(const InboxHead& head);
  // Null: nothing is stored for this key.
  Box* find(const IdentityKey& key);
  const Box* find(const IdentityKey& key) const;
  std::vector<IdentityKey> keys() const;

  void set_absent(const IdentityKey& key, bool absent);
  void forget_data(const IdentityKey& key);

  // Rows whose time is over, and the oldest rows beyond `cap` of a workflow whose sagas do not
  // exist. Each is given out once and is `leaving` from then on.
  std::vector<InboxHead> take_expired(core::Time now);
  std::vector<InboxHead> take_surplus(std::size_t cap);
  core::Time next_expiry() const;  // max: never

  bool empty() const { return boxes_.empty(); }
  std::size_t size() const { return size_; }

 private:
  using Workflow = std::pair<std::string, std::string>;  // tenant, name
  void count(const Entry& entry, bool absent);
  void uncount(const Entry& entry);

  std::map<IdentityKey, Box> boxes_;
  std::set<std::pair<core::Time, Seq>> expiries_;
  std::map<Seq, IdentityKey> places_;  // of rows that expire
  std::map<Workflow, std::map<Seq, IdentityKey>> absent_;
  std::size_t size_ = 0;
};

// A row on its way out of the inbox.
struct LeavingRow {
  InboxHead head;
  std::string letter;   // reason of its dead letter; empty: none
  core::Value content;  // of the letter
};

// What a dead letter of a row holds, so that it can be replayed: key, event, data, at.
core::Value letter_content(const InboxHead& head, const core::Value& data, core::Time now);
// Of one that can't be read: problem, and `stored` (or the number of its bytes, if they are no
// text) in place of data.
core::Value letter_content(const InboxRow& unreadable, core::Time now);

bool is_signal(const InboxHead& head);
// The name that the workflow knows: what follows "event:" or "signal:".
std::string_view bare_name(const InboxHead& head);

}  // namespace sagaloom::engine
