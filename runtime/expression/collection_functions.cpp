// Functions over lists: size, and our own sum, min and max.

#include <string>

#include "runtime/expression/evaluation.h"
#include "runtime/expression/functions.h"
#include "runtime/expression/utf8.h"

namespace sagaloom::expression {
namespace {

bool give(Call& call, Value value) {
  call.out = std::move(value);
  return true;
}

bool size(Call& call) {
  const Value& of = call[0];
  if (of.is_list()) return give(call, Value(static_cast<std::int64_t>(of.items().size())));
  if (of.is_map()) return give(call, Value(static_cast<std::int64_t>(of.members().size())));
  if (!of.is_string()) return call.no_overload();
  if (!call.evaluation.work(call.node, of.string().size() / 256)) return false;
  return give(call, Value(static_cast<std::int64_t>(count_code_points(of.string()))));
}

bool sum(Call& call) {
  if (!call[0].is_list()) return call.no_overload();
  std::int64_t whole = 0;
  double real = 0;
  bool any_real = false;
  for (const auto& item : call[0].items()) {
    if (!call.evaluation.work(call.node, 1)) return false;
    if (item.is_integer()) {
      if (__builtin_add_overflow(whole, item.integer(), &whole)) {
        return call.fail("the result does not fit 64 bits");
      }
    } else if (item.is_real()) {
      real += item.real();
      any_real = true;
    } else {
      return call.fail("the list holds something else than numbers");
    }
  }
  return give(call, any_real ? Value(real + static_cast<double>(whole)) : Value(whole));
}

template <bool least>
bool extreme(Call& call) {
  if (!call[0].is_list()) return call.no_overload();
  const List& items = call[0].items();
  if (items.empty()) return call.fail("the list is empty");
  const Value* best = &items.front();
  for (const auto& item : items) {
    if (!call.evaluation.work(call.node, 1)) return false;
    const auto order = compare(item, *best);
    if (!order) return call.fail("the list holds values that have no order");
    if (least ? *order < 0 : *order > 0) best = &item;
  }
  return give(call, *best);
}

}  // namespace

std::vector<Function> collection_functions() {
  using Form = Function::Form;
  return {
      {"size", Form::both, 1, 1, size, kinds::integer, {kinds::text | kinds::list | kinds::map}},
      {"sum", Form::both, 1, 1, sum, 0, {kinds::list}},
      {"min", Form::both, 1, 1, extreme<true>, 0, {kinds::list}},
      {"max", Form::both, 1, 1, extreme<false>, 0, {kinds::list}},
  };
}

}  // namespace sagaloom::expression
