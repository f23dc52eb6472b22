// decode(encode(x)) == x for random records and sagas; damaged and newer text is refused.
#include "runtime/store/codec.h"

#include <gtest/gtest.h>
#include <random>

#include "runtime/document/json.h"
#include "runtime/store/fields.h"
#include "runtime/store/names.h"
#include "tests/store_contract/sample.h"

namespace sagaloom::tests {
namespace {

using expression::Value;

// Fills any struct of core with random content, driven by the same field lists.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  std::uint64_t below(std::uint64_t limit) { return engine_() % limit; }
  bool once_in(std::uint64_t times) { return below(times) == 0; }

  std::string text() {
    static const std::string pieces[] = {"a",  "ü",  "\"", "\\", "\n", "😀",  "$",
                                         "{}", "\t", "/",  "0",  " ",  "\x01"};
    std::string text;
    for (auto n = below(6); n > 0; --n) text += pieces[below(std::size(pieces))];
    return text;
  }

  Value value(int depth = 0) {
    switch (below(depth < 4 ? 9 : 6)) {
      case 0:
        return {};
      case 1:
        return Value(once_in(2));
      case 2:
        return Value(static_cast<std::int64_t>(engine_()));
      case 3:
        return Value(static_cast<double>(engine_()) / 7e9);
      case 4:
        return Value(text());
      case 5:
        return Value::secret(text());
      case 6:
        return list(depth);
      default:
        return map(depth);
    }
  }

  void fill(bool& to) { to = once_in(2); }
  void fill(double& to) { to = static_cast<double>(below(1000)) / 1000; }
  void fill(std::string& to) { to = text(); }
  void fill(core::Time& to) { to = core::Time(core::Duration(below(2'000'000'000'000))); }
  void fill(core::Duration& to) { to = core::Duration(below(1'000'000)); }
  void fill(Value& to) { to = value(); }
  template <std::integral Number>
  void fill(Number& to) {
    to = static_cast<Number>(below(once_in(2) ? 5 : 0x7fffffff));
  }
  template <typename Enum>
    requires std::is_enum_v<Enum>
  void fill(Enum& to) {
    to = static_cast<Enum>(below(store::Names<Enum>::list.size()));
  }
  template <typename T>
  void fill(std::optional<T>& to) {
    to.reset();
    if (!once_in(3)) fill(to.emplace());
  }
  void fill(core::Failure& to) { fill_fields(to); }
  void fill(core::Try& to) {
    fill(to.number), fill(to.counted), fill(to.crashes);
    fill(to.first_at), fill(to.started_at);
    if (once_in(2)) fill(to.deadline), fill(to.due);
    fill(to.in_flight);
  }
  void fill(std::vector<std::pair<std::string, std::string>>& to) {
    for (auto n = below(3); n > 0; --n) to.emplace_back(text(), text());
  }
  void fill(std::vector<core::Event>& to) {
    to.clear();
    for (auto n = below(3); n > 0; --n) fill_fields(to.emplace_back());
  }

  // Fills about every second field and returns the mask of those.
  template <typename Struct>
  core::FieldMask fill_fields(Struct& object) {
    core::FieldMask mask = 0, bit = 1;
    store::visit_fields(object, [&](std::string_view, auto& field) {
      if (once_in(2)) {
        fill(field);
        mask |= bit;
      }
      bit <<= 1;
    });
    return mask;
  }

  core::Record record() {
    core::Record record;
    record.saga = sample_id(1, static_cast<std::int64_t>(below(100)));
    fill(record.now);
    if (once_in(3)) fill(record.jitter);
    if (once_in(3)) record.rules = 2;
    fill_fields(record.event);
    for (auto n = below(4); n > 0; --n) {
      auto& change = record.steps.emplace_back();
      change.path = "step" + std::to_string(n);
      change.changed = fill_fields(change.step);
    }
    if (!record.steps.empty() && record.steps[0].step.output && once_in(2)) {
      record.event.path = record.steps[0].path;
      record.event.output = record.steps[0].step.output;
    }
    record.head_changed = fill_fields(record.head);
    for (auto n = below(3); n > 0; --n) emit(record);
    for (auto n = below(3); n > 0; --n) fill_fields(record.notes.emplace_back());
    if (once_in(2)) fill_fields(record.lifecycle.emplace());
    return record;
  }

