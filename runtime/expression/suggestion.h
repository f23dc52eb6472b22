// "Did you mean": the known name nearest to a wrong one.
//
// Threads: free functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sagaloom::expression {

// The nearest candidate within two edits (one for short names); empty when none is that near.
std::string_view nearest(std::string_view wrong, const std::vector<std::string_view>& candidates);

// "; did you mean `x`?" or nothing.
std::string did_you_mean(std::string_view wrong, const std::vector<std::string_view>& candidates);

}  // namespace sagaloom::expression
