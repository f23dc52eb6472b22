// A text that a regular expression matches, for the usual patterns of schemas.
//
// Threads: a free function. Limits: 4 KiB of result. The answer is a try: what look-around,
// back references or classes with only exotic members ask for is not tried, so that the caller
// checks it.
#pragma once

#include <string>
#include <string_view>

namespace sagaloom::explore {

// `generous`: parts that may be left out are put in once.
std::string pattern_example(std::string_view pattern, bool generous);

}  // namespace sagaloom::explore
