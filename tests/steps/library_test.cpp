// Loading: every wrong file is refused with a stable code and a text that says what to do about it;
// what happens to the original afterwards does not matter.
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "runtime/steps/elf_check.h"
#include "runtime/steps/plugin_library.h"
#include "tests/plugins/plugin_file.h"

namespace sagaloom::tests {
namespace {

using steps::PluginLibrary;

std::string test_plugin(const std::string& name) {
  return std::string(SAGALOOM_BINARY_DIR) + "/bin/test_plugins/" + name + ".so";
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

class Library : public testing::Test {
 protected:
  std::string refusal(const std::string& path) {
    const auto loaded = PluginLibrary::load(path, folder_.path());
    if (loaded.ok()) return "loaded";
    EXPECT_NE(loaded.error().message.find(path), std::string::npos) << loaded.error().message;
    return loaded.error().code;
  }
  TemporaryFolder folder_;
};

TEST_F(Library, a_file_that_is_not_there_or_no_shared_object_is_named) {
  EXPECT_EQ(refusal("/no/such.so"), "plugin.not_found");
  EXPECT_EQ(refusal(folder_.path()), "plugin.not_found");
  const std::string text = folder_.path() + "/text.so";
  write_text(text, "#!/bin/sh\n");
  EXPECT_EQ(refusal(text), "plugin.not_a_library");
  EXPECT_EQ(refusal("/proc/self/exe").substr(0, 7), "plugin.");
}

TEST_F(Library, other_peoples_shared_objects_are_refused) {
  EXPECT_EQ(refusal(test_plugin("wrong1")), "plugin.no_symbol");
  EXPECT_EQ(refusal(test_plugin("wrong3")), "plugin.abi");
  EXPECT_EQ(refusal(test_plugin("wrong4")), "plugin.abi");
  EXPECT_EQ(refusal(test_plugin("wrong5")), "plugin.abi");
}

// Bound lazily, it would end the process at the first call.
TEST_F(Library, a_missing_symbol_is_found_at_load_and_named) {
  const auto loaded = PluginLibrary::load(test_plugin("wrong2"), folder_.path());
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, "plugin.load_failed");
  EXPECT_NE(loaded.error().message.find("nobody_has_this"), std::string::npos)
      << loaded.error().message;
}

// Every cut must be refused before the dynamic linker sees it: there it would be a SIGBUS.
TEST_F(Library, a_truncated_file_is_refused_wherever_it_is_cut) {
  const std::string whole = read_text(plugin_path("noop"));
  for (std::size_t part = 0; part < 40; ++part) {
    const std::string cut = whole.substr(0, whole.size() * part / 40);
    EXPECT_NE(steps::why_no_shared_object(cut), "") << part << "/40";
  }
  EXPECT_EQ(steps::why_no_shared_object(whole), "");
}

TEST_F(Library, a_flipped_byte_in_header_or_section_table_never_crashes_the_check) {
  const std::string whole = read_text(plugin_path("noop"));
  int refused = 0;
  for (std::size_t i = 0; i < 64; ++i) {
    for (const std::size_t at : {i, whole.size() - 64 * 20 + i}) {
      std::string changed = whole;
      changed[at] = static_cast<char>(~changed[at]);
      refused += steps::why_no_shared_object(changed).empty() ? 0 : 1;
    }
  }
  EXPECT_GT(refused, 20);
}

TEST_F(Library, is_loaded_from_a_copy_named_by_its_content) {
  const std::string original = folder_.path() + "/mine.so";
  std::filesystem::copy_file(plugin_path("noop"), original);
  const auto loaded = PluginLibrary::load(original, folder_.path());
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded->loaded_path, folder_.path() + "/plugins/" + loaded->sha256 + "/mine.so");
  struct stat facts{};
  ASSERT_EQ(::stat(loaded->loaded_path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777, 0500u);

  write_text(original, "overwritten");
  const std::string_view id(loaded->table->id.ptr, loaded->table->id.len);
  EXPECT_EQ(id, "org.sagaloom.noop") << "the loaded code is untouched";
  EXPECT_EQ(refusal(original), "plugin.not_a_library");
}

TEST_F(Library, a_new_version_under_the_old_path_is_the_new_code) {
  const std::string original = folder_.path() + "/mine.so";
  std::filesystem::copy_file(plugin_path("noop"), original);
  ASSERT_TRUE(PluginLibrary::load(original, folder_.path()).ok());
  std::filesystem::copy_file(plugin_path("delivery"), original,
                             std::filesystem::copy_options::overwrite_existing);
  const auto newer = PluginLibrary::load(original, folder_.path());
  ASSERT_TRUE(newer.ok()) << newer.error().message;
  EXPECT_EQ(std::string_view(newer->table->id.ptr, newer->table->id.len), "org.sagaloom.delivery");
}

TEST_F(Library, a_damaged_copy_is_made_anew) {
  const auto first = PluginLibrary::load(test_plugin("fault"), folder_.path());
  ASSERT_TRUE(first.ok()) << first.error().message;
  const TemporaryFolder other;
  const std::string copy = other.path() + "/plugins/" + first->sha256 + "/fault.so";
  std::filesystem::create_directories(std::filesystem::path(copy).parent_path());
  write_text(copy, "half a file");
  const auto second = PluginLibrary::load(test_plugin("fault"), other.path());
  ASSERT_TRUE(second.ok()) << second.error().message;
  EXPECT_EQ(read_text(copy), read_text(test_plugin("fault")));
}

TEST_F(Library, a_state_folder_that_cannot_be_written_is_named) {
  const std::string file = folder_.path() + "/file";
  write_text(file, "in the way");
  const auto loaded = PluginLibrary::load(plugin_path("noop"), file);
  ASSERT_FALSE(loaded.ok());
  EXPECT_EQ(loaded.error().code, "plugin.store_failed");
}

}  // namespace
}  // namespace sagaloom::tests
