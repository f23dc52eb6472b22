#include "runtime/app/print.h"

#include <algorithm>

#include "runtime/document/json.h"

namespace sagaloom::app {
namespace {

using expression::Value;

// In characters, not bytes: what a terminal shows.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t now = width_of(text);
  if (now < width) text.append(width - now, ' ');
  return text;
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i)
    line += i + 1 == cells.size() ? cells[i] : padded(cells[i], widths[i]) + "  ";
  return line + "\n";
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::string as_text(const Value& value) {
  if (value.is_string()) return value.string();
  return document::write(value);
}

std::string member_text(const Value& object, std::string_view name) {
  const Value* member = object.find(name);
  return member == nullptr || member->is_null() ? std::string() : as_text(*member);
}

std::string as_lines(const Value& object) {
  if (!object.is_map()) return as_text(object) + "\n";
  std::size_t width = 0;
  for (const auto& member : object.members())
    width = std::max(width, width_of(as_text(member.key)));
  std::string out;
  for (const auto& member : object.members())
    out += padded(as_text(member.key), width) + "  " + as_text(member.value) + "\n";
  return out;
}

std::string as_table(const Value& rows, const std::vector<std::string>& columns) {
  std::vector<std::vector<std::string>> lines(1);
  for (const std::string& column : columns) lines[0].push_back(upper(column));
  if (rows.is_list()) {
    for (const Value& row : rows.items()) {
      auto& cells = lines.emplace_back();
      for (const std::string& column : columns) {
        cells.push_back(member_text(row, column));
        if (cells.back().empty()) cells.back() = "-";
      }
    }
  }
  std::vector<std::size_t> widths(columns.size(), 0);
  for (const auto& cells : lines)
    for (std::size_t i = 0; i < cells.size(); ++i)
      widths[i] = std::max(widths[i], width_of(cells[i]));
  std::string out;
  for (const auto& cells : lines) out += line_of(cells, widths);
  return out;
}

std::string as_problem(const Value& problem, long status) {
  const std::string code = member_text(problem, "code");
  const std::string detail = member_text(problem, "detail");
  const std::string title = member_text(problem, "title");
  std::string out = "error";
  if (!code.empty()) out += "[" + code + "]";
  out += ": " +
         (!detail.empty()  ? detail
          : !title.empty() ? title
                           : "HTTP status " + std::to_string(status)) +
         "\n";
  const Value* errors = problem.find("errors");
  if (errors == nullptr || !errors->is_list()) return out;
  for (const Value& item : errors->items())
    out += "  " + member_text(item, "pointer") + ": " + member_text(item, "detail") + "\n";
  return out;
}

}  // namespace sagaloom::app
