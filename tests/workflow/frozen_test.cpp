// The stored form of a definition: its text and the frozen facts of its operations.
#include <gtest/gtest.h>

#include "runtime/workflow/load.h"
#include "tests/workflow/catalog.h"

namespace sagaloom::workflow {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::around;
using testing::catalog;

core::DefinitionPointer compiled(const std::string& text) {
  const Loaded loaded = load(text, catalog());
  EXPECT_TRUE(loaded.ok()) << workflow::text(loaded.diagnostics);
  return loaded.definition;
}

TEST(Frozen, BringsTheSameDefinitionBackWithoutPlugins) {
  for (const char* name :
       {"workflows/order.yaml", "tests/workflow/valid/every-key.yaml",
        "tests/workflow/valid/order-fulfilment.yaml", "tests/workflow/valid/travel-booking.yaml"}) {
    const auto first = load_file(testing::source_path(name), catalog()).definition;
    ASSERT_TRUE(first) << name;
    const std::string frozen = freeze(*first);
    const auto again = load_frozen(first->text, frozen);
    ASSERT_TRUE(again.ok()) << again.error().message;
    EXPECT_EQ((*again)->hash, first->hash);
    EXPECT_EQ(freeze(**again), frozen);
  }
}

TEST(Frozen, KeepsEveryFactOfAnOperation) {
  core::Operation o;
  o.name = "x.y";
  o.plugin = "x";
  o.major = 3;
  o.input = *schema::Schema::compile(expression::Value::object({{"type", "object"}}));
  o.errors = {"x.no"};
  o.effect = core::Effect::irreversible;
  o.idempotent = o.check_fences = o.cancellable = o.commutative = o.gives = true;
  o.fences = core::Fencing::no;
  o.undo = "x.z";
  o.nothing_to_undo = {"x.gone"};
  o.check = "x.c";
  o.timeout = seconds(2);
  o.holds_for = minutes(15);
  testing::ManifestCatalog own;
  own.add(o);
  for (const char* name : {"x.z", "x.c"}) {
    core::Operation other;
    other.name = name;
    other.plugin = "x";
    other.idempotent = true;
    own.add(other);
  }
  LoadOptions options;
  options.checks = false;
  const std::string text = around("- {id: a, call: x.y@3, compensate: auto}\n");
  const Loaded loaded = load(text, own, options);
  ASSERT_TRUE(loaded.ok()) << workflow::text(loaded.diagnostics);
  const auto again = load_frozen(text, freeze(*loaded.definition));
  ASSERT_TRUE(again.ok()) << again.error().message;
  const auto& back = *(*again)->find("a")->call()->operation;
  EXPECT_EQ(back.major, 3u);
  EXPECT_EQ(back.input->source(), o.input->source());
  EXPECT_FALSE(back.output);
  EXPECT_EQ(back.errors, o.errors);
  EXPECT_EQ(back.effect, o.effect);
  EXPECT_TRUE(back.idempotent && back.check_fences && back.cancellable && back.commutative &&
              back.gives);
  EXPECT_FALSE(back.asynchronous);
  EXPECT_EQ(back.fences, core::Fencing::no);
  EXPECT_EQ(back.nothing_to_undo, o.nothing_to_undo);
  EXPECT_EQ((*again)->find("a")->compensate.steps[0].nothing_to_undo, o.nothing_to_undo);
  EXPECT_EQ(back.timeout, o.timeout);
  EXPECT_EQ(back.holds_for, o.holds_for);
}

TEST(Frozen, DamagedFactsAreAnError) {
  const std::string text = around("- {id: a, call: odd.plain, compensate: auto}\n");
  const std::string frozen = freeze(*compiled(text));
  for (const std::string& bad :
       {std::string("{}"), std::string("[]"), std::string("{\"operations\":[]}"),
        std::string("{\"operations\":[1]}"), std::string("{\"operations\":[{\"name\":5}]}"),
        frozen.substr(0, frozen.size() / 2)}) {
    EXPECT_FALSE(load_frozen(text, bad).ok()) << bad.substr(0, 60);
  }
  EXPECT_FALSE(load_frozen("steps: nonsense\n", frozen).ok());
}

}  // namespace
}  // namespace sagaloom::workflow
