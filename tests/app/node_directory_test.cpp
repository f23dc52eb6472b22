#include "runtime/app/node_directory.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <optional>
#include <unistd.h>

namespace sagaloom::app {
namespace {

class NodeDirectoryTest : public testing::Test {
 protected:
  ~NodeDirectoryTest() override { std::filesystem::remove_all(folder_); }
  static std::string make_folder() {
    std::string name = std::filesystem::temp_directory_path() / "sagaloom-node-XXXXXX";
    return ::mkdtemp(name.data());
  }
  const std::string folder_ = make_folder();
};

TEST_F(NodeDirectoryTest, KeepsItsIdAcrossStarts) {
  std::string first;
  {
    auto opened = NodeDirectory::open(folder_ + "/new/data");
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    first = opened->id();
    EXPECT_EQ(36u, first.size());
  }
  auto again = NodeDirectory::open(folder_ + "/new/data");
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(first, again->id());
}

TEST_F(NodeDirectoryTest, TwoDirectoriesHaveTwoIds) {
  auto one = NodeDirectory::open(folder_ + "/a");
  auto two = NodeDirectory::open(folder_ + "/b");
  ASSERT_TRUE(one.ok() && two.ok());
  EXPECT_NE(one->id(), two->id());
}

TEST_F(NodeDirectoryTest, ASecondOwnerIsToldWhoTheFirstIs) {
  auto first = NodeDirectory::open(folder_);
  ASSERT_TRUE(first.ok());
  const auto second = NodeDirectory::open(folder_);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ("node.in_use", second.error().code);
  EXPECT_NE(std::string::npos, second.error().message.find(std::to_string(::getpid())))
      << second.error().message;
}

TEST_F(NodeDirectoryTest, TheLockMovesWithItsOwner) {
  std::optional<NodeDirectory> kept;
  {
    auto opened = NodeDirectory::open(folder_);
    ASSERT_TRUE(opened.ok());
    kept = std::move(*opened);
  }
  EXPECT_FALSE(NodeDirectory::open(folder_).ok());
  kept.reset();
  EXPECT_TRUE(NodeDirectory::open(folder_).ok());
}

TEST_F(NodeDirectoryTest, AnIdThatWasCutIsMadeAgain) {
  std::ofstream(folder_ + "/node.id") << "0192-cut";
  auto opened = NodeDirectory::open(folder_);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(36u, opened->id().size());
}

TEST_F(NodeDirectoryTest, APathThatCannotBeADirectoryIsAnError) {
  std::ofstream(folder_ + "/file") << "x";
  const auto opened = NodeDirectory::open(folder_ + "/file/data");
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ("node.directory", opened.error().code);
}

}  // namespace
}  // namespace sagaloom::app
