// Which shards are this node's: renews the lease on its own thread, takes what is free, loads it.
//
// The lease only decides who tries; the fence decides who owns. When the lease had lapsed, what is
// still ours is checked before it counts again, and calls are held until then. Lifecycle: `begin`
// (blocks until the first shards are loaded), then the thread, `stop`. Threads: one of its own;
// reads run on the committer's. Errors: a store that is away is asked again for ever; it shows in
// `trouble`. A shard that can't be read is left for later; the health shows it, others go on.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/engine/recovery.h"
#include "runtime/engine/wiring.h"

namespace sagaloom::engine {

class Ownership {
 public:
  // `each_look` is called about twice a second.
  Ownership(Wiring& wiring, std::function<void()> each_look)
      : wiring_(wiring), each_look_(std::move(each_look)) {}
  ~Ownership() { stop(); }

  // False: stopped before it was done.
  bool begin();
  void stop();
  // Hands over every shard that is ours; returns when the store has it, or after `limit`.
  bool release(core::Duration limit);
  std::string trouble() const;

 private:
  struct Gate;  // counts recoveries under way

  void loop();
  bool renew();
  void reload_definitions();
  std::vector<ShardNumber> unowned() const;
  void take_free(std::shared_ptr<Gate> gate);
  static void load(Wiring& wiring, OwnedShard owned, std::shared_ptr<Gate> gate);
  static void load_step(Wiring& wiring, std::shared_ptr<Recovery> recovery, ShardNumber shard,
                        std::shared_ptr<Gate> gate);
  static void load_failed(Wiring& wiring, ShardNumber shard, const std::string& why);
  void verify_owned(core::Duration sent);
  void trim();
  static void sweep_shard(Wiring& wiring, ShardNumber shard, Journal& journal);
  static void trim_shard(Wiring& wiring, ShardNumber shard, core::Time before, Journal& journal);
  bool pause(core::Duration span);

  Wiring& wiring_;
  std::function<void()> each_look_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::string trouble_;
  std::int64_t revision_ = -1;
  core::Duration renewed_at_{0};
  core::Duration trimmed_at_{0};
  std::thread thread_;
};

}  // namespace sagaloom::engine
