// What a shard is told and what it tells: options, the questions it asks of the world, starts, the
// effects its driver has to do. Threads: plain values.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/decide.h"
#include "runtime/engine/batch.h"
#include "runtime/engine/between_shards.h"
#include "runtime/engine/delivery.h"
#include "runtime/engine/observer.h"
#include "runtime/engine/step_host.h"

namespace sagaloom::engine {

struct ShardOptions {
  std::uint32_t inlet_limit = 4'096;
  std::uint32_t checkpoint_lag = 50'000;
  core::Duration residence_horizon{60'000};
  std::uint32_t delivery_limit = 1'000;  // waiting; beyond it the source must pause
  std::size_t absent_limit = 100'000;    // inbox rows of a workflow whose sagas do not exist
  bool publishes = true;   // false: nobody publishes, `published` follows the committed head
  std::uint64_t seed = 1;  // of the jitter
};

// What the shard asks of the world; pure answers wanted.
struct ShardWorld {
  // The definition with this content hash; null: not known or it can't be compiled now.
  std::function<core::DefinitionPointer(const std::string& hash)> definition;
  // A registered version of a workflow; null: there is none.
  std::function<core::DefinitionPointer(const std::string& workflow, std::uint32_t version)>
      registered;
  // Whether no loaded plugin offers the operation, or one offers it weakened, for this definition.
  std::function<bool(const core::Definition& definition, std::string_view operation)> missing;
  std::shared_ptr<Observer> observer;  // never null
};

struct Start {
  core::SagaId id;  // of the saga, if it is made
  core::DefinitionPointer definition;
  std::shared_ptr<const core::SagaRecord> head;  // as admitted; with `parent`: a child
  Completion<StartReply> done;
  // started; for a child also parent_undo and released, which are for the saga of its identity.
  core::EventKind kind = core::EventKind::started;
  bool ask_lock = false;   // `reject`: the key must be free, or nothing is stored
  bool lock_held = false;  // it was
};

// What is read from the store for the inbox, and what was found.
struct MailQuestion {
  std::vector<IdentityKey> identities, boxes;
  std::vector<SeenRow> seen;
  std::int32_t day = 0;  // of the seen rows that still count
  bool empty() const { return identities.empty() && boxes.empty() && seen.empty(); }
};
struct MailAnswer {
  std::vector<IdentityRow> identities;
  std::vector<InboxRow> rows;
  std::vector<SeenRow> seen;
};
MailAnswer read_mail(Journal& journal, ShardNumber shard, const MailQuestion& question);

// What happened, to be done by the driver in this order.
struct Effects {
  std::vector<StepCall> calls;   // may_call is the driver's
  std::vector<ShardCall> asked;  // to the shards that target_of names
  std::vector<std::function<void()>> answers;
  std::vector<StoredRecord> committed;                     // for the relay, in order of seq
  std::vector<std::shared_ptr<const core::Saga>> settled;  // ended or parked just now: for waits
  bool empty() const {
    return calls.empty() && asked.empty() && answers.empty() && committed.empty() &&
           settled.empty();
  }
};

}  // namespace sagaloom::engine
