// What must hold whatever happens: stock never negative and never lost, money neither made nor
// lost; and the view `effect` shows auditors exactly the effects that were made.
#include <atomic>
#include <cstdlib>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <random>
#include <thread>

#include <nlohmann/json.hpp>

#include "sdk/guard/open_database.h"
#include "sdk/testing/fake_host.h"
#include "tests/plugins/plugin_file.h"
#include "tests/plugins/private_postgres.h"

namespace sagaloom::tests {
namespace {

using nlohmann::json;
using sdk::Role;
using sdk::testing::Answer;
using sdk::testing::FakeHost;
using sdk::testing::TestCall;

bool on_postgres() {
  return std::getenv("SAGALOOM_TEST_POSTGRES") != nullptr;
}

PrivatePostgres& postgres() {
  static PrivatePostgres server;
  return server;
}

// One plugin on a database of its own, and a second way into that database.
class Participant {
 public:
  Participant(const std::string& name, json config) : config_(std::move(config)) {
    static std::atomic<int> next{0};
    if (on_postgres()) {
      config_["dsn"] = postgres().dsn();
      config_["schema"] = name + std::to_string(++next);
    } else {
      config_["database"] = folder_.path() + "/" + name + ".db";
    }
    host_ = std::make_unique<FakeHost>(load_plugin(name), config_.dump());
    database_ = sdk::open_database(
        {config_.value("database", ""), config_.value("dsn", ""), config_.value("schema", "")});
  }

  Answer call(const std::string& operation, const std::string& key, const json& input,
              Role role = Role::execute) {
    TestCall call;
    call.operation = operation;
    call.key = key;
    call.input = input.dump();
    call.role = role;
    return host_->call(call);
  }
  std::int64_t number(const std::string& sql) {
    std::int64_t value = 0;
    database_->run([&](sdk::Transaction& run) {
      value = run(sql).at(0).at(0).integer();
      return sdk::Outcome::ok();
    });
    return value;
  }
  // Effect key to "operation state".
  std::map<std::string, std::string> effects() {
    std::map<std::string, std::string> all;
    database_->run([&](sdk::Transaction& run) {
      for (const auto& row : run("select effect_key, saga, operation, state from effect")) {
        all[row[0].text()] = row[2].text() + " " + row[3].text();
      }
      return sdk::Outcome::ok();
    });
    return all;
  }
  json snapshot() { return json::parse(host_->snapshot()); }

 private:
  TemporaryFolder folder_;
  json config_;
  std::unique_ptr<FakeHost> host_;
  std::unique_ptr<sdk::Database> database_;
};

json lines(const std::string& sku, int quantity) {
  return {{"order_id", "o"}, {"items", json::array({{{"sku", sku}, {"qty", quantity}}})}};
}

template <typename Body>
void on_threads(int count, const Body& body) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&body, i] { body(i); });
  for (std::thread& thread : threads) thread.join();
}

// Asks again as the engine does.
template <typename Call>
Answer until_definite(const Call& call) {
  Answer answer = call();
  for (int tries = 0; tries < 100 && answer.status == SAGA_RETRYABLE; ++tries) answer = call();
  return answer;
}

TEST(Inventory, four_hundred_orders_for_a_hundred_pieces_sell_exactly_a_hundred) {
  Participant inventory("inventory", {{"stock", {{"A", 100}}}});
  std::atomic<int> sold{0};
  std::atomic<int> refused{0};
  on_threads(8, [&](int thread) {
    for (int i = 0; i < 50; ++i) {
      const std::string key = std::to_string(thread) + "/" + std::to_string(i);
      const Answer answer =
          until_definite([&] { return inventory.call("inventory.reserve", key, lines("A", 1)); });
      sold += answer.status == SAGA_OK ? 1 : 0;
      refused += answer.code == "inventory.out_of_stock" ? 1 : 0;
    }
  });
  EXPECT_EQ(sold, 100);
  EXPECT_EQ(refused, 300);
  EXPECT_EQ(inventory.number("select reserved from stock where sku = 'A'"), 100);
}

