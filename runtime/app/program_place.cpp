#include "runtime/app/program_place.h"

#include <system_error>

namespace sagaloom::app {

std::filesystem::path program_directory() {
  std::error_code failed;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", failed);
  return failed ? std::filesystem::path() : program.parent_path();
}

}  // namespace sagaloom::app
