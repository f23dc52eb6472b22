#include "runtime/workflow/editor_schema.h"

#include <algorithm>
#include <set>

namespace sagaloom::workflow {
namespace {

using core::Operation;
using core::OperationPointer;
using expression::List;
using expression::Map;
using expression::Value;

constexpr std::string_view kVerbatim[] = {
    "type",        "enum",          "const",         "minimum",          "maximum",
    "pattern",     "format",        "multipleOf",    "exclusiveMinimum", "exclusiveMaximum",
    "minLength",   "maxLength",     "minItems",      "maxItems",         "uniqueItems",
    "required",    "minProperties", "maxProperties", "propertyNames",    "title",
    "description", "default",       "examples"};

Value reference(const std::string& definition) {
  return Value::object({{"$ref", Value("#/definitions/" + definition)}});
}

std::string input_definition(const Operation& operation) {
  return "input." + operation.name;
}

// An operation's input schema (2020-12) as draft-07, each of its values or a template in its place.
class Tolerant {
 public:
  explicit Tolerant(std::string definition) : definition_(std::move(definition)) {}

  Value convert(const Value& schema) const {
    if (!schema.is_map()) return schema;
    const Value exact = keywords(schema);
    Value out = Value::object({{"anyOf", Value::list({exact, reference("template")})}});
    for (const char* note : {"title", "description"})
      if (const Value* text = schema.find(note)) out = out.with(note, *text);
    return out;
  }

  Value keywords(const Value& schema) const {
    Map out;
    List all;
    for (const auto& [key, value] : schema.members()) {
      const std::string& name = key.string();
      if (std::find(std::begin(kVerbatim), std::end(kVerbatim), name) != std::end(kVerbatim)) {
        out.push_back({key, value});
      } else if (name == "properties" || name == "patternProperties") {
        out.push_back({key, named(value)});
      } else if (name == "additionalProperties") {
        out.push_back({key, convert(value)});
      } else if (name == "allOf") {
        for (const auto& each : value.items()) all.push_back(convert(each));
      } else if (name == "anyOf" || name == "oneOf") {
        all.push_back(Value::object({{"anyOf", each_of(value)}}));
      } else if (name == "$ref" && value.is_string()) {
        all.push_back(referred(value.string()));
      }
    }
    add_items(schema, out);
    if (!all.empty()) out.push_back({Value("allOf"), Value(std::move(all))});
    return Value(std::move(out));
  }

 private:
  Value named(const Value& schemas) const {
    Map out;
    for (const auto& [key, value] : schemas.members()) out.push_back({key, convert(value)});
    return Value(std::move(out));
  }
  Value each_of(const Value& schemas) const {
    List out;
    for (const auto& each : schemas.items()) out.push_back(convert(each));
    return Value(std::move(out));
  }
  // `prefixItems` and `items` are `items` and `additionalItems` in draft-07.
  void add_items(const Value& schema, Map& out) const {
    const Value* prefix = schema.find("prefixItems");
    const Value* items = schema.find("items");
    if (prefix) out.push_back({Value("items"), each_of(*prefix)});
    if (items) out.push_back({Value(prefix ? "additionalItems" : "items"), convert(*items)});
  }
  // Into the operation's own `$defs`, which stand among the definitions; others fit everything.
  Value referred(const std::string& target) const {
    const std::string own = "#/$defs/";
    if (target == "#") return reference(definition_);
    if (target.substr(0, own.size()) != own) return Value(true);
    return reference(definition_ + "." + target.substr(own.size()));
  }

