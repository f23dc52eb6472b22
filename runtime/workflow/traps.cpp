#include "runtime/workflow/traps.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace sagaloom::workflow {
namespace {

struct Trap {
  std::size_t begin = 0;  // within the line
  std::string message;
  std::string value;  // what should be quoted
};

constexpr std::size_t kLongestLine = 4096;  // beyond it nobody wrote the line by hand

bool opens(char c) {
  return c == '{' || c == '[' || c == '(';
}
bool closes(char c) {
  return c == '}' || c == ']' || c == ')';
}

std::size_t skip_quoted(std::string_view line, std::size_t at) {
  const std::size_t end = line.find(line[at], at + 1);
  return end == std::string_view::npos ? line.size() : end + 1;
}

std::size_t skip_blanks(std::string_view line, std::size_t at) {
  while (at < line.size() && (line[at] == ' ' || line[at] == '\t')) ++at;
  return at;
}

// Where an unquoted value ends as its writer meant it: in a flow at the comma or bracket outside
// of its own brackets, else at the comment or the end of the line.
std::size_t value_end(std::string_view line, std::size_t at, bool flow) {
  int depth = 0;
  std::size_t end = at;
  for (; end < line.size(); ++end) {
    const char c = line[end];
    if (c == '"' || c == '\'') {
      end = skip_quoted(line, end) - 1;
    } else if (opens(c)) {
      ++depth;
    } else if (closes(c)) {
      if (--depth < 0) break;
    } else if (depth == 0 && ((flow && c == ',') || (c == '#' && line[end - 1] == ' '))) {
      break;
    }
  }
  end = std::min(end, line.size());
  while (end > at && line[end - 1] == ' ') --end;
  return end;
}

std::optional<Trap> judge(std::string_view value, std::size_t begin, bool flow) {
  const auto trap = [&](const char* message) { return Trap{begin, message, std::string(value)}; };
  if (flow && value.find("${") != std::string_view::npos) {
    return trap("an unquoted expression inside { } or [ ]: its braces end the mapping");
  }
  if (value.size() > 1 && value[0] == '!' && value[1] != '!') {
    return trap("an unquoted `!` begins a YAML tag, not a negation");
  }
  if (flow && value.find('?') != std::string_view::npos) {
    return trap("a bare `?` inside { } or [ ] begins a YAML key");
  }
  if (value.find(": ") != std::string_view::npos) {
    return trap("an unquoted value with `: ` in it: YAML reads a mapping");
  }
  return std::nullopt;
}

// Goes through the values of one line, as far as a line can be understood by itself.
class LineScan {
 public:
  LineScan(std::string_view line, int flow_depth) : line_(line), depth_(flow_depth) {}

  std::optional<Trap> run() {
    at_ = skip_blanks(line_, 0);
    while (at_ + 1 < line_.size() && line_.substr(at_, 2) == "- ")
      at_ = skip_blanks(line_, at_ + 2);
    while (at_ < line_.size() && line_[at_] != '#') {
      if (auto trap = item()) return trap;
    }
    return std::nullopt;
  }

 private:
  // A key with its value, or a lone value.
  std::optional<Trap> item() {
    at_ = skip_blanks(line_, at_);
    if (at_ >= line_.size()) return std::nullopt;
    const char c = line_[at_];
    if (c == '"' || c == '\'') {
      at_ = skip_quoted(line_, at_);
    } else if (c == '{' || c == '[') {
      ++depth_;
      ++at_;
    } else if (c == '}' || c == ']' || c == ',' || c == ':') {
      if (c == '}' || c == ']') --depth_;
      ++at_;
    } else if (const std::size_t colon = key_end(); colon != 0) {
      at_ = skip_blanks(line_, colon + 1);
    } else {
      return value();
    }
    return std::nullopt;
  }

  // The colon after a plain key at this place; 0: there is no key here.
  std::size_t key_end() const {
    std::size_t at = at_;
    while (at < line_.size() && (std::isalnum(static_cast<unsigned char>(line_[at])) ||
                                 line_[at] == '_' || line_[at] == '-')) {
      ++at;
    }
    const bool key = at > at_ && at < line_.size() && line_[at] == ':' &&
                     (at + 1 == line_.size() || line_[at + 1] == ' ');
    return key ? at : 0;
  }

  std::optional<Trap> value() {
    const bool flow = depth_ > 0;
    const std::size_t begin = at_;
    at_ = std::max(value_end(line_, begin, flow), begin + 1);
    return judge(line_.substr(begin, at_ - begin), begin, flow);
  }

  std::string_view line_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

std::optional<Trap> trap_in(const Source& source, std::uint32_t line) {
  const std::string_view text = source.line(line);
  if (text.empty() || text.size() > kLongestLine) return std::nullopt;
  return LineScan(text, 0).run();
}

void report_trap(const Source& source, std::uint32_t line, const Trap& trap, Report& report) {
  report.error("Y01", source.line_start(line) + trap.begin, trap.message,
               "quote it: " + quoted(trap.value));
}

}  // namespace

std::string quoted(std::string_view text) {
  const bool single = text.find_first_of("\"\\") != std::string_view::npos;
  std::string out(1, single ? '\'' : '"');
  for (const char c : text) {
    if (single && c == '\'') out += c;
    out += c;
  }
  return out += single ? '\'' : '"';
}

void report_syntax(const Source& source, std::size_t offset, const std::string& message,
                   Report& report) {
  const std::uint32_t line = source.position(offset).line;
  // The library notices some errors only on the line after.
  for (std::uint32_t back = 0; back <= 2 && back < line; ++back) {
    if (const auto trap = trap_in(source, line - back)) {
      return report_trap(source, line - back, *trap, report);
    }
  }
  report.error("Y01", offset, "YAML syntax: " + message,
               "check the indentation, brackets and quotes here and on the line before");
}

void report_tag(const Source& source, std::size_t offset, Report& report) {
  const std::uint32_t number = source.position(offset).line;
  const std::string_view line = source.line(number);
  const std::size_t begin = offset - source.line_start(number);
  const bool negation =
      begin + 1 < line.size() && (std::islower(static_cast<unsigned char>(line[begin + 1])) ||
                                  line[begin + 1] == '(' || line[begin + 1] == ' ');
  if (!negation) {
    return report.error("Y03", offset, "tags are not part of the language",
                        "remove it; quote the value if it must be text");
  }
  const auto before = line.substr(0, begin);
  const bool flow =
      std::count(before.begin(), before.end(), '{') > std::count(before.begin(), before.end(), '}');
  const std::size_t end = value_end(line, begin, flow);
  report_trap(source, number,
              {begin, "an unquoted `!` begins a YAML tag, not a negation",
               std::string(line.substr(begin, end - begin))},
              report);
}

}  // namespace sagaloom::workflow