  core::Saga saga() {
    core::Saga saga;
    saga.id = sample_id(2, static_cast<std::int64_t>(below(100)));
    fill_fields(saga.head);
    for (auto n = below(5); n > 0; --n) fill_fields(saga.steps["s" + std::to_string(n)]);
    return saga;
  }

  std::mt19937_64& engine() { return engine_; }

 private:
  Value list(int depth) {
    expression::List items;
    for (auto n = below(4); n > 0; --n) items.push_back(value(depth + 1));
    return Value(std::move(items));
  }
  Value map(int depth) {
    expression::Map members;
    for (auto n = below(4); n > 0; --n) {
      members.push_back({Value(once_in(4) ? "$secret" : text()), value(depth + 1)});
    }
    return Value(std::move(members));
  }
  void emit(core::Record& record) {
    auto& emitted = record.emits.emplace_back();
    fill_fields(emitted);
    if (once_in(2)) emitted.topic = "sagaloom.events";
    if (once_in(2)) emitted.key = core::to_string(record.saga);
  }

  std::mt19937_64 engine_;
};

void expect_equal(const core::Record& left, const core::Record& right) {
  EXPECT_EQ(left.saga, right.saga);
  EXPECT_EQ(left.rules, right.rules);
  EXPECT_EQ(left.now, right.now);
  EXPECT_EQ(left.jitter, right.jitter);
  EXPECT_EQ(left.steps, right.steps);
  EXPECT_EQ(left.head_changed, right.head_changed);
  EXPECT_EQ(left.head, right.head);
  EXPECT_EQ(left.emits, right.emits);
  EXPECT_EQ(left.notes, right.notes);
  EXPECT_EQ(left.lifecycle, right.lifecycle);
  EXPECT_EQ(left.event.output, right.event.output);
  EXPECT_EQ(left.event.details, right.event.details);
  EXPECT_EQ(store::encode_record(left), store::encode_record(right));
}

TEST(Codec, RandomRecordsComeBack) {
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    const auto record = Random(seed).record();
    const auto text = store::encode_record(record);
    const auto back = store::decode_record(store::record_format, record.saga, text);
    ASSERT_TRUE(back.ok()) << seed << ": " << back.error().message << "\n" << text;
    expect_equal(record, *back);
    ASSERT_FALSE(testing::Test::HasFailure()) << seed << "\n" << text;
  }
}

TEST(Codec, RandomSagasComeBack) {
  for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
    const auto saga = Random(seed).saga();
    const auto text = store::saga_text(saga);
    for (const auto& stored : {text, store::encode_saga(saga)}) {
      const auto back = store::decode_saga(saga.id, stored);
      ASSERT_TRUE(back.ok()) << seed << ": " << back.error().message << "\n" << text;
      ASSERT_EQ(saga, *back) << seed << "\n" << text;
    }
  }
}

TEST(Codec, DamagedTextIsAnErrorAndNeverACrash) {
  Random random(7);
  int refused = 0;
  for (int round = 0; round < 3'000; ++round) {
    const auto record = random.record();
    auto text = store::encode_record(record);
    for (auto n = 1 + random.below(3); n > 0; --n) {
      const auto at = random.below(text.size());
      switch (random.below(3)) {
        case 0:
          text[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          text.erase(at, random.below(20));
          break;
        default:
          text.insert(at, "[{\"none\":9}]");
          break;
      }
      if (text.empty()) text = "x";
    }
    const auto back = store::decode_record(store::record_format, record.saga, text);
    if (!back.ok()) ++refused;
  }
  EXPECT_GT(refused, 2'000);
}

TEST(Codec, RandomBytesAreRefused) {
  Random random(8);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (auto n = random.below(40); n > 0; --n) bytes += static_cast<char>(random.below(256));
    EXPECT_FALSE(store::decode_record(store::record_format, {}, bytes).ok());
    EXPECT_FALSE(store::decode_saga({}, bytes).ok());
  }
}

TEST(Codec, OneValueOneText) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    EXPECT_EQ(store::encode_record(Random(seed).record()),
              store::encode_record(Random(seed).record()));
  }
}

