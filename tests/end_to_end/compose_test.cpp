// The container files, as far as a machine without a container engine can tell.
#include <gtest/gtest.h>

#include "tests/end_to_end/program.h"

namespace sagaloom::tests {
namespace {

TEST(ComposeTest, TheComposeFileIsValid) {
  const Finished checked =
      run({"docker-compose", "-f", SAGALOOM_SOURCE_DIR "/docker-compose.yml", "config", "-q"});
  EXPECT_EQ(0, checked.status) << checked.err;
}

TEST(ComposeTest, TheConfigurationOfTheContainerIsAccepted) {
  const Folder folder;
  const Finished ended =
      run({program(), "serve", "--config", SAGALOOM_SOURCE_DIR "/deploy/sagaloom.yaml", "--data",
           folder.file("data"), "--set", "store=postgres", "--set",
           "postgres.dsn=host=127.0.0.1 port=1"});
  EXPECT_EQ(1, ended.status) << ended.err;  // the keys are fine, the database is not there
  EXPECT_NE(std::string::npos, ended.err.find("store.away")) << ended.err;
}

TEST(ComposeTest, TheImageInstallsWhatTheProgramNeeds) {
  const Finished needs =
      run({"bash", "-c",
           "ldd " + program() +
               " " SAGALOOM_BINARY_DIR "/bin/plugins/*.so | grep -oE '^\\s*lib\\S+' | sort -u"});
  const std::string image = read_file(SAGALOOM_SOURCE_DIR "/Dockerfile");
  const std::pair<const char*, const char*> packages[] = {
      {"libpq.so", "libpq5"},
      {"libsqlite3.so", "libsqlite3-0"},
      {"libyaml-cpp.so", "libyaml-cpp0.7"},
      {"librdkafka.so", "librdkafka1"},
      {"libprotobuf.so", "libprotobuf32"},
      {"libprometheus-cpp-core.so", "libprometheus-cpp-core1.0"},
      {"libspdlog.so", "libspdlog1.10"},
      {"libxxhash.so", "libxxhash0"},
      {"libre2.so", "libre2-9"},
      {"libzstd.so", "libzstd1"},
      {"libcurl.so", "libcurl4"},
      {"libssl.so", "libssl3"},
      {"libboost_filesystem.so", "libboost-filesystem1.81.0"}};
  for (const auto& [library, package] : packages) {
    if (needs.out.find(library) != std::string::npos) {
      EXPECT_NE(std::string::npos, image.find(package)) << package;
    }
  }
}

}  // namespace
}  // namespace sagaloom::tests
