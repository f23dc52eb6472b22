#include "runtime/workflow/graph/label.h"

#include <utility>

namespace sagaloom::workflow::graph {
namespace {

using core::Step;
using core::Wait;

constexpr std::size_t longest_line = 60;  // characters

bool continues(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0) == 0x80;
}

std::string template_text(const core::Template& text) {
  const auto& source = text.source();
  return source.is_string() ? source.string() : "…";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

// What a wait waits for; `any` names its members.
std::string wait_text(const Wait& wait) {
  switch (wait.kind) {
    case Wait::For::duration:
      return "for " + (wait.duration ? duration_text(*wait.duration) : "");
    case Wait::For::until:
      return "until " + (wait.until ? template_text(*wait.until) : "");
    case Wait::For::event:
      return "event " + wait.name;
    case Wait::For::signal:
      return "signal " + wait.name;
    case Wait::For::task:
      return "task of " + (wait.assignee ? template_text(*wait.assignee) : "");
    case Wait::For::any:
      break;
  }
  std::vector<std::string> members;
  for (const auto& member : wait.any) members.push_back(member.name);
  return "first of " + joined(members);
}

void add_wait(const std::string& verb, const Wait& wait, std::vector<std::string>& lines) {
  lines.push_back(verb + wait_text(wait));
  for (const auto& member : wait.any) lines.push_back(member.name + ": " + wait_text(member.wait));
  if (wait.where) lines.push_back("where " + wait.where->text());
  if (wait.collect_until) lines.push_back("collects until " + wait.collect_until->text());
  if (wait.fail_when) lines.push_back(wait.fail_code + " if " + wait.fail_when->text());
  if (wait.timeout) lines.push_back("timeout " + duration_text(*wait.timeout));
}

struct LeafLines {
  const Step& step;
  std::vector<std::string>& lines;

  void operator()(const core::Call& call) const {
    if (call.operation) lines.push_back(call.operation->name);
    if (step.pivot) lines.push_back("PIVOT: only forward from here");
    if (call.await) add_wait("awaits ", *call.await, lines);
  }
  void operator()(const Wait& wait) const { add_wait("wait ", wait, lines); }
  void operator()(const core::Set&) const { lines.push_back("set"); }
  void operator()(const core::Fail& fail) const { lines.push_back(failure_text(fail.failure)); }
  void operator()(const core::End& end) const {
    lines.push_back("end: COMPLETED");
    if (end.status) lines.push_back("status " + template_text(*end.status));
  }
  void operator()(const core::ChildSaga& child) const {
    lines.push_back("saga " + child.workflow + " version " + std::to_string(child.version));
  }
  template <typename Other>
  void operator()(const Other&) const {}
};

struct BlockTitle {
  std::string operator()(const core::Parallel& block) const {
    return block.finish ? "parallel, all branches finish" : "parallel";
  }
  std::string operator()(const core::Foreach& block) const {
    return "foreach " + block.as + " in " + condition_text(block.in) + ", " +
           std::to_string(block.max_parallel) + " at a time";
  }
  std::string operator()(const core::Switch&) const { return "switch"; }
  std::string operator()(const core::Repeat& block) const {
    return "repeat, at most " + std::to_string(block.max) + " turns";
  }
  template <typename Other>
  std::string operator()(const Other&) const {
    return "do";
  }
};

}  // namespace

std::string one_line(std::string_view text) {
  std::string line;
  std::size_t characters = 0;
  for (const char byte : text) {
    if (!continues(byte) && ++characters > longest_line) return line + "…";
    const auto code = static_cast<unsigned char>(byte);
    line += code < 0x20 || code == 0x7F ? ' ' : byte;
  }
  return line;
}

std::string duration_text(core::Duration duration) {
  static const std::pair<std::int64_t, const char*> units[] = {
      {86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}, {1, "ms"}};
  std::int64_t rest = duration.count();
  std::string text;
  for (const auto& [size, name] : units) {
    if (rest / size > 0) text += std::to_string(rest / size) + name;
    rest %= size;
  }
  return text.empty() ? "0s" : text;
}

std::string duration_text(const core::DurationTemplate& duration) {
  return duration.computed ? template_text(*duration.computed) : duration_text(duration.constant);
}

std::string condition_text(const std::optional<core::Program>& condition) {
  return condition ? condition->text() : "";
}

std::vector<std::string> leaf_lines(const Step& step) {
  std::vector<std::string> lines{step.id};
  if (!step.title.empty()) lines.push_back(step.title);
  std::visit(LeafLines{step, lines}, step.kind);
  for (const auto& emit : step.emit) lines.push_back("emits " + emit.type);
  return lines;
}

std::string block_title(const Step& step) {
  const std::string name = step.title.empty() ? step.id : step.id + ", " + step.title;
  std::string title = name + ": " + std::visit(BlockTitle{}, step.kind);
  if (step.timeout.total) title += ", timeout " + duration_text(*step.timeout.total);
  return title;
}

std::vector<std::string> undo_lines(const Step& step) {
  std::vector<std::string> lines{"undo " + step.id};
  for (const auto& each : step.compensate.steps)
    lines.push_back(each.operation ? each.operation->name : "set " + each.id);
  if (step.compensate.when) lines.push_back("when " + step.compensate.when->text());
  return lines;
}

std::string handler_text(const core::ErrorHandler& handler) {
  std::string text = "on " + (handler.codes.empty() ? "any error" : joined(handler.codes));
  if (handler.when) text += ", when " + handler.when->text();
  return text;
}

std::string failure_text(const core::FailureTemplate& failure) {
  return "fails: " + failure.code;
}

}  // namespace sagaloom::workflow::graph
