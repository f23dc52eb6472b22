#include "runtime/kafka/envelope.h"

#include <gtest/gtest.h>
#include <map>

#include "sagaloom/v1/events.pb.h"

namespace sagaloom::kafka {
namespace {

engine::Message emitted() {
  engine::Message message;
  message.id = "store.1.3.42.1";
  message.sequence = "0000000000000000042.001";
  message.topic = "order.created";
  message.type = "order.created";
  message.key = "order-7";
  message.subject = "0190a0b0-0000-7003-8000-000000000001";
  message.time = core::Time{core::Duration{1'709'210'096'007}};
  message.body = core::Value::object({{"total", core::Value(12)}, {"note", core::Value("a\"b")}});
  return message;
}

engine::Message lifecycle() {
  auto message = emitted();
  message.topic = "sagaloom.lifecycle";
  message.type = "sagaloom.v1.SagaChanged";
  message.key = message.subject;
  message.body = core::Lifecycle{.workflow = "order",
                                 .version = 3,
                                 .identity = "order-7",
                                 .state = "COMPENSATED",
                                 .status = "cancelled",
                                 .error = "payment.insufficient_funds"};
  return message;
}

std::map<std::string, std::string> headers_of(const Envelope& envelope) {
  return {envelope.headers.begin(), envelope.headers.end()};
}

TEST(Envelope, CarriesCloudEventsAttributesAsHeaders) {
  const auto envelope = encode(emitted(), "/sagaloom/berlin");
  EXPECT_EQ(envelope.topic, "order.created");
  EXPECT_EQ(envelope.key, "order-7");
  const std::map<std::string, std::string> expected = {
      {"ce_specversion", "1.0"},
      {"ce_id", "store.1.3.42.1"},
      {"ce_source", "/sagaloom/berlin"},
      {"ce_type", "order.created"},
      {"ce_subject", "0190a0b0-0000-7003-8000-000000000001"},
      {"ce_time", "2024-02-29T12:34:56.007Z"},
      {"ce_sequence", "0000000000000000042.001"},
      {"ce_partitionkey", "order-7"},
      {"content-type", "application/json"},
  };
  EXPECT_EQ(headers_of(envelope), expected);
  EXPECT_EQ(envelope.payload, R"({"note":"a\"b","total":12})");
}

TEST(Envelope, WritesLifecycleAsProtobuf) {
  const auto envelope = encode(lifecycle(), "/sagaloom");
  EXPECT_EQ(headers_of(envelope).at("content-type"), "application/protobuf");
  EXPECT_EQ(headers_of(envelope).at("ce_type"), "sagaloom.v1.SagaChanged");
  v1::SagaChanged changed;
  ASSERT_TRUE(changed.ParseFromString(envelope.payload));
  EXPECT_EQ(changed.event_id(), "store.1.3.42.1");
  EXPECT_EQ(changed.sequence(), "0000000000000000042.001");
  EXPECT_EQ(changed.saga_id(), "0190a0b0-0000-7003-8000-000000000001");
  EXPECT_EQ(changed.time().seconds(), 1'709'210'096);
  EXPECT_EQ(changed.time().nanos(), 7'000'000);
  EXPECT_EQ(changed.workflow(), "order");
  EXPECT_EQ(changed.version(), 3u);
  EXPECT_EQ(changed.identity(), "order-7");
  EXPECT_EQ(changed.state(), "COMPENSATED");
  EXPECT_EQ(changed.status(), "cancelled");
  EXPECT_EQ(changed.error_code(), "payment.insufficient_funds");
}

TEST(Envelope, IsTheSameAtEveryResend) {
  for (const auto& message : {emitted(), lifecycle()}) {
    const auto first = encode(message, "/s"), second = encode(message, "/s");
    EXPECT_EQ(first.payload, second.payload);
    EXPECT_EQ(first.headers, second.headers);
  }
}

TEST(Envelope, KeepsTheWorkflowsHeadersButNotThoseThatConsumersDeduplicateBy) {
  auto message = emitted();
  message.headers = {{"tenant", "acme"},
                     {"CE_ID", "forged"},
                     {"Content-Type", "text/plain"},
                     {"content-type-hint", "x"}};
  const auto envelope = encode(message, "/s");
  const auto headers = headers_of(envelope);
  EXPECT_EQ(envelope.headers.size(), 11u);
  EXPECT_EQ(headers.at("tenant"), "acme");
  EXPECT_EQ(headers.at("content-type-hint"), "x");
  EXPECT_EQ(headers.at("ce_id"), message.id);
}

TEST(Envelope, NeverHasAnEmptyPayload) {
  auto message = emitted();
  message.body = core::Value();
  EXPECT_EQ(encode(message, "/s").payload, "null");
}

TEST(Envelope, CountsKeyPayloadAndHeaders) {
  Envelope envelope;
  envelope.key = "12345";
  envelope.payload = "1234567";
  envelope.headers = {{"ab", "cde"}};
  EXPECT_EQ(envelope.bytes(), 5u + 7u + 5u);
}

TEST(Rfc3339, WritesTimesBeforeAndAfterTheEpoch) {
  EXPECT_EQ(rfc3339(core::Time{core::Duration{0}}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(rfc3339(core::Time{core::Duration{-1}}), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(rfc3339(core::Time{core::Duration{253'402'300'799'999}}), "9999-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace sagaloom::kafka
