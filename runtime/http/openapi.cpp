#include "runtime/http/openapi.h"

#include <cassert>

#include "runtime/document/json.h"
#include "runtime/http/json_text.h"

namespace sagaloom::http {
namespace {

using core::Definition;
using expression::List;
using expression::Value;

Value reference(std::string_view name) {
  return Object().set("$ref", Value("#/components/" + std::string(name))).take();
}

Value content(Value schema) {
  auto media = Object().set("schema", std::move(schema)).take();
  return Object().set("application/json", std::move(media)).take();
}

Value any_object() {
  return Object().set("type", Value("object")).take();
}

Value response(std::string_view description, Value schema) {
  return Object()
      .set("description", Value(description))
      .set("content", content(std::move(schema)))
      .take();
}

Value id_parameter(const std::string& name) {
  return Object()
      .set("name", Value(name))
      .set("in", Value("path"))
      .set("required", Value(true))
      .set("schema", Object().set("type", Value("string")).take())
      .take();
}

// An operation of this definition with its answers.
Value operation(const Definition& definition, std::string_view summary, Value parameters,
                Value body, Value responses) {
  Object object;
  object.set("summary", Value(summary));
  object.set("tags", Value(List{Value(definition.name)}));
  object.set("parameters", std::move(parameters));
  if (!body.is_null()) object.set("requestBody", std::move(body));
  return object.set("responses", std::move(responses)).take();
}

Value shown() {
  return Object()
      .set("200", response("The resource", any_object()))
      .set("default", reference("responses/problem"))
      .take();
}

Value create(const Definition& definition) {
  auto schema = definition.input ? definition.input->source() : any_object();
  auto body =
      Object().set("required", Value(true)).set("content", content(std::move(schema))).take();
  auto responses =
      Object()
          .set("200", response("Ended within the wait, or existed already", any_object()))
          .set("202", response("Accepted", any_object()))
          .set("default", reference("responses/problem"))
          .take();
  List headers{reference("parameters/idempotency_key"), reference("parameters/prefer")};
  return operation(definition, "Start " + definition.name, Value(std::move(headers)),
                   std::move(body), std::move(responses));
}

Value cancel(const Definition& definition, const Value& id) {
  auto body = Object().set("content", content(reference("schemas/customer_cancel"))).take();
  auto responses = Object()
                       .set("202", response("Accepted, or noted", any_object()))
                       .set("default", reference("responses/problem"))
                       .take();
  return operation(definition, "Cancel as a customer", Value(List{id}), std::move(body),
                   std::move(responses));
}

}  // namespace

Value exposed_paths(const Definition& definition) {
  const auto& expose = *definition.expose;
  const auto id_name = expose.id_name.empty() ? std::string("id") : expose.id_name;
  const auto id = id_parameter(id_name);
  const auto one = expose.path + "/{" + id_name + "}";
  const auto get = [&](std::string summary) {
    return Object()
        .set("get", operation(definition, summary, Value(List{id}), Value(), shown()))
        .take();
  };
  Object paths;
  paths.set(expose.path, Object().set("post", create(definition)).take());
  paths.set(one, get("The resource"));
  for (const auto& [name, view] : expose.views) {
    if (name != "cancel") paths.set(one + "/" + name, get("View: " + name));
  }
  paths.set(one + "/cancel", Object().set("post", cancel(definition, id)).take());
  return paths.take();
}

std::string openapi_yaml(const std::vector<core::DefinitionPointer>& exposed) {
  std::string text(embedded_openapi_yaml());
  for (const auto& definition : exposed) {
    const auto paths = exposed_paths(*definition);
    for (const auto& [path, item] : paths.members()) {
      text += "  ";  // JSON is YAML, and `paths` is the last key
      append_json(text, path);
      text += ": ";
      append_json(text, item);
      text += "\n";
    }
  }
  return text;
}

std::string openapi_json(const std::vector<core::DefinitionPointer>& exposed) {
  static const Value base = [] {
    auto parsed = document::parse(embedded_openapi_json());
    assert(parsed && "the embedded description is JSON");
    return *parsed;
  }();
  Value paths = *base.find("paths");
  for (const auto& definition : exposed) {
    const auto added = exposed_paths(*definition);
    for (const auto& [path, item] : added.members()) paths = paths.with(path.string(), item);
  }
  return to_json(base.with("paths", paths));
}

}  // namespace sagaloom::http
