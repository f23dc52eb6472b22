#include "runtime/http/exchange.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>

#include "runtime/http/json_text.h"

namespace sagaloom::http {

const std::string& Exchange::parameter(std::string_view name) const {
  const auto at = std::find_if(parameters.begin(), parameters.end(),
                               [&](const auto& entry) { return entry.first == name; });
  assert(at != parameters.end());
  return at->second;
}

std::string_view Exchange::path() const {
  const std::string_view whole = request.target;
  return whole.substr(0, whole.find('?'));
}

void Exchange::answer(int status, const expression::Value& body) const {
  respond(json_response(status, body));
}

void Exchange::fail(const engine::EngineError& error, std::string_view prefix) const {
  fail(to_problem(error, prefix));
}

std::vector<core::DefinitionPointer> exposed_definitions(const Backend& backend) {
  std::vector<core::DefinitionPointer> newest;
  for (auto& definition : backend.definitions()) {
    const bool seen = std::any_of(newest.begin(), newest.end(), [&](const auto& other) {
      return other->name == definition->name;
    });
    if (!seen) newest.push_back(std::move(definition));
  }
  std::erase_if(newest, [](const auto& definition) { return !definition->expose; });
  return newest;
}

}  // namespace sagaloom::http
