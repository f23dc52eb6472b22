#include "runtime/expression/functions.h"

#include <algorithm>
#include <string>

#include "runtime/expression/evaluation.h"

namespace sagaloom::expression {
namespace {

const std::vector<Function>& table() {
  static const std::vector<Function> functions = [] {
    std::vector<Function> all;
    for (const auto& part :
         {conversion_functions(), string_functions(), time_functions(), collection_functions()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    std::sort(all.begin(), all.end(),
              [](const Function& a, const Function& b) { return a.name < b.name; });
    return all;
  }();
  return functions;
}

bool has_form(const Function& function, bool method) {
  return function.form == Function::Form::both ||
         (function.form == Function::Form::method) == method;
}

}  // namespace

bool Call::all_strings() const {
  return std::all_of(arguments.begin(), arguments.begin() + static_cast<std::ptrdiff_t>(count),
                     [](const Value* argument) { return argument->is_string(); });
}

bool Call::no_overload() const {
  std::string text = "`" + node.name + "` of (";
  for (std::size_t i = 0; i < count; ++i) {
    if (i > 0) text += ", ";
    text += kind_name(arguments[i]->kind());
  }
  return evaluation.no_overload(node, text + ")");
}

bool Call::fail(std::string_view message) const {
  return evaluation.fail(node, "`" + node.name + "`: " + std::string(message));
}

const Function* find_function(std::string_view name, bool method) {
  const auto& functions = table();
  const auto found = std::lower_bound(
      functions.begin(), functions.end(), name,
      [](const Function& function, std::string_view wanted) { return function.name < wanted; });
  if (found == functions.end() || found->name != name || !has_form(*found, method)) return nullptr;
  return &*found;
}

std::vector<std::string_view> function_names(bool method) {
  std::vector<std::string_view> names;
  for (const auto& function : table()) {
    if (has_form(function, method)) names.push_back(function.name);
  }
  return names;
}

}  // namespace sagaloom::expression
