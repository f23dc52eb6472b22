#include "runtime/expression/checker.h"

#include <algorithm>

#include "runtime/expression/checking.h"
#include "runtime/expression/facts.h"
#include "runtime/expression/suggestion.h"

namespace sagaloom::expression {

using Kind = Value::Kind;

TypePointer Checker::visit(const Node& node) {
  switch (node.kind) {
    case Node::Kind::literal:
      return type_of_value(node.literal);
    case Node::Kind::root:
      return root(node);
    case Node::Kind::variable:
      return variables_[node.slot];
    case Node::Kind::member:
      return member(node);
    case Node::Kind::has:
      member_of(node, visit(node.children[0]), true);
      return boolean_type();
    case Node::Kind::index:
      return index(node);
    case Node::Kind::list:
      return list(node);
    case Node::Kind::map:
      return map(node);
    case Node::Kind::conditional:
      return conditional(node);
    case Node::Kind::all_of:
    case Node::Kind::any_of:
      return logical(node);
    case Node::Kind::logical_not:
      need(node.children[0], *visit(node.children[0]), boolean_kind, "a bool");
      return boolean_type();
    case Node::Kind::negate: {
      const auto type = visit(node.children[0]);
      need(node.children[0], *type, number_kinds, "a number");
      return type_of_kinds(type->kinds & number_kinds);
    }
    case Node::Kind::binary:
      return binary(node);
    case Node::Kind::call:
      return call(node);
    case Node::Kind::opt_map:
    case Node::Kind::opt_flat_map:
      return optional_mapped(node);
    case Node::Kind::or_value:
    case Node::Kind::or_optional:
      return fallback(node);
    default:
      return macro(node);
  }
}

TypePointer Checker::root(const Node& node) const {
  for (const auto& [name, type] : roots_) {
    if (name == node.name) return type;
  }
  return any_type();
}

TypePointer Checker::member(const Node& node) {
  // In `a.b.?c` who asks for `c` has asked for `b` as well.
  const Node& left = node.children[0];
  const bool asked = node.optional && left.kind == Node::Kind::member && !left.optional;
  const auto operand = asked ? member_of(left, opened(visit(left.children[0])), true) : visit(left);
  const bool chained = operand->is_only(kinds_of(Kind::optional));
  const auto type = member_of(node, opened(operand), node.optional || chained);
  if (!node.optional && !chained) return type;
  return optional_type(opened(type));
}

// The type of a member; `guarded`: the author has asked whether it is there.
TypePointer Checker::member_of(const Node& node, const TypePointer& operand, bool guarded) {
  const TypePointer from = opened(operand);
  if (!from->may_be(Kind::map)) {
    if (!(guarded && from->may_be(Kind::null)) && !from->may_be(Kind::optional)) {
      report(node, "X04", true,
             "`" + node.name + "` is asked of " + type_name(*from) + ", which has no members");
    }
    return any_type();
  }
  const auto path = path_of(node.children[0]);
  const bool maybe_null = from->may_be(Kind::null) && from->kinds != any_kind &&
                          !(from->kinds & kinds_of(Kind::boolean));
  if (maybe_null && !guarded && !(path && facts_.contains(*path + "!"))) {
    report(node, "X06", true,
           "what `" + node.name + "` is asked of may be null; use `.?" + node.name + "`");
  }
  const TypeMember* found = from->find(node.name);
  if (found != nullptr) {
    if (!found->always && !guarded) maybe_absent(node, *found);
    return found->type;
  }
  if (from->rest) return from->rest;
  if (from->open && (guarded || from->members.empty())) return any_type();
  if (from->open && !facts_.empty()) {
    const auto whole = path_of(node);
    if (whole && facts_.contains(*whole)) return any_type();
  }
  std::vector<std::string_view> names;
  for (const auto& member : from->members) names.push_back(member.name);
  report(node, "X03", true,
         "there is no member `" + node.name + "`" + did_you_mean(node.name, names));
  return any_type();
}

void Checker::maybe_absent(const Node& node, const TypeMember& member) {
  const auto path = path_of(node);
  if (path && facts_.contains(*path)) return;
  const std::string why =
      member.why_absent.empty() ? "`" + member.name + "` may be absent" : member.why_absent;
  report(node, member.absent_code, true,
         why + "; ask with `has(…)` or write `.?" + member.name + "`");
}

TypePointer Checker::index(const Node& node) {
  const auto held = visit(node.children[0]);
  const auto operand = opened(held);
  const auto key = visit(node.children[1]);
  const bool wraps = node.optional || held->is_only(kinds_of(Kind::optional));
  need(node.children[0], *operand, kinds_of(Kind::list) | kinds_of(Kind::map), "a list or map");
  TypePointer type = any_type();
  if (operand->is_only(kinds_of(Kind::list))) {
    need(node.children[1], *key, number_kinds, "an index");
    if (operand->item) type = operand->item;
  } else if (operand->is_only(kinds_of(Kind::map)) && key->values && key->values->size() == 1 &&
             key->values->front().is_string()) {
    const TypeMember* found = operand->find(key->values->front().string());
    if (found != nullptr) type = found->type;
  }
  return wraps ? optional_type(type) : type;
}

TypePointer Checker::list(const Node& node) {
  TypePointer item;
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    auto type = visit(node.children[i]);
    if (node.optional_parts[i]) {
      need(node.children[i], *type, kinds_of(Kind::optional), "an optional");
      type = opened(type);
    }
    item = item ? unite(item, type) : type;
  }
  return list_type(std::move(item));
}

