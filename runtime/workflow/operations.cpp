#include "runtime/workflow/operations.h"

#include "runtime/document/json.h"

namespace sagaloom::workflow {
namespace {

using core::Operation;
using expression::Error;
using expression::Result;
using expression::Value;

constexpr document::Limits kFrozenLimits{128, 16 * 1024 * 1024};

std::string_view effect_name(core::Effect effect) {
  switch (effect) {
    case core::Effect::none:
      return "none";
    case core::Effect::reversible:
      return "reversible";
    case core::Effect::irreversible:
      return "irreversible";
  }
  return "reversible";
}

core::Effect effect_from(std::string_view name) {
  if (name == "none") return core::Effect::none;
  return name == "irreversible" ? core::Effect::irreversible : core::Effect::reversible;
}

Value texts(const std::vector<std::string>& list) {
  expression::List items;
  for (const auto& text : list) items.emplace_back(text);
  return Value(std::move(items));
}

Value schema_source(const core::SchemaPointer& schema) {
  return schema ? schema->source() : Value();
}

Value fencing_value(core::Fencing fencing) {
  return fencing == core::Fencing::unsaid ? Value() : Value(fencing == core::Fencing::yes);
}

Value duration_value(const std::optional<core::Duration>& duration) {
  return duration ? Value(std::int64_t{duration->count()}) : Value();
}

// Reads members of one kind each; remembers whether any had another kind.
class Facts {
 public:
  explicit Facts(const Value& facts) : facts_(facts) {}

  std::string text(std::string_view key) {
    const Value* value = present(key);
    if (!value || !value->is_string()) return refuse(value), std::string();
    return value->string();
  }
  bool flag(std::string_view key) {
    const Value* value = present(key);
    if (!value || !value->is_boolean()) return refuse(value), false;
    return value->boolean();
  }
  std::int64_t number(std::string_view key, std::int64_t fallback) {
    const Value* value = present(key);
    if (!value || !value->is_integer()) return refuse(value), fallback;
    return value->integer();
  }
  std::optional<core::Duration> duration(std::string_view key) {
    if (!present(key)) return std::nullopt;
    return core::Duration(number(key, 0));
  }
  std::vector<std::string> texts(std::string_view key) {
    const Value* value = present(key);
    std::vector<std::string> out;
    if (!value || !value->is_list()) return refuse(value), out;
    for (const auto& item : value->items()) {
      if (item.is_string())
        out.push_back(item.string());
      else
        refuse(&item);
    }
    return out;
  }
  core::SchemaPointer schema(std::string_view key) {
    const Value* value = present(key);
    if (!value) return nullptr;
    auto compiled = schema::Schema::compile(*value);
    if (!compiled) return refuse(value), nullptr;
    return *compiled;
  }
  core::Fencing fencing(std::string_view key) {
    if (!present(key)) return core::Fencing::unsaid;
    return flag(key) ? core::Fencing::yes : core::Fencing::no;
  }
  bool sound() const { return sound_; }

 private:
  const Value* present(std::string_view key) const {
    const Value* value = facts_.find(key);
    return value && !value->is_null() ? value : nullptr;
  }
  void refuse(const Value* value) {
    if (value) sound_ = false;
  }
  const Value& facts_;
  bool sound_ = true;
};

Error invalid(const char* message) {
  return Error{"definition.invalid", message, {}, Error::npos};
}

}  // namespace

Value to_value(const Operation& o) {
  return Value::object({{"name", o.name},
                        {"plugin", o.plugin},
                        {"major", Value(std::int64_t{o.major})},
                        {"input", schema_source(o.input)},
                        {"output", schema_source(o.output)},
                        {"errors", texts(o.errors)},
                        {"effect", effect_name(o.effect)},
                        {"idempotent", o.idempotent},
                        {"fences", fencing_value(o.fences)},
                        {"undo", o.undo},
                        {"nothing_to_undo", texts(o.nothing_to_undo)},
                        {"check", o.check},
                        {"check_fences", o.check_fences},
                        {"async", o.asynchronous},
                        {"cancellable", o.cancellable},
                        {"commutative", o.commutative},
                        {"gives", o.gives},
                        {"timeout_ms", duration_value(o.timeout)},
                        {"holds_for_ms", duration_value(o.holds_for)},
                        {"deprecated", o.deprecated}});
}

Result<core::OperationPointer> operation_from(const Value& value) {
  if (!value.is_map()) return invalid("a frozen operation is not an object");
  Facts facts(value);
  auto o = std::make_shared<Operation>();
  o->name = facts.text("name");
  o->plugin = facts.text("plugin");
  o->major = static_cast<std::uint32_t>(facts.number("major", 1));
  o->input = facts.schema("input");
  o->output = facts.schema("output");
  o->errors = facts.texts("errors");
  o->effect = effect_from(facts.text("effect"));
  o->idempotent = facts.flag("idempotent");
  o->fences = facts.fencing("fences");
  o->undo = facts.text("undo");
  o->nothing_to_undo = facts.texts("nothing_to_undo");
  o->check = facts.text("check");
  o->check_fences = facts.flag("check_fences");
  o->asynchronous = facts.flag("async");
  o->cancellable = facts.flag("cancellable");
  o->commutative = facts.flag("commutative");
  o->gives = facts.flag("gives");
  o->timeout = facts.duration("timeout_ms");
  o->holds_for = facts.duration("holds_for_ms");
  o->deprecated = facts.text("deprecated");
  if (!facts.sound() || o->name.empty()) return invalid("a frozen operation is damaged");
  return core::OperationPointer(std::move(o));
}

Result<FrozenCatalog> FrozenCatalog::read(std::string_view json) {
  auto parsed = document::parse_tagged(json, kFrozenLimits);
  if (!parsed) return parsed.error();
  const Value* list = parsed->find("operations");
  if (!list || !list->is_list()) return invalid("frozen operations are no list");
  FrozenCatalog catalog;
  for (const auto& item : list->items()) {
    auto operation = operation_from(item);
    if (!operation) return operation.error();
    catalog.operations_.emplace((*operation)->name, *operation);
  }
  return catalog;
}

core::OperationPointer FrozenCatalog::find(std::string_view name) const {
  const auto it = operations_.find(name);
  return it == operations_.end() ? nullptr : it->second;
}

std::vector<std::string> FrozenCatalog::names() const {
  std::vector<std::string> out;
  for (const auto& [name, operation] : operations_) out.push_back(name);
  return out;
}

std::string freeze(const core::Definition& definition) {
  expression::List list;
  for (const auto& operation : definition.operations) list.push_back(to_value(*operation));
  return document::write(Value::object({{"operations", Value(std::move(list))}}));
}

}  // namespace sagaloom::workflow
