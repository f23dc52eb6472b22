#include "tests/end_to_end/page.h"

#include <gtest/gtest.h>
#include <sstream>

#include "tests/end_to_end/program.h"

namespace sagaloom::tests {
namespace {

std::string marker_of(const std::string& line) {
  const std::string begin = "<!-- ", end = " -->";
  const bool comment = line.rfind(begin, 0) == 0 && line.size() > begin.size() + end.size();
  return comment ? line.substr(begin.size(), line.size() - begin.size() - end.size()) : "";
}

void expect_lines(const std::string& wanted, const std::string& output) {
  std::istringstream lines(wanted);
  for (std::string line; std::getline(lines, line);)
    EXPECT_NE(std::string::npos, output.find(line)) << line << "\nis not in\n" << output;
}

}  // namespace

std::vector<Block> fenced_blocks(const std::string& document) {
  std::vector<Block> blocks;
  std::istringstream lines(document);
  std::string line, before;
  bool inside = false;
  for (int number = 1; std::getline(lines, line); ++number) {
    if (line.rfind("```", 0) == 0) {
      if (!inside) blocks.push_back({line.substr(3), {}, marker_of(before), number});
      inside = !inside;
    } else if (inside) {
      blocks.back().text += line + "\n";
    }
    before = line;
  }
  return blocks;
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  for (std::size_t at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

int run_commands(const std::string& page, const std::vector<Block>& blocks,
                 const std::string& folder,
                 const std::vector<std::pair<std::string, std::string>>& replacements,
                 const std::vector<std::string>& environment) {
  int commands = 0;
  std::string output;
  for (const Block& block : blocks) {
    SCOPED_TRACE(page + ":" + std::to_string(block.line));
    if (block.language == "text") expect_lines(block.text, output);
    if (block.language != "sh") continue;
    std::string text = block.text;
    for (const auto& [what, by] : replacements) text = replaced(text, what, by);
    const Finished done = run({"bash", "-euc", "cd " + folder + "\n" + text}, environment, {},
                              std::chrono::seconds(120));
    EXPECT_EQ(0, done.status) << text << done.out << done.err;
    output = done.out;
    ++commands;
  }
  return commands;
}

}  // namespace sagaloom::tests
