// The committed tables of cells: "GROUP EVENT COLUMN" -> outcome. A file names its groups (variants
// or subjects) and events on lines of their own, then one column a line.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>

namespace sagaloom::core::testing {

using CellTable = std::map<std::string, std::string>;

// `group` is the word that begins a group's line: "variant", "subject".
inline CellTable read_cells(const std::string& file_name, const std::string& group) {
  CellTable table;
  std::ifstream file(std::string(SAGALOOM_SOURCE_DIR) + "/tests/core/tables/" + file_name);
  std::string line, name, event;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string first, second;
    words >> first >> second;
    if (first == group) {
      name = second;
    } else if (first == "event") {
      event = second;
    } else {
      table[name + " " + event + " " + first] = second;
    }
  }
  return table;
}

}  // namespace sagaloom::core::testing
