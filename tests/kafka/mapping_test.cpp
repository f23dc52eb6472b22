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
