#include "runtime/document/file.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sstream>
#include <sys/stat.h>

namespace sagaloom::document {
namespace {

class FileTest : public ::testing::Test {
 protected:
  FileTest() {
    std::string name = (std::filesystem::temp_directory_path() / "file-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~FileTest() override { std::filesystem::remove_all(folder_); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
    return (folder_ / name).string();
  }
  static std::string code_of(const std::string& path, std::size_t limit = largest_text) {
    const auto text = read_file(path, limit);
    return text.ok() ? "" : text.error().code;
  }

  std::filesystem::path folder_;
};

TEST_F(FileTest, AFileIsReadAsItIs) {
  const std::string text("a\r\n\0b", 5);
  EXPECT_EQ(text, *read_file(write("some", text)));
  EXPECT_EQ("", *read_file(write("empty", "")));
  std::filesystem::create_symlink(folder_ / "some", folder_ / "link");
  EXPECT_EQ(text, *read_file((folder_ / "link").string()));
}

TEST_F(FileTest, TheLimitIsTheLastSizeThatIsTaken) {
  const std::string text(200'000, 'x');
  const std::string path = write("some", text);
  EXPECT_EQ(text, *read_file(path, text.size()));
  EXPECT_EQ("file.too_large", code_of(path, text.size() - 1));
}

TEST_F(FileTest, OnlyRegularFilesAreOpened) {
  EXPECT_EQ("file.not_regular", code_of(folder_.string()));
  EXPECT_EQ("file.not_regular", code_of("/dev/zero"));
  const std::string pipe = (folder_ / "pipe").string();
  ASSERT_EQ(0, ::mkfifo(pipe.c_str(), 0600));
  EXPECT_EQ("file.not_regular", code_of(pipe)) << "and it does not block";
  EXPECT_EQ("file.not_read", code_of((folder_ / "none").string()));
  EXPECT_EQ("file.not_read", code_of(write("some", "x") + "/below"));
}

TEST_F(FileTest, AStreamHasTheSameLimit) {
  std::istringstream fits("12345"), more("123456");
  EXPECT_EQ("12345", *read_stream(fits, "standard input", 5));
  const auto refused = read_stream(more, "standard input", 5);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ("file.too_large", refused.error().code);
  EXPECT_EQ("standard input is larger than 5 bytes", refused.error().message);
}

}  // namespace
}  // namespace sagaloom::document
