#include "tests/workflow/replay/versions.h"

#include <stdexcept>

#include "tests/workflow/catalog.h"

namespace sagaloom::tests {
namespace {

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const std::size_t at = text.find(what);
  if (at == text.npos) throw std::runtime_error("the workflow has no `" + what + "`");
  return text.replace(at, what.size(), by);
}

}  // namespace

std::string workflow_text(const std::string& name) {
  const std::string path = workflow::testing::source_path("tests/golden/" + name + ".yaml");
  return workflow::testing::read_file(path);
}

std::string order_text() {
  return workflow_text("order");
}

core::DefinitionPointer version_of(const std::string& text) {
  workflow::testing::ManifestCatalog catalog;
  catalog.add_file(workflow::testing::source_path("tests/golden/shop.json"));
  workflow::LoadOptions options;
  options.checks = false;
  const auto loaded = workflow::load(text, catalog, options);
  std::string problems;
  for (const auto& each : loaded.diagnostics) problems += workflow::text(each) + "\n";
  if (!loaded.ok()) throw std::runtime_error(problems);
  return loaded.definition;
}

core::DefinitionPointer changed(const std::string& what, const std::string& by,
                                const std::string& workflow) {
  const std::string second = replaced(workflow_text(workflow), "version: 1", "version: 2");
  return version_of(replaced(second, what, by));
}

}  // namespace sagaloom::tests
