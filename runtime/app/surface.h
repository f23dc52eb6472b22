// What the program tells about itself: log, metrics, health, and the part of REST that is not the
// engine's.
//
// Threads: as http::Platform says. Ownership: the parts must outlive the listener.
#pragma once

#include <memory>

#include "runtime/app/configuration.h"
#include "runtime/engine/engine.h"
#include "runtime/http/platform.h"
#include "runtime/kafka/kafka_sink.h"
#include "runtime/observe/log.h"
#include "runtime/observe/metrics.h"

namespace sagaloom::app {

struct Telling {
  std::shared_ptr<observe::Log> log;
  std::shared_ptr<observe::Metrics> metrics;
  std::shared_ptr<engine::Observer> observer;
};

Telling make_telling(const Configuration& configuration);

// The sink's own figures become metrics. Does nothing without a sink.
void sample(observe::Metrics& metrics, const std::shared_ptr<kafka::KafkaSink>& sink);

http::Platform make_surface(engine::Engine& engine, engine::StepHost& steps,
                            const Telling& telling);

}  // namespace sagaloom::app
