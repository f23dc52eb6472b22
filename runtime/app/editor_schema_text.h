// schemas/workflow.schema.json, as it was when the program was built.
//
// Lifecycle and threads: a constant.
#pragma once

#include <string_view>

namespace sagaloom::app {

extern const std::string_view editor_schema_text;

}  // namespace sagaloom::app
