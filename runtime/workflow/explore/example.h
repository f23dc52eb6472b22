// Values that a schema accepts: what stands in for the inputs, outputs and events of a workflow
// that is explored before anybody has sent one.
//
// Threads: free functions. Errors: no value where no try fits the schema.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/expression/value.h"
#include "runtime/schema/schema.h"

namespace sagaloom::explore {

using expression::Value;

// The smallest example; a text is called after the property that holds it. `all_properties`: with
// those that may be left out as well.
std::optional<Value> example_of(const schema::Schema& schema, bool all_properties = false);

// One change of an example that the schema accepts as well: the other members of an enum, the
// bounds of a number, a property more, a list of another length.
struct Alternative {
  std::string pointer;  // JSON pointer into the example
  Value value;
};
std::vector<Alternative> alternatives(const schema::Schema& schema, const Value& example);

// The document with the value at this pointer; a missing last member is added.
Value replaced(const Value& document, std::string_view pointer, const Value& value);

}  // namespace sagaloom::explore
