#include "runtime/workflow/explore/pattern_example.h"

#include <algorithm>
#include <cctype>

namespace sagaloom::explore {
namespace {

constexpr std::size_t max_bytes = 4096;

class Sampler {
 public:
  Sampler(std::string_view pattern, bool generous) : rest_(pattern), generous_(generous) {}

  // The first of several alternatives; the others are read and thrown away.
  std::string alternatives() {
    std::string first = sequence();
    while (take('|')) sequence();
    return first;
  }

 private:
  bool take(char wanted) {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  char next() {
    if (rest_.empty()) return '\0';
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string sequence() {
    std::string text;
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      const std::string one = atom();
      const std::size_t times = repetitions();
      for (std::size_t i = 0; i < times && text.size() < max_bytes; ++i) text += one;
    }
    return text;
  }

  std::string atom() {
    const char c = next();
    switch (c) {
      case '^':
      case '$':
        return {};
      case '.':
        return "a";
      case '(':
        return group();
      case '[':
        return std::string(1, one_of_class());
      case '\\':
        return std::string(1, escaped(next()));
      default:
        return std::string(1, c);
    }
  }

  std::string group() {
    if (take('?') && !take(':')) {
      while (!rest_.empty() && next() != '>') {
      }
    }
    std::string inner = alternatives();
    take(')');
    return inner;
  }

  static char escaped(char c) {
    switch (c) {
      case 'd':
        return '1';
      case 'w':
        return 'a';
      case 's':
        return ' ';
      case 'n':
        return '\n';
      case 't':
        return '\t';
      default:
        return c;
    }
  }

  // The first member, or for a negated class a character that it does not name.
  char one_of_class() {
    const bool negated = take('^');
    std::string members;
    while (!rest_.empty() && (members.empty() || rest_.front() != ']')) {
      char c = next();
      if (c == '\\') c = escaped(next());
      members += c;
      if (rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ']') {
        next();
        const char last = next();
        for (char each = c; each < last && members.size() < 256; ++each) members += char(each + 1);
      }
    }
    take(']');
    if (!negated) return members.empty() ? 'a' : members.front();
    for (const char c : std::string_view("a0A-_ ")) {
      if (members.find(c) == members.npos) return c;
    }
    return '~';
  }

  std::size_t repetitions() {
    std::size_t times = 1;
    if (take('*') || take('?')) {
      times = generous_ ? 1 : 0;
    } else if (take('+')) {
      times = 1;
    } else if (rest_.size() > 1 && rest_[0] == '{' && std::isdigit(rest_[1])) {
      next();
      times = 0;
      while (!rest_.empty() && std::isdigit(rest_[0])) {
        times = std::min(times * 10 + std::size_t(next() - '0'), max_bytes);
      }
      while (!rest_.empty() && next() != '}') {
      }
    }
    take('?');  // lazy
    return times;
  }

  std::string_view rest_;
  bool generous_;
};

}  // namespace

std::string pattern_example(std::string_view pattern, bool generous) {
  return Sampler(pattern, generous).alternatives();
}

}  // namespace sagaloom::explore
