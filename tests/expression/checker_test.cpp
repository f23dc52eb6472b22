// What the checker finds before anything runs, and what it must not find.
#include "runtime/expression/checker.h"

#include <gtest/gtest.h>

namespace sagaloom::expression {
namespace {

using Kind = Value::Kind;

TypePointer text() {
  return type_of_kinds(kinds_of(Kind::string));
}
TypePointer whole() {
  return type_of_kinds(kinds_of(Kind::integer));
}
TypePointer boolean() {
  return type_of_kinds(kinds_of(Kind::boolean));
}

const RootTypes& sample_types() {
  static const RootTypes types = [] {
    const auto status = type_of_value("OPEN");
    const auto car = map_type({{"class", text()}});
    const auto item = map_type({{"sku", text()}, {"qty", whole()}, {"note", text(), false}});
    const auto input = map_type({{"id", text()},
                                 {"count", whole()},
                                 {"paid", boolean()},
                                 {"car", car, false},
                                 {"gift", unite(car, type_of_kinds(kinds_of(Kind::null)))},
                                 {"status", unite(status, type_of_value("CLOSED"))},
                                 {"items", list_type(item)},
                                 {"blob", any_type()}});
    const auto steps =
        map_type({{"price", map_type({{"output", map_type({{"amount", whole()}})}})},
                  {"ship", map_type({{"output", car}}), false, "`ship` may be skipped"}});
    return RootTypes{
        {"input", input}, {"steps", steps}, {"now", type_of_kinds(kinds_of(Kind::timestamp))}};
  }();
  return types;
}

Program compiled(std::string_view source) {
  auto program = Program::compile(source, {"input", "steps", "now", "event"});
  EXPECT_TRUE(program.ok()) << source << ": " << (program.ok() ? "" : program.error().message);
  return *program;
}

// "X03@6 X06@11"
std::string codes(const std::vector<Finding>& findings) {
  std::string all;
  for (const auto& finding : findings) {
    if (!all.empty()) all += " ";
    all += finding.code + "@" + std::to_string(finding.offset);
  }
  return all;
}

struct Case {
  const char* source;
  const char* findings;
};

void PrintTo(const Case& test, std::ostream* out) {
  *out << test.source;
}

class Checks : public testing::TestWithParam<Case> {};

TEST_P(Checks, FindsExactlyThis) {
  const auto result = check(compiled(GetParam().source), sample_types());
  EXPECT_EQ(codes(result.findings), GetParam().findings)
      << (result.findings.empty() ? "" : result.findings[0].message);
}

INSTANTIATE_TEST_SUITE_P(Members, Checks,
                         testing::Values(Case{"input.id", ""}, Case{"input.di", "X03@6"},
                                         Case{"input.?di", "X03@7"}, Case{"has(input.di)", "X03@0"},
                                         Case{"input.id.x", "X04@9"}, Case{"input.blob.x.y", ""},
                                         Case{"event.data.x", ""}, Case{"input.items[0].sku", ""},
                                         Case{"input.items.sku", "X04@12"},
                                         Case{"input['id'] + 1", "X04@12"},
                                         Case{"input.items['a']", "X04@12"}));

INSTANTIATE_TEST_SUITE_P(
    Absent, Checks,
    testing::Values(Case{"input.car", "X06@6"}, Case{"input.car.class", "X06@6"},
                    Case{"input.?car", ""}, Case{"input.?car.class", ""},
                    Case{"input.car.?class", ""}, Case{"input.car.class.?x", "X06@6 X04@17"},
                    Case{"input.?car.?class.orValue('x')", ""},
                    Case{"has(input.car) && input.car.class == 'a'", ""},
                    Case{"!has(input.car) || input.car.class == 'a'", ""},
                    Case{"has(input.car) || input.car.class == 'a'", "X06@24"},
                    Case{"has(input.car) ? input.car.class : ''", ""},
                    Case{"!has(input.car) ? '' : input.car.class", ""},
                    Case{"has(input.car) ? '' : input.car.class", "X06@28"},
                    Case{"input.?car.hasValue() && input.car.class == 'a'", ""},
                    Case{"steps.ship.output.class", "X06@6"},
                    Case{"has(steps.ship) && steps.ship.output.class == 'a'", ""},
                    Case{"input.gift.class", "X06@11"}, Case{"input.gift.?class", ""},
                    Case{"input.gift != null && input.gift.class == 'a'", ""},
                    Case{"input.gift == null ? '' : input.gift.class", ""},
                    Case{"input.items.map(i, i.note)", "X06@21"},
                    Case{"input.items.filter(i, has(i.note) && i.note != '')", ""},
                    Case{"input.items.map(i, has(i.note), i.note)", ""}));

INSTANTIATE_TEST_SUITE_P(
    Types, Checks,
    testing::Values(
        Case{"input.id + 1", "X04@9"}, Case{"input.count + 1.5", ""}, Case{"input.count + 1", ""},
        Case{"now + duration('1s')", ""}, Case{"now + now", "X04@4"}, Case{"now - now", ""},
        Case{"input.id < 3", "X04@9"}, Case{"input.count < 2.5", ""},
        Case{"input.items < input.items", "X04@12"}, Case{"!input.count", "X04@7"},
        Case{"-input.id", "X04@7"}, Case{"input.count && true", "X04@6"},
        Case{"input.count ? 1 : 2", "X04@6"}, Case{"size(input.count)", "X04@11"},
        Case{"input.count.startsWith('a')", "X04@6"}, Case{"input.id.split(1)", "X04@15"},
        Case{"sum(input.items)", "X04@10"}, Case{"sum(input.items.map(i, i.qty))", ""},
        Case{"sum(input.items.map(i, i.sku))", "X04@16"}, Case{"input.count.orValue(1)", "X04@6"},
        Case{"input.count.map(x, x)", "X04@6"}, Case{"input.id in input.count", "X04@18"},
        Case{"input.items.all(i, i.qty)", "X04@21"}, Case{"[?input.id]", "X04@8"},
        Case{"optional.of(input.id).orValue('').size() + 1", ""},
        Case{"input.?car.optMap(c, c.klass)", "X03@23"}, Case{"int(input.paid)", "X04@10"}));

INSTANTIATE_TEST_SUITE_P(
    Constant, Checks,
    testing::Values(Case{"input.id == 1", "X08@9"}, Case{"input.count == 1.0", ""},
                    Case{"input.status == 'OPNE'", "X08@13"}, Case{"input.status == 'OPEN'", ""},
                    Case{"input.status in ['OPEN', 'X']", ""},
                    Case{"input.status in ['A', 'B']", "X08@13"}, Case{"'a' == 'a'", "X08@4"},
                    Case{"input.gift == null", ""}, Case{"input.car == null", "X06@6 X08@10"}));

TEST(Checker, MessagesHelp) {
  auto result = check(compiled("input.coutn"), sample_types());
  EXPECT_EQ(result.findings.at(0).message, "there is no member `coutn`; did you mean `count`?");
  result = check(compiled("steps.ship"), sample_types());
  EXPECT_EQ(result.findings.at(0).message,
            "`ship` may be skipped; ask with `has(…)` or write `.?ship`");
}

TEST(Checker, ConditionsAreBoolean) {
  EXPECT_EQ(codes(check_condition(compiled("input.paid"), sample_types()).findings), "");
  EXPECT_EQ(codes(check_condition(compiled("input.id"), sample_types()).findings), "X04@6");
  EXPECT_EQ(codes(check_condition(compiled("true"), sample_types()).findings), "X08@0");
  EXPECT_EQ(codes(check_condition(compiled("event.x"), sample_types()).findings), "");
}

TEST(Checker, ListsAreLists) {
  EXPECT_EQ(codes(check_list(compiled("input.items"), sample_types()).findings), "");
  EXPECT_EQ(codes(check_list(compiled("input.id"), sample_types()).findings), "X04@6");
}

TEST(Checker, AGuardAroundGivesFacts) {
  const auto facts = facts_if(compiled("has(input.car) && input.count > 1"), true);
  EXPECT_EQ(codes(check(compiled("input.car.class"), sample_types(), facts).findings), "");
  const auto without = facts_if(compiled("has(input.car)"), false);
  EXPECT_EQ(codes(check(compiled("input.car.class"), sample_types(), without).findings), "X06@6");
}

TEST(Checker, TypesOfResults) {
  const std::pair<const char*, const char*> table[] = {
      {"input.count * 2", "int"},
      {"input.count * 2.5", "double"},
      {"input.id + 'x'", "string"},
      {"input.?car.?class", "string"},
      {"input.items.map(i, i.qty)", "list"},
      {"now - now", "duration"},
      {"input.paid ? input.id : input.count", "int or string"},
      {"event.x", "anything"},
      {"has(input.car)", "bool"},
      {"input.?car.?class.orValue(null)", "null or string"},
      {"max(input.items.map(i, i.qty))", "int"},
      {"{'a': input.id}.a", "string"}};
  for (const auto& [source, name] : table) {
    EXPECT_EQ(type_name(*check(compiled(source), sample_types()).type), name) << source;
  }
}

TEST(Checker, TemplatesGiveLeafAndByte) {
  const auto tree =
      Template::compile(Value::object({{"a", Value::list({"x ${ input.id } ${ input.items }"})},
                                       {"b", "y${ input.?car.?class }"},
                                       {"c", "${ input.items }"},
                                       {"d", "${ 1 + 1 }"}}),
                        {"input"});
  ASSERT_TRUE(tree.ok());
  const auto findings = check(*tree, sample_types()).findings;
  ASSERT_EQ(codes(findings), "X04@25 X09@16 X08@5");
  EXPECT_EQ(findings[0].pointer, "/a/0");
  EXPECT_EQ(findings[1].pointer, "/b");
  EXPECT_FALSE(findings[1].is_error);
  EXPECT_EQ(findings[2].pointer, "/d");
}

TEST(Type, DefaultsMakeMembersPresent) {
  const auto input = map_type({{"currency", text(), false}});
  const RootTypes plain = {{"input", input}};
  const RootTypes filled = {{"input", with_defaults(input, Value::object({{"currency", "EUR"}}))}};
  EXPECT_EQ(codes(check(compiled("input.currency"), plain).findings), "X06@6");
  EXPECT_EQ(codes(check(compiled("input.currency"), filled).findings), "");
}

TEST(Type, UnionsKeepWhatBothHave) {
  const auto left = map_type({{"a", text()}, {"b", text()}});
  const auto right = map_type({{"a", whole()}, {"c", text()}});
  const auto both = unite(left, right);
  EXPECT_EQ(type_name(*both->find("a")->type), "int or string");
  EXPECT_TRUE(both->find("a")->always);
  EXPECT_FALSE(both->find("b")->always);
  EXPECT_FALSE(both->find("c")->always);
  EXPECT_FALSE(both->open);
}

}  // namespace
}  // namespace sagaloom::expression
