// The schema for editors with the operations of the loaded plugins, tried with our own validator:
// draft-07 is brought into 2020-12 by renaming what was renamed since.
#include <filesystem>
#include <gtest/gtest.h>

#include "runtime/document/json.h"
#include "runtime/schema/schema.h"
#include "runtime/workflow/editor_schema.h"
#include "runtime/workflow/scalar.h"
#include "runtime/workflow/source.h"
#include "tests/workflow/catalog.h"
#include "tests/workflow/spots.h"

namespace sagaloom::workflow {
namespace {

using expression::List;
using expression::Map;
using expression::Value;
using testing::around;

std::string renamed(const std::string& keyword) {
  if (keyword == "definitions") return "$defs";
  return keyword == "dependencies" ? "dependentRequired" : keyword;
}

Value modern(const Value& schema) {
  if (schema.is_list()) {
    List out;
    for (const auto& each : schema.items()) out.push_back(modern(each));
    return Value(std::move(out));
  }
  if (!schema.is_map()) return schema;
  Map out;
  for (const auto& [key, value] : schema.members()) {
    const std::string& name = key.string();
    if (name == "enumDescriptions" || name == "$schema") continue;  // for editors only
    if (name == "$ref" && value.is_string()) {
      const std::string old = "#/definitions/";
      out.push_back({key, Value("#/$defs/" + value.string().substr(old.size()))});
    } else {
      out.push_back({Value(renamed(name)), modern(value)});
    }
  }
  return Value(std::move(out));
}

std::vector<core::OperationPointer> operations() {
  std::vector<core::OperationPointer> all;
  for (const auto& name : testing::catalog().names()) all.push_back(testing::catalog().find(name));
  return all;
}

const schema::Schema& compiled() {
  static const auto schema =
      schema::Schema::compile(modern(editor_schema(testing::editor_schema_base(), operations())));
  if (!schema.ok()) throw std::runtime_error(schema.error().pointer + schema.error().message);
  return **schema;
}

// What the schema says of a workflow's text; empty: nothing.
std::string said(const std::string& text) {
  const Source source("workflow.yaml", text);
  Report report(source);
  const auto tree = parse_source(source, report);
  if (!tree) return "no YAML";
  std::string out;
  for (const auto& each : compiled().validate(to_value(*tree, report), 5))
    out += each.pointer + ": " + each.message + "\n";
  return out;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

TEST(GeneratedSchema, AcceptsEveryGoodFile) {
  int files = 0;
  for (const char* folder :
       {"workflows", "tests/workflow/valid", "examples/guide", "tests/workflow/checks"}) {
    for (const auto& entry : std::filesystem::directory_iterator(testing::source_path(folder))) {
      const std::string name = entry.path().string();
      if (!ends_with(name, ".yaml") || ends_with(name, ".bad.yaml")) continue;
      EXPECT_EQ(said(testing::read_file(name)), "") << name;
      ++files;
    }
  }
  EXPECT_GE(files, 40);
}

// Of the checks' bad files those whose fault lies in the form.
TEST(GeneratedSchema, RefusesFilesWhoseFormIsBad) {
  for (const char* code : {"S01", "S02", "S03", "S05", "W04"}) {
    const std::string file = "tests/workflow/checks/" + std::string(code) + ".bad.yaml";
    EXPECT_NE(said(testing::read_file(testing::source_path(file))), "") << code;
  }
}

TEST(GeneratedSchema, AcceptsTemplatesWhereValuesStand) {
  EXPECT_EQ(said(around("- id: a\n  call: inventory.reserve@1\n  compensate: auto\n"
                        "  with: {order_id: \"${ input.id }\", items: \"${ input.items }\"}\n")),
            "");
  EXPECT_EQ(said(around("- id: a\n  call: inventory.reserve\n  compensate: auto\n"
                        "  with: ${ input.all }\n")),
            "");
}

struct Broken {
  const char* name;
  std::string text;
};

void PrintTo(const Broken& broken, std::ostream* out) {
  *out << broken.text;
}

class GeneratedSchemaRefuses : public ::testing::TestWithParam<Broken> {};

TEST_P(GeneratedSchemaRefuses, WhatIsBroken) {
  EXPECT_NE(said(GetParam().text), "");
}

const std::string kSet = "- {id: a, set: {x: 1}}\n";
const std::string kReserve = "- id: a\n  call: inventory.reserve\n  compensate: auto\n";

INSTANTIATE_TEST_SUITE_P(
    Files, GeneratedSchemaRefuses,
    ::testing::Values(
        Broken{"NoSteps", "dsl: 1\nworkflow: a\nversion: 1\n"},
        Broken{"OtherLanguage", "dsl: 2\nworkflow: a\nversion: 1\nsteps:\n" + kSet},
        Broken{"UnknownKey", around(kSet, "stepz: 1\n")},
        Broken{"BadName", "dsl: 1\nworkflow: A b\nversion: 1\nsteps:\n" + kSet},
        Broken{"EventsWithoutId", around(kSet, "events: {e: {topic: t, key: \"${ event.k }\"}}\n")},
        Broken{"BadDuration", around(kSet, "deadline: soon\n")},
        Broken{"UnknownOperation", around("- {id: a, call: inventory.reserv}\n")},
        Broken{"OtherMajor", around("- {id: a, call: inventory.reserve@9, with: {}}\n")},
        Broken{"NoInput", around(kReserve)},
        Broken{"MissingMember", around(kReserve + "  with: {order_id: o}\n")},
        Broken{
            "UnknownMember",
            around(kReserve + "  with: {order_id: o, items: \"${ input.items }\", color: red}\n")},
        Broken{"WrongType",
               around(kReserve + "  with: {order_id: 7, items: \"${ input.items }\"}\n")},
        Broken{"UndoWithWrongInput", around(kReserve + "  with: ${ input }\n")
                                         .replace(around(kReserve).find("auto"), 4,
                                                  "{call: inventory.release, with: {kee: x}}")},
        Broken{"AutoWithoutUndo", around("- {id: a, call: inventory.release, with: \"${ input }\", "
                                         "compensate: auto}\n")},
        Broken{"TwoKinds", around("- {id: a, set: {x: 1}, do: [{id: b, set: {x: 1}}]}\n")},
        Broken{"NoKind", around("- {id: a}\n")}, Broken{"NoId", around("- {set: {x: 1}}\n")},
        Broken{"TwoForms", around("- {id: a, wait: {for: 1s, signal: go}}\n")},
        Broken{"WhereWithTime", around("- {id: a, wait: {for: 1s, where: \"true\"}}\n")},
        Broken{"HandlerOfTwo",
               around("- {id: a, set: {x: 1}, on_error: [{ignore: true, compensate: true}]}\n")},
        Broken{"PivotWithoutCall", around("- {id: a, set: {x: 1}, pivot: true}\n")},
        Broken{"OneBranch", around("- {id: a, parallel: {x: [{id: b, set: {x: 1}}]}}\n")},
        Broken{"AsyncWithoutAwait", around("- {id: a, call: odd.asynchronous, with: {}}\n")}),
    [](const auto& info) { return info.param.name; });

TEST(GeneratedSchema, ListsOperationsAndCodes) {
  const Value schema = editor_schema(testing::editor_schema_base(), operations());
  const Value& names = *testing::at(schema, "definitions/op/anyOf/0/enum");
  const Value& about = *testing::at(schema, "definitions/op/anyOf/0/enumDescriptions");
  ASSERT_EQ(names.items().size(), about.items().size());
  for (std::size_t i = 0; i < names.items().size(); ++i) {
    if (names.items()[i] == Value("inventory.reserve")) {
      EXPECT_NE(about.items()[i].string().find("undone by inventory.release"), std::string::npos);
    }
  }
  const Value& codes = *testing::at(schema, "definitions/code_pattern/anyOf/0/enum");
  EXPECT_NE(
      std::find(codes.items().begin(), codes.items().end(), Value("payment.insufficient_funds")),
      codes.items().end());
}

TEST(GeneratedSchema, IsTheSameInAnyOrderOfOperations) {
  auto reversed = operations();
  std::reverse(reversed.begin(), reversed.end());
  EXPECT_EQ(document::write(editor_schema(testing::editor_schema_base(), operations())),
            document::write(editor_schema(testing::editor_schema_base(), reversed)));
}

TEST(GeneratedSchema, WithoutPluginsIsTheBase) {
  EXPECT_EQ(editor_schema(testing::editor_schema_base(), {}), testing::editor_schema_base());
}

}  // namespace
}  // namespace sagaloom::workflow