TypePointer Checker::map(const Node& node) {
  std::vector<TypeMember> members;
  bool open = false;
  for (std::size_t i = 0; i < node.children.size(); i += 2) {
    const Node& key = node.children[i];
    const auto key_type = visit(key);
    need(key, *key_type, kinds_of(Kind::string) | kinds_of(Kind::integer) | kinds_of(Kind::boolean),
         "a key");
    auto type = visit(node.children[i + 1]);
    const bool optional = node.optional_parts[i / 2];
    if (optional) {
      need(node.children[i + 1], *type, kinds_of(Kind::optional), "an optional");
      type = opened(type);
    }
    const bool named = key.kind == Node::Kind::literal && key.literal.is_string();
    if (named) members.push_back({key.literal.string(), type, !optional});
    open = open || !named;
  }
  return map_type(std::move(members), open);
}

TypePointer Checker::with_facts(const Node& node, const Facts& more) {
  Facts before = facts_;
  facts_.insert(more.begin(), more.end());
  auto type = visit(node);
  facts_ = std::move(before);
  return type;
}

TypePointer Checker::conditional(const Node& node) {
  const Node& condition = node.children[0];
  need(condition, *visit(condition), boolean_kind, "a bool");
  const auto then = with_facts(node.children[1], facts_of(condition, true));
  const auto otherwise = with_facts(node.children[2], facts_of(condition, false));
  return unite(then, otherwise);
}

// Each operand of `&&` knows that those before it hold, each of `||` that they do not.
TypePointer Checker::logical(const Node& node) {
  const Facts before = facts_;
  for (const auto& operand : node.children) {
    need(operand, *visit(operand), boolean_kind, "a bool");
    const auto more = facts_of(operand, node.kind == Node::Kind::all_of);
    facts_.insert(more.begin(), more.end());
  }
  facts_ = before;
  return boolean_type();
}

namespace {

bool uses_scope(const Node& node) {
  return node.kind == Node::Kind::root ||
         std::any_of(node.children.begin(), node.children.end(), uses_scope);
}

void add_shifted(std::vector<Finding>& all, std::vector<Finding> more, const Template::Part& part) {
  for (auto& finding : more) {
    finding.offset += part.offset;
    finding.pointer = part.pointer;
    all.push_back(std::move(finding));
  }
}

// The type of what a template renders. Its parts come in the order of the walk, so each leaf has
// only to look at the next ones.
class Rendered {
 public:
  Rendered(const std::vector<std::pair<std::string, TypePointer>>& whole,
           const std::vector<std::string>& texts)
      : whole_(whole), texts_(texts) {}

