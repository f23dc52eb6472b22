// Runs the cases of the CEL specification.

#include <cstdlib>
#include <filesystem>

#include "runtime/document/json.h"
#include "runtime/expression/program.h"
#include "tests/conformance_tool/report.h"

namespace sagaloom::conformance {
namespace {

using expression::List;
using expression::Map;
using expression::MapScope;
using expression::Program;
using expression::Value;

// {"int": "1"}, {"double": "1.5"}, {"list": […]}, {"map": [[k, v], …]} or plain JSON.
Value decode(const Value& coded) {
  if (!coded.is_map()) return coded;
  if (const Value* number = coded.find("int")) {
    return Value(static_cast<std::int64_t>(std::strtoll(number->string().c_str(), nullptr, 10)));
  }
  if (const Value* number = coded.find("double")) {
    return Value(std::strtod(number->string().c_str(), nullptr));
  }
  if (const Value* items = coded.find("list")) {
    List list;
    for (const auto& item : items->items()) list.push_back(decode(item));
    return Value(std::move(list));
  }
  Map map;
  for (const auto& pair : coded.find("map")->items()) {
    map.push_back({decode(pair.items()[0]), decode(pair.items()[1])});
  }
  return Value(std::move(map));
}

expression::Result<Value> evaluate(const Value& test) {
  MapScope scope;
  std::vector<std::string> roots;
  if (const Value* bindings = test.find("bindings")) {
    for (const auto& [name, value] : bindings->members()) {
      roots.push_back(name.string());
      scope.set(name.string(), decode(value));
    }
  }
  auto program = Program::compile(test.find("expr")->string(), roots);
  if (!program) return program.error();
  return program->evaluate(scope);
}

void run_case(Report& report, const Value& test) {
  const std::string& file = test.find("file")->string();
  const std::string name =
      file + "/" + test.find("section")->string() + "/" + test.find("name")->string();
  if (report.skip(file, name)) return;
  const auto result = evaluate(test);
  const Value* wanted = test.find("value");
  const std::string& text = test.find("expr")->string();
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

int run_cel(const std::string& path) {
  Report report(load(std::filesystem::path(path).replace_filename("unsupported.json")));
  const Value cases = load(path);
  for (const auto& test : cases.items()) run_case(report, test);
  return report.finish();
}

}  // namespace sagaloom::conformance
