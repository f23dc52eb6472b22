// The conformance kit is only worth something if it finds what is wrong: a small participant with
// one broken promise at a time, and the case that must notice.
#include "sdk/conformance/kit.h"

#include <gtest/gtest.h>
#include <map>
#include <mutex>

#include "sdk/conformance/report.h"
#include "sdk/json/json.h"
#include "sdk/plugin.h"

namespace sagaloom::tests {
namespace {

using sdk::Call;
using sdk::Json;
using sdk::Outcome;

constexpr char kManifest[] = R"({"operations": [
  {"name": "shelf.take", "effect": "reversible", "idempotent": true, "fences": true,
   "undo": "shelf.put_back", "check": {"operation": "shelf.look", "fences": false},
   "errors": [{"code": "shelf.empty", "verdict": "rejected"}]},
  {"name": "shelf.put_back", "effect": "irreversible", "idempotent": true},
  {"name": "shelf.look", "effect": "none"},
  {"name": "shelf.fill", "effect": "irreversible"}]})";

constexpr char kSuite[] = R"({"config": {}, "operations": [
  {"operation": "shelf.take", "input": {"n": 1}, "other_input": {"n": 2},
   "refused": {"input": {"n": 100}, "code": "shelf.empty",
               "refill": {"operation": "shelf.fill", "input": {"n": 200}}}}]})";

std::string& fault() {
  static std::string name;
  return name;
}
bool broken(const char* promise) {
  return fault() == promise;
}

// What a shelf holds, outside of any open plugin, as a database would.
struct Stock {
  std::int64_t size = 50;
  std::int64_t taken = 0;
};
Stock& stock() {
  static Stock value;
  return value;
}

// Keeps its keys in memory; `fault()` says which promise it breaks.
class Shelf {
 public:
  explicit Shelf(const sdk::OpenContext&) {}
  static void steps(sdk::Steps<Shelf>& steps) {
    steps.blocking("shelf.take", &Shelf::take);
    steps.blocking("shelf.put_back", &Shelf::put_back);
    steps.blocking("shelf.look", &Shelf::look);
    steps.blocking("shelf.fill", &Shelf::fill);
  }

  Outcome take(const Call& call) {
    std::lock_guard lock(mutex_);
    Effect& effect = effects_[std::string(call.effect_key())];
    if (call.epoch() < effect.epoch && !broken("epoch")) {
      return Outcome::unknown("call.stale_owner", "");
    }
    effect.epoch = std::max(effect.epoch, call.epoch());
    if (effect.fenced && !broken("fence")) return Outcome::business("call.fenced", "");
    if (effect.answered && !broken("repeat")) {
      if (effect.input != call.input() && !broken("reuse")) {
        return Outcome::fatal("call.key_reused", "");
      }
      return effect.answer;
    }
    return answer_first(call, effect);
  }

  Outcome put_back(const Call& call) {
    std::lock_guard lock(mutex_);
    Effect& effect = effects_[std::string(call.effect_key())];
    if (call.epoch() < effect.epoch && !broken("epoch")) {
      return Outcome::unknown("call.stale_owner", "");
    }
    if (!effect.made && effect.answer.status == sdk::Status::ok && !broken("undo twice")) {
      return Outcome::ok();
    }
    if (!effect.answered && broken("unknown undo")) return Outcome::business("shelf.what", "");
    if (!effect.answered && broken("tombstone")) return Outcome::no_effect();
    if (effect.answer.status == sdk::Status::ok) {
      stock().taken -= broken("whole undo") ? 0 : effect.count;
      effect.made = false;
    }
    effect.fenced = true;
    return Outcome::ok();
  }

  Outcome look(const Call& call) {
    std::lock_guard lock(mutex_);
    const auto found = effects_.find(std::string(call.effect_key()));
    if (found == effects_.end() || broken("check")) return Outcome::no_effect();
    const Effect& effect = found->second;
    if (effect.fenced) return broken("check of undone") ? Outcome::ok() : Outcome::no_effect();
    return effect.answered ? effect.answer : Outcome::no_effect();
  }

  Outcome fill(const Call& call) {
    std::lock_guard lock(mutex_);
    stock().size += sdk::integer_of(sdk::parse_json(call.input()), "n");
    return Outcome::ok();
  }

  std::string snapshot() {
    std::lock_guard lock(mutex_);
    return Json{{"size", stock().size}, {"taken", stock().taken}}.dump();
  }

