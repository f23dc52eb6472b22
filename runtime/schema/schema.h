// A compiled JSON Schema of the declared 2020-12 subset (docs/schemas.md). An unknown keyword is an
// error when the schema is compiled, so nothing is ever silently not checked.
//
// Lifecycle: compiled once, immutable, shared. Threads: validate from any thread.
// Errors: compile gives `schema.invalid` with the pointer of the keyword; validate gives every
// violation with the pointer of the value.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/expression/result.h"
#include "runtime/expression/value.h"

namespace sagaloom::schema {

struct Violation {
  std::string pointer;  // into the checked value
  std::string code;     // the keyword that failed: "type", "required", "minimum", …
  std::string message;
};

class Schema {
 public:
  static expression::Result<std::shared_ptr<const Schema>> compile(const expression::Value& source);
  ~Schema();

  // At most `limit` violations; empty when the value fits.
  std::vector<Violation> validate(const expression::Value& value, std::size_t limit = 20) const;

  const expression::Value& source() const { return source_; }

  struct Node;  // compiled form, schema/node.h
  const Node& root() const { return *root_; }

 private:
  Schema();
  expression::Value source_;
  std::unique_ptr<const Node> root_;
};

}  // namespace sagaloom::schema
