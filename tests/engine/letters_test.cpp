// Dead letters at a whole engine: taken once more, read anew, published again, dropped; who did it.
#include "runtime/engine/delivery.h"
#include "runtime/store/memory/memory_database.h"
#include "tests/engine/engine_fixture.h"

namespace sagaloom::engine::testing {
namespace {

// Refuses while it is told to, or never answers.
class MoodySink : public CollectingSink {
 public:
  bool send(const Message& message, Acknowledge acknowledge) override {
    if (full) return false;
    if (silent) return true;
    if (refuses) return acknowledge({true, "too large"}), true;
    return CollectingSink::send(message, std::move(acknowledge));
  }
  std::atomic<bool> refuses{false}, silent{false}, full{false};
};

struct LettersTest : EngineTest {
  LettersTest() { sink = moody; }

  DeadLetterName put(DeadLetterRow row, ShardNumber shard) {
    const std::lock_guard lock(database->mutex);
    database->shards.at(shard).dead_letters.push_back(row);
    return {shard, row.seq, row.n};
  }
  // A letter about the first message of the saga.
  DeadLetterName bury_message(const core::SagaId& id) {
    for (const StoredRecord& row : store::journal_of(*database, id.shard())) {
      if (row.saga == id && row.record.lifecycle) {
        return put({row.seq, 0, "too large", "topic type key"}, id.shard());
      }
    }
    ADD_FAILURE() << "it said nothing";
    return {};
  }
  DeadLetterName bury_record(const std::string& problem) {
    DeadLetterRow row;
    row.seq = 1;
    row.reason = "event.invalid";
    row.workflow = "order";
    row.content = Value::object({{"problem", problem}, {"about", "start"}});
    return put(std::move(row), 1);
  }
  std::string settle(const DeadLetterName& name, bool replay = true) {
    const auto answer = ask<bool>([&](auto done) {
      const Author author{"ann", "why"};
      replay ? engine->replay_dead_letter(name, author, std::move(done))
             : engine->discard_dead_letter(name, author, std::move(done));
    });
    return std::holds_alternative<bool>(answer) ? "done" : error(answer).code;
  }
  std::size_t letters() {
    return std::get<DeadLetterPage>(
               ask<DeadLetterPage>([&](auto done) { engine->dead_letters({}, std::move(done)); }))
        .items.size();
  }
  std::vector<SettledLetter> settled() {
    return std::get<SettledPage>(
               ask<SettledPage>([&](auto done) { engine->settled_letters({}, std::move(done)); }))
        .items;
  }

