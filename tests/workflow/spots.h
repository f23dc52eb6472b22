// Every place of a workflow that has keys: where the schema for editors describes it, how
// docs/workflows.md names its table, and a text in which the loader reads it.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "runtime/expression/value.h"

namespace sagaloom::workflow::testing {

struct Spot {
  std::string name;           // of the table: `<!-- keys: name -->`
  std::string path;           // to `properties` in the schema, with `/` between
  std::string before, after;  // around `key: null` in flow notation
};

void PrintTo(const Spot& spot, std::ostream* out);

const std::vector<Spot>& spots();

// schemas/workflow.schema.json.
const expression::Value& editor_schema_base();
// nullptr: there is nothing at this path.
const expression::Value* at(const expression::Value& schema, const std::string& path);

}  // namespace sagaloom::workflow::testing
