// What a record of a topic means: type, data, key, schema, starts, what can't be read; and how far
// partitions may be committed.
#include "runtime/kafka/mapping.h"

#include <gtest/gtest.h>

#include "runtime/kafka/lanes.h"

namespace sagaloom::kafka {
namespace {

using core::Value;

expression::Template text(const std::string& expression) {
  auto made = expression::Template::compile(Value("${ " + expression + " }"), {"event"});
  EXPECT_TRUE(made.ok());
  return std::move(made).value();
}

std::shared_ptr<core::Definition> listening(const std::string& name, std::uint32_t version = 1) {
  auto definition = std::make_shared<core::Definition>();
  definition->name = name;
  definition->version = version;
  core::EventSource paid;
  paid.name = "paid";
  paid.topic = "payments";
  paid.type = "payment.paid";
  paid.key = text("event.data.order");
  paid.ttl = core::Duration(1'000);
  definition->events = {paid};
  return definition;
}

engine::SourceRecord record(std::string payload) {
  engine::SourceRecord made;
  made.topic = "payments";
  made.part = 3;
  made.offset = 14;
  made.key = "k";
  made.payload = std::move(payload);
  return made;
}

TEST(MappingTest, the_type_is_a_member_or_a_header_and_the_key_is_rendered) {
  const auto mapped =
      map_record(record(R"({"type":"payment.paid","order":"o-1"})"), {listening("order")});
  ASSERT_EQ(mapped.messages.size(), 1u);
  EXPECT_EQ(mapped.messages[0].key, (engine::IdentityKey{"", "order", "o-1"}));
  EXPECT_EQ(mapped.messages[0].event, "event:paid");
  EXPECT_EQ(*mapped.messages[0].data.find("type"), Value("payment.paid"));
  auto binary = record(R"({"order":"o-2"})");
  binary.headers = {{"ce_type", "payment.paid"}, {"ce_id", "id-7"}};
  const auto other = map_record(binary, {listening("order")});
  ASSERT_EQ(other.messages.size(), 1u);
  EXPECT_EQ(*other.messages[0].data.find("id"), Value("id-7"));
  EXPECT_TRUE(
      map_record(record(R"({"type":"other","order":"o"})"), {listening("order")}).messages.empty());
}

TEST(MappingTest, of_a_structured_cloud_event_the_data_is_its_member) {
  const auto mapped = map_record(
      record(R"({"specversion":"1.0","type":"payment.paid","id":"e-1","data":{"order":"o-1"}})"),
      {listening("order")});
  ASSERT_EQ(mapped.messages.size(), 1u);
  EXPECT_EQ(mapped.messages[0].key.key, "o-1");
  EXPECT_EQ(*mapped.messages[0].data.find("data"), Value::object({{"order", "o-1"}}));
}

TEST(MappingTest, each_workflow_gets_its_copy_and_versions_of_one_share_theirs) {
  const auto mapped =
      map_record(record(R"({"type":"payment.paid","order":"o-1"})"),
                 {listening("invoice"), listening("order", 2), listening("order", 1)});
  ASSERT_EQ(mapped.messages.size(), 2u);
  EXPECT_EQ(mapped.messages[0].key.workflow, "invoice");
  EXPECT_EQ(mapped.messages[1].key.workflow, "order");
}

TEST(MappingTest, what_cannot_be_read_becomes_a_dead_letter_that_says_why) {
  const auto broken = map_record(record("{"), {listening("order")});
  ASSERT_EQ(broken.letters.size(), 1u);
  EXPECT_EQ(broken.letters[0].reason, "event.invalid");
  EXPECT_EQ(broken.letters[0].workflow, "order");
  EXPECT_EQ(*broken.letters[0].content->find("payload"), Value("{"));
  EXPECT_EQ(*broken.letters[0].content->find("offset"), Value(14));
  const auto keyless = map_record(record(R"({"type":"payment.paid"})"), {listening("order")});
  EXPECT_TRUE(keyless.messages.empty());
  EXPECT_EQ(keyless.letters.size(), 1u);
  auto strict = listening("order");
  strict->events[0].schema = *schema::Schema::compile(
      Value::object({{"type", "object"}, {"required", Value::list({"amount"})}}));
  EXPECT_EQ(map_record(record(R"({"type":"payment.paid","order":"o"})"), {strict}).letters.size(),
            1u);
}

std::shared_ptr<core::Definition> strict(const std::string& member, std::uint32_t version = 1) {
  auto definition = listening("order", version);
  definition->events[0].schema = *schema::Schema::compile(
      Value::object({{"type", "object"}, {"required", Value::list({Value(member)})}}));
  return definition;
}

engine::DeadLetter letter_of(const Mapped& mapped) {
  EXPECT_EQ(mapped.letters.size(), 1u);
  engine::DeadLetter letter;
  letter.workflow = mapped.letters.at(0).workflow;
  letter.reason = mapped.letters.at(0).reason;
  letter.content = mapped.letters.at(0).content;
  return letter;
}

std::string refused(const engine::Answer<engine::Reread>& answer) {
  const auto* error = std::get_if<engine::EngineError>(&answer);
  return error == nullptr ? "taken" : error->code;
}

TEST(MappingTest, what_one_version_takes_its_others_do_not_refuse) {
  const auto some = record(R"({"type":"payment.paid","order":"o-1"})");
  const auto mapped = map_record(some, {strict("order", 3), strict("amount", 2)});
  EXPECT_EQ(mapped.messages.size(), 1u);
  EXPECT_TRUE(mapped.letters.empty());
  const auto refused_twice = map_record(some, {strict("sum", 3), strict("amount", 2)});
  ASSERT_EQ(refused_twice.letters.size(), 1u);
  EXPECT_NE(refused_twice.letters[0].content->find("problem")->string().find("sum"),
            std::string::npos)
      << "the newest version's";
}

TEST(RereadTest, a_letter_is_taken_once_a_version_takes_its_record) {
  auto some = record(R"({"order":"o-1"})");
  some.headers = {{"ce_type", "payment.paid"}, {"trace", "t"}};
  const auto letter = letter_of(map_record(some, {strict("amount")}));
  const auto still = reread_letter(letter, {strict("amount")});
  ASSERT_EQ(refused(still), "event.invalid");
  EXPECT_FALSE(std::get<engine::EngineError>(still).violations.empty());
  const auto taken =
      reread_letter(letter, {listening("invoice"), strict("order", 2), strict("amount", 1)});
  ASSERT_EQ(refused(taken), "taken");
  const auto& messages = std::get<engine::Reread>(taken).messages;
  ASSERT_EQ(messages.size(), 1u) << "not for other workflows";
  EXPECT_EQ(messages[0].key, (engine::IdentityKey{"", "order", "o-1"}));
  EXPECT_EQ(*messages[0].data.find("headers")->find("trace"), Value("t"));
  EXPECT_EQ(refused(reread_letter(letter, {listening("invoice")})), "event.invalid")
      << "no version of the workflow wants it";
}

TEST(RereadTest, only_what_the_letter_is_about_is_taken_again) {
  auto both = strict("amount");
  core::EventSource seen = listening("order")->events[0];
  seen.name = "seen";
  both->events.push_back(seen);
  const auto mapped = map_record(record(R"({"type":"payment.paid","order":"o-1"})"), {both});
  ASSERT_EQ(mapped.messages.size(), 1u) << "the other event was taken";
  auto lenient = listening("order", 2);
  lenient->events.push_back(seen);
  const auto taken = reread_letter(letter_of(mapped), {lenient, both});
  ASSERT_EQ(refused(taken), "taken");
  ASSERT_EQ(std::get<engine::Reread>(taken).messages.size(), 1u);
  EXPECT_EQ(std::get<engine::Reread>(taken).messages[0].event, "event:paid");
}

std::shared_ptr<core::Definition> starting(const std::string& input) {
  auto definition = std::make_shared<core::Definition>();
  definition->name = "parcel";
  core::StartFrom from;
  from.topic = "payments";
  from.input = text(input);
  definition->start = std::move(from);
  return definition;
}

TEST(RereadTest, a_start_that_failed_is_started_again_under_the_same_name) {
  const auto definition = starting("event.data.missing");
  const auto letter = letter_of(map_record(record(R"({"order":"o-1"})"), {definition}));
  EXPECT_EQ(*letter.content->find("about"), Value("start"));
  const auto taken = reread_letter(letter, {starting("event.data"), definition});
  ASSERT_EQ(refused(taken), "taken");
  ASSERT_EQ(std::get<engine::Reread>(taken).starts.size(), 1u);
  EXPECT_EQ(std::get<engine::Reread>(taken).starts[0].submission.header, "payments/3/14");
}

TEST(RereadTest, what_is_no_json_or_not_whole_is_not_read_again) {
  const auto broken = letter_of(map_record(record("{"), {listening("order")}));
  EXPECT_EQ(refused(reread_letter(broken, {listening("order")})), "dead_letter.unreadable");
  const auto large =
      record(R"({"type":"payment.paid","text":")" + std::string(300'000, 'x') + R"("})");
  const auto cut = letter_of(map_record(large, {listening("order")}));
  EXPECT_EQ(refused(reread_letter(cut, {listening("order")})), "dead_letter.unreadable");
  engine::DeadLetter bare;
  bare.workflow = "order";
  EXPECT_EQ(refused(reread_letter(bare, {listening("order")})), "dead_letter.unreadable");
}

TEST(MappingTest, a_topic_starts_sagas_once_a_record) {
  auto definition = std::make_shared<core::Definition>();
  definition->name = "parcel";
  core::StartFrom from;
  from.topic = "payments";
  from.input = text("event.data");
  definition->start = std::move(from);
  const auto mapped = map_record(record(R"({"order":"o-1"})"), {definition});
  ASSERT_EQ(mapped.starts.size(), 1u);
  EXPECT_EQ(mapped.starts[0].submission.input, Value::object({{"order", "o-1"}}));
  EXPECT_EQ(mapped.starts[0].submission.header, "payments/3/14");
  EXPECT_EQ(topics_of({definition, listening("order")}), std::vector<std::string>{"payments"});
}

const Lanes::Partition some{"payments", 0};

TEST(LanesTest, an_offset_may_be_committed_when_all_before_it_are_taken) {
  Lanes lanes;
  const auto first = lanes.give_out(some, 5);
  const auto second = lanes.give_out(some, 6);
  lanes.taken(*second, true);
  EXPECT_FALSE(lanes.take_committable(some));
  lanes.taken(*first, true);
  EXPECT_EQ(lanes.take_committable(some), 7);
  EXPECT_FALSE(lanes.take_committable(some));
  EXPECT_EQ(lanes.under_way(), 0u);
}

TEST(LanesTest, a_gap_stops_its_partition_until_nothing_of_it_is_under_way) {
  Lanes lanes;
  const auto first = lanes.give_out(some, 5);
  const auto second = lanes.give_out(some, 6);
  lanes.taken(*first, false);
  EXPECT_FALSE(lanes.give_out(some, 7));
  EXPECT_TRUE(lanes.take_gaps().empty());
  lanes.taken(*second, true);
  const auto gaps = lanes.take_gaps();
  ASSERT_EQ(gaps.size(), 1u);
  EXPECT_EQ(gaps.begin()->second, 5);
  const auto again = lanes.give_out(some, 5);
  ASSERT_TRUE(again);
  EXPECT_NE(again->broken, first->broken);
}

TEST(LanesTest, what_is_taken_after_the_partition_went_away_counts_for_nothing) {
  Lanes lanes;
  const auto first = lanes.give_out(some, 5);
  lanes.forget(some);
  lanes.give_out(some, 3);
  lanes.taken(*first, true);
  EXPECT_FALSE(lanes.take_committable(some));
  EXPECT_EQ(lanes.under_way(), 1u);
}

}  // namespace
}  // namespace sagaloom::kafka
