// Time as the core sees it: points and spans in whole milliseconds, handed in from outside.
// `Time{}` (the epoch) means "none" in every field of a saga.
#pragma once

#include <chrono>

namespace sagaloom::core {

using Duration = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Duration>;

}  // namespace sagaloom::core
