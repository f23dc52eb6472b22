// Versions of the golden workflows, made by replacing a part of its text.
//
// Threads: pure functions. Errors: std::runtime_error when the text does not load or lacks the
// part.
#pragma once

#include <string>

#include "runtime/workflow/replay/audit.h"

namespace sagaloom::tests {

std::string workflow_text(const std::string& name);  // of tests/golden
std::string order_text();
core::DefinitionPointer version_of(const std::string& text);
// Version 2, with `what` replaced by `by`.
core::DefinitionPointer changed(const std::string& what, const std::string& by,
                                const std::string& workflow = "order");

}  // namespace sagaloom::tests