  std::shared_ptr<MoodySink> moody = std::make_shared<MoodySink>();
};

TEST_F(LettersTest, a_message_that_the_broker_refused_is_published_again_under_its_id) {
  boot();
  const auto id = reply(start("k1")).id;
  wait(id);
  const auto name = bury_message(id);
  const auto before = moody->ids();
  moody->refuses = true;
  EXPECT_EQ(settle(name), "dead_letter.refused");
  EXPECT_EQ(letters(), 1u) << "it stays";
  EXPECT_TRUE(settled().empty());
  moody->refuses = false;
  moody->full = true;
  EXPECT_EQ(settle(name), "inlet_full");
  moody->full = false;
  EXPECT_EQ(settle(name), "done");
  EXPECT_EQ(letters(), 0u);
  auto after = moody->ids();
  ASSERT_EQ(after.size(), before.size() + 1);
  EXPECT_EQ(std::count(after.begin(), after.end(), after.back()), 2) << "the same message";
  ASSERT_EQ(settled().size(), 1u);
  EXPECT_EQ(settled()[0].verb, "replay");
  EXPECT_EQ(settled()[0].author.by, "ann");
  EXPECT_EQ(settle(name), "dead_letter.unknown");
}

TEST_F(LettersTest, a_message_on_its_way_is_not_sent_a_second_time) {
  boot();
  const auto id = reply(start("k1")).id;
  wait(id);
  const auto name = bury_message(id);
  moody->silent = true;
  engine->replay_dead_letter(name, {"ann", "why"}, [](const Answer<bool>&) {});
  EXPECT_EQ(settle(name), "dead_letter.under_way");
}

TEST_F(LettersTest, what_the_journal_no_longer_keeps_can_only_be_discarded) {
  boot();
  const auto name = put({7'777, 0, "too large", "topic type key"}, 2);
  EXPECT_EQ(settle(name), "dead_letter.gone");
  EXPECT_EQ(settle(name, false), "done");
  ASSERT_EQ(settled().size(), 1u);
  EXPECT_EQ(settled()[0].verb, "discard");
}

TEST_F(LettersTest, without_a_broker_nothing_is_published_again) {
  sink.reset();
  boot();
  const auto id = reply(start("k1")).id;
  wait(id);
  EXPECT_EQ(settle(bury_message(id)), "dead_letter.no_broker");
  EXPECT_EQ(letters(), 1u);
}

TEST_F(LettersTest, a_record_is_read_anew_and_starts_its_saga_once) {
  reread = [](const DeadLetter& letter, const std::vector<core::DefinitionPointer>&) {
    if (*letter.content->find("problem") == Value("bad")) {
      EngineError error;
      error.kind = EngineError::Kind::invalid;
      error.code = "event.invalid";
      error.violations = {{"/amount", "type", "must be an integer"}};
      return Answer<Reread>(std::move(error));
    }
    Reread read;
    read.starts.push_back({"order", std::nullopt, submission("k9")});
    return Answer<Reread>(std::move(read));
  };
  boot();
  const auto bad = bury_record("bad");
  EXPECT_EQ(settle(bad), "event.invalid");
  EXPECT_EQ(letters(), 1u);
  EXPECT_EQ(settle(bad, false), "done");
  EXPECT_EQ(settle(bury_record("mended")), "done");
  EXPECT_EQ(letters(), 0u);
  EXPECT_TRUE(reply(start("k9")).replayed) << "the letter's saga";
}

TEST_F(LettersTest, an_event_that_is_read_anew_comes_to_its_inbox_once) {
  reread = [](const DeadLetter&, const std::vector<core::DefinitionPointer>&) {
    InboxMessage message;
    message.key = {"", "order", "k1"};
    message.event = "event:paid";
    Reread read;
    read.messages = {message};
    return Answer<Reread>(std::move(read));
  };
  boot();
  EXPECT_EQ(settle(bury_record("mended")), "done");
  EXPECT_EQ(settle(bury_record("after a crash")), "done") << "the letter was still there";
  std::size_t rows = 0;
  const std::lock_guard lock(database->mutex);
  for (const auto& shard : database->shards) rows += shard.inbox.size();
  EXPECT_EQ(rows, 1u);
}

TEST_F(LettersTest, an_inbox_row_that_this_program_can_read_is_delivered_again) {
  boot();
  const auto unreadable = [&](const char* stored) {
    DeadLetterRow row;
    row.seq = 1;
    row.reason = "inbox.unreadable";
    row.workflow = "order";
    row.content =
        Value::object({{"key", "k1"}, {"event", "event:paid"}, {"stored", std::string(stored)}});
    return put(std::move(row), 1);
  };
  EXPECT_EQ(settle(unreadable(R"({"$later":1})")), "dead_letter.unreadable");
  EXPECT_EQ(settle({1, 1, 0}, false), "done");
  EXPECT_EQ(settle(unreadable(R"({"data":1})")), "done");
  EXPECT_EQ(letters(), 0u);
}

TEST_F(LettersTest, a_record_without_its_text_can_only_be_discarded) {
  boot();
  DeadLetterRow row;
  row.seq = 1;
  row.reason = "storage.refused";
  row.workflow = "order";
  const auto name = put(std::move(row), 0);
  EXPECT_EQ(settle(name), "dead_letter.unreadable");
  EXPECT_EQ(settle(bury_record("no reader")), "dead_letter.unreadable");
  EXPECT_EQ(settle(name, false), "done");
}

}  // namespace
}  // namespace sagaloom::engine::testing
