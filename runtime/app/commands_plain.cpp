#include <iostream>

#include "runtime/app/commands.h"
#include "runtime/app/exit_code.h"
#include "runtime/app/settings.h"
#include "runtime/app/version.h"

namespace sagaloom::app {

int run_configuration(const CommandLine&) {
  std::cout << reference_page();
  return exit_ok;
}

int run_version(const CommandLine&) {
  std::cout << "sagaloom " << version << "\n";
  return exit_ok;
}

}  // namespace sagaloom::app
