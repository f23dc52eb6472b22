#include "runtime/app/commands.h"
#include "runtime/app/editor_schema_text.h"
#include "runtime/app/exit_code.h"
#include "runtime/app/local_plugins.h"
#include "runtime/app/text_output.h"
#include "runtime/document/json.h"
#include "runtime/workflow/editor_schema.h"

namespace sagaloom::app {
namespace {

using expression::Value;

// JSON with two spaces a level: what is kept in a repository is read as differences.
void indent(const Value& value, const std::string& margin, std::string& out) {
  const std::string inner = margin + "  ";
  const bool map = value.is_map(), list = value.is_list();
  const std::size_t count = map ? value.members().size() : list ? value.items().size() : 0;
  if (count == 0) return document::append(out, value);
  out += map ? "{" : "[";
  for (std::size_t i = 0; i < count; ++i) {
    out += (i == 0 ? "\n" : ",\n") + inner;
    if (map) document::append_string(out, value.members()[i].key.string());
    if (map) out += ": ";
    indent(map ? value.members()[i].value : value.items()[i], inner, out);
  }
  out += "\n" + margin + (map ? "}" : "]");
}

}  // namespace

int run_schema(const CommandLine& line) {
  const auto plugins = LocalPlugins::open(line.plugins);
  if (!plugins.ok()) return report(plugins.error(), exit_usage);
  const auto base = document::parse(editor_schema_text);
  if (!base.ok()) return report(base.error(), exit_error);
  std::string text;
  indent(workflow::editor_schema(*base, (*plugins)->host().operations()), "", text);
  return write_document(line.out, text + "\n");
}

}  // namespace sagaloom::app