  std::string definition_;
};

std::string facts(const Operation& operation) {
  static const char* const effects[] = {"without effect", "reversible", "irreversible"};
  std::string text = effects[static_cast<int>(operation.effect)];
  if (operation.idempotent) text += ", idempotent";
  if (operation.fences == core::Fencing::yes) text += ", its undo fences";
  if (!operation.undo.empty()) text += ", undone by " + operation.undo;
  if (!operation.check.empty()) text += ", checked by " + operation.check;
  if (operation.asynchronous) text += ", asynchronous: needs `await`";
  for (std::size_t i = 0; i < operation.errors.size(); ++i)
    text += (i == 0 ? "; refuses with " : ", ") + operation.errors[i];
  return text;
}

std::string with_major(const Operation& operation) {
  return operation.name + "@" + std::to_string(operation.major);
}

Value spellings(const Operation& operation) {
  return Value::list({Value(operation.name), Value(with_major(operation))});
}

std::string escaped(const std::string& name) {
  std::string out;
  for (const char c : name) out += c == '.' ? "\\." : std::string(1, c);
  return out;
}

Value operation_names(const std::vector<OperationPointer>& operations, Value op) {
  List names, about;
  std::string majors;
  for (const auto& each : operations) {
    names.emplace_back(each->name);
    about.emplace_back(facts(*each));
    majors += (majors.empty() ? "" : "|") + escaped(with_major(*each));
  }
  const Value listed = Value::object(
      {{"enum", Value(std::move(names))}, {"enumDescriptions", Value(std::move(about))}});
  const Value exact =
      Value::object({{"type", Value("string")}, {"pattern", Value("^(" + majors + ")$")}});
  return op.with("anyOf", Value::list({listed, exact}));
}

// {if: the call is one of these, then: …}
Value when_call(Value names, Value then) {
  const Value call = Value::object({{"enum", std::move(names)}});
  return Value::object({{"if", Value::object({{"required", Value::list({Value("call")})},
                                              {"properties", Value::object({{"call", call}})}})},
                        {"then", std::move(then)}});
}

Value properties(std::string_view name, Value schema) {
  return Value::object({{"properties", Value::object({{name, std::move(schema)}})}});
}

Value needs(const char* key) {
  return Value::object({{"required", Value::list({Value(key)})}});
}

bool needs_input(const Operation& operation) {
  const Value* required = operation.input ? operation.input->source().find("required") : nullptr;
  return required && required->is_list() && !required->items().empty();
}

void add_inputs(const Operation& operation, Map& definitions) {
  if (!operation.input) return;
  const std::string name = input_definition(operation);
  const Value& source = operation.input->source();
  const Tolerant tolerant(name);
  Value input = tolerant.convert(source);
  if (input.is_map() && !input.find("title"))
    input = input.with("title", Value("input of " + operation.name));
  definitions.push_back({Value(name), std::move(input)});
  const Value* own = source.find("$defs");
  if (!own || !own->is_map()) return;
  for (const auto& [key, value] : own->members())
    definitions.push_back({Value(name + "." + key.string()), tolerant.convert(value)});
}

// What holds wherever an operation is called: the form of `with`.
Value call_input(const std::vector<OperationPointer>& operations) {
  List rules;
  for (const auto& each : operations)
    if (each->input)
      rules.push_back(
          when_call(spellings(*each), properties("with", reference(input_definition(*each)))));
  return Value::object({{"allOf", Value(std::move(rules))}});
}

// What holds only on the forward path.
Value forward_call(const std::vector<OperationPointer>& operations) {
  const Value no_auto =
      properties("compensate", Value::object({{"not", Value::object({{"const", Value("auto")}})}}));
  List rules;
  for (const auto& each : operations) {
    if (needs_input(*each)) rules.push_back(when_call(spellings(*each), needs("with")));
    if (each->asynchronous) rules.push_back(when_call(spellings(*each), needs("await")));
    if (each->undo.empty()) rules.push_back(when_call(spellings(*each), no_auto));
  }
  return Value::object({{"allOf", Value(std::move(rules))}});
}

// The codes that operations declare come first, for completion; any other code is legal too.
Value error_codes(const std::vector<OperationPointer>& operations, const Value& any) {
  std::set<std::string> codes;
  for (const auto& each : operations) codes.insert(each->errors.begin(), each->errors.end());
  if (codes.empty()) return any;
  List names;
  for (const auto& code : codes) names.emplace_back(code);
  return Value::object({{"anyOf", Value::list({Value::object({{"enum", Value(names)}}), any})}});
}

Value with_rules(const Value& schema, std::initializer_list<Value> rules) {
  List all;
  if (const Value* before = schema.find("allOf")) all = before->items();
  for (const auto& rule : rules) all.push_back(rule);
  return schema.with("allOf", Value(std::move(all)));
}

// The second form of `compensate` is the mapping.
Value with_undo_rules(const Value& compensate) {
  List forms = compensate.find("anyOf")->items();
  forms.back() = with_rules(forms.back(), {reference("call_input")});
  return compensate.with("anyOf", Value(std::move(forms)));
}

}  // namespace

Value editor_schema(const Value& base, std::vector<OperationPointer> operations) {
  if (operations.empty()) return base;
  std::sort(operations.begin(), operations.end(),
            [](const auto& a, const auto& b) { return a->name < b->name; });
  const Value& before = *base.find("definitions");
  Map definitions = before.members();
  for (const auto& each : operations) add_inputs(*each, definitions);
  const std::pair<const char*, Value> made[] = {
      {"template", Value::object({{"type", Value("string")}, {"pattern", Value("\\$\\{")}})},
      {"call_input", call_input(operations)},
      {"forward_call", forward_call(operations)},
      {"op", operation_names(operations, *before.find("op"))},
      {"code_pattern", error_codes(operations, *before.find("code_pattern"))},
      {"step",
       with_rules(*before.find("step"), {reference("call_input"), reference("forward_call")})},
      {"undo_step", with_rules(*before.find("undo_step"), {reference("call_input")})},
      {"compensate", with_undo_rules(*before.find("compensate"))}};
  for (const auto& [name, schema] : made) definitions.push_back({Value(name), schema});
  return base.with("definitions", Value(std::move(definitions)));
}

}  // namespace sagaloom::workflow