TEST(Inventory, lines_in_any_order_on_many_threads_neither_deadlock_nor_lose_stock) {
  Participant inventory("inventory", {{"stock", {{"A", 10000}, {"B", 10000}, {"C", 10000}}}});
  on_threads(6, [&](int thread) {
    std::minstd_rand random(static_cast<unsigned>(thread + 1));
    for (int i = 0; i < 30; ++i) {
      std::vector<std::string> skus = {"A", "B", "C"};
      std::shuffle(skus.begin(), skus.end(), random);
      json input = {{"order_id", "o"}, {"items", json::array()}};
      for (const auto& sku : skus) input["items"].push_back({{"sku", sku}, {"qty", 1}});
      const std::string key = std::to_string(thread) + "/" + std::to_string(i);
      const auto reserve = [&] { return inventory.call("inventory.reserve", key, input); };
      EXPECT_EQ(until_definite(reserve).status, SAGA_OK);
      if (i % 2 == 0) continue;
      const auto release = [&] {
        return inventory.call("inventory.release", key, json::object(), Role::compensate);
      };
      EXPECT_EQ(until_definite(release).status, SAGA_OK);
    }
  });
  EXPECT_EQ(inventory.number("select reserved from stock where sku = 'B'"), 6 * 15);
  EXPECT_EQ(inventory.number("select count(*) from reservation where state = 'held'"), 6 * 15);
}

TEST(Inventory, a_committed_reservation_that_is_released_comes_back_to_the_shelf) {
  Participant inventory("inventory", {{"stock", {{"A", 10}}}});
  const Answer reserved = inventory.call("inventory.reserve", "k", lines("A", 4));
  const json id = json::parse(reserved.output).at("reservation_id");
  EXPECT_EQ(inventory.call("inventory.commit", "c", {{"reservation_id", id}}).status, SAGA_OK);
  EXPECT_EQ(inventory.number("select on_hand from stock where sku = 'A'"), 6);
  EXPECT_EQ(inventory.call("inventory.commit", "c2", {{"reservation_id", id}}).code,
            "inventory.not_held");
  inventory.call("inventory.release", "k", json::object(), Role::compensate);
  EXPECT_EQ(inventory.number("select on_hand from stock where sku = 'A'"), 10);
  EXPECT_EQ(inventory.number("select reserved from stock where sku = 'A'"), 0);
}

TEST(Inventory, an_input_that_is_no_order_is_fatal_and_changes_nothing) {
  Participant inventory("inventory", {{"stock", {{"A", 10}}}});
  const json before = inventory.snapshot();
  for (const char* input : {"{}", "[]", "{\"items\":[]}", "{\"order_id\":1,\"items\":[{}]}",
                            "{\"order_id\":\"o\",\"items\":[{\"sku\":\"A\",\"qty\":-1}]}",
                            "{\"order_id\":\"o\",\"items\":[{\"sku\":\"A\",\"qty\":1.5}]}"}) {
    const Answer answer = inventory.call("inventory.reserve", input, json::parse(input));
    EXPECT_EQ(answer.status, SAGA_FATAL) << input;
    EXPECT_EQ(answer.code, "input.invalid") << input;
    EXPECT_EQ(answer.flags, SAGA_RESULT_NO_EFFECT) << input;
  }
  EXPECT_EQ(inventory.snapshot(), before);
}

TEST(Payment, balances_are_conserved_over_a_random_storm_of_calls) {
  Participant payment("payment", {{"default_balance_minor", 5000}});
  on_threads(4, [&](int thread) {
    std::minstd_rand random(static_cast<unsigned>(thread + 1));
    for (int i = 0; i < 40; ++i) {
      const std::string key = std::to_string(thread) + "/" + std::to_string(i);
      const std::string customer = "c" + std::to_string(random() % 3);
      const json input = {
          {"customer_id", customer}, {"amount_minor", random() % 900}, {"currency", "EUR"}};
      const Answer made = payment.call("payment.authorize", key, input);
      if (made.status != SAGA_OK) continue;
      const json id = json::parse(made.output).at("authorization_id");
      if (random() % 2 == 0) {
        payment.call("payment.void", key, json::object(), Role::compensate);
        continue;
      }
      const Answer captured =
          payment.call("payment.capture", key + "/capture", {{"authorization_id", id}});
      if (random() % 2 == 0 && captured.status == SAGA_OK) {
        const json output = json::parse(captured.output);
        payment.call(
            "payment.refund", key + "/refund",
            {{"capture_id", output.at("capture_id")}, {"amount_minor", output.at("amount_minor")}});
      }
    }
  });
  EXPECT_EQ(payment.number("select cast(sum(balance_minor) as bigint) from account"),
            payment.number("select cast(sum(opening_minor) as bigint) from account"));
  EXPECT_EQ(
      payment.number("select count(*) from account where held_minor < 0 or balance_minor < 0"), 0);
}

