// Writes the golden journals of the rules that this program decides by: those that are not there
// yet, into tests/golden/rules-<n> or the folder given. A journal that exists is never overwritten.
#include <filesystem>
#include <fstream>
#include <iostream>

#include "runtime/workflow/load.h"
#include "tests/golden/cases.h"
#include "tests/golden/golden_file.h"

namespace sagaloom::tests {
namespace {

bool write_new(const std::string& path, const std::string& text) {
  if (std::filesystem::exists(path)) return false;
  std::ofstream(path, std::ios::binary) << text;
  return true;
}

int write_all(const std::string& folder) {
  std::filesystem::create_directories(folder);
  int written = 0;
  for (const GoldenCase& each : golden_cases()) {
    const auto definition = golden_definition(each.workflow);
    write_new(folder + "/" + each.workflow + ".yaml", definition->text);
    write_new(folder + "/" + each.workflow + ".operations.json", workflow::freeze(*definition));
    Journey journey(frozen_definition(folder, each.workflow), golden_input());
    each.drive(journey);
    if (!write_new(folder + "/" + each.name + ".journal", golden_text(each.workflow, journey)))
      continue;
    ++written;
    std::cout << each.name << ": " << core::state_name(journey.saga()) << "\n";
  }
  std::cout << written << " journals written to " << folder << "\n";
  return 0;
}

}  // namespace
}  // namespace sagaloom::tests

int main(int argc, char** argv) {
  try {
    return sagaloom::tests::write_all(
        argc > 1 ? argv[1] : sagaloom::tests::golden_folder(sagaloom::core::rules_number));
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << "\n";
    return 1;
  }
}
