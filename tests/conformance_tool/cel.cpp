// Runs the cases of the CEL specification.

#include <cstdlib>
#include <stdexcept>

#include "runtime/document/json.h"
#include "runtime/expression/unchecked.h"
#include "tests/conformance_tool/report.h"

namespace sagaloom::conformance {
namespace {

using expression::List;
using expression::Map;
using expression::MapScope;
using expression::Value;

// {"int": "1"}, {"double": "1.5"}, {"list": […]}, {"map": [[k, v], …]} or plain JSON.
Value decode(const Value& coded) {
  if (!coded.is_map()) return coded;
  if (coded.find("int") != nullptr) {
    const std::string& number = text_member(coded, "int");
    return Value(static_cast<std::int64_t>(std::strtoll(number.c_str(), nullptr, 10)));
  }
  if (coded.find("double") != nullptr) {
    return Value(std::strtod(text_member(coded, "double").c_str(), nullptr));
  }
  if (const Value* items = coded.find("list")) {
    List list;
    for (const auto& item : items_of(*items, "`list`")) list.push_back(decode(item));
    return Value(std::move(list));
  }
  Map map;
  for (const auto& pair : items_of(member(coded, "map"), "`map`")) {
    if (!pair.is_list() || pair.items().size() != 2)
      throw std::runtime_error("an entry of a `map` is no pair");
    map.push_back({decode(pair.items()[0]), decode(pair.items()[1])});
  }
  return Value(std::move(map));
}

expression::Result<Value> evaluate(const Value& test) {
  MapScope scope;
  std::vector<std::string> roots;
  if (const Value* bindings = test.find("bindings")) {
    if (!bindings->is_map()) throw std::runtime_error("`bindings` of a case is no map");
    for (const auto& [name, value] : bindings->members()) {
      roots.push_back(name.string());
      scope.set(name.string(), decode(value));
    }
  }
  // The suite's own switch that turns the checker off is not among the cases' members.
  return expression::evaluate_unchecked(text_member(test, "expr"), roots, scope);
}

void run_case(Report& report, const Value& test) {
  const std::string& file = text_member(test, "file");
  const std::string name =
      file + "/" + text_member(test, "section") + "/" + text_member(test, "name");
  if (report.skip(file, name)) return;
  const auto result = evaluate(test);
  const Value* wanted = test.find("value");
  const std::string& text = text_member(test, "expr");
  if (wanted == nullptr) {
    if (!result) return report.pass(file);
    return report.fail(file, name, text + " gives " + document::write(*result) + ", not an error");
  }
  if (!result) return report.fail(file, name, text + " fails: " + result.error().message);
  const Value expected = decode(*wanted);
  if (Value::order(*result, expected) == 0) return report.pass(file);
  report.fail(file, name,
              text + " gives " + document::write(*result) + ", not " + document::write(expected));
}

}  // namespace

int run_cel(Report& report, const Value& cases) {
  for (const auto& test : items_of(cases, "the file")) run_case(report, test);
  return report.finish();
}

}  // namespace sagaloom::conformance
