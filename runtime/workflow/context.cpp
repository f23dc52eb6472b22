#include "runtime/workflow/context.h"

#include <algorithm>

#include "runtime/workflow/scalar.h"

namespace sagaloom::workflow {
namespace {

using expression::Value;

constexpr std::size_t kLongestName = 63;
constexpr std::size_t kLongestCode = 200;

bool lower(char c) {
  return c >= 'a' && c <= 'z';
}
bool digit(char c) {
  return c >= '0' && c <= '9';
}

// [a-z][a-z0-9<extra>]{0,62}
bool is_word(std::string_view text, char extra) {
  return !text.empty() && text.size() <= kLongestName && lower(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [extra](char c) { return lower(c) || digit(c) || c == extra; });
}

// Words joined by dots; `*` alone or as the last one if it is a pattern.
bool is_code(std::string_view text, bool pattern) {
  if (text.size() > kLongestCode) return false;
  if (pattern && text == "*") return true;
  while (true) {
    const auto dot = text.find('.');
    if (!is_word(text.substr(0, dot), '_')) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
    if (pattern && text == "*") return true;
  }
}

bool is_topic(std::string_view text) {
  return !text.empty() && text.size() <= 249 && text != "." && text != ".." &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return lower(c) || digit(c) || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
                  c == '-';
         });
}

std::string kind_of(const Node& node) {
  if (node.is_map()) return "a mapping";
  if (node.is_list()) return "a list";
  const Value value = resolve(node).value;
  return value.is_null() ? "nothing" : "a " + std::string(expression::kind_name(value.kind()));
}

void wrong_type(Context& context, const Node& node, const std::string& what, const char* wanted,
                std::string fix = {}) {
  if (node.is_broken()) return;
  context.error("S02", node, what + " must be " + wanted + ", not " + kind_of(node),
                std::move(fix));
}

// The scalar's value, or nullopt when the node is no scalar of this kind.
std::optional<Value> scalar_of(const Node& node, Value::Kind kind) {
  if (!node.is_scalar()) return std::nullopt;
  Resolved resolved = resolve(node);
  if (resolved.problem || resolved.value.kind() != kind) return std::nullopt;
  return std::move(resolved.value);
}

std::optional<std::string> read_checked(Context& context, const Node& node, const std::string& what,
                                        bool (*fits)(std::string_view), const char* fix) {
  auto text = read_text(context, node, what);
  if (!text || fits(*text)) return text;
  context.error("S02", node, what + ": `" + text->substr(0, 80) + "` has not the right form", fix);
  return std::nullopt;
}

std::string fix_of(const std::string& key, const std::vector<std::string>& known) {
  const std::string meant = nearest(key, known);
  if (!meant.empty()) return "did you mean `" + meant + "`?";
  const bool piece = key.find_first_of("()[]{}?!=<>&|\"'+*/") != std::string::npos;
  return piece ? "quote the value before it if this is a part of an expression" : "remove it";
}

}  // namespace

Context::Context(const Source& source, Report& report, const OperationCatalog& catalog,
                 const LoadOptions& options, core::Definition& definition)
    : source(source), report(report), catalog(catalog), options(options), definition(definition) {}

Fields::Fields(Context& context, const Node& node, std::string what, std::vector<std::string> known)
    : context_(context), node_(node), what_(std::move(what)) {
  if (!node.is_map()) wrong_type(context, node, what_, "a mapping");
  for (const auto& member : node.members) {
    if (std::find(known.begin(), known.end(), member.key) != known.end()) continue;
    unknown_keys_ = true;
    if (context.report.full()) return;
    context.report.error("S01", member.offset,
                         "unknown key `" + member.key.substr(0, 80) + "` in " + what_,
                         fix_of(member.key, known));
  }
}

const Node* Fields::find(std::string_view key) const {
  const Node* node = node_.find(key);
  return node && !node->is_broken() ? node : nullptr;
}

const Node* Fields::require(std::string_view key) const {
  if (node_.is_map() && !node_.member(key)) {
    context_.error("S02", node_, what_ + " has no `" + std::string(key) + "`", "add it");
  }
  return find(key);
}

std::size_t Fields::key_offset(std::string_view key) const {
  const Member* member = node_.member(key);
  return member ? member->offset : node_.offset;
}

std::optional<std::string> read_text(Context& context, const Node& node, const std::string& what) {
  const auto value = scalar_of(node, Value::Kind::string);
  if (value) return value->string();
  wrong_type(context, node, what, "text", node.is_scalar() ? "write it in quotes" : "");
  return std::nullopt;
}

