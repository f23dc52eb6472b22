// Operation facts as JSON: the frozen form that is stored beside a definition's text.
//
// Threads: free functions and an immutable catalog. Errors: `definition.invalid`.
#pragma once

#include <map>

#include "runtime/workflow/load.h"

namespace sagaloom::workflow {

expression::Value to_value(const core::Operation& operation);
expression::Result<core::OperationPointer> operation_from(const expression::Value& facts);

class FrozenCatalog final : public OperationCatalog {
 public:
  static expression::Result<FrozenCatalog> read(std::string_view json);
  core::OperationPointer find(std::string_view name) const override;
  std::vector<std::string> names() const override;

 private:
  std::map<std::string, core::OperationPointer, std::less<>> operations_;
};

}  // namespace sagaloom::workflow
