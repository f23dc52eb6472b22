// The version of this build; CMake hands it in, so that it stands in one place only.
#pragma once

#include <string_view>

namespace sagaloom::app {

inline constexpr std::string_view version = SAGALOOM_VERSION;

}  // namespace sagaloom::app
