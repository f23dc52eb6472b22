// A page of documentation as a test reads it: its fenced blocks, and its commands run in order.
//
// Lifecycle: values. Threads: one. Errors: failed expectations of gtest, at the page's line.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace sagaloom::tests {

struct Block {
  std::string language, text;
  std::string marker;  // of `<!-- file: part -->` on the line before; else empty
  int line = 0;
};

std::vector<Block> fenced_blocks(const std::string& document);

std::string replaced(std::string text, const std::string& what, const std::string& by);

// Runs every `sh` block in `folder`, with each `what` replaced by its `by`; every line of the
// `text` block after it must be in what it wrote. The answer is how many were run.
int run_commands(const std::string& page, const std::vector<Block>& blocks,
                 const std::string& folder,
                 const std::vector<std::pair<std::string, std::string>>& replacements,
                 const std::vector<std::string>& environment);

}  // namespace sagaloom::tests
