// Where the broker's jars are; fetched by Maven when they are not there yet.
#pragma once

#include <filesystem>

namespace sagaloom::test {

// $SAGALOOM_KAFKA_LIBS, or build/kafka-libs in the source tree. Several processes may ask at once:
// one fetches. Error: std::runtime_error with Maven's output.
std::filesystem::path kafka_libs();

}  // namespace sagaloom::test
