// The schema for editors and the loader must know the same keys, and every key has words.
#include <filesystem>
#include <gtest/gtest.h>
#include <regex>
#include <set>

#include "tests/workflow/catalog.h"
#include "tests/workflow/spots.h"

namespace sagaloom::workflow {
namespace {

using expression::Value;
using testing::Spot;

// Every word in quotes in the loader's sources: what it does not hold can be no key.
const std::set<std::string>& words_of_the_loader() {
  static const std::set<std::string> words = [] {
    std::set<std::string> found;
    const std::regex word("\"([a-z][a-z_]*)\"");
    for (const auto& entry :
         std::filesystem::directory_iterator(testing::source_path("runtime/workflow"))) {
      if (entry.path().extension() != ".cpp") continue;
      const std::string text = testing::read_file(entry.path().string());
      for (std::sregex_iterator it(text.begin(), text.end(), word), end; it != end; ++it)
        found.insert((*it)[1]);
    }
    return found;
  }();
  return words;
}

// Whether the loader knows a key at this spot.
bool known(const Spot& spot, const std::string& key) {
  const auto loaded = load(spot.before + key + ": null" + spot.after, testing::catalog());
  const std::string said = "unknown key `" + key + "`";
  for (const auto& d : loaded.diagnostics)
    if (d.message.substr(0, said.size()) == said) return false;
  return true;
}

class EditorSchema : public ::testing::TestWithParam<Spot> {
 protected:
  static const Value& properties() {
    return *testing::at(testing::editor_schema_base(), GetParam().path);
  }
};

TEST_P(EditorSchema, HasTheKeysThatTheLoaderKnows) {
  ASSERT_FALSE(known(GetParam(), "nothing_like_that")) << "the spot is not read at all";
  std::set<std::string> in_schema, in_loader;
  for (const auto& member : properties().members()) in_schema.insert(member.key.string());
  for (const auto& word : words_of_the_loader())
    if (known(GetParam(), word)) in_loader.insert(word);
  // `await` is a wait in the loader, which then refuses what cannot end a call.
  if (GetParam().name == "await") {
    for (const char* refused : {"for", "until", "task", "any", "collect_until", "each"})
      EXPECT_EQ(in_loader.erase(refused), 1u) << refused;
  }
  EXPECT_EQ(in_schema, in_loader);
}

TEST_P(EditorSchema, SaysOfEveryKeyWhatItIs) {
  for (const auto& [key, schema] : properties().members()) {
    const Value* title = schema.find("title");
    const Value* description = schema.find("description");
    ASSERT_TRUE(title && description) << key.string();
    const std::string& name = title->string();
    EXPECT_EQ(name.substr(name.rfind('.') + 1), key.string());
    EXPECT_GT(description->string().size(), 8u) << key.string();
  }
}

INSTANTIATE_TEST_SUITE_P(Spots, EditorSchema, ::testing::ValuesIn(testing::spots()),
                         [](const auto& info) { return info.param.name; });

// No place with keys is missing from the list of spots.
void count_places(const Value& schema, const std::string& path, std::set<std::string>& places) {
  if (schema.is_list()) {
    for (std::size_t i = 0; i < schema.items().size(); ++i)
      count_places(schema.items()[i], path + std::to_string(i) + "/", places);
  }
  if (!schema.is_map()) return;
  if (schema.find("additionalProperties") && schema.find("properties"))
    places.insert(path + "properties");
  for (const auto& [key, value] : schema.members())
    count_places(value, path + key.string() + "/", places);
}

TEST(EditorSchemaPlaces, AreAllLookedAt) {
  std::set<std::string> places, looked_at;
  count_places(testing::editor_schema_base(), "", places);
  for (const auto& spot : testing::spots()) looked_at.insert(spot.path);
  EXPECT_EQ(places, looked_at);
}

}  // namespace
}  // namespace sagaloom::workflow
