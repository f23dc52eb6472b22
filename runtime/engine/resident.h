// A saga in the memory of its shard: its state, what came for it, and what is under way.
// Lifecycle: made when it is accepted or read, gone when it leaves memory (shard_residence.cpp).
// Threads: values of one Shard.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "runtime/core/decide.h"
#include "runtime/core/definition.h"
#include "runtime/core/saga.h"
#include "runtime/engine/engine.h"
#include "runtime/engine/mail.h"

namespace sagaloom::engine {

// What came for a saga and is not decided yet.
struct Pending {
  core::Event event;
  Completion<SagaView> done;
  bool proof = false;  // "nothing came of it" is answered after a commit of this owner
  RequestKey once = {};
  bool asked = false;  // whether `once` was there before
};

// A command that was handed out, or a timer that has fired.
struct UnderWay {
  core::Command::Kind kind = core::Command::Kind::call;
  core::Path path;
  core::Purpose purpose = core::Purpose::forward;
  std::uint32_t occurrence = 1, number = 0;
  core::Time due{};
  core::Time since{};
  std::string operation;
  bool answered = false;
  bool running = false;  // answered as timed out, still runs in the host
};

struct Resident {
  std::shared_ptr<core::Saga> state;
  core::DefinitionPointer definition;
  Seq first_seq = 0, last_seq = 0;
  Seq unsnapped = 0;        // the first record that no snapshot holds; 0: none
  core::Time stored_due{};  // of its timer row
  bool due_unsure = false;  // there may be no such row: it is removed and written all the same
  core::Time due{};         // its place in timers_
  std::vector<Pending> events;
  std::vector<UnderWay> under_way;
  std::vector<std::string> listens;         // operations of its subscriptions
  std::vector<std::string> told_installed;  // operations, while steps wait for their plugins
  std::size_t bytes = 0;
  Seq offered = 0;    // of the inbox, since the state changed: the rest is still to be offered
  bool mail = false;  // there may be something to offer
  bool queued = false;
  bool in_batch = false;
  bool checkpoint = false;  // wanted
  // The store refused the last one, in company or by itself; until the state changes.
  enum class CheckpointRefused : std::uint8_t { no, in_company, alone };
  CheckpointRefused checkpoint_refused = CheckpointRefused::no;
  bool waits_for_plugin = false;
  bool idle = false;  // nothing is open but waits beyond the horizon, or it has ended
};

}  // namespace sagaloom::engine
