#include "runtime/expression/pattern.h"

#include <array>
#include <optional>
#include <re2/re2.h>

namespace sagaloom::expression {
namespace {

// ECMA's long names of Unicode's general categories; RE2 knows the short ones.
struct Category {
  std::string_view name;
  std::string_view code;
};
constexpr std::array<Category, 30> categories = {{{"Letter", "L"},
                                                  {"Cased_Letter", "L"},
                                                  {"Uppercase_Letter", "Lu"},
                                                  {"Lowercase_Letter", "Ll"},
                                                  {"Titlecase_Letter", "Lt"},
                                                  {"Modifier_Letter", "Lm"},
                                                  {"Other_Letter", "Lo"},
                                                  {"Mark", "M"},
                                                  {"Nonspacing_Mark", "Mn"},
                                                  {"Spacing_Mark", "Mc"},
                                                  {"Enclosing_Mark", "Me"},
                                                  {"Number", "N"},
                                                  {"Decimal_Number", "Nd"},
                                                  {"digit", "Nd"},
                                                  {"Letter_Number", "Nl"},
                                                  {"Other_Number", "No"},
                                                  {"Punctuation", "P"},
                                                  {"punct", "P"},
                                                  {"Connector_Punctuation", "Pc"},
                                                  {"Dash_Punctuation", "Pd"},
                                                  {"Open_Punctuation", "Ps"},
                                                  {"Close_Punctuation", "Pe"},
                                                  {"Symbol", "S"},
                                                  {"Math_Symbol", "Sm"},
                                                  {"Currency_Symbol", "Sc"},
                                                  {"Modifier_Symbol", "Sk"},
                                                  {"Other_Symbol", "So"},
                                                  {"Separator", "Z"},
                                                  {"Space_Separator", "Zs"},
                                                  {"Control", "Cc"}}};

// The white space of ECMA, for use inside a class.
constexpr std::string_view ecma_space =
    "\\t\\n\\v\\f\\r \\x{A0}\\x{1680}\\x{2000}-\\x{200A}"
    "\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}\\x{FEFF}";

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

// Rewrites what ECMA 262 spells differently than RE2; nullopt for what RE2 must not see, because
// it would read another meaning into it.
class EcmaTranslator {
 public:
  explicit EcmaTranslator(std::string_view text) : text_(text) {}

  std::optional<std::string> run() {
    while (!text_.empty()) {
      if (text_.front() == '\\') {
        if (!escape()) return std::nullopt;
      } else if (text_.starts_with("(?<") && !text_.starts_with("(?<=") &&
                 !text_.starts_with("(?<!")) {
        out_ += "(?P<";
        text_.remove_prefix(3);
      } else if (text_.starts_with("[[:") || (in_class_ && text_.starts_with("[:"))) {
        in_class_ = true;  // no POSIX classes in ECMA
        out_ += text_.front() == '[' && text_[1] == '[' ? "[\\[" : "\\[";
        text_.remove_prefix(text_[1] == '[' ? 2 : 1);
      } else {
        plain();
      }
    }
    return std::move(out_);
  }

 private:
  void plain() {
    const char c = text_.front();
    if (c == '[' && !in_class_) in_class_ = true;
    if (c == ']') in_class_ = false;
    out_.push_back(c);
    text_.remove_prefix(1);
  }
  void replace(std::size_t count, std::string_view with) {
    out_ += with;
    text_.remove_prefix(count);
  }
  bool escape();
  bool code_point();
  bool category();

  std::string_view text_;
  std::string out_;
  bool in_class_ = false;
};

bool EcmaTranslator::escape() {
  if (text_.size() < 2) return false;
  switch (text_[1]) {
    case 's':
      replace(2, in_class_ ? std::string(ecma_space) : "[" + std::string(ecma_space) + "]");
      return true;
    case 'S':
      if (in_class_) return false;
      replace(2, "[^" + std::string(ecma_space) + "]");
      return true;
    case 'c': {
      if (text_.size() < 3) return false;
      const char control[] = {'\\', 'x', text_[2] & 0x10 ? '1' : '0',
                              "0123456789abcdef"[text_[2] & 15]};
      replace(3, {control, sizeof control});
      return true;
    }
    case 'u':
      return code_point();
    case 'p':
    case 'P':
      return category();
    case 'b':
      if (!in_class_) break;
      replace(2, "\\x08");
      return true;
    case '0':
      replace(2, "\\x00");
      return true;
    // No escapes of ECMA, but of RE2.
    case 'A':
    case 'z':
    case 'Z':
    case 'Q':
    case 'E':
    case 'C':
    case 'a':
    case 'G':
      return false;
    default:
      break;
  }
  replace(2, text_.substr(0, 2));
  return true;
}

// \uXXXX, \u{X…} and pairs of surrogates.
bool EcmaTranslator::code_point() {
  if (text_.size() > 3 && text_[2] == '{') {
    const auto end = text_.find('}');
    if (end == std::string_view::npos) return false;
    replace(end + 1, "\\x{" + std::string(text_.substr(3, end - 3)) + "}");
    return true;
  }
  if (text_.size() < 6 || !is_hex(text_.substr(2, 4))) return false;
  const auto high = std::stoul(std::string(text_.substr(2, 4)), nullptr, 16);
  if (high >= 0xD800 && high <= 0xDBFF && text_.size() >= 12 && text_.substr(6, 2) == "\\u" &&
      is_hex(text_.substr(8, 4))) {
    const auto low = std::stoul(std::string(text_.substr(8, 4)), nullptr, 16);
    char code[16];
    std::snprintf(code, sizeof code, "\\x{%lX}", 0x10000 + ((high - 0xD800) << 10) + (low & 0x3FF));
    replace(12, code);
    return true;
  }
  replace(6, "\\x{" + std::string(text_.substr(2, 4)) + "}");
  return true;
}

bool EcmaTranslator::category() {
  const auto end = text_.find('}');
  if (text_.size() < 4 || text_[2] != '{' || end == std::string_view::npos) return false;
  auto name = text_.substr(3, end - 3);
  const auto equals = name.find('=');
  if (equals != std::string_view::npos) name.remove_prefix(equals + 1);
  for (const auto& category : categories) {
    if (category.name == name) name = category.code;
  }
  replace(end + 1, std::string(text_.substr(0, 3)) + std::string(name) + "}");
  return true;
}

}  // namespace

struct Pattern::Compiled {
  explicit Compiled(std::string_view text)
      : regex(re2::StringPiece(text.data(), text.size()), options()) {}

  static RE2::Options options() {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(1 << 20);
    return options;
  }

  RE2 regex;
};

Pattern::Pattern(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Pattern::~Pattern() = default;

Result<std::shared_ptr<const Pattern>> Pattern::compile(std::string_view text) {
  if (text.size() > 4096) return Error{"expression.pattern", "the pattern is longer than 4 KiB"};
  auto compiled = std::make_unique<Compiled>(text);
  if (!compiled->regex.ok()) {
    return Error{"expression.pattern", "bad pattern: " + compiled->regex.error()};
  }
  return std::shared_ptr<const Pattern>(new Pattern(std::move(compiled)));
}

Result<std::shared_ptr<const Pattern>> Pattern::compile_ecma(std::string_view text) {
  const auto translated = EcmaTranslator(text.substr(0, 4097)).run();
  if (!translated) {
    return Error{"expression.pattern", "bad pattern: an escape that ECMA 262 does not know"};
  }
  return compile(*translated);
}

bool Pattern::matches(std::string_view text) const {
  return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), compiled_->regex);
}

}  // namespace sagaloom::expression
