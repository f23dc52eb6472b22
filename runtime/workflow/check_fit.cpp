// P02: whether what a template renders can fit a schema, as far as types are known.
#include <algorithm>

#include "runtime/workflow/scopes.h"

namespace sagaloom::workflow {
namespace {

using expression::Kinds;
using expression::kinds_of;
using expression::Type;
using expression::TypeMember;
using Kind = expression::Value::Kind;

constexpr int kDeepest = 32;

// As it leaves the runtime: times and secrets are text, an integer is a number as well.
Kinds as_document(Kinds kinds) {
  constexpr Kinds texts =
      kinds_of(Kind::timestamp) | kinds_of(Kind::time_span) | kinds_of(Kind::secret);
  if (kinds & texts) kinds |= kinds_of(Kind::string);
  if (kinds & expression::number_kinds) kinds |= expression::number_kinds;
  return kinds;
}

class Fit {
 public:
  Fit(const Checked& checked, std::string what) : checked_(checked), what_(std::move(what)) {}

  void value(const Node* node, const Type& given, const Type& wanted, const std::string& path,
             int depth) {
    if (depth > kDeepest || checked_.context.report.full()) return;
    const bool known = given.kinds != expression::any_kind && wanted.kinds != expression::any_kind;
    if (known && !(as_document(given.kinds) & wanted.kinds) && !given.may_be(Kind::optional)) {
      return error(node,
                   "`" + path + "` is " + type_name(given) + ", but " + what_ + " takes " +
                       type_name(wanted),
                   "change the value");
    }
    if (given.values && wanted.values) values(node, given, wanted, path);
    const bool maps = known && given.is_only(kinds_of(Kind::map)) && wanted.may_be(Kind::map);
    if (maps) members(node, given, wanted, path, depth);
    const bool lists = given.is_only(kinds_of(Kind::list)) && given.item && wanted.item;
    if (lists) value(node, *given.item, *wanted.item, path + "[]", depth + 1);
  }

 private:
  void values(const Node* node, const Type& given, const Type& wanted, const std::string& path) {
    const bool common =
        std::any_of(given.values->begin(), given.values->end(), [&](const auto& one) {
          return std::find(wanted.values->begin(), wanted.values->end(), one) !=
                 wanted.values->end();
        });
    if (common) return;
    std::vector<std::string> allowed;
    for (const auto& one : *wanted.values) {
      if (one.is_string()) allowed.push_back(one.string());
    }
    const auto& first = given.values->front();
    const std::string meant = first.is_string() ? nearest(first.string(), allowed) : "";
    error(node, "`" + path + "` has a value that " + what_ + " does not allow",
          meant.empty() ? "write one of those in its schema" : "did you mean `" + meant + "`?");
  }

  void members(const Node* node, const Type& given, const Type& wanted, const std::string& path,
               int depth) {
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const TypeMember& member : wanted.members) {
      const TypeMember* found = given.find(member.name);
      if (!member.always) continue;
      if (!found && !given.open) {
        error(node, "`" + prefix + member.name + "` is missing: " + what_ + " needs it", "add it");
      } else if (found && !found->always) {
        error(inner(node, member.name),
              "`" + prefix + member.name + "` may be absent, but " + what_ + " needs it",
              "give it a value with `orValue`");
      }
    }
    for (const TypeMember& member : given.members) {
      const Node* place = inner(node, member.name);
      if (const TypeMember* found = wanted.find(member.name)) {
        value(place, *member.type, *found->type, prefix + member.name, depth + 1);
      } else if (!wanted.open) {
        unknown(place, wanted, member.name, prefix);
      } else if (wanted.rest) {
        value(place, *member.type, *wanted.rest, prefix + member.name, depth + 1);
      }
    }
  }

  void unknown(const Node* node, const Type& wanted, const std::string& name,
               const std::string& prefix) {
    std::vector<std::string> names;
    for (const auto& member : wanted.members) names.push_back(member.name);
    const std::string meant = nearest(name, names);
    error(node, "`" + prefix + name + "` is not known to " + what_,
          meant.empty() ? "remove it" : "did you mean `" + meant + "`?");
  }

  static const Node* inner(const Node* node, const std::string& name) {
    const Node* found = node ? node->find(name) : nullptr;
    return found ? found : node;
  }

  void error(const Node* node, std::string message, std::string fix) {
    checked_.context.report.error("P02", node ? node->offset : 0, std::move(message),
                                  std::move(fix));
  }

  const Checked& checked_;
  const std::string what_;
};

}  // namespace

void check_fit(const Checked& checked, const Node* node, const TypePointer& value,
               const TypePointer& wanted, const std::string& what) {
  Fit(checked, what).value(node, *value, *wanted, "", 0);
}

void check_left_out(const Checked& checked, const Node* node, const char* key,
                    const TypePointer& wanted, const std::string& what) {
  if (wanted->may_be(Kind::null)) return;
  std::string members;
  for (const TypeMember& member : wanted->members) {
    if (member.always) members += (members.empty() ? "" : ", ") + member.name + ": …";
  }
  const std::string name = key;
  checked.context.report.error(
      "P02", node ? node->offset : 0,
      "`" + name + "` is missing: " + what + " takes " + type_name(*wanted),
      "write `" + name + ": {" + members + "}`");
}

}  // namespace sagaloom::workflow