std::optional<std::string> read_name(Context& context, const Node& node, const std::string& what) {
  return read_checked(
      context, node, what, [](std::string_view t) { return is_word(t, '-'); },
      "use lower-case letters, digits and `-`, a letter first, at most 63");
}

std::optional<std::string> read_identifier(Context& context, const Node& node,
                                           const std::string& what) {
  return read_checked(
      context, node, what, [](std::string_view t) { return is_word(t, '_'); },
      "use lower-case letters, digits and `_`, a letter first, at most 63");
}

std::optional<std::string> read_topic(Context& context, const Node& node, const std::string& what) {
  return read_checked(context, node, what, is_topic,
                      "use letters, digits, `.`, `_` and `-`, at most 249");
}

std::optional<std::string> read_code(Context& context, const Node& node, const std::string& what,
                                     bool pattern) {
  const auto plain = [](std::string_view t) { return is_code(t, false); };
  const auto starred = [](std::string_view t) { return is_code(t, true); };
  return pattern
             ? read_checked(context, node, what, starred,
                            "write a code such as `payment.declined`, `payment.*` or `*`")
             : read_checked(context, node, what, plain, "write a code such as `payment.declined`");
}

std::vector<std::string> read_codes(Context& context, const Node& node, const std::string& what) {
  std::vector<std::string> codes;
  const auto add = [&](const Node& item) {
    if (auto code = read_code(context, item, what, true)) codes.push_back(std::move(*code));
  };
  if (node.is_list()) {
    for (const auto& item : node.items) add(item);
    if (node.items.empty()) context.error("S02", node, what + " is an empty list", "remove it");
  } else {
    add(node);
  }
  return codes;
}

std::vector<std::string> read_texts(Context& context, const Node& node, const std::string& what) {
  std::vector<std::string> texts;
  if (!node.is_list()) return wrong_type(context, node, what, "a list"), texts;
  for (const auto& item : node.items) {
    if (auto text = read_text(context, item, what)) texts.push_back(std::move(*text));
  }
  return texts;
}

std::optional<std::int64_t> read_integer(Context& context, const Node& node,
                                         const std::string& what, std::int64_t least,
                                         std::int64_t most) {
  const auto value = scalar_of(node, Value::Kind::integer);
  if (!value) return wrong_type(context, node, what, "an integer"), std::nullopt;
  if (value->integer() >= least && value->integer() <= most) return value->integer();
  context.error("S02", node, what + " is out of range",
                "write a number from " + std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

std::optional<double> read_number(Context& context, const Node& node, const std::string& what) {
  if (const auto whole = scalar_of(node, Value::Kind::integer)) {
    return static_cast<double>(whole->integer());
  }
  if (const auto real = scalar_of(node, Value::Kind::real)) return real->real();
  wrong_type(context, node, what, "a number");
  return std::nullopt;
}

std::optional<bool> read_flag(Context& context, const Node& node, const std::string& what) {
  const auto value = scalar_of(node, Value::Kind::boolean);
  if (value) return value->boolean();
  wrong_type(context, node, what, "true or false");
  return std::nullopt;
}

bool read_true(Context& context, const Node& node, const std::string& what) {
  const auto flag = read_flag(context, node, what);
  if (flag && !*flag) {
    context.error("S02", node, what + " can only be true", "leave the key out instead");
  }
  return flag.value_or(false);
}

std::optional<std::size_t> read_choice(Context& context, const Node& node, const std::string& what,
                                       const std::vector<std::string>& words) {
  std::string list;
  for (const auto& word : words) list += (list.empty() ? "`" : ", `") + word + "`";
  const auto value = scalar_of(node, Value::Kind::string);
  if (!value) return wrong_type(context, node, what, ("one of " + list).c_str()), std::nullopt;
  const auto it = std::find(words.begin(), words.end(), value->string());
  if (it != words.end()) return static_cast<std::size_t>(it - words.begin());
  const std::string meant = nearest(value->string(), words);
  context.error("S02", node,
                what + " must be one of " + list + ", not `" + value->string().substr(0, 80) + "`",
                meant.empty() ? "" : "did you mean `" + meant + "`?");
  return std::nullopt;
}

bool reserved_word(std::string_view word) {
  static const std::set<std::string, std::less<>> words = {
      "as",      "break",  "const", "continue", "else",  "false",     "for",   "function",
      "if",      "import", "in",    "let",      "loop",  "namespace", "null",  "package",
      "return",  "true",   "var",   "void",     "while", "input",     "steps", "constants",
      "secrets", "saga",   "self",  "event",    "error", "now"};
  return words.count(word) > 0;
}

}  // namespace sagaloom::workflow
