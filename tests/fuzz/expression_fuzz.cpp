// Feeds expressions and templates: whatever the text, compiling, checking and evaluating it end,
// and what they say lies inside the text.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "runtime/expression/checker.h"
#include "runtime/expression/paths.h"

namespace {

using namespace sagaloom::expression;

const std::vector<std::string>& roots() {
  static const std::vector<std::string> names = {"input", "steps", "now", "self"};
  return names;
}

const Value& input() {
  static const Value value = Value::object(
      {{"id", Value("a-1")},
       {"count", Value(std::int64_t{3})},
       {"items",
        Value(List{Value::object({{"sku", Value("x")}, {"qty", Value(std::int64_t{2})}})})}});
  return value;
}

const RootTypes& types() {
  static const RootTypes known = {{"input", type_of_value(input())}, {"steps", any_type()}};
  return known;
}

void require(bool good) {
  if (!good) std::abort();
}

void inside(const Checked& checked, std::size_t size) {
  for (const auto& finding : checked.findings) require(finding.offset <= size);
}

void feed_program(std::string_view text, const Scope& scope) {
  const auto program = Program::compile(text, roots());
  if (!program) return;
  inside(check(*program, types()), text.size());
  inside(check_condition(*program, types(), facts_if(*program, true)), text.size());
  for (const auto& path : used_paths(*program)) require(path.offset <= text.size());
  (void)program->evaluate(scope);
}

void feed_template(std::string_view text, const Scope& scope) {
  const auto tree = Template::compile(Value::object({{"x", Value(std::string(text))}}), roots());
  if (!tree) return;
  inside(check(*tree, types()), text.size());
  (void)tree->render(scope);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const MapScope scope({{"input", input()}, {"now", Value(Timestamp{1'700'000'000, 0})}});
  feed_program(text, scope);
  feed_template(text, scope);
  return 0;
}