  TypePointer type(const Value& value) {
    if (value.is_list()) return list(value);
    if (value.is_map()) return map(value);
    if (next_whole_ < whole_.size() && whole_[next_whole_].first == pointer_) {
      return whole_[next_whole_++].second;
    }
    if (next_text_ < texts_.size() && texts_[next_text_] == pointer_) {
      ++next_text_;
      return type_of_kinds(kinds_of(Kind::string));
    }
    return type_of_value(value);
  }

 private:
  // An item that may be an absent optional is left out then; the others have its type.
  TypePointer list(const Value& value) {
    TypePointer item;
    std::size_t index = 0;
    for (const auto& each : value.items()) {
      const auto type = inside(std::to_string(index++), each);
      item = item ? unite(item, opened(type)) : opened(type);
    }
    return list_type(std::move(item));
  }
  TypePointer map(const Value& value) {
    std::vector<TypeMember> members;
    for (const auto& [key, mapped] : value.members()) {
      const std::string name = key.is_string() ? key.string() : std::string();
      const auto type = inside(name, mapped);
      members.push_back({name, opened(type), !type->is_only(kinds_of(Kind::optional))});
    }
    return map_type(std::move(members));
  }
  TypePointer inside(std::string_view token, const Value& value) {
    const std::size_t length = pointer_.size();
    pointer_.push_back('/');
    for (const char c : token) {
      if (c == '~' || c == '/')
        pointer_ += c == '~' ? "~0" : "~1";
      else
        pointer_.push_back(c);
    }
    auto made = type(value);
    pointer_.resize(length);
    return made;
  }

  const std::vector<std::pair<std::string, TypePointer>>& whole_;
  const std::vector<std::string>& texts_;
  std::size_t next_whole_ = 0, next_text_ = 0;
  std::string pointer_;
};

}  // namespace

Checked check(const Program& program, const RootTypes& roots, const Facts& facts) {
  Checker checker(roots, facts);
  auto type = checker.visit(program.root());
  return {opened(type), checker.take()};
}

Checked check_condition(const Program& program, const RootTypes& roots, const Facts& facts) {
  Checker checker(roots, facts);
  auto type = checker.visit(program.root());
  checker.need(program.root(), *type, boolean_kind, "a condition");
  if (!uses_scope(program.root())) {
    checker.report(program.root(), "X08", false, "this condition is always the same");
  }
  return {std::move(type), checker.take()};
}

Checked check_list(const Program& program, const RootTypes& roots, const Facts& facts) {
  Checker checker(roots, facts);
  auto type = checker.visit(program.root());
  checker.need(program.root(), *type, kinds_of(Kind::list), "a list");
  return {std::move(type), checker.take()};
}

Checked check(const Template& tree, const RootTypes& roots, const Facts& facts) {
  Checked all{any_type(), {}};
  std::vector<std::pair<std::string, TypePointer>> whole;
  std::vector<std::string> texts;
  for (const auto& part : tree.parts()) {
    Checker checker(roots, facts);
    const auto type = checker.visit(part.program->root());
    if (!part.whole) checker.check_text(part.program->root(), *type);
    if (!uses_scope(part.program->root())) {
      checker.report(part.program->root(), "X08", false, "this expression is always the same");
    }
    if (part.whole) {
      whole.emplace_back(part.pointer, type);
    } else if (texts.empty() || texts.back() != part.pointer) {
      texts.push_back(part.pointer);
    }
    add_shifted(all.findings, checker.take(), part);
  }
  all.type = tree.is_constant() ? type_of_value(tree.source())
                                : Rendered(whole, texts).type(tree.source());
  return all;
}

Facts facts_if(const Program& condition, bool holds) {
  return facts_of(condition.root(), holds);
}

}  // namespace sagaloom::expression
