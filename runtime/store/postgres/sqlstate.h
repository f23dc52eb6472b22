// What a failed statement of a batch means for the commit (architecture.md, section 5).
#pragma once

#include <string_view>

#include "runtime/engine/store.h"

namespace sagaloom::store {

// 22012 (the fence divides by zero) and the journal's key: fenced. Classes 22, 23 and 54: the
// content is refused. Class 08, 57P01 to 57P03 and no state: unknown. Every other class (a full
// disk too): not written, to be tried again.
engine::CommitStatus classify(std::string_view sqlstate, std::string_view constraint);

}  // namespace sagaloom::store
