// Expressions at their places: which roots they see there, and what is wrong with them.
#include "runtime/workflow/scopes.h"

#include <algorithm>

#include "runtime/schema/type.h"

namespace sagaloom::workflow {
namespace {

using expression::any_type;
using expression::Finding;
using expression::kinds_of;
using expression::TypeMember;
using expression::UsedPath;
using expression::Value;
using Kind = Value::Kind;

constexpr std::size_t kMostFacts = 200;  // beyond it a file gains nothing from them

// What a finding says after its first `;` is what to do.
std::pair<std::string, std::string> split(const std::string& text) {
  const auto at = text.find("; ");
  if (at == std::string::npos) return {text, ""};
  return {text.substr(0, at), text.substr(at + 2)};
}

// Follows a local `$ref`.
const Value* resolved(const Value* schema, const Value& document) {
  for (int hops = 0; schema && hops < 8; ++hops) {
    const Value* reference = schema->is_map() ? schema->find("$ref") : nullptr;
    if (!reference || !reference->is_string()) return schema;
    std::string_view pointer = reference->string();
    if (pointer.substr(0, 2) != "#/") return nullptr;
    pointer.remove_prefix(2);
    schema = &document;
    while (schema && !pointer.empty()) {
      const auto end = std::min(pointer.find('/'), pointer.size());
      schema = schema->is_map() ? schema->find(pointer.substr(0, end)) : nullptr;
      pointer.remove_prefix(std::min(end + 1, pointer.size()));
    }
  }
  return schema;
}

bool marked(const Value& schema) {
  const Value* mark = schema.is_map() ? schema.find("x-sensitive") : nullptr;
  return mark && mark->is_boolean() && mark->boolean();
}

// Whether the schema, or one of its properties, is marked.
bool marked_inside(const Value* schema, const Value& document, int depth) {
  schema = resolved(schema, document);
  if (!schema || !schema->is_map() || depth > 6) return false;
  if (marked(*schema)) return true;
  if (const Value* items = schema->find("items")) {
    if (marked_inside(items, document, depth + 1)) return true;
  }
  const Value* properties = schema->find("properties");
  if (!properties || !properties->is_map()) return false;
  return std::any_of(
      properties->members().begin(), properties->members().end(),
      [&](const auto& each) { return marked_inside(&each.value, document, depth + 1); });
}

bool marked_on_the_way(const Value& document, const UsedPath& path, std::size_t from) {
  const Value* schema = resolved(&document, document);
  for (std::size_t i = from; schema && i < path.members.size(); ++i) {
    if (marked(*schema)) return true;
    const Value* properties = schema->is_map() ? schema->find("properties") : nullptr;
    schema = properties && properties->is_map() ? properties->find(path.members[i]) : nullptr;
    schema = resolved(schema, document);
  }
  if (!schema) return false;
  return path.whole_text ? marked_inside(schema, document, 0) : marked(*schema);
}

}  // namespace

struct Scopes::Used {
  std::vector<TypeMember> members;
  std::set<std::string> seen;
  bool whole = false;  // `steps` itself, or by a name that is not known
};

Scopes::Scopes(const Checked& c)
    : checked(c),
      input(input_type(c.definition)),
      constants(expression::type_of_value(c.definition.constants)) {
  c.each_step([this](const core::Step& step, const Trail&) {
    if (!step.id.empty()) steps[step.id].step = &step;
  });
}

TypePointer Scopes::schema_type(const core::SchemaPointer& schema) {
  if (!schema) return any_type();
  TypePointer& type = schema_types_[schema.get()];
  if (!type) type = schema::type_of(*schema);
  return type;
}

void Scopes::assume(const core::Program& condition, bool holds) {
  if (facts.size() > kMostFacts) return;
  const auto more = expression::facts_if(condition, holds);
  facts.insert(more.begin(), more.end());
  if (holds) conditions.insert(condition.text());
}

void Scopes::add_roots(RootTypes& roots, const Site& site) const {
  static const TypePointer time = expression::type_of_kinds(kinds_of(Kind::timestamp));
  roots.emplace_back("input", input);
  roots.emplace_back("constants", constants);
  roots.emplace_back("saga", saga_type());
  roots.emplace_back("now", time);
  roots.insert(roots.end(), site.extra.begin(), site.extra.end());
  for (auto it = names.rbegin(); it != names.rend(); ++it) roots.push_back(*it);
}

// X05, and for undos C07 and C08.
void Scopes::out_of_reach(const std::string& id, const KnownStep* known, const Site& site,
                          std::size_t offset) {
  auto& report = checked.context.report;
  if (report.full()) return;
  if (!known) {
    std::vector<std::string> ids;
    for (const auto& [name, step] : steps) ids.push_back(name);
    std::sort(ids.begin(), ids.end());
    const std::string meant = nearest(id, ids);
    return report.error(
        "X05", offset, "there is no step `" + id.substr(0, 80) + "`",
        meant.empty() ? "see the ids of the steps" : "did you mean `" + meant + "`?");
  }
  if (site.view == Site::View::undo && known->step && known->step == site.step) {
    return report.error("C07", offset, "the undo of `" + id + "` uses `steps." + id + "`",
                        "write `self.?output` and say what holds without it",
                        "the answer of `" + id + "` is lost: it is undone, but has no output");
  }
  if (site.view == Site::View::undo && site.step) {
    return report.error(
        "C08", offset, "the undo uses `" + id + "`, which does not run before its step",
        "use only what ran before: `self`, `input` and earlier steps",
        "`" + site.step->id + "` succeeds, then the saga is cancelled: `" + id + "` has no output");
  }
  switch (known->reach) {
    case Reach::running:
      return report.error("X05", offset, "`" + id + "` has not ended here",
                          "use a step before it, or `self` in its `output` and `emit`");
    case Reach::apart:
      return report.error("X05", offset, "`" + id + "` is in another branch or case",
                          "use it after the block that holds both");
    case Reach::inside:
      return report.error("X05", offset,
                          "`" + id + "` is inside `" + known->foreach + "`, once for each item",
                          "use `steps." + known->foreach + ".output`, a list");
    default:
      return report.error("X05", offset, "`" + id + "` runs later",
                          "move it in front, or use an earlier step");
  }
}

TypeMember Scopes::visible(const std::string& id, const KnownStep& known, const Site& site) const {
  TypeMember member{id, expression::map_type({{"output", known.output}})};
  bool maybe = known.maybe;
  if (!known.condition.empty()) maybe = maybe || conditions.count(known.condition) == 0;
  member.why_absent = known.why;
  if (site.view == Site::View::shown) maybe = false;
  if (site.view == Site::View::hook) {
    maybe = true;
    member.why_absent = "`" + id + "` may not have run then";
  }
  if (site.view == Site::View::end && known.absent_at_end && !maybe) {
    maybe = true;
    member.why_absent = "an `end` is reached without `" + id + "`";
  }
  if (maybe && member.why_absent.empty()) member.why_absent = "`" + id + "` may be skipped";
  member.always = !maybe;
  return member;
}

void Scopes::use(const UsedPath& path, const Node* node, std::size_t shift,
                 const std::string& pointer, const Site& site, Used& used) {
  if (path.root != "steps") return;
  if (path.members.empty()) {
    used.whole = true;
    return;
  }
  const std::string& id = path.members[0];
  const auto found = steps.find(id);
  const KnownStep* known = found == steps.end() ? nullptr : &found->second;
  const bool any_time = site.view == Site::View::shown || site.view == Site::View::hook;
  const bool in_reach =
      known && (known->reach == Reach::reached || (any_time && known->reach != Reach::inside)) &&
      !(site.view == Site::View::undo && known->step && known->step == site.step);
  if (!in_reach && !checked.context.report.full()) {
    const Node* leaf = node ? &at_pointer(*node, pointer) : nullptr;
    const std::size_t offset =
        leaf ? locate(checked.context.source, *leaf, path.offset + shift) : 0;
    out_of_reach(id, known, site, offset);
  }
  if (!used.seen.insert(id).second) return;
  if (in_reach)
    used.members.push_back(visible(id, *known, site));
  else
    used.members.push_back({id, any_type()});
}

TypePointer Scopes::steps_type(const Used& used) const {
  return used.whole ? any_type() : expression::map_type(used.members, true);
}

void Scopes::report(const Node* node, const std::vector<Finding>& findings, const Site& site) {
  for (const Finding& finding : findings) {
    auto& report = checked.context.report;
    if (report.full()) return;
    const Node* leaf = node ? &at_pointer(*node, finding.pointer) : nullptr;
    const std::size_t at = leaf ? std::min(finding.offset, leaf->text.size()) : 0;
    const std::size_t offset = leaf ? locate(checked.context.source, *leaf, at) : 0;
    auto [message, fix] = split(finding.message);
    std::string example;
    if (finding.code == "C07" && site.step) {
      example = "the answer of `" + site.step->id + "` is lost: its undo runs without an output";
    }
    if (finding.is_error)
      report.error(finding.code, offset, std::move(message), std::move(fix), std::move(example));
    else
      report.warning(finding.code, offset, std::move(message), std::move(fix));
  }
}

void Scopes::want(const Node* node, const TypePointer& type, Wanted wanted) {
  constexpr expression::Kinds texts = kinds_of(Kind::string) | kinds_of(Kind::boolean) |
                                      expression::number_kinds | kinds_of(Kind::optional);
  constexpr expression::Kinds moments =
      kinds_of(Kind::string) | kinds_of(Kind::timestamp) | kinds_of(Kind::optional);
  constexpr expression::Kinds spans =
      kinds_of(Kind::string) | kinds_of(Kind::time_span) | kinds_of(Kind::optional);
  const auto need = [&](expression::Kinds kinds, const char* what) {
    if (type->kinds & kinds) return;
    checked.context.report.error("X04", offset_of(node),
                                 std::string(what) + " is needed here, this is " + type_name(*type),
                                 "change the expression");
  };
  if (wanted == Wanted::text) need(texts, "text");
  if (wanted == Wanted::moment) need(moments, "a timestamp");
  if (wanted == Wanted::span) need(spans, "a duration");
}

TypePointer Scopes::check(const Node* node, const core::Program& program, const Site& site,
                          Wanted wanted) {
  Used used;
  for (const auto& path : expression::used_paths(program)) use(path, node, 0, "", site, used);
  RootTypes roots = {{"steps", steps_type(used)}};
  add_roots(roots, site);
  const auto result = wanted == Wanted::condition
                          ? expression::check_condition(program, roots, facts)
                      : wanted == Wanted::list ? expression::check_list(program, roots, facts)
                                               : expression::check(program, roots, facts);
  report(node, result.findings, site);
  return result.type;
}

TypePointer Scopes::check(const Node* node, const core::Template& tree, const Site& site,
                          Wanted wanted) {
  TypePointer type;
  if (tree.is_constant()) {
    type = expression::type_of_value(tree.source());
  } else {
    Used used;
    for (const auto& part : tree.parts()) {
      for (const auto& path : expression::used_paths(*part.program)) {
        use(path, node, part.offset, part.pointer, site, used);
      }
    }
    RootTypes roots = {{"steps", steps_type(used)}};
    add_roots(roots, site);
    auto result = expression::check(tree, roots, facts);
    report(node, result.findings, site);
    type = std::move(result.type);
  }
  want(node, type, wanted);
  return type;
}

bool Scopes::sensitive(const UsedPath& path) const {
  if (path.root == "input" && checked.definition.input) {
    return marked_on_the_way(checked.definition.input->source(), path, 0);
  }
  if (path.root != "steps" || path.members.size() < 2) return false;
  const auto found = steps.find(path.members[0]);
  const core::Step* step = found == steps.end() ? nullptr : found->second.step;
  const auto* call = step ? step->call() : nullptr;
  if (!call || !call->operation || !call->operation->output || call->await || step->output) {
    return false;
  }
  return marked_on_the_way(call->operation->output->source(), path, 2);
}

TypePointer Scopes::publish(const Node* node, const core::Template& tree, const Site& site,
                            const char* where, Wanted wanted) {
  for (const auto& part : tree.parts()) {
    for (const auto& path : expression::used_paths(*part.program)) {
      if (checked.context.report.full() || !sensitive(path)) continue;
      const Node* leaf = node ? &at_pointer(*node, part.pointer) : nullptr;
      checked.context.report.warning(
          "Q06", leaf ? locate(checked.context.source, *leaf, part.offset + path.offset) : 0,
          std::string("what is marked `x-sensitive` appears in ") + where,
          "leave it out, or put a key to it there");
    }
  }
  return check(node, tree, site, wanted);
}

}  // namespace sagaloom::workflow
