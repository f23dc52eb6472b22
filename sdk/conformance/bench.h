// The ground of one conformance case: the plugin open on its own database, the calls that came
// before, and what was found. Used by the kit's cases only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sdk/conformance/suite.h"
#include "sdk/testing/fake_host.h"

namespace sagaloom::sdk::conformance {

using testing::Answer;
using testing::FakeHost;
using testing::TestCall;

class Bench {
 public:
  Bench(const saga_plugin& plugin, const Subject& subject, const std::string& config,
        unsigned seed);
  ~Bench();

  // Opens and closes the plugin; a kill case does so around its children.
  void open();
  void close();

  // Calls of the subject under a key; the inputs are those of the suite, filled.
  TestCall forward(const std::string& key) const;
  TestCall forward(const std::string& key, const Json& input) const;
  TestCall undo(const std::string& key) const;
  TestCall check(const std::string& key) const;
  Answer call(const TestCall& call);
  Answer prepare(const Setup& setup, const std::string& key);
  std::string snapshot();

  const Subject& subject() const { return subject_; }
  const saga_plugin& plugin() const { return plugin_; }
  const std::string& config() const { return config_; }
  unsigned random();

  void expect(bool right, const std::string& what);
  void expect_status(const Answer& answer, std::uint32_t status, const std::string& what);
  void expect_code(const Answer& answer, std::uint32_t status, const std::string& code,
                   const std::string& what);
  // Success of the subject's call: OK, or PENDING of an asynchronous operation.
  void expect_made(const Answer& answer, const std::string& what);
  bool made(const Answer& answer) const;
  // Success of an undo: OK or NO_EFFECT.
  void expect_undone(const Answer& answer, const std::string& what);
  void expect_snapshot(const std::string& expected, const std::string& what);
  std::vector<std::string> take_findings();

 private:
  const saga_plugin& plugin_;
  const Subject& subject_;
  const std::string config_;
  unsigned random_;
  std::unique_ptr<FakeHost> host_;
  Json names_;  // what inputs may refer to
  std::vector<std::string> findings_;
};

}  // namespace sagaloom::sdk::conformance
