// Expressions, templates, durations and schemas of a workflow, with errors at the byte that is
// wrong.
#include <algorithm>
#include <functional>

#include "runtime/document/file.h"
#include "runtime/document/json.h"
#include "runtime/workflow/context.h"
#include "runtime/workflow/scalar.h"

namespace sagaloom::workflow {
namespace {

using core::Program;
using core::Template;
using expression::Error;
using expression::Value;

std::vector<std::string> roots_of(const Context& context, unsigned sight) {
  static const std::pair<unsigned, const char*> names[] = {
      {see_input, "input"}, {see_steps, "steps"}, {see_constants, "constants"},
      {see_saga, "saga"},   {see_now, "now"},     {see_self, "self"},
      {see_event, "event"}, {see_error, "error"}};
  std::vector<std::string> roots = {"secrets"};  // where it is not legal check_secret says so
  for (const auto& [bit, name] : names) {
    if (sight & bit) roots.emplace_back(name);
  }
  if (sight & see_steps) {
    roots.insert(roots.end(), context.as_names.begin(), context.as_names.end());
  }
  return roots;
}

void report_expression(Context& context, const Node& leaf, const Error& error) {
  const std::size_t index = error.offset == Error::npos ? 0 : error.offset;
  const char* code = error.code == "expression.unknown" ? "X02" : "X01";
  context.report.error(code, locate(context.source, leaf, std::min(index, leaf.text.size())),
                       error.message);
}

// Compiles every text of the tree by itself, so that each error is reported.
void report_leaves(Context& context, const Node& node, const std::vector<std::string>& roots) {
  for (const auto& item : node.items) report_leaves(context, item, roots);
  for (const auto& member : node.members) report_leaves(context, member.value, roots);
  if (!node.is_scalar() || context.report.full()) return;
  const Resolved resolved = resolve(node);
  if (!resolved.value.is_string()) return;
  const auto leaf = Template::compile(resolved.value, roots);
  if (!leaf) report_expression(context, node, leaf.error());
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\n") - begin + 1);
}

// A secret is legal only as a whole value inside `with`, and only if it is declared. `place` is
// asked for only when it is not.
void check_secret(Context& context, std::string_view text, bool whole, bool allowed,
                  const std::function<std::size_t()>& place) {
  if (!mentions(text, "secrets")) return;
  const auto names = members_of(text, "secrets");
  context.used_secrets.insert(names.begin(), names.end());
  const bool lone = whole && names.size() == 1 && trimmed(text) == "secrets." + names[0];
  if (!allowed || !lone) {
    return context.report.error("X07", place(),
                                "a secret may be used only as a whole value inside `with`",
                                "write `${ secrets.name }` there, with nothing around it");
  }
  const auto& declared = context.definition.secrets;
  if (std::find(declared.begin(), declared.end(), names[0]) == declared.end()) {
    context.report.error("X07", place(), "secret `" + names[0] + "` is not declared",
                         "add it to `secrets`");
  }
}

void note_constants(Context& context, std::string_view text) {
  if (!mentions(text, "constants")) return;
  auto names = members_of(text, "constants");
  if (names.empty()) context.used_constants.insert("*");  // all of them, as far as can be seen
  for (auto& name : names) context.used_constants.insert(std::move(name));
}

void check_parts(Context& context, const Node& node, const Template& compiled, unsigned sight) {
  for (const auto& part : compiled.parts()) {
    const std::string& text = part.program->text();
    note_constants(context, text);
    check_secret(context, text, part.whole, (sight & see_secrets) != 0, [&] {
      return locate(context.source, at_pointer(node, part.pointer), part.offset);
    });
  }
}

bool name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Calls `found(end)` for each place where `root` stands as a name of its own.
template <typename Found>
void each_mention(std::string_view text, std::string_view root, Found found) {
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\')
        ++i;
      else if (c == quote)
        quote = 0;
      continue;
    }
    if (c == '"' || c == '\'') {
      quote = c;
    } else if (name_character(c)) {
      std::size_t end = i;
      while (end < text.size() && name_character(text[end])) ++end;
      const bool member =
          i > 0 && (text[i - 1] == '.' || text.substr(i < 2 ? 0 : i - 2, 2) == ".?");
      if (!member && text.substr(i, end - i) == root) found(end);
      i = end - 1;
    }
  }
}

std::optional<std::string> read_schema_file(Context& context, const Node& node) {
  namespace fs = std::filesystem;
  const fs::path name(node.text);
  const bool inside = !name.empty() && name.is_relative() &&
                      std::find(name.begin(), name.end(), "..") == name.end();
  std::error_code problem;
  const fs::path root = fs::weakly_canonical(context.options.directory, problem);
  const fs::path file = fs::weakly_canonical(root / name, problem);
  const auto mismatch = std::mismatch(root.begin(), root.end(), file.begin(), file.end());
  if (context.options.directory.empty() || !inside || mismatch.first != root.end()) {
    context.error("S02", node,
                  "schema file `" + node.text + "` is not below the workflow's directory",
                  "name a file beside the workflow, or write the schema here");
    return std::nullopt;
  }
  auto content = document::read_file(file.string());
  if (content.ok()) return std::move(*content);
  context.error("S02", node,
                "schema file `" + node.text + "` cannot be read: " + content.error().message,
                "it is looked for beside the workflow");
  return std::nullopt;
}

