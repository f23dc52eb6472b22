// schemas/scenario.schema.json as the build put it into the program.
#pragma once

#include <string_view>

namespace sagaloom::workflow::scenario {

extern const std::string_view schema_text;

}  // namespace sagaloom::workflow::scenario