 private:
  struct Effect {
    bool answered = false;
    bool made = false;
    bool fenced = false;
    std::int64_t epoch = 0;
    std::int64_t count = 0;
    std::string input;
    Outcome answer;
  };

  Outcome answer_first(const Call& call, Effect& effect) {
    effect.count = sdk::integer_of(sdk::parse_json(call.input()), "n");
    effect.input = std::string(call.input());
    if (stock().taken + effect.count > stock().size) {
      if (broken("undeclared")) return Outcome::business("shelf.surprise", "");
      effect.answer = Outcome::business("shelf.empty", "");
      effect.answered = !broken("refusal");
      return effect.answer;
    }
    stock().taken += effect.count;
    effect.made = effect.answered = true;
    effect.answer = Outcome::ok(Json{{"taken", stock().taken}}.dump());
    return effect.answer;
  }

  std::mutex mutex_;
  std::map<std::string, Effect> effects_;
};

constinit const saga_plugin kShelf = sdk::describe<Shelf>("test.shelf", "1.0.0", kManifest);

struct Planted {
  const char* fault;
  const char* rule;
};

// How a failing parameter is shown.
void PrintTo(const Planted& planted, std::ostream* out) {
  *out << planted.fault;
}

class Kit : public testing::TestWithParam<Planted> {
 protected:
  ~Kit() override { fault().clear(); }
  sdk::conformance::Kit kit_{kShelf, sdk::conformance::read_suite(kSuite, kManifest), "/nowhere"};
};

TEST_P(Kit, finds_the_broken_promise_and_nothing_where_it_is_kept) {
  fault() = "";
  stock() = {};
  EXPECT_EQ(kit_.run({"shelf.take", GetParam().rule}), sdk::conformance::Findings());
  fault() = GetParam().fault;
  stock() = {};
  EXPECT_NE(kit_.run({"shelf.take", GetParam().rule}), sdk::conformance::Findings());
}

INSTANTIATE_TEST_SUITE_P(Planted, Kit,
                         testing::Values(Planted{"repeat", "same_key_twice"},
                                         Planted{"repeat", "eight_threads_same_key"},
                                         Planted{"reuse", "other_input_same_key"},
                                         Planted{"epoch", "smaller_epoch"},
                                         Planted{"refusal", "refuse_refill_same_key"},
                                         Planted{"undeclared", "refuse_refill_same_key"},
                                         Planted{"whole undo", "undo_takes_back"},
                                         Planted{"undo twice", "undo_twice"},
                                         Planted{"fence", "call_lost_then_undo"},
                                         Planted{"fence", "undo_before_call_then_call"},
                                         Planted{"tombstone", "undo_before_call_then_call"},
                                         Planted{"unknown undo", "undo_before_call_then_call"},
                                         Planted{"check", "check_before_and_after_call"},
                                         Planted{"check", "check_after_refusal"},
                                         Planted{"check of undone", "check_after_undo"}));

TEST(KitCases, keys_that_do_not_outlive_a_restart_are_noticed) {
  sdk::conformance::Kit kit(kShelf, sdk::conformance::read_suite(kSuite, kManifest), "/nowhere");
  stock() = {};
  EXPECT_NE(kit.run({"shelf.take", "reopened_then_same_key"}), sdk::conformance::Findings());
}

TEST(KitCases, a_report_says_what_was_kept_for_programs) {
  const Json report = Json::parse(sdk::conformance::report_text(
      R"({"plugin": "shelf", "version": "2.0.0"})",
      {{{"shelf.take", "undo_twice"}, {}}, {{"shelf.take", "same_key_twice"}, {"another answer"}}}));
  EXPECT_EQ(report.at("plugin"), "shelf");
  EXPECT_EQ(report.at("version"), "2.0.0");
  EXPECT_EQ(report.at("cases").at(0).at("kept"), true);
  EXPECT_EQ(report.at("cases").at(1).at("kept"), false);
  EXPECT_EQ(report.at("cases").at(1).at("rule"), "same_key_twice");
  EXPECT_EQ(report.at("cases").at(1).at("findings").at(0), "another answer");
}

TEST(KitCases, a_suite_that_names_what_is_not_there_is_refused) {
  EXPECT_THROW(sdk::conformance::read_suite(
                   R"({"operations":[{"operation":"x","input":{},"other_input":{}}]})", kManifest),
               std::runtime_error);
}

}  // namespace
}  // namespace sagaloom::tests
