#include "runtime/schema/schema.h"

#include "runtime/schema/compiler.h"
#include "runtime/schema/validation.h"

namespace sagaloom::schema {

Schema::Schema() = default;
Schema::~Schema() = default;

expression::Result<std::shared_ptr<const Schema>> Schema::compile(const expression::Value& source) {
  auto root = schema::compile(source);
  if (!root) return root.error();
  std::shared_ptr<Schema> schema(new Schema);
  schema->source_ = source;
  schema->root_ = std::move(**root);
  return std::shared_ptr<const Schema>(std::move(schema));
}

std::vector<Violation> Schema::validate(const expression::Value& value, std::size_t limit) const {
  return Validation(limit).run(*root_, value);
}

}  // namespace sagaloom::schema
