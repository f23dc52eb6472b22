#include "runtime/workflow/sarif.h"

#include "runtime/document/json.h"
#include "runtime/workflow/rules.h"

namespace sagaloom::workflow {
namespace {

using expression::List;
using expression::Value;

Value message(const std::string& text) {
  return Value::object({{"text", Value(text)}});
}

const char* level(Severity severity) {
  return severity == Severity::error ? "error" : "warning";
}

Value described(const Rule& rule) {
  const std::string help = std::string(rule.meaning) + "\n\n" + rule.fix;
  return Value::object(
      {{"id", Value(rule.code)},
       {"name", Value(rule.title)},
       {"shortDescription", message(rule.title)},
       {"fullDescription", message(rule.meaning)},
       {"help", message(help)},
       {"defaultConfiguration", Value::object({{"level", Value(level(rule.severity))}})}});
}

// A path as a URI reference: what is no unreserved character or `/` is escaped.
std::string uri(const std::string& file) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string out;
  for (const unsigned char c : file) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '/' || c == '.' || c == '-' || c == '_' || c == '~';
    if (plain) {
      out += static_cast<char>(c);
    } else {
      out += {'%', digits[c >> 4], digits[c & 15]};
    }
  }
  return out;
}

Value result(const Diagnostic& diagnostic) {
  std::string text = diagnostic.message;
  if (!diagnostic.fix.empty()) text += "; " + diagnostic.fix;
  if (!diagnostic.example.empty()) text += ". For example: " + diagnostic.example;
  const Value region =
      Value::object({{"startLine", Value(std::int64_t{diagnostic.position.line})},
                     {"startColumn", Value(std::int64_t{diagnostic.position.column})}});
  const Value place =
      Value::object({{"artifactLocation", Value::object({{"uri", Value(uri(diagnostic.file))}})},
                     {"region", region}});
  List locations;
  locations.push_back(Value::object({{"physicalLocation", place}}));
  return Value::object({{"ruleId", Value(diagnostic.code)},
                        {"level", Value(level(diagnostic.severity))},
                        {"message", message(text)},
                        {"locations", Value(std::move(locations))}});
}

}  // namespace

std::string sarif(const std::vector<Diagnostic>& diagnostics, const std::string& tool_version) {
  List described_rules, results;
  for (const Rule& rule : rules()) described_rules.push_back(described(rule));
  for (const auto& diagnostic : diagnostics) results.push_back(result(diagnostic));
  const Value driver = Value::object({{"name", Value("sagaloom")},
                                      {"version", Value(tool_version)},
                                      {"rules", Value(std::move(described_rules))}});
  List runs;
  runs.push_back(Value::object({{"tool", Value::object({{"driver", driver}})},
                                {"columnKind", Value("unicodeCodePoints")},
                                {"results", Value(std::move(results))}}));
  return document::write_plain(
      Value::object({{"$schema", Value("https://json.schemastore.org/sarif-2.1.0.json")},
                     {"version", Value("2.1.0")},
                     {"runs", Value(std::move(runs))}}));
}

std::string json(const std::vector<Diagnostic>& diagnostics) {
  List items;
  for (const auto& d : diagnostics) {
    Value item = Value::object({{"file", Value(d.file)},
                                {"line", Value(std::int64_t{d.position.line})},
                                {"column", Value(std::int64_t{d.position.column})},
                                {"severity", Value(level(d.severity))},
                                {"code", Value(d.code)},
                                {"message", Value(d.message)},
                                {"fix", Value(d.fix)}});
    if (!d.example.empty()) item = item.with("example", Value(d.example));
    items.push_back(std::move(item));
  }
  return document::write_plain(Value::object({{"diagnostics", Value(std::move(items))}}));
}

}  // namespace sagaloom::workflow
