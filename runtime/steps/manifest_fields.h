// Reads the members of one JSON object of a manifest and keeps the first thing that is wrong.
// Lifecycle: lives while its object is read. Threads: one.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/definition.h"
#include "runtime/expression/result.h"
#include "runtime/expression/value.h"

namespace sagaloom::steps {

class Fields {
 public:
  // `problem` is shared by all objects of one manifest.
  Fields(const expression::Value& object, std::string pointer,
         std::optional<expression::Error>& problem);

  // nullptr when the member is missing.
  const expression::Value* find(std::string_view member) const { return object_.find(member); }
  std::string text(std::string_view member);  // required, not empty
  std::string text_or(std::string_view member, std::string fallback);
  bool flag(std::string_view member);  // missing: false
  std::vector<std::string> texts(std::string_view member);
  const expression::List& list(std::string_view member);
  core::SchemaPointer schema(std::string_view member);  // missing: null
  std::optional<core::Duration> duration(std::string_view member);
  // Refuses members that are not in the set.
  void only(const std::set<std::string_view>& members);

  void fail(std::string_view member, const std::string& what);
  const std::string& pointer() const { return pointer_; }
  std::optional<expression::Error>& problem() { return problem_; }

 private:
  expression::Value object_;
  std::string pointer_;
  std::optional<expression::Error>& problem_;
};

}  // namespace sagaloom::steps
