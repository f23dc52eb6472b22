// Places in a source: lines, columns, and the way back from a scalar's text to the bytes written.
#include <algorithm>
#include <charconv>

#include "runtime/workflow/source.h"

namespace sagaloom::workflow {
namespace {

bool blank(char c) {
  return c == ' ' || c == '\t';
}

std::size_t utf8_bytes(std::uint32_t code_point) {
  if (code_point < 0x80) return 1;
  if (code_point < 0x800) return 2;
  return code_point < 0x10000 ? 3 : 4;
}

// Walks the written form of a scalar and counts the bytes of text that it stands for.
class Walk {
 public:
  Walk(const std::string& text, std::size_t at) : text_(text), at_(at) {}

  std::size_t to(const Node& scalar, std::size_t index) {
    if (scalar.style == Node::Style::block) return block(index);
    if (scalar.style == Node::Style::quoted) return quoted(index);
    while (written_ < index && more()) flow_step('\0');
    return at_;
  }

 private:
  bool more() const { return at_ < text_.size(); }
  char now() const { return more() ? text_[at_] : '\0'; }

  std::size_t quoted(std::size_t index) {
    const char quote = now();
    ++at_;
    while (more() && !(now() == quote && !(quote == '\'' && doubled())) && written_ < index) {
      flow_step(quote);
    }
    // A line end that is escaped stands for nothing: what follows it begins on the next line.
    if (quote == '"' && now() == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') escape();
    return at_;
  }

  bool doubled() const { return at_ + 1 < text_.size() && text_[at_ + 1] == '\''; }

  // One byte of text, one escape or one fold.
  void flow_step(char quote) {
    if (quote == '"' && now() == '\\') return escape();
    if (quote == '\'' && now() == '\'' && doubled()) ++at_;
    if (at_fold()) return fold();
    ++at_;
    ++written_;
  }

  bool at_fold() const {
    std::size_t next = at_;
    while (next < text_.size() && (blank(text_[next]) || text_[next] == '\r')) ++next;
    return next < text_.size() && text_[next] == '\n';
  }

  // One line end is a space, n of them are n - 1 line ends.
  void fold() {
    std::size_t lines = 0;
    while (more() && (blank(now()) || now() == '\r' || now() == '\n')) {
      if (now() == '\n') ++lines;
      ++at_;
    }
    written_ += lines > 1 ? lines - 1 : 1;
  }

  void escape() {
    const char kind = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    at_ += 2;
    if (kind == '\n' || kind == '\r') {
      while (more() && (blank(now()) || now() == '\n')) ++at_;
      return;
    }
    const std::size_t digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    written_ += digits == 0 ? utf8_bytes(kind == '_' || kind == 'N'   ? 0xA0
                                         : kind == 'L' || kind == 'P' ? 0x2028
                                                                      : 1)
                            : utf8_bytes(hex(digits));
    at_ = std::min(at_ + digits, text_.size());
  }

  std::uint32_t hex(std::size_t digits) const {
    std::uint32_t value = 0;
    const char* from = text_.data() + at_;
    std::from_chars(from, from + std::min(digits, text_.size() - at_), value, 16);
    return value;
  }

  std::size_t block(std::size_t index) {
    const bool folded = now() == '>';
    while (more() && now() != '\n') ++at_;
    if (more()) ++at_;
    const std::size_t indent = block_indent();
    skip_indent(indent);
    while (written_ < index && more()) block_step(folded, indent);
    return at_;
  }

  void block_step(bool folded, std::size_t indent) {
    if (now() != '\n') {
      ++at_;
      ++written_;
      return;
    }
    std::size_t lines = 0;
    while (now() == '\n') {
      ++lines;
      ++at_;
      skip_indent(indent);
    }
    written_ += folded && lines > 1 ? lines - 1 : lines;
  }

  // That of the first line that is not empty.
  std::size_t block_indent() const {
    std::size_t at = at_;
    std::size_t indent = 0;
    for (; at < text_.size(); ++at) {
      if (text_[at] == '\n')
        indent = 0;
      else if (text_[at] == ' ')
        ++indent;
      else
        break;
    }
    return indent;
  }

  void skip_indent(std::size_t indent) {
    while (indent-- > 0 && now() == ' ') ++at_;
  }

  const std::string& text_;
  std::size_t at_;
  std::size_t written_ = 0;
};

std::string unescaped(std::string_view segment) {
  std::string out;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    const bool tilde = segment[i] == '~' && i + 1 < segment.size();
    out += !tilde ? segment[i] : segment[++i] == '1' ? '/' : '~';
  }
  return out;
}

const Node* child(const Node& node, const std::string& segment) {
  if (node.is_map()) return node.find(segment);
  std::size_t index = 0;
  const auto end = segment.data() + segment.size();
  const auto [last, problem] = std::from_chars(segment.data(), end, index);
  if (!node.is_list() || problem != std::errc() || last != end) return nullptr;
  return index < node.items.size() ? &node.items[index] : nullptr;
}

constexpr std::size_t kStride = 1024;

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

}  // namespace

Source::Source(std::string file, std::string text)
    : file_(std::move(file)), text_(std::move(text)) {
  std::size_t characters = 0;
  starts_.push_back(0);
  for (std::size_t i = 0; i < text_.size(); ++i) {
    if (i % kStride == 0) characters_.push_back(characters);
    if (begins_character(text_[i])) ++characters;
    if (text_[i] == '\n') starts_.push_back(i + 1);
  }
  if (text_.size() % kStride == 0) characters_.push_back(characters);
}

std::size_t Source::characters_before(std::size_t offset) const {
  std::size_t characters = characters_[offset / kStride];
  for (std::size_t i = offset / kStride * kStride; i < offset; ++i) {
    if (begins_character(text_[i])) ++characters;
  }
  return characters;
}

Position Source::position(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const auto line = static_cast<std::uint32_t>(after - starts_.begin());
  const std::size_t column = characters_before(offset) - characters_before(starts_[line - 1]);
  return {line, static_cast<std::uint32_t>(column) + 1};
}

std::size_t Source::line_start(std::uint32_t number) const {
  return number == 0 || number > starts_.size() ? text_.size() : starts_[number - 1];
}

std::string_view Source::line(std::uint32_t number) const {
  const std::size_t begin = line_start(number);
  std::size_t end = std::min(text_.find('\n', begin), text_.size());
  if (end > begin && text_[end - 1] == '\r') --end;
  return std::string_view(text_).substr(begin, end - begin);
}

std::size_t locate(const Source& source, const Node& scalar, std::size_t index) {
  return std::min(Walk(source.text(), scalar.offset).to(scalar, index), source.text().size());
}

std::size_t end_of(const Source& source, const Node& scalar) {
  const std::size_t end = locate(source, scalar, scalar.text.size());
  return scalar.style == Node::Style::quoted ? end + 1 : end;
}

const Node& at_pointer(const Node& root, std::string_view pointer) {
  const Node* node = &root;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    const Node* next = child(*node, unescaped(pointer.substr(0, end)));
    if (!next) return *node;
    node = next;
    pointer.remove_prefix(end);
  }
  return *node;
}

}  // namespace sagaloom::workflow
