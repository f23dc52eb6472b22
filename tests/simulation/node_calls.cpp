// What a simulated node brings to shards of other nodes, and what it reads for the inbox: calls and
// replies are lost, doubled and reordered.
#include <utility>

#include "tests/simulation/node.h"

namespace sagaloom::simulation {

void Node::read_mail(engine::Shard& shard) {
  auto question = shard.mail_wanted();
  if (!question) return;
  const bool away = world_.random.chance(cluster_.knobs.store_away);
  const auto number = shard.number();
  const auto epoch = shard.first_epoch();
  soon(cluster_.knobs.commit_ms, [this, number, epoch, away, question = std::move(*question)] {
    engine::Shard* here = this->shard(number);
    if (here == nullptr || here->first_epoch() != epoch) return;
    if (away) {
      here->mail_away(question);
    } else {
      here->mail_found(question, engine::read_mail(*store_.journal, number, question));
    }
    wake();
  });
}

void Node::ask(engine::ShardNumber from, engine::ShardCall call) {
  engine::Shard* asking = shard(from);
  if (asking == nullptr) return;
  const auto epoch = asking->first_epoch();
  const auto times = world_.random.chance(0.05) ? 2 : world_.random.chance(0.05) ? 0 : 1;
  if (times != 1) cluster_.sometimes.happened("a call between shards was lost or doubled");
  for (int i = 0; i < times; ++i) {
    const Duration there(world_.random.between(0, 30));
    world_.after(there, [self = weak_from_this(), from, epoch, call] {
      const auto node = self.lock();
      if (node)
        node->cluster_.bring(call, [self, from, epoch, number = call.number](auto reply) {
          const auto asker = self.lock();
          if (asker && !asker->dead_) asker->answer(from, epoch, number, std::move(reply));
        });
    });
  }
}

void Node::answer(engine::ShardNumber from, std::int64_t epoch, std::uint64_t number,
                  engine::ShardReply reply) {
  if (world_.random.chance(0.03)) return;  // the reply is lost
  soon(Duration(world_.random.between(0, 30)),
       [this, from, epoch, number, reply = std::move(reply)] {
         engine::Shard* here = shard(from);
         if (here == nullptr || here->first_epoch() != epoch) return;
         here->replied(number, reply);
         wake();
       });
}

void Node::receive(engine::ShardNumber target, const engine::ShardCall& call, engine::Reply reply) {
  engine::Shard* here = shard(target);
  if (here == nullptr) return reply({.again = true});
  cluster_.sometimes.happened("a shard was called by another");
  here->called(call, std::move(reply));
  wake();
}

}  // namespace sagaloom::simulation
