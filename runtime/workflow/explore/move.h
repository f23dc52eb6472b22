// One thing that happens to an explored saga: an answer, a timer, a fault, something from outside.
//
// `moves` lists all that can happen now, in a fixed order; `take` makes the world after one of
// them, by the production decide and apply. Threads: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/workflow/explore/fault.h"
#include "runtime/workflow/explore/model.h"
#include "runtime/workflow/explore/violation.h"
#include "runtime/workflow/explore/world.h"

namespace sagaloom::explore {

struct Move {
  enum class Kind : std::uint8_t {
    call,        // an open call is made and answered, or not
    timer,       // a due time
    arrival,     // the effect of a timed-out call appears, unnoticed
    late_reply,  // the same, and its reply arrives
    crash,       // of the node, with every open call
    cancel,
    deadline,
    heard,  // an event, signal or answer from outside, or how a child saga ended
  };
  Kind kind = Kind::call;
  core::Command command;  // which, for what is about a command
  Fault fault = Fault::none;
  std::string code;          // of a refusal
  bool free = false;         // not a new fault: it follows from one before, or costs nothing
  bool must = false;         // heard: it comes for certain, sooner or later
  bool others_made = false;  // crash: the other open calls had their effect
  core::Event event;         // heard
  std::string said;          // heard: the sentence of the story
  bool costs() const { return fault != Fault::none && !free; }
  // What may or may not happen keeps nothing from its end.
  bool optional() const {
    return costs() || kind == Kind::late_reply || kind == Kind::arrival ||
           (kind == Kind::heard && !must);
  }
};

std::vector<Move> moves(const Model& model, const World& world);

struct Taken {
  World world;
  std::string sentence;  // of the story; empty: nothing worth telling
  std::vector<Violation> violations;
};
core::Event timer_event(const core::Command& timer);

Taken take(const Model& model, const World& world, const Move& move);

// The first world: the saga accepted. Errors: input.invalid, expression.failed.
core::Result<World> begin(const Model& model, std::uint32_t faults);

}  // namespace sagaloom::explore
