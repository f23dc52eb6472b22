// Whole engines over every store: sagas that are in no memory are woken through their timer rows.
#include <future>

#include "tests/engine/fixture.h"
#include "tests/store_contract/contract.h"

namespace sagaloom::tests {
namespace {

using namespace engine::testing;
using core::Phase;
using Definitions = std::vector<core::DefinitionPointer>;

core::DefinitionPointer numbered(std::shared_ptr<core::Definition> definition) {
  definition->version = 1;
  return definition;
}

core::Step child_step(const std::string& id, const std::string& workflow) {
  core::ChildSaga child;
  child.workflow = workflow;
  child.input = expression::Template::constant(Value(expression::Map{}));
  core::Step step;
  step.id = id;
  step.kind = std::move(child);
  return step;
}

class WakingContract : public StoreContract {
 protected:
  WakingContract() {
    options.node_id = node_name(1);
    options.residence_horizon = Duration{300};
  }

  // A node that can compile these definitions and no others.
  void boot(const Definitions& known) {
    engine::EnginePorts ports;
    ports.store = fixture->open(1);
    ports.steps = host;
    ports.compile = [known](const engine::StoredDefinition& stored) -> core::DefinitionPointer {
      for (const auto& definition : known) {
        if (definition->hash == stored.hash) return definition;
      }
      return nullptr;
    };
    engine = std::make_unique<engine::Engine>(std::move(ports), options);
    for (const auto& definition : known) {
      engine::StoredDefinition stored;
      stored.name = definition->name;
      stored.version = definition->version;
      stored.hash = definition->hash;
      ASSERT_TRUE(engine->register_definition(stored, definition).ok());
    }
    engine->run();
  }
  void crash() { engine.reset(); }

