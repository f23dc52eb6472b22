// Places where the chaos program ends or stops the process for certain. Nothing is compiled unless
// SAGALOOM_FAILPOINTS is defined; then the environment variable SAGALOOM_FAILPOINT holds
//   <name>:<n>         the n-th hit of this place ends the process with status 137, at once
//   <name>:<n>:pause   … stops it for ever (the thread that came by)
// Places: after_effect_before_result, during_undo, during_recovery, before_commit, after_commit,
// before_reply, ack_before_watermark. Threads: any.
#pragma once

#ifdef SAGALOOM_FAILPOINTS

#include <string_view>

namespace sagaloom::engine {
void hit_failpoint(std::string_view name);
}
#define SAGALOOM_FAILPOINT(name) ::sagaloom::engine::hit_failpoint(name)

#else

#define SAGALOOM_FAILPOINT(name) static_cast<void>(0)

#endif
