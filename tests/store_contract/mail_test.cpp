// What comes in from outside: every store keeps inbox rows, sources, seen events, tickets and dead
// letters in the batch that brings them, and gives them back.
#include <algorithm>

#include "tests/store_contract/contract.h"

namespace sagaloom::tests {
namespace {

using expression::Value;

engine::InboxHead head(const std::string& key, engine::Seq seq, const std::string& event = "paid") {
  return {{"", "order", key}, "event:" + event, seq, sample_time(seq)};
}

class MailContract : public StoreContract {
 protected:
  MailContract() : store(fixture->open(1)), owned(own_one(store)), batch(owned) {}

  engine::Seq add(const std::string& key, const std::string& event = "paid") {
    const auto seq = batch.mark();
    batch.rows.inbox.push_back({head(key, seq, event), Value::object({{"seq", seq}})});
    return seq;
  }
  void commit() {
    expect_committed(store, batch.list());
    owned.max_seq = batch.rows.last_seq();
    batch = SampleBatch(owned);
  }
  std::vector<engine::Seq> stored(const std::string& key) {
    std::vector<engine::Seq> seqs;
    for (const auto& row : store.journal->read_inbox(0, {{"", "order", key}})) {
      EXPECT_EQ(Value::object({{"seq", row.head.seq}}), row.data);
      EXPECT_EQ(sample_time(row.head.seq), row.head.expires);
      seqs.push_back(row.head.seq);
    }
    std::sort(seqs.begin(), seqs.end());
    return seqs;
  }

