#include "runtime/kafka/window.h"

#include <gtest/gtest.h>

#include "runtime/kafka/verdict.h"

namespace sagaloom::kafka {
namespace {

TEST(Window, IsFullByMessages) {
  Window window(2, 1000);
  EXPECT_TRUE(window.admit(1));
  EXPECT_TRUE(window.admit(1));
  EXPECT_FALSE(window.admit(1));
  window.release(1, false);
  EXPECT_TRUE(window.admit(1));
}

TEST(Window, IsFullByBytes) {
  Window window(100, 10);
  EXPECT_TRUE(window.admit(6));
  EXPECT_FALSE(window.admit(5));
  EXPECT_TRUE(window.admit(4));
  window.release(6, false);
  EXPECT_TRUE(window.admit(5));
}

TEST(Window, AdmitsOneMessageThatIsLargerThanItself) {
  Window window(100, 10);
  EXPECT_TRUE(window.admit(50));
  EXPECT_FALSE(window.admit(1));
}

TEST(Window, WaitsUntilEmptyAtMostSoLong) {
  Window window(10, 10);
  EXPECT_TRUE(window.wait_empty(core::Duration{0}));
  ASSERT_TRUE(window.admit(1));
  EXPECT_FALSE(window.wait_empty(core::Duration{1}));
  window.release(1, true);
  EXPECT_FALSE(window.wait_empty(core::Duration{1}));
  window.answered();
  EXPECT_TRUE(window.wait_empty(core::Duration{0}));
}

TEST(Window, CountsWhatBecameOfMessages) {
  Window window(10, 100);
  for (int i = 0; i < 3; ++i) window.admit(7);
  window.release(7, false);
  window.release(7, true);
  const auto counters = window.counters();
  EXPECT_EQ(counters.acknowledged, 1u);
  EXPECT_EQ(counters.refused, 1u);
  EXPECT_EQ(counters.in_flight, 1u);
  EXPECT_EQ(counters.in_flight_bytes, 7u);
}

TEST(Verdict, TellsOneMessageFromItsBatchAndItsTopic) {
  EXPECT_EQ(judge(RD_KAFKA_RESP_ERR_NO_ERROR), Verdict::delivered);
  EXPECT_EQ(judge(RD_KAFKA_RESP_ERR__PURGE_INFLIGHT), Verdict::recalled);
  EXPECT_EQ(judge(RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC), Verdict::topic_trouble);
  EXPECT_EQ(judge(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED), Verdict::topic_trouble);
  EXPECT_EQ(judge(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), Verdict::batch_refused);
  EXPECT_EQ(judge_local(RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE), Verdict::refused);
  EXPECT_EQ(judge(RD_KAFKA_RESP_ERR__FATAL), Verdict::broken);
}

TEST(Verdict, TakesAnUnknownCodeForSomethingThatPasses) {
  EXPECT_EQ(judge(RD_KAFKA_RESP_ERR_UNKNOWN), Verdict::broken);
  EXPECT_EQ(judge(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT), Verdict::broken);
}

}  // namespace
}  // namespace sagaloom::kafka
