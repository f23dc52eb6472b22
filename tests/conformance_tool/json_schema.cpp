// Runs the cases of the JSON Schema test suite.

#include <filesystem>

#include "runtime/document/json.h"
#include "runtime/schema/schema.h"
#include "tests/conformance_tool/report.h"

namespace sagaloom::conformance {
namespace {

using expression::Value;

void run_case(Report& report, const Value& test) {
  const std::string& file = test.find("file")->string();
  const std::string name = file + "/" + test.find("description")->string();
  if (report.skip(file, name)) return;
  const auto schema = schema::Schema::compile(*test.find("schema"));
  if (!schema) {
    return report.fail(file, name,
                       "the schema is refused at " + schema.error().pointer + ": " +
                           schema.error().message + ": " +
                           document::write(*test.find("schema")).substr(0, 500));
  }
  const auto violations = (*schema)->validate(*test.find("data"));
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

int run_json_schema(const std::string& path) {
  Report report(load(std::filesystem::path(path).replace_filename("unsupported.json")));
  const Value cases = load(path);
  for (const auto& test : cases.items()) run_case(report, test);
  return report.finish();
}

}  // namespace sagaloom::conformance