  engine::Store store;
  engine::OwnedShard owned;
  SampleBatch batch;
};

using Seqs = std::vector<engine::Seq>;

TEST_P(MailContract, InboxRowsAreReadByKeyAndRemovedOneByOne) {
  const auto first = add("a");
  const auto other = add("b");
  const auto second = add("a", "shipped");
  commit();
  EXPECT_EQ((Seqs{first, second}), stored("a"));
  EXPECT_EQ((Seqs{other}), stored("b"));
  EXPECT_TRUE(stored("c").empty());
  batch.mark();
  batch.rows.inbox_removed.push_back(head("a", first));
  commit();
  EXPECT_EQ((Seqs{second}), stored("a"));
}

TEST_P(MailContract, TheNamesOfTheInboxAreReadInPages) {
  for (int i = 0; i < 7; ++i) add("key-" + std::to_string(i % 3));
  commit();
  std::optional<engine::InboxHead> after;
  std::vector<engine::Seq> seen;
  for (;;) {
    const auto page = store.journal->read_inbox_heads(0, after, 2);
    for (const auto& row : page) seen.push_back(row.seq);
    if (page.size() < 2) break;
    after = page.back();
  }
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ((Seqs{1, 2, 3, 4, 5, 6, 7}), seen);
}

TEST_P(MailContract, ARowThatCannotBeReadComesWithItsProblemBesideTheOthers) {
  const auto bad = add("a");
  const auto good = add("b");
  commit();
  fixture->damage_inbox("a");
  auto rows = store.journal->read_inbox(0, {{"", "order", "a"}, {"", "order", "b"}});
  ASSERT_EQ(2u, rows.size());
  std::sort(rows.begin(), rows.end(), [](auto& x, auto& y) { return x.head.seq < y.head.seq; });
  EXPECT_EQ(bad, rows[0].head.seq);
  EXPECT_NE(std::string::npos, rows[0].problem.find("json.malformed")) << rows[0].problem;
  EXPECT_EQ(damaged_text, rows[0].stored);
  EXPECT_EQ(good, rows[1].head.seq);
  EXPECT_EQ("", rows[1].problem);
  EXPECT_EQ(Value::object({{"seq", good}}), rows[1].data);
}

TEST_P(MailContract, ARowThatNeverExpiresStaysSo) {
  const auto seq = batch.mark();
  batch.rows.inbox.push_back({{{"", "order", "a"}, "signal:go", seq, core::Time::max()}, Value{}});
  commit();
  EXPECT_EQ(core::Time::max(), store.journal->read_inbox_heads(0, {}, 10).at(0).expires);
}

TEST_P(MailContract, ASourceOnlyMovesForward) {
  batch.mark();
  batch.rows.sources = {{"payments", 3, 10}, {"payments", 3, 12}, {"payments", 4, 1}};
  commit();
  batch.mark();
  batch.rows.sources = {{"payments", 3, 11}};
  commit();
  auto rows = store.journal->read_sources(0);
  ASSERT_EQ(2u, rows.size());
  std::sort(rows.begin(), rows.end(), [](auto& a, auto& b) { return a.part < b.part; });
  EXPECT_EQ("payments", rows[0].topic);
  EXPECT_EQ(12, rows[0].next_offset);
  EXPECT_EQ(1, rows[1].next_offset);
  EXPECT_TRUE(store.journal->read_sources(1).empty());
}

TEST_P(MailContract, SeenEventsAreFoundUntilTheirDayIsOver) {
  batch.mark();
  batch.rows.seen = {{"", "order", "event:paid", "p-1", 20},
                     {"", "order", "event:paid", "p-2", 22}};
  commit();
  batch.mark();
  batch.rows.seen = {{"", "order", "event:paid", "p-1", 19}};  // the later day stays
  commit();
  const std::vector<engine::SeenRow> asked{{"", "order", "event:paid", "p-1", 0},
                                           {"", "order", "event:paid", "p-2", 0},
                                           {"", "order", "event:paid", "p-3", 0}};
  EXPECT_EQ(2u, store.journal->find_seen(0, 20, asked).size());
  EXPECT_EQ(1u, store.journal->find_seen(0, 21, asked).size());
  EXPECT_EQ(1u, store.journal->sweep_seen(0, 21, 100));
  EXPECT_EQ(1u, store.journal->find_seen(0, 0, asked).size());
}

TEST_P(MailContract, TicketsArePutGrantedAndTakenBack) {
  const auto ticket = batch.mark();
  engine::LockRow row{"", "order", "customer-1", ticket, sample_id(0, 1), sample_id(0, 2),
                      3,  false};
  batch.rows.locks.push_back(row);
  commit();
  batch.mark();
  row.held = true;
  batch.rows.locks.push_back(row);
  commit();
  const auto rows = store.journal->read_locks(0);
  ASSERT_EQ(1u, rows.size());
  EXPECT_EQ("customer-1", rows[0].key);
  EXPECT_EQ(ticket, rows[0].ticket);
  EXPECT_EQ(sample_id(0, 1), rows[0].saga);
  EXPECT_EQ(sample_id(0, 2), rows[0].root);
  EXPECT_EQ(3u, rows[0].slots);
  EXPECT_TRUE(rows[0].held);
  batch.mark();
  batch.rows.locks_removed.push_back(row);
  commit();
  EXPECT_TRUE(store.journal->read_locks(0).empty());
}

engine::DeadLetterRow letter(engine::Seq seq, const std::string& workflow,
                             const std::string& reason) {
  engine::DeadLetterRow row;
  row.seq = seq;
  row.reason = reason;
  row.workflow = workflow;
  row.content = Value::object({{"key", "a"}, {"event", "event:paid"}});
  return row;
}

engine::SettledLetter settled(const engine::DeadLetter& letter, const std::string& verb,
                              const std::string& by) {
  return {letter.name,
          letter.tenant,
          letter.workflow,
          letter.reason,
          verb,
          {by, "because"},
          sample_time(letter.name.seq)};
}

TEST_P(MailContract, DeadLettersAreListedFilteredAndRemoved) {
  for (int i = 0; i < 5; ++i) {
    const auto seq = batch.mark();
    batch.rows.dead_letters.push_back(
        letter(seq, i % 2 == 0 ? "order" : "parcel", i == 4 ? "saga.ended" : "event.invalid"));
  }
  commit();
  engine::DeadLetterFilter filter;
  filter.limit = 3;
  const auto page = store.lookup->dead_letters(filter);
  ASSERT_EQ(3u, page.items.size());
  ASSERT_TRUE(page.next.has_value());
  filter.after = page.next;
  EXPECT_EQ(2u, store.lookup->dead_letters(filter).items.size());
  engine::DeadLetterFilter ended;
  ended.workflow = "order";
  ended.reason = "saga.ended";
  const auto found = store.lookup->dead_letters(ended);
  ASSERT_EQ(1u, found.items.size());
  EXPECT_FALSE(found.next.has_value());
  ASSERT_TRUE(found.items[0].content.has_value());
  EXPECT_EQ(Value("a"), *found.items[0].content->find("key"));
  batch.mark();
  batch.rows.letters_settled.push_back(settled(found.items[0], "discard", "ann"));
  commit();
  EXPECT_FALSE(store.lookup->dead_letter(found.items[0].name).has_value());
  EXPECT_TRUE(store.lookup->dead_letter(page.items[0].name).has_value());
}

TEST_P(MailContract, WhoSettledADeadLetterIsKeptTheFirstOne) {
  for (int i = 0; i < 3; ++i) {
    batch.rows.dead_letters.push_back(letter(batch.mark(), "order", "event.invalid"));
  }
  commit();
  const auto letters = store.lookup->dead_letters({}).items;
  batch.mark();
  batch.rows.letters_settled.push_back(settled(letters.at(0), "replay", "ann"));
  batch.rows.letters_settled.push_back(settled(letters.at(2), "discard", "bob"));
  commit();
  batch.mark();
  batch.rows.letters_settled.push_back(settled(letters.at(0), "discard", "cyd"));
  commit();
  EXPECT_EQ(1u, store.lookup->dead_letters({}).items.size());
  engine::DeadLetterFilter filter;
  filter.workflow = "order";
  filter.reason = "event.invalid";
  filter.limit = 1;
  const auto page = store.lookup->settled_letters(filter);
  ASSERT_EQ(1u, page.items.size());
  EXPECT_EQ(letters[0].name, page.items[0].name);
  EXPECT_EQ("replay", page.items[0].verb);
  EXPECT_EQ("ann", page.items[0].author.by);
  EXPECT_EQ("because", page.items[0].author.reason);
  EXPECT_EQ("event.invalid", page.items[0].letter_reason);
  EXPECT_EQ("order", page.items[0].workflow);
  EXPECT_EQ(sample_time(letters[0].name.seq), page.items[0].at);
  filter.after = page.next;
  EXPECT_EQ("bob", store.lookup->settled_letters(filter).items.at(0).author.by);
  filter.workflow = "parcel";
  EXPECT_TRUE(store.lookup->settled_letters(filter).items.empty());
  EXPECT_EQ(1u, store.journal->sweep_dead_letters(0, 1, 100)) << "the older one of two";
  EXPECT_EQ("bob", store.lookup->settled_letters({}).items.at(0).author.by);
}

TEST_P(MailContract, ADeadLetterThatIsWrittenAgainIsOne) {
  const auto seq = batch.mark();
  batch.rows.dead_letters.push_back({seq, 0, "refused", "topic type key"});
  commit();
  batch.mark();
  batch.rows.dead_letters.push_back({seq, 0, "refused", "topic type key"});
  commit();
  EXPECT_EQ(1u, store.lookup->dead_letters({}).items.size());
}

TEST_P(MailContract, OnlyTheOldestDeadLettersOfAWorkflowWithTooManyGo) {
  for (int i = 0; i < 6; ++i) {
    const auto seq = batch.mark();
    batch.rows.dead_letters.push_back(letter(seq, i < 4 ? "order" : "", "refused"));
  }
  commit();
  EXPECT_EQ(3u, store.journal->sweep_dead_letters(0, 1, 100));
  Seqs left;
  for (const auto& item : store.lookup->dead_letters({}).items) left.push_back(item.name.seq);
  EXPECT_EQ((Seqs{4, 5, 6}), left);
}

INSTANTIATE_ON_EVERY_STORE(MailContract);

}  // namespace
}  // namespace sagaloom::tests
