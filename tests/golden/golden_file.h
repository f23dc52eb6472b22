// A golden journal: what a release decided for one saga, as text. One file a saga: a line of facts,
// a line per record (`<seq> <record>`), and the state after the last (`state <saga>`); the
// workflow's text and its frozen operations lie beside it.
//
// Threads: pure but for the files. Errors: std::runtime_error with the place.
#pragma once

#include <string>
#include <vector>

#include "tests/golden/journey.h"

namespace sagaloom::tests {

struct GoldenJournal {
  std::string name;      // "completed"
  std::string workflow;  // file name without its end
  core::SagaId saga;
  std::vector<Entry> records;
  std::string state;  // as the store's codec writes it
};

std::string golden_text(const std::string& workflow, const Journey& journey);
GoldenJournal read_golden(const std::string& path);
// Every *.journal of a folder, in order of name.
std::vector<GoldenJournal> golden_journals(const std::string& folder);
// From the text and the operations in the folder, not from what is loaded now.
core::DefinitionPointer frozen_definition(const std::string& folder, const std::string& workflow);
// rules-1, rules-2, …: below tests/golden.
std::string golden_folder(std::uint32_t rules);

}  // namespace sagaloom::tests
