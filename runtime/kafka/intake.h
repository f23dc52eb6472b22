// Brings the records of an event source to the engine: maps them, delivers to the shards of their
// keys, starts sagas, and says to the source when all of a record is durable.
//
// Lifecycle: `run` starts the source; the destructor stops it, before the engine ends. Threads: the
// source's own and the engine's. Errors: what can't be read becomes a dead letter; what the engine
// does not take now is given again by the source.
#pragma once

#include <memory>
#include <string>

#include "runtime/engine/engine.h"
#include "runtime/engine/event_source.h"

namespace sagaloom::kafka {

class Intake {
 public:
  // Dead letters also go to `letters` under this topic, when both are given. `observer` counts.
  Intake(engine::Engine& engine, std::shared_ptr<engine::EventSource> source,
         std::shared_ptr<engine::Observer> observer = nullptr,
         std::shared_ptr<engine::EventSink> letters = nullptr, std::string letter_topic = {});
  ~Intake();
  void run();

 private:
  class Desk;  // outlives the intake until the engine has answered
  const std::shared_ptr<engine::EventSource> source_;
  const std::shared_ptr<Desk> desk_;
};

}  // namespace sagaloom::kafka
