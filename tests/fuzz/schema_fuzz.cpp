// Feeds schemas, and values to those that compile: a line `---` stands between the two. Compiling,
// translating to a type and validating end, and a value that fits has a kind that the type allows.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "runtime/document/json.h"
#include "runtime/schema/type.h"

namespace {

using namespace sagaloom;

void feed_value(const schema::Schema& schema, std::string_view text) {
  const auto value = document::parse(text);
  if (!value) return;
  const auto violations = schema.validate(*value);
  if (schema.validate(*value).size() != violations.size()) std::abort();
  if (!violations.empty()) return;
  const auto type = schema::type_of(schema);
  const bool allowed = type->may_be(value->kind()) ||
                       (value->is_number() && (type->kinds & expression::number_kinds) != 0);
  if (!allowed) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = text.find("\n---\n");
  const auto source = document::parse(text.substr(0, line));
  if (!source) return 0;
  const auto schema = schema::Schema::compile(*source);
  if (!schema) return 0;
  (void)schema::type_of(**schema);
  if (line != std::string_view::npos) feed_value(**schema, text.substr(line + 5));
  return 0;
}
