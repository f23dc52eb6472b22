// The checker's class, split over checker.cpp (members and the public functions) and
// checking_operators.cpp (operators, functions, macros).
//
// Lifecycle: on the stack of `check`. Threads: one.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "runtime/expression/checker.h"
#include "runtime/expression/node.h"

namespace sagaloom::expression {

inline constexpr Kinds boolean_kind = kinds_of(Value::Kind::boolean);
inline constexpr Kinds time_kinds =
    kinds_of(Value::Kind::timestamp) | kinds_of(Value::Kind::time_span);
inline constexpr Kinds text_kinds = kinds_of(Value::Kind::string) | number_kinds | boolean_kind;
inline constexpr Kinds ordered_kinds = text_kinds | time_kinds;

inline TypePointer boolean_type() {
  return type_of_kinds(boolean_kind);
}

// The type inside of an optional, or the type itself.
inline TypePointer opened(const TypePointer& type) {
  if (!type->is_only(kinds_of(Value::Kind::optional))) return type;
  return type->item ? type->item : any_type();
}

class Checker {
 public:
  Checker(const RootTypes& roots, Facts facts) : roots_(roots), facts_(std::move(facts)) {}

  TypePointer visit(const Node& node);
  void report(const Node& node, const char* code, bool is_error, std::string message) {
    findings_.push_back({code, is_error, std::move(message), node.offset});
  }
  // X04 unless the type may be one of the kinds.
  void need(const Node& node, const Type& type, Kinds kinds, std::string_view what) {
    if (type.kinds & kinds) return;
    report(node, "X04", true, std::string(what) + " is needed here, this is " + type_name(type));
  }
  // What a text can be joined with; an absent optional cannot.
  void check_text(const Node& node, const Type& type) {
    const bool maybe_absent = type.may_be(Value::Kind::optional);
    const Type& held = maybe_absent && type.item ? *type.item : type;
    if (type.kinds == any_kind || (!maybe_absent && type.is_only(text_kinds))) return;
    if (!(held.kinds & text_kinds)) return need(node, held, text_kinds, "a string, number or bool");
    report(node, "X09", false,
           "this text is joined with " + type_name(type) + "; use `string(…)` or `orValue`");
  }
  std::vector<Finding> take() { return std::move(findings_); }

 private:
  TypePointer root(const Node& node) const;
  TypePointer member(const Node& node);
  TypePointer member_of(const Node& node, const TypePointer& operand, bool guarded);
  void maybe_absent(const Node& node, const TypeMember& member);
  TypePointer index(const Node& node);
  TypePointer list(const Node& node);
  TypePointer map(const Node& node);
  TypePointer conditional(const Node& node);
  TypePointer logical(const Node& node);
  TypePointer binary(const Node& node);
  TypePointer arithmetic(const Node& node, const Type& left, const Type& right);
  void comparison(const Node& node, const Type& left, const Type& right);
  void equality(const Node& node, const Type& left, const Type& right);
  TypePointer call(const Node& node);
  TypePointer collection_call(const Node& node, const Type& list);
  TypePointer macro(const Node& node);
  TypePointer optional_mapped(const Node& node);
  TypePointer fallback(const Node& node);
  TypePointer with_facts(const Node& node, const Facts& more);

  const RootTypes& roots_;
  Facts facts_;
  std::vector<TypePointer> variables_ = std::vector<TypePointer>(most_variables, any_type());
  std::vector<Finding> findings_;
};

}  // namespace sagaloom::expression
