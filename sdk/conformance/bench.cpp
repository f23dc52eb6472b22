#include "sdk/conformance/bench.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace sagaloom::sdk::conformance {

Bench::Bench(const saga_plugin& plugin, const Subject& subject, const std::string& config,
             unsigned seed)
    : plugin_(plugin), subject_(subject), config_(config), random_(seed) {
  open();
  Json outputs = Json::array();
  for (const Setup& setup : subject.before) {
    names_ = {{"before", outputs}};
    const Answer answer = prepare(setup, "before-" + std::to_string(outputs.size()));
    if (answer.status != SAGA_OK && answer.status != SAGA_PENDING) {
      throw std::runtime_error("the suite's call before " + subject.operation +
                               " failed: " + to_string(answer));
    }
    outputs.push_back(Json::parse(answer.output));
  }
  names_ = {{"before", outputs}};
}

Bench::~Bench() = default;

void Bench::open() {
  host_ = std::make_unique<FakeHost>(plugin_, config_);
}
void Bench::close() {
  expect(host_->misplaced_answers() == 0, "a call was answered twice");
  host_.reset();
}

TestCall Bench::forward(const std::string& key) const {
  return forward(key, subject_.input);
}

TestCall Bench::forward(const std::string& key, const Json& input) const {
  TestCall call;
  call.operation = subject_.operation;
  call.key = key;
  call.input = filled(input, names_).dump();
  return call;
}

TestCall Bench::undo(const std::string& key) const {
  TestCall call;
  call.operation = subject_.undo;
  call.key = key;
  call.role = Role::compensate;
  call.input = Json{{"key", key}, {"input", filled(subject_.input, names_)}}.dump();
  return call;
}

TestCall Bench::check(const std::string& key) const {
  TestCall call = undo(key);
  call.operation = subject_.check;
  call.role = Role::check;
  return call;
}

Answer Bench::call(const TestCall& call) {
  Answer answer = host_->call(call);
  if (answer.status == SAGA_BUSINESS && answer.code != "call.fenced") {
    const bool declared = std::find(subject_.errors.begin(), subject_.errors.end(), answer.code) !=
                          subject_.errors.end();
    expect(declared || call.operation != subject_.operation,
           "refused with " + answer.code + ", which the manifest does not declare");
  }
  return answer;
}

Answer Bench::prepare(const Setup& setup, const std::string& key) {
  TestCall call;
  call.operation = setup.operation;
  call.key = key;
  call.input = filled(setup.input, names_).dump();
  return host_->call(call);
}

std::string Bench::snapshot() {
  std::string text = host_->snapshot();
  if (text.empty()) throw std::runtime_error("the plugin has no " SAGA_EXTENSION_ORACLE);
  return text;
}

unsigned Bench::random() {
  random_ = random_ * 1664525u + 1013904223u;  // Numerical Recipes: enough to spread moments
  return random_ >> 8;
}

void Bench::expect(bool right, const std::string& what) {
  if (!right) findings_.push_back(what);
}

void Bench::expect_status(const Answer& answer, std::uint32_t status, const std::string& what) {
  expect(answer.status == status, what + ": expected " + std::string(testing::status_name(status)) +
                                      ", got " + to_string(answer));
}

void Bench::expect_code(const Answer& answer, std::uint32_t status, const std::string& code,
                        const std::string& what) {
  expect_status(answer, status, what);
  expect(answer.code == code, what + ": expected code " + code + ", got " + to_string(answer));
}

bool Bench::made(const Answer& answer) const {
  return answer.status == (subject_.asynchronous ? SAGA_PENDING : SAGA_OK);
}

void Bench::expect_made(const Answer& answer, const std::string& what) {
  expect_status(answer, subject_.asynchronous ? SAGA_PENDING : SAGA_OK, what);
}

void Bench::expect_undone(const Answer& answer, const std::string& what) {
  expect(answer.status == SAGA_OK || answer.status == SAGA_NO_EFFECT,
         what + ": expected OK or NO_EFFECT, got " + to_string(answer));
}

void Bench::expect_snapshot(const std::string& expected, const std::string& what) {
  const std::string now = snapshot();
  expect(now == expected, what + ": expected the effects " + expected + ", found " + now);
}

std::vector<std::string> Bench::take_findings() {
  if (host_ != nullptr) close();
  return std::exchange(findings_, {});
}

}  // namespace sagaloom::sdk::conformance
