// The adapters behind the engine's ports, made from the configuration.
//
// Threads: main thread. Errors: NodeError.
#pragma once

#include <memory>
#include <string>

#include "runtime/app/configuration.h"
#include "runtime/app/node_directory.h"
#include "runtime/engine/event_source.h"
#include "runtime/engine/observer.h"
#include "runtime/engine/step_host.h"
#include "runtime/engine/store.h"
#include "runtime/kafka/kafka_sink.h"

namespace sagaloom::app {

engine::Store make_store(const Configuration& configuration, const NodeDirectory& directory);

// To read beside a server or without one: the store has no journal, and nothing is written.
engine::Store make_reading_store(const Configuration& configuration);

// Null when no brokers are configured.
std::shared_ptr<kafka::KafkaSink> make_sink(const Configuration& configuration,
                                            std::shared_ptr<engine::Observer> observer);

// Null when no brokers are configured.
std::shared_ptr<engine::EventSource> make_source(const Configuration& configuration,
                                                 const std::string& store_id,
                                                 std::shared_ptr<engine::Observer> observer);

std::shared_ptr<engine::StepHost> make_steps(const Configuration& configuration,
                                             std::shared_ptr<engine::Observer> observer);

}  // namespace sagaloom::app
