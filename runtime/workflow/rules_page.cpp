// docs/checks.md, made from the table.
#include "runtime/workflow/rules.h"

namespace sagaloom::workflow {
namespace {

constexpr const char* kIntroduction = R"(# Checks

`sagaloom check FILE…` (or a directory) says everything that is wrong with workflow files at once, before they are
deployed; registration over REST and at the start of a server refuses the same errors. Every check has a code that
stays. An error refuses the workflow, a warning does not.

    order.yaml:26:3: error[C01] `inventory.reserve` has an effect and nothing undoes it; write `compensate: auto`
        for example: `reserve` succeeds, then `authorize` is refused: what `reserve` did stays

`--format json` and `--format sarif` are for programs. `--no-plugins` checks without the plugins' manifests: operations
are taken as written, and the codes C and T, which rest on the manifests, are warnings.

This page is made from the table in `runtime/workflow/rules.cpp` and the files in `tests/workflow/checks`, where each
check has a file that has it (shown here) and one that has not.
)";

const char* chapter(char letter) {
  switch (letter) {
    case 'Y':
      return "Y: the file";
    case 'S':
      return "S: structure";
    case 'X':
      return "X: expressions";
    case 'C':
      return "C: what can lose money";
    case 'T':
      return "T: times";
    case 'F':
      return "F: flow";
    case 'W':
      return "W: waiting";
    case 'P':
      return "P: plugins and children";
    case 'V':
      return "V: versions";
    case 'Q':
      return "Q: quality";
    default:
      return "R: routes";
  }
}

}  // namespace

std::string rules_page(const std::function<std::string(std::string_view code)>& bad) {
  std::string page = kIntroduction;
  char letter = 0;
  for (const Rule& one : rules()) {
    if (one.code[0] != letter) {
      letter = one.code[0];
      page += std::string("\n## ") + chapter(letter) + "\n";
    }
    page += std::string("\n### ") + one.code + " " + one.title + "\n\n";
    page += std::string(one.severity == Severity::error ? "Error. " : "Warning. ") + one.meaning;
    page += "\n\n```yaml\n" + bad(one.code) + "```\n\n";
    page += std::string("**Fix**: ") + one.fix + "\n";
  }
  return page;
}

}  // namespace sagaloom::workflow