TEST(Payment, a_refund_never_exceeds_what_was_captured_and_a_captured_hold_is_not_voided) {
  Participant payment("payment", {{"default_balance_minor", 5000}});
  const json input = {{"customer_id", "ann"}, {"amount_minor", 900}, {"currency", "EUR"}};
  const json hold = json::parse(payment.call("payment.authorize", "k", input).output);
  const json taken = json::parse(
      payment.call("payment.capture", "c", {{"authorization_id", hold["authorization_id"]}})
          .output);
  const Answer too_much = payment.call(
      "payment.refund", "r", {{"capture_id", taken["capture_id"]}, {"amount_minor", 901}});
  EXPECT_EQ(too_much.code, "payment.refund_too_large");
  const Answer undo = payment.call("payment.void", "k", json::object(), Role::compensate);
  EXPECT_EQ(undo.status, SAGA_BUSINESS);
  EXPECT_EQ(undo.code, "payment.already_captured");
  EXPECT_EQ(payment.effects()["k"], "payment.authorize done") << "a refused undo is not stored";
}

TEST(Payment, a_rotated_api_key_is_not_another_request) {
  Participant payment("payment", {{"default_balance_minor", 5000}});
  json input = {{"customer_id", "ann"}, {"amount_minor", 9}, {"currency", "EUR"}, {"api_key", "a"}};
  const Answer first = payment.call("payment.authorize", "k", input);
  input["api_key"] = "b";
  EXPECT_EQ(payment.call("payment.authorize", "k", input), first);
}

TEST(Payment, an_undo_of_another_operations_effect_is_refused) {
  Participant payment("payment", {{"default_balance_minor", 5000}});
  payment.call("payment.charge", "k", {{"payer", "ann"}, {"amount_minor", 9}});
  const Answer undo = payment.call("payment.void", "k", json::object(), Role::compensate);
  EXPECT_EQ(undo.status, SAGA_FATAL);
  EXPECT_EQ(undo.code, "call.wrong_undo");
  EXPECT_EQ(payment.effects()["k"], "payment.charge done");
}

TEST(Payment, a_charge_is_accepted_first_and_its_check_says_how_the_bank_decided) {
  Participant payment("payment", {{"default_balance_minor", 5000}});
  const auto charge = [&](const std::string& payer) {
    return payment.call("payment.charge", payer, {{"payer", payer}, {"amount_minor", 900}});
  };
  const auto check = [&](const std::string& payer) {
    return payment.call("payment.check_charge", payer, json::object(), Role::check);
  };
  for (const char* payer : {"ann", "declined-bob", "undecided-eve"}) {
    EXPECT_EQ(charge(payer).status, SAGA_PENDING) << payer;
    EXPECT_EQ(charge(payer), charge(payer)) << payer;
  }
  EXPECT_EQ(check("ann").status, SAGA_OK);
  EXPECT_EQ(charge("ann").status, SAGA_OK) << "asked again after the end";
  EXPECT_EQ(check("declined-bob").code, "payment.declined");
  EXPECT_EQ(charge("declined-bob").code, "payment.declined");
  EXPECT_EQ(check("undecided-eve").status, SAGA_PENDING);
  EXPECT_EQ(check("undecided-eve").status, SAGA_PENDING);
  const json moved = {{"moved", -900}, {"held", 0}};
  EXPECT_EQ(payment.snapshot()["accounts"]["ann"], moved);
  EXPECT_EQ(payment.snapshot()["accounts"].size(), 2u) << "ann's and the merchant's";
  EXPECT_FALSE(payment.effects().contains("declined-bob"));
}

TEST(Payment, an_accepted_charge_is_undone_whatever_the_bank_will_say) {
  Participant payment("payment", {{"default_balance_minor", 5000}});
  for (const char* payer : {"ann", "declined-bob", "undecided-eve"}) {
    payment.call("payment.charge", payer, {{"payer", payer}, {"amount_minor", 900}});
    EXPECT_EQ(payment.call("payment.uncharge", payer, json::object(), Role::compensate).status,
              SAGA_OK);
    EXPECT_EQ(payment.call("payment.check_charge", payer, json::object(), Role::check).status,
              SAGA_NO_EFFECT);
  }
  EXPECT_EQ(payment.snapshot(), json::parse(R"({"accounts": {}})"));
}

