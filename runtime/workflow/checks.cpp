#include "runtime/workflow/reading.h"

namespace sagaloom::workflow {

void check_definition(Context&, const Node&) {}

}  // namespace sagaloom::workflow
