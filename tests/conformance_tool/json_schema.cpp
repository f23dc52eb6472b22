// Runs the cases of the JSON Schema test suite.

#include <stdexcept>

#include "runtime/document/json.h"
#include "runtime/schema/schema.h"
#include "tests/conformance_tool/report.h"

namespace sagaloom::conformance {
namespace {

using expression::Value;

void run_case(Report& report, const Value& test) {
  const std::string& file = text_member(test, "file");
  const std::string name = file + "/" + text_member(test, "description");
  if (report.skip(file, name)) return;
  const auto schema = schema::Schema::compile(member(test, "schema"));
  if (!schema) {
    return report.fail(file, name,
                       "the schema is refused at " + schema.error().pointer + ": " +
                           schema.error().message + ": " +
                           document::write(*test.find("schema")).substr(0, 500));
  }
  const auto violations = (*schema)->validate(member(test, "data"));
  if (!member(test, "valid").is_boolean())
    throw std::runtime_error("`valid` of a case is no boolean");
  const bool wanted = test.find("valid")->boolean();
  if (violations.empty() == wanted) return report.pass(file);
  report.fail(
      file, name,
      (wanted ? "should be valid, but " + violations[0].pointer + " " + violations[0].message
              : "should be invalid") +
          ": " + document::write(*test.find("data")).substr(0, 200) + " by " +
          document::write(*test.find("schema")).substr(0, 500));
}

}  // namespace

int run_json_schema(Report& report, const Value& cases) {
  for (const auto& test : items_of(cases, "the file")) run_case(report, test);
  return report.finish();
}

}  // namespace sagaloom::conformance
