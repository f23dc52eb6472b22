// Counts the outcomes of conformance cases, one line for each source file and one for all.
//
// A case that the project does not support is listed by name with its reason in an
// `unsupported.json`, which is built into the program; it is never run and never dropped silently.
// How many listed names no case has is said, and is no failure: a file may hold a part of the
// cases. Errors: std::runtime_error, with the file and what is wrong, for what is no list of cases.
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

// The JSON document in a text, or in a file. `name` stands in errors.
expression::Value parse(const std::string& text, const std::string& name);
expression::Value load(const std::string& path);

// A member that must be there, or be text.
const expression::Value& member(const expression::Value& test, const char* name);
const std::string& text_member(const expression::Value& test, const char* name);
// The items of what must be a list.
const expression::List& items_of(const expression::Value& value, const std::string& what);

// Both run every case and give the exit code.
int run_cel(Report& report, const expression::Value& cases);
int run_json_schema(Report& report, const expression::Value& cases);

// [{reason, cases: [name, …]}, …], as the project declares them.
extern const char* const declared_cel;
extern const char* const declared_json_schema;

}  // namespace sagaloom::conformance