// The value as YAML that is read back as the same value.
void write_flow(std::string& out, const Value& value) {
  const char* separator = "";
  if (value.is_map()) {
    out += '{';
    for (const auto& member : value.members()) {
      out += separator;
      document::append_string(out, member.key.string());
      out += ": ";
      write_flow(out, member.value);
      separator = ", ";
    }
    out += '}';
  } else if (value.is_list()) {
    out += '[';
    for (const auto& item : value.items()) {
      out += separator;
      write_flow(out, item);
      separator = ", ";
    }
    out += ']';
  } else {
    document::append(out, value);
  }
}

core::SchemaPointer compile_schema(Report& report, const Node& node, const Value& value) {
  auto compiled = schema::Schema::compile(value);
  if (compiled) return *compiled;
  const auto& error = compiled.error();
  report.error("S02", at_pointer(node, error.pointer).offset, "schema: " + error.message);
  return nullptr;
}

core::SchemaPointer schema_from_file(Context& context, const Node& node) {
  auto content = read_schema_file(context, node);
  if (!content) return nullptr;
  const Source source(
      (std::filesystem::path(context.options.file).parent_path() / node.text).string(),
      std::move(*content));
  Report report(source);
  core::SchemaPointer schema;
  if (const auto tree = parse_source(source, report)) {
    const Value value = to_value(*tree, report);
    if (!report.failed()) schema = compile_schema(report, *tree, value);
    Replacement replacement{node.offset, end_of(context.source, node), {}};
    write_flow(replacement.text, value);
    context.schema_files.push_back(std::move(replacement));
  }
  for (auto& diagnostic : report.take()) context.elsewhere.push_back(std::move(diagnostic));
  return schema;
}

}  // namespace

bool mentions(std::string_view expression, std::string_view root) {
  bool found = false;
  each_mention(expression, root, [&](std::size_t) { found = true; });
  return found;
}

std::vector<std::string> members_of(std::string_view expression, std::string_view root) {
  std::vector<std::string> members;
  each_mention(expression, root, [&](std::size_t end) {
    if (end >= expression.size() || expression[end] != '.') return;
    if (++end < expression.size() && expression[end] == '?') ++end;
    const std::size_t begin = end;
    while (end < expression.size() && name_character(expression[end])) ++end;
    members.emplace_back(expression.substr(begin, end - begin));
  });
  return members;
}

std::optional<Template> read_template(Context& context, const Node& node, unsigned sight) {
  if (node.is_broken()) return std::nullopt;
  const auto roots = roots_of(context, sight);
  auto compiled = Template::compile(to_value(node, context.report), roots);
  if (!compiled) {
    report_leaves(context, node, roots);
    if (!context.report.failed()) report_expression(context, node, compiled.error());
    return std::nullopt;
  }
  check_parts(context, node, *compiled, sight);
  return std::move(*compiled);
}

std::optional<Template> read_scalar_template(Context& context, const Node& node,
                                             const std::string& what, unsigned sight) {
  if (!read_text(context, node, what)) return std::nullopt;
  return read_template(context, node, sight);
}

std::optional<Program> read_condition(Context& context, const Node& node, const std::string& what,
                                      unsigned sight) {
  if (node.is_broken()) return std::nullopt;
  if (!node.is_scalar() || trimmed(node.text).empty()) {
    context.error("S02", node, what + " must be an expression", "write it bare, without `${ }`");
    return std::nullopt;
  }
  if (trimmed(node.text).substr(0, 2) == "${") {
    context.error("S02", node, what + " takes a bare expression", "drop the `${` and `}`");
    return std::nullopt;
  }
  auto program = Program::compile(node.text, roots_of(context, sight));
  if (!program) return report_expression(context, node, program.error()), std::nullopt;
  note_constants(context, node.text);
  check_secret(context, node.text, false, false, [&] { return node.offset; });
  return std::move(*program);
}

std::optional<core::Duration> read_constant_duration(Context& context, const Node& node,
                                                     const std::string& what) {
  if (node.is_broken()) return std::nullopt;
  const auto duration = node.is_scalar() ? parse_duration(node.text) : std::nullopt;
  if (!duration) {
    context.error("S02", node, what + " is not a duration",
                  "write for example 250ms, 30s or 1h30m");
  }
  return duration;
}

std::optional<core::DurationTemplate> read_duration(Context& context, const Node& node,
                                                    const std::string& what, unsigned sight) {
  core::DurationTemplate duration;
  if (node.is_scalar() && node.text.find("${") != std::string::npos) {
    duration.computed = read_template(context, node, sight);
    return duration.computed ? std::optional(std::move(duration)) : std::nullopt;
  }
  const auto constant = read_constant_duration(context, node, what);
  if (!constant) return std::nullopt;
  duration.constant = *constant;
  return duration;
}

core::SchemaPointer read_schema(Context& context, const Node& node, const std::string& what) {
  if (node.is_scalar()) {
    return read_text(context, node, what) ? schema_from_file(context, node) : nullptr;
  }
  if (!node.is_map()) {
    context.error("S02", node, what + " must be a schema or the name of a file");
    return nullptr;
  }
  const bool sound = !context.report.failed();
  const Value value = to_value(node, context.report);
  if (sound && context.report.failed()) return nullptr;
  return compile_schema(context.report, node, value);
}

}  // namespace sagaloom::workflow
