// Where the program's own files are: plugins and workflows lie beside the binary.
//
// Threads: free functions. Errors: an empty path when /proc cannot tell.
#pragma once

#include <filesystem>

namespace sagaloom::app {

// The directory of the binary, links resolved.
std::filesystem::path program_directory();

}  // namespace sagaloom::app
