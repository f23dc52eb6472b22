// Looks at a file before the dynamic linker does: constructors of a wrong file would run at once,
// and a truncated one would end the process. Pure function over the file's bytes.
#pragma once

#include <string>
#include <string_view>

namespace sagaloom::steps {

// Empty when the bytes are a 64-bit ELF shared object for this machine whose section table lies
// inside the file; else what is wrong, for a person.
std::string why_no_shared_object(std::string_view bytes);

}  // namespace sagaloom::steps
