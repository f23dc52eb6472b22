#include "runtime/workflow/source.h"

#include <sstream>
#include <unordered_map>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "runtime/document/json.h"
#include "runtime/workflow/traps.h"

namespace sagaloom::workflow {
namespace {

// Ends the parsing from inside yaml-cpp; what was wrong is in the report already.
struct Stop {};

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(const Source& source, Report& report) : source_(source), report_(report) {}

  std::optional<Node> take() { return std::move(root_); }
  bool seen() const { return documents_ > 0; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      stop(at(mark), "a second document in the file", "keep one workflow in a file");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    Node node;
    node.offset = at(mark);
    check_properties(node, node.offset);
    const char first = node.offset < source_.text().size() ? source_.text()[node.offset] : '\0';
    const bool written = first == '~' || first == 'n' || first == 'N';
    if (!written && !frames_.empty() && frames_.back().has_key) {
      node.offset = frames_.back().key_offset;
    } else if (written) {
      node.text = first == '~' ? "~" : "null";
    }
    add(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    report_.error("Y03", at(mark), "aliases are not part of the language",
                  "write the value out where it is used");
    Node node;
    node.kind = Node::Kind::broken;
    node.offset = at(mark);
    add(std::move(node));
  }

  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& value) override {
    Node node;
    node.offset = at(mark);
    node.text = value;
    check_properties(node, node.offset);
    node.style = style_at(node.offset);
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::list, mark);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::map, mark);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    std::unordered_map<std::string, std::size_t> keys;  // and where they stand
    std::string key;
    std::size_t key_offset = 0;
    bool has_key = false;
    bool keep = true;  // false: the member repeats a key and is dropped
  };

  std::size_t at(const YAML::Mark& mark) const {
    return std::min(static_cast<std::size_t>(std::max(mark.pos, 0)), source_.text().size());
  }

  [[noreturn]] void stop(std::size_t offset, std::string message, std::string fix) {
    report_.error("Y03", offset, std::move(message), std::move(fix));
    throw Stop{};
  }

  Node::Style style_at(std::size_t offset) const {
    const char first = offset < source_.text().size() ? source_.text()[offset] : '\0';
    if (first == '"' || first == '\'') return Node::Style::quoted;
    return first == '|' || first == '>' ? Node::Style::block : Node::Style::plain;
  }

  // A node that is written with a tag or an anchor begins with it.
  void check_properties(Node& node, std::size_t offset) {
    const char first = offset < source_.text().size() ? source_.text()[offset] : '\0';
    if (first == '&') {
      report_.error("Y03", offset, "anchors are not part of the language",
                    "write the value out where it is used");
    } else if (first == '!') {
      report_tag(source_, offset, report_);
    }
    if (first == '&' || first == '!') node.kind = Node::Kind::broken;
  }

  void open(Node::Kind kind, const YAML::Mark& mark) {
    Frame frame;
    frame.node.offset = at(mark);
    check_properties(frame.node, frame.node.offset);
    frame.node.kind = kind;
    count(frame.node.offset);
    if (frames_.size() >= kSourceDepth) {
      stop(frame.node.offset, "more than 32 levels deep", "make the definition flatter");
    }
    frames_.push_back(std::move(frame));
  }

  void close() {
    Node node = std::move(frames_.back().node);
    frames_.pop_back();
    place(std::move(node));
  }

  void count(std::size_t offset) {
    if (++nodes_ > kSourceNodes) {
      stop(offset, "more than 50,000 values in the file", "split the workflow into child sagas");
    }
  }

  void add(Node node) {
    count(node.offset);
    place(std::move(node));
  }

  void place(Node node) {
    if (frames_.empty()) {
      root_ = std::move(node);
    } else if (frames_.back().node.is_list()) {
      frames_.back().node.items.push_back(std::move(node));
    } else if (!frames_.back().has_key) {
      take_key(frames_.back(), std::move(node));
    } else {
      take_value(frames_.back(), std::move(node));
    }
  }

  void take_key(Frame& frame, Node node) {
    frame.has_key = true;
    frame.key_offset = node.offset;
    frame.key = node.text;
    frame.keep = false;
    if (!node.is_scalar()) {
      if (!node.is_broken())
        report_.error("S02", node.offset, "a key must be text", "name the key");
      return;
    }
    if (frame.key == "<<" && node.style == Node::Style::plain) {
      report_.error("Y03", node.offset, "merge keys are not part of the language",
                    "write the members out");
      return;
    }
    const auto [first, added] = frame.keys.emplace(frame.key, node.offset);
    frame.keep = added;
    if (!added) report_duplicate(frame.key, node.offset, first->second);
  }

  void report_duplicate(const std::string& key, std::size_t offset, std::size_t first) {
    const Position before = source_.position(first);
    report_.error("Y02", offset,
                  "key `" + key.substr(0, 64) + "` again; it stands already at " +
                      std::to_string(before.line) + ":" + std::to_string(before.column),
                  "keep one of the two");
  }

  void take_value(Frame& frame, Node node) {
    frame.has_key = false;
    if (!frame.keep) return;
    frame.node.members.push_back({std::move(frame.key), frame.key_offset, std::move(node)});
  }

  const Source& source_;
  Report& report_;
  std::vector<Frame> frames_;
  std::optional<Node> root_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