std::string code_of(const std::string& text, std::int16_t format = store::record_format) {
  const auto back = store::decode_record(format, {}, text);
  return back.ok() ? "" : back.error().code;
}

TEST(Codec, WhatANewerProgramWroteIsSaidSo) {
  EXPECT_EQ("", code_of(R"({"now":1,"event":{}})"));
  EXPECT_EQ("record.newer", code_of(R"({"now":1,"event":{}})", store::record_format + 1));
  EXPECT_EQ("record.newer", code_of(R"({"now":1,"event":{},"later":1})"));
  EXPECT_EQ("record.newer", code_of(R"({"now":1,"event":{"later":1}})"));
  EXPECT_EQ("record.newer", code_of(R"({"now":1,"event":{"kind":"later"}})"));
  EXPECT_EQ("record.newer", code_of(R"({"now":1,"event":{},"head":{"none":["later"]}})"));
  EXPECT_EQ("record.newer", code_of(R"({"now":1,"event":{},"steps":[{"path":"a","x":1}]})"));
  EXPECT_EQ("record.unreadable", code_of(R"({"now":"one","event":{}})"));
  EXPECT_EQ("record.unreadable", code_of(R"({"now":1,"event":{"number":-1}})"));
  EXPECT_EQ("record.unreadable", code_of(R"({"now":1,"event":{},"steps":[{}]})"));
  const auto error = store::decode_record(store::record_format, {}, R"({"later":1})").error();
  EXPECT_NE(std::string::npos, error.message.find("newer"));
}

TEST(Codec, TheTextIsShortAndReadable) {
  const auto text = store::encode_record(sample_record(0, 1, 2));
  EXPECT_LT(text.size(), 500u) << text;
  EXPECT_NE(std::string::npos, text.find(R"("operation":"inventory.reserve")")) << text;
  // The output came with the event and was kept by its step: it stands there once.
  EXPECT_EQ(text.find("reservation"), text.rfind("reservation")) << text;
}

TEST(Codec, ANullOutputIsNotAMissingOne) {
  core::Record record = sample_record(0, 1, 2);
  record.steps[0].step.output = Value();
  const auto null = store::decode_record(1, record.saga, store::encode_record(record));
  ASSERT_TRUE(null.ok());
  EXPECT_TRUE(null->steps[0].step.output.has_value());
  record.steps[0].step.output.reset();
  const auto cleared = store::decode_record(1, record.saga, store::encode_record(record));
  ASSERT_TRUE(cleared.ok());
  EXPECT_FALSE(cleared->steps[0].step.output.has_value());
  EXPECT_EQ(record.steps[0].changed, cleared->steps[0].changed);
}

// Of a record's head only the changed fields are meant, whatever the others hold.
TEST(Codec, AnUnchangedFieldOfTheHeadSaysNothing) {
  core::Record record = sample_record(0, 1, 1);
  record.head_changed = 0;
  const auto back = store::decode_record(1, record.saga, store::encode_record(record));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(record.lifecycle, back->lifecycle);
  EXPECT_EQ(core::SagaRecord{}, back->head);
}

TEST(Codec, StatesHaveNumbersThatStay) {
  EXPECT_EQ(0, store::state_number("QUEUED"));
  EXPECT_EQ(8, store::state_number("PARKED"));
  EXPECT_EQ(-1, store::state_number("parked"));
  EXPECT_EQ("DECIDING", store::state_text(9));
  EXPECT_EQ("", store::state_text(10));
  EXPECT_EQ("", store::state_text(-1));
}

}  // namespace
}  // namespace sagaloom::tests