// A workflow may name a forward operation as the undo of another one.
TEST(Payment, a_refund_in_the_role_of_an_undo_happens_once_and_fences_the_charge) {
  Participant payment("payment", {{"default_balance_minor", 5000}});
  const json charge = {{"payer", "ann"}, {"amount_minor", 90}};
  const json made = json::parse(payment.call("payment.charge", "k", charge).output);
  const json refund = {{"capture_id", made["capture_id"]}, {"amount_minor", 90}};
  const Answer undone = payment.call("payment.refund", "k", refund, Role::compensate);
  EXPECT_EQ(undone.status, SAGA_OK);
  EXPECT_EQ(payment.call("payment.refund", "k", refund, Role::compensate), undone);
  EXPECT_EQ(payment.call("payment.charge", "k", charge).code, "call.fenced");
  EXPECT_EQ(payment.effects()["k"], "payment.charge undone");
  EXPECT_EQ(payment.snapshot(), json::parse(R"({"accounts": {}})"));
}

TEST(Delivery, refuses_listed_addresses_and_nowhere_but_the_post_goes_everywhere) {
  Participant delivery("delivery", {{"no_slot", json::array({"1 Island Road"})}});
  const auto book = [&](const char* operation, const char* address) {
    return delivery.call(operation, std::string(operation) + address,
                         {{"order_id", "o"}, {"address", address}});
  };
  EXPECT_EQ(book("delivery.schedule", "1 Island Road").code, "delivery.no_slot");
  EXPECT_EQ(book("delivery.schedule", "nowhere 7").code, "delivery.no_slot");
  EXPECT_EQ(book("delivery.schedule", "2 Island Road").status, SAGA_OK);
  EXPECT_EQ(book("delivery.schedule_postal", "nowhere 7").status, SAGA_OK);
}

TEST(View, shows_one_row_for_each_effect_that_was_made_and_none_for_refusals_and_tombstones) {
  Participant inventory("inventory", {{"stock", {{"A", 10}}}});
  inventory.call("inventory.reserve", "done", lines("A", 1));
  inventory.call("inventory.reserve", "undone", lines("A", 1));
  inventory.call("inventory.release", "undone", json::object(), Role::compensate);
  inventory.call("inventory.reserve", "refused", lines("A", 100));
  inventory.call("inventory.release", "tombstone", json::object(), Role::compensate);
  inventory.call("inventory.reserve", "tombstone", lines("A", 1));
  const std::map<std::string, std::string> expected = {{"done", "inventory.reserve done"},
                                                       {"undone", "inventory.reserve undone"}};
  EXPECT_EQ(inventory.effects(), expected);
}

TEST(Config, a_plugin_without_a_database_is_refused_with_a_reason) {
  try {
    FakeHost host(load_plugin("inventory"), "{}");
    FAIL() << "it was opened";
  } catch (const std::runtime_error& problem) {
    EXPECT_NE(std::string(problem.what()).find("\"database\""), std::string::npos);
  }
}

TEST(Config, stock_is_put_in_once_in_the_life_of_a_database) {
  const TemporaryFolder folder;
  const json config = {{"database", folder.path() + "/i.db"}, {"stock", {{"A", 10}}}};
  for (int opening = 0; opening < 3; ++opening) {
    FakeHost host(load_plugin("inventory"), config.dump());
    EXPECT_EQ(json::parse(host.snapshot())["stock"]["A"]["on_hand"], 10);
  }
}

// Only there where a server can be restarted under the plugin.
class Server : public testing::TestWithParam<std::string> {};

TEST_P(Server, restarted_under_the_plugin_costs_no_effect) {
  Participant inventory(GetParam(), {{"stock", {{"A", 1000}}}});
  std::atomic<bool> stop{false};
  std::atomic<int> made{0};
  std::thread caller([&] {
    for (int i = 0; !stop; ++i) {
      const std::string key = "k" + std::to_string(i);
      Answer answer;
      do {
        answer = inventory.call("inventory.reserve", key, lines("A", 1));
      } while (answer.status == SAGA_RETRYABLE || answer.status == SAGA_UNKNOWN);
      EXPECT_EQ(answer.status, SAGA_OK) << sdk::testing::to_string(answer);
      ++made;
      if (made == 900) break;
    }
  });
  while (made < 20) std::this_thread::yield();
  postgres().restart_immediately();
  const int before = made;
  while (made < before + 20) std::this_thread::yield();
  stop = true;
  caller.join();
  EXPECT_EQ(inventory.number("select reserved from stock where sku = 'A'"), made);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Server);
INSTANTIATE_TEST_SUITE_P(Postgres, Server,
                         testing::ValuesIn(on_postgres() ? std::vector<std::string>{"inventory"}
                                                         : std::vector<std::string>{}));

}  // namespace
}  // namespace sagaloom::tests