// YAML allows no control characters but tab and line ends; a bare carriage return counts as a line
// end in YAML but in no editor, so that positions would lie.
bool readable(const Source& source, Report& report) {
  const std::string& text = source.text();
  if (text.size() > kSourceBytes) {
    report.error("Y03", 0, "the file is larger than 1 MiB", "split the workflow into child sagas");
    return false;
  }
  if (!document::valid_utf8(text)) {
    report.error("Y01", 0, "the file is not UTF-8", "save it as UTF-8");
    return false;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool line_end = c == '\n' || (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n');
    if ((c >= 0x20 && c != 0x7F) || c == '\t' || line_end) continue;
    report.error("Y01", i, "a control character", "remove it, or write it as an escape in quotes");
    return false;
  }
  return true;
}

void parse(const Source& source, Report& report, TreeBuilder& builder) {
  std::istringstream stream(source.text());
  try {
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
  } catch (const YAML::Exception& problem) {
    const bool placed = problem.mark.pos >= 0;
    const auto at = placed ? static_cast<std::size_t>(problem.mark.pos) : source.text().size();
    report_syntax(source, std::min(at, source.text().size()), problem.msg, report);
  } catch (const std::exception& problem) {
    report.error("Y01", 0, std::string("not YAML: ") + problem.what(), "check the file");
  }
}

}  // namespace

void Report::error(std::string code, std::size_t offset, std::string message, std::string fix,
                   std::string example) {
  if (without_manifests_ && (code[0] == 'C' || code[0] == 'T')) {
    return warning(std::move(code), offset, std::move(message), std::move(fix), std::move(example));
  }
  failed_ = true;
  add(Severity::error, std::move(code), offset, std::move(message), std::move(fix),
      std::move(example));
}

void Report::warning(std::string code, std::size_t offset, std::string message, std::string fix,
                     std::string example) {
  add(Severity::warning, std::move(code), offset, std::move(message), std::move(fix),
      std::move(example));
}

void Report::add(Severity severity, std::string code, std::size_t offset, std::string message,
                 std::string fix, std::string example) {
  if (full()) return;
  diagnostics_.push_back({source_.file(), source_.position(offset), severity, std::move(code),
                          std::move(message), std::move(fix), std::move(example)});
}

std::vector<Diagnostic> Report::take() {
  arrange(diagnostics_);
  if (full()) {
    const Diagnostic& last = diagnostics_.back();
    diagnostics_.push_back({last.file, last.position, Severity::error, "Y03",
                            "more than 200 problems; the rest is not shown", "mend these first"});
  }
  return std::move(diagnostics_);
}

const Member* Node::member(std::string_view key) const {
  for (const auto& member : members) {
    if (member.key == key) return &member;
  }
  return nullptr;
}

const Node* Node::find(std::string_view key) const {
  const Member* found = member(key);
  return found ? &found->value : nullptr;
}

std::optional<Node> parse_source(const Source& source, Report& report) {
  if (!readable(source, report)) return std::nullopt;
  TreeBuilder builder(source, report);
  parse(source, report, builder);
  auto root = builder.take();
  if (root) return root;
  if (!report.failed()) report.error("S02", 0, "the file is empty", "write `dsl: 1` first");
  return std::nullopt;
}

}  // namespace sagaloom::workflow
