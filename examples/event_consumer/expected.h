// The events that the journal says exist: from the server's event log, or from a file of the same.
#pragma once

#include <functional>
#include <string>

#include "examples/event_consumer/event.h"

namespace consumer {

using Take = std::function<void(const Event&)>;

// `source` is the server's URL (http://127.0.0.1:8080) or a file with one event a line: the JSON
// object of GET /api/v1/events, or a bare id. Error: std::runtime_error.
void read_expected(const std::string& source, const Take& take);

}  // namespace consumer
