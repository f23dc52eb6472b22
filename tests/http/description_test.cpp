// What is written about the API says what the API is: OpenAPI against the route table, the guide of
// errors against the table of codes.
#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "runtime/http/openapi.h"
#include "tests/http/asking.h"

namespace sagaloom::http {
namespace {

std::string file(const std::string& path) {
  std::ifstream in(SAGALOOM_SOURCE_DIR "/" + path);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(c));
  return out;
}

// "post /api/v1/sagas" for each operation below `paths`.
std::set<std::string> operations_in(const Value& description) {
  std::set<std::string> operations;
  for (const auto& [path, item] : description.find("paths")->members()) {
    for (const auto& [method, operation] : item.members()) {
      operations.insert(method.string() + " " + path.string());
      EXPECT_NE(operation.find("summary"), nullptr) << path.string();
      EXPECT_NE(operation.find("responses"), nullptr) << path.string();
    }
  }
  return operations;
}

std::set<std::string> operations_of(const std::vector<Route>& routes) {
  std::set<std::string> operations;
  for (const auto& route : routes) {
    auto pattern = std::string(route.pattern);
    if (const auto at = pattern.find("...}"); at != std::string::npos) pattern.erase(at, 3);
    operations.insert(lower(route.method) + " " + pattern);
  }
  return operations;
}

Value embedded() {
  auto parsed = document::parse(embedded_openapi_json());
  EXPECT_TRUE(parsed.ok());
  return *parsed;
}

TEST(OpenApi, HasThePathsAndMethodsOfTheRouteTable) {
  EXPECT_EQ(operations_in(embedded()), operations_of(fixed_routes()));
}

TEST(OpenApi, IsTheFileInSchemas) {
  EXPECT_EQ(embedded_openapi_yaml(), file("schemas/openapi.yaml"));
}

// The query parameters of each route, by name.
TEST(OpenApi, HasTheQueryParametersOfTheRouteTable) {
  const auto description = embedded();
  for (const auto& route : fixed_routes()) {
    std::set<std::string> expected, found;
    for (auto name : route.query) {
      expected.insert(name == "attribute.*" ? "attribute.{name}"
                                            : std::string(name.substr(0, name.find('+'))));
    }
    auto pattern = std::string(route.pattern);
    if (const auto at = pattern.find("...}"); at != std::string::npos) pattern.erase(at, 3);
    const auto* operation = description.find("paths")->find(pattern)->find(lower(route.method));
    const auto* parameters = operation->find("parameters");
    for (const auto& parameter : parameters ? parameters->items() : expression::List{}) {
      const Value* declared = &parameter;
      if (const auto* reference = parameter.find("$ref")) {
        const auto name = reference->string().substr(reference->string().rfind('/') + 1);
        declared = description.find("components")->find("parameters")->find(name);
        ASSERT_NE(declared, nullptr) << name;
      }
      if (declared->find("in")->string() == "query") found.insert(declared->find("name")->string());
    }
    EXPECT_EQ(found, expected) << pattern;
  }
}

void collect_references(const Value& value, std::set<std::string>& references) {
  if (value.is_list()) {
    for (const auto& item : value.items()) collect_references(item, references);
  }
  if (!value.is_map()) return;
  for (const auto& [key, member] : value.members()) {
    if (key.string() == "$ref") references.insert(member.string());
    collect_references(member, references);
  }
}

TEST(OpenApi, EachReferenceLeadsSomewhere) {
  Asking rest;
  const auto description = json_of(rest.get("/openapi.json"));
  std::set<std::string> references;
  collect_references(description, references);
  EXPECT_GT(references.size(), 10u);
  for (const auto& reference : references) {
    const Value* at = &description;
    std::istringstream parts(reference.substr(2));
    for (std::string part; at && std::getline(parts, part, '/');) at = at->find(part);
    EXPECT_NE(at, nullptr) << reference;
  }
}

TEST(OpenApi, ExposedWorkflowsAreMergedIn) {
  Asking rest;
  const auto operations = operations_in(json_of(rest.get("/openapi.json")));
  for (const auto* operation :
       {"post /api/orders", "get /api/orders/{order_id}", "get /api/orders/{order_id}/payment",
        "post /api/orders/{order_id}/cancel", "post /api/parcels"}) {
    EXPECT_TRUE(operations.contains(operation)) << operation;
  }
  EXPECT_FALSE(operations.contains("post /api/old-parcels"));
}

TEST(OpenApi, TheYamlHasThemToo) {
  Asking rest;
  const auto response = rest.get("/openapi.yaml");
  EXPECT_EQ(response.content_type, "application/yaml");
  EXPECT_TRUE(response.body.starts_with(file("schemas/openapi.yaml")));
  EXPECT_NE(response.body.find("\n  \"/api/orders\": {\"post\":"), std::string::npos);
}

// ---------------------------------------------------------------- docs

TEST(Docs, ErrorsListsEachCodeWithItsStatus) {
  const auto text = file("docs/errors.md");
  std::set<std::string> listed, known;
  const std::regex row("\\| `([a-z._0-9]+)` \\| ([0-9]{3}) \\|");
  for (auto at = std::sregex_iterator(text.begin(), text.end(), row); at != std::sregex_iterator();
       ++at) {
    listed.insert((*at)[1].str() + " " + (*at)[2].str());
  }
  for (const auto& kind : problem_kinds()) {
    known.insert(std::string(kind.code) + " " + std::to_string(kind.status));
  }
  EXPECT_EQ(listed, known);
}

// Each path that the guide's curl lines name is one of the server's.
TEST(Docs, TheGuidesPathsExist) {
  Asking rest;
  const auto text = file("docs/rest_api.md");
  const std::regex url("\\$SERVER(/[A-Za-z0-9_./%$-]*)");
  int count = 0;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), url); at != std::sregex_iterator();
       ++at) {
    auto path = (*at)[1].str();
    if (const auto saga = path.find("$SAGA"); saga != std::string::npos) path.replace(saga, 5, "x");
    const auto response = rest.ask({"BREW", path, {}, ""});
    EXPECT_EQ(response.status, 405) << path;
    ++count;
  }
  EXPECT_GE(count, 10);
}

}  // namespace
}  // namespace sagaloom::http
