// Counts the outcomes of conformance cases, one line for each source file and one for all.
//
// A case that the project does not support is listed by name with its reason in `unsupported.json`
// beside the case file; it is never run and never dropped silently. A listed name that no case has
// counts as failed, so that the list stays honest.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/expression/value.h"

namespace sagaloom::conformance {

class Report {
 public:
  // `unsupported` is [{reason, cases: [name, …]}, …].
  explicit Report(const expression::Value& unsupported);

  // Whether the case is declared unsupported; counts it then.
  bool skip(const std::string& file, const std::string& name);
  void pass(const std::string& file);
  void fail(const std::string& file, const std::string& name, const std::string& why);

  // Prints everything to stdout; the exit code.
  int finish();

 private:
  struct Counts {
    int passed = 0, failed = 0, unsupported = 0;
  };
  std::map<std::string, Counts> files_;
  std::map<std::string, bool> unsupported_;  // name, and whether a case had it
};

// The JSON document in a file; ends the program with a message when it cannot be read.
expression::Value load(const std::string& path);

int run_cel(const std::string& path);
int run_json_schema(const std::string& path);

}  // namespace sagaloom::conformance