  template <typename T, typename Call>
  static engine::Answer<T> ask(Call call) {
    auto promise = std::make_shared<std::promise<engine::Answer<T>>>();
    auto future = promise->get_future();
    call([promise](engine::Answer<T> answer) { promise->set_value(std::move(answer)); });
    return future.get();
  }
  core::SagaId start(const std::string& workflow, const std::string& key) {
    const auto answer = ask<engine::StartReply>([&](auto done) {
      engine->start({workflow, std::nullopt, submission(key)}, std::move(done));
    });
    return reply(answer).id;
  }
  Phase end_of(const core::SagaId& id) {
    const auto answer = ask<engine::SagaView>(
        [&](auto done) { engine->wait(id, Duration{20'000}, std::move(done)); });
    return std::get<engine::SagaView>(answer).saga.head.phase;
  }

  std::vector<core::SagaId> sagas_of(const engine::Store& store, const std::string& workflow) {
    engine::SagaFilter filter;
    filter.workflow = workflow;
    std::vector<core::SagaId> ids;
    for (const auto& item : store.lookup->list(filter).items) ids.push_back(item.id);
    return ids;
  }
  static bool has_timer(const engine::Store& store, const core::SagaId& id) {
    for (const auto& timer : store.journal->read_timers(id.shard(), far, 1'000)) {
      if (timer.saga == id) return true;
    }
    return false;
  }
  // A recovery would not meet it in its journal's tail.
  static bool behind_the_tail(const engine::Store& store, const core::SagaId& id) {
    const auto row = store.lookup->row(id);
    return row && row->snapshot &&
           store.journal->read_progress(id.shard()).checkpoint >= row->snap_seq;
  }
  bool ended_and_waits_behind(const engine::Store& store, const core::SagaId& id) {
    const auto saga = store.lookup->get(id);
    return saga && core::ended(saga->head.phase) && has_timer(store, id) &&
           behind_the_tail(store, id);
  }

  // A workflow whose only call fails once and is repeated after `pause`.
  core::DefinitionPointer patient(Duration pause) {
    StepFacts slow;
    slow.initial = pause;
    auto step = call_step("slow", slow);
    std::get<core::Call>(step.kind).retry.max_delay = pause;
    host->script("shop.slow", [tried = std::make_shared<std::atomic<int>>(0)](const auto& call) {
      const bool first = tried->fetch_add(1) == 0;
      return answer_of(call.command, first ? core::Outcome::retryable : core::Outcome::ok, "");
    });
    return numbered(workflow({step}, "patient"));
  }

  static constexpr core::Time far{core::Duration{253'402'300'799'000}};
  std::shared_ptr<ScriptedHost> host = std::make_shared<ScriptedHost>();
  engine::EngineOptions options;
  std::unique_ptr<engine::Engine> engine;
};

TEST_P(WakingContract, ASagaThatWaitsBeyondTheHorizonIsWoken) {
  boot({patient(Duration{1'500})});
  auto peek = fixture->open(1);
  const auto id = start("patient", "k1");
  ASSERT_TRUE(eventually([&] { return has_timer(peek, id); }));
  ASSERT_EQ(Phase::completed, end_of(id));
  EXPECT_FALSE(has_timer(peek, id));
}

TEST_P(WakingContract, ASagaThatWaitsBeyondTheHorizonIsWokenAfterARestart) {
  const auto definition = patient(Duration{4'000});
  boot({definition});
  auto peek = fixture->open(1);
  const auto id = start("patient", "k1");
  ASSERT_TRUE(eventually([&] { return has_timer(peek, id) && behind_the_tail(peek, id); }));
  crash();
  boot({definition});
  ASSERT_EQ(Phase::completed, end_of(id));
  EXPECT_FALSE(has_timer(peek, id));
}

// The parents' node cannot decide while the children end, then all of it is killed: what the
// children still have to say is known from their timer rows only.
TEST_P(WakingContract, TheReportOfAnEndedChildIsFoundAgainAfterACrash) {
  const auto child = numbered(workflow({call_step("c1")}, "child"));
  const auto parent = numbered(workflow({child_step("sub", "child"), call_step("last")}, "parent"));
  host->hold("shop.c1");
  boot({parent, child});
  auto peek = fixture->open(1);
  std::vector<core::SagaId> parents;
  for (int n = 0; n < 6; ++n) parents.push_back(start("parent", "k" + std::to_string(n)));
  host->wait_for_calls(6);
  crash();
  host->release("shop.c1");
  boot({child});
  const auto children = sagas_of(peek, "child");
  ASSERT_EQ(6u, children.size());
  ASSERT_TRUE(eventually([&] {
    return std::any_of(children.begin(), children.end(),
                       [&](const auto& id) { return ended_and_waits_behind(peek, id); });
  }));
  crash();
  boot({parent, child});
  for (const auto& id : parents) ASSERT_EQ(Phase::completed, end_of(id));
  for (const auto& id : children) {
    ASSERT_TRUE(eventually([&] { return !has_timer(peek, id); }));
  }
}

TEST_P(WakingContract, TheReleaseOfAChildIsFoundAgainAfterACrash) {
  const auto child = numbered(workflow({call_step("c1")}, "child"));
  const auto parent = numbered(workflow({child_step("sub", "child"), call_step("last")}, "parent"));
  host->hold("shop.last");
  boot({parent, child});
  auto peek = fixture->open(1);
  std::vector<core::SagaId> parents;
  for (int n = 0; n < 6; ++n) parents.push_back(start("parent", "k" + std::to_string(n)));
  host->wait_for_calls(12);
  const auto children = sagas_of(peek, "child");
  ASSERT_EQ(6u, children.size());
  crash();
  host->release("shop.last");
  boot({parent});
  ASSERT_TRUE(eventually([&] {
    return std::any_of(parents.begin(), parents.end(),
                       [&](const auto& id) { return ended_and_waits_behind(peek, id); });
  }));
  crash();
  boot({parent, child});
  for (const auto& id : children) {
    ASSERT_TRUE(eventually([&] { return !peek.lookup->get(id)->head.held; }));
  }
  for (const auto& id : parents) {
    ASSERT_EQ(Phase::completed, end_of(id));
    ASSERT_TRUE(eventually([&] { return !has_timer(peek, id); }));
  }
}

INSTANTIATE_ON_EVERY_STORE(WakingContract);

}  // namespace
}  // namespace sagaloom::tests
