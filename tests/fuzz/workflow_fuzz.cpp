// Feeds the workflow loader: whatever the bytes, it must answer, and what it loads must load again
// from its stored form.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tests/workflow/catalog.h"

using namespace sagaloom::workflow;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const Loaded loaded = load(text, testing::catalog());
  if (loaded.ok() == has_errors(loaded.diagnostics)) std::abort();
  if (!loaded.ok()) return 0;
  const auto again = load_frozen(loaded.definition->text, freeze(*loaded.definition));
  if (!again.ok() || (*again)->hash != loaded.definition->hash) std::abort();
  return 0;
}
