#include "tests/chaos/witness.h"

#include <algorithm>
#include <array>

#include "tests/chaos/orders.h"

namespace sagaloom::chaos {
namespace {

// The effects of workflows/order.yaml. Capture and commit have no undo, so a compensated saga has
// neither: capture is the pivot.
constexpr std::array<const char*, 5> operations = {"inventory.reserve", "payment.authorize",
                                                   "delivery.schedule", "payment.capture",
                                                   "inventory.commit"};
constexpr int most_findings = 10;

class Judge {
 public:
  explicit Judge(const Evidence& evidence) : evidence_(evidence) {}

  Judgement run() {
    index();
    check_acknowledged();
    check_identities();
    for (const auto& saga : evidence_.sagas) check_effects(saga);
    check_unknown_sagas();
    check_ends();
    check_stock();
    return std::move(judgement_);
  }

 private:
  void find(const char* kind, const std::string& what) {
    const int count = ++counts_[kind];
    if (count <= most_findings) judgement_.findings.push_back(std::string(kind) + ": " + what);
  }

  void index() {
    for (const auto& saga : evidence_.sagas) {
      sagas_[saga.id] = &saga;
      ++judgement_.ends[saga.state];
    }
    for (const auto& effect : evidence_.effects) {
      effects_[effect.saga].push_back(&effect);
      ++(effect.state == "done" ? judgement_.effects_done : judgement_.effects_undone);
    }
  }

  void check_acknowledged() {
    for (const auto& [order, saga] : evidence_.acknowledged) {
      const auto again = evidence_.read_back.find(order);
      if (again == evidence_.read_back.end()) {
        find("acknowledged order missing", order);
      } else if (again->second != saga) {
        find("other saga", order + " was " + saga + ", is " + again->second);
      }
      if (!sagas_.contains(saga)) find("acknowledged saga not listed", order + " " + saga);
    }
  }

  void check_identities() {
    std::map<std::string, std::string> seen;
    for (const auto& saga : evidence_.sagas) {
      const auto [at, first] = seen.emplace(saga.identity, saga.id);
      if (!first) find("two sagas", saga.identity + ": " + at->second + " and " + saga.id);
    }
  }

  void check_effects(const ListedSaga& saga) {
    const auto at = effects_.find(saga.id);
    static const std::vector<const SeenEffect*> none;
    const auto& effects = at == effects_.end() ? none : at->second;
    if (saga.state == "COMPLETED") return check_completed(saga, effects);
    if (saga.state != "COMPENSATED" && saga.state != "FAILED") {
      return find("not at an end", saga.identity + " is " + saga.state);
    }
    for (const auto* effect : effects) {
      if (effect->state != "undone") find("effect left", describe(saga, effect->operation));
    }
  }

  void check_completed(const ListedSaga& saga, const std::vector<const SeenEffect*>& effects) {
    for (const char* operation : operations) {
      const auto done = std::count_if(effects.begin(), effects.end(), [&](const auto* effect) {
        return effect->operation == operation && effect->state == "done";
      });
      if (done == 0) find("effect missing", describe(saga, operation));
      if (done > 1) find("effect made twice", describe(saga, operation));
    }
    for (const auto* effect : effects) {
      if (effect->state != "done") find("effect undone", describe(saga, effect->operation));
    }
  }

  static std::string describe(const ListedSaga& saga, const std::string& operation) {
    return operation + " of " + saga.identity + " (" + saga.id + ", " + saga.state + ")";
  }

  void check_unknown_sagas() {
    for (const auto& [saga, effects] : effects_) {
      if (!sagas_.contains(saga)) {
        find("effect of an unknown saga", effects[0]->operation + " of " + saga);
      }
    }
  }

  // Retries may run out, so that a good order is turned back; a bad one is never completed.
  void check_ends() {
    for (const auto& saga : evidence_.sagas) {
      const auto order = order_with(evidence_.seed, saga.identity);
      if (!order) {
        find("saga of no order", saga.identity + " " + saga.id);
        continue;
      }
      const bool good = order->kind == Kind::good;
      if (saga.state == "COMPLETED") sold_ += order->quantity;
      if (saga.state == "COMPLETED" && !good) find("completed in vain", saga.identity);
      if (saga.state != "COMPLETED" && good) ++judgement_.turned_back;
    }
  }

  void check_stock() {
    if (evidence_.on_hand + sold_ != opening_stock || evidence_.reserved != 0) {
      find("stock", std::to_string(evidence_.on_hand) + " on hand and " +
                        std::to_string(evidence_.reserved) + " reserved, " + std::to_string(sold_) +
                        " of " + std::to_string(opening_stock) + " were sold");
    }
  }

  const Evidence& evidence_;
  Judgement judgement_;
  std::int64_t sold_ = 0;
  std::map<std::string, int> counts_;
  std::map<std::string, const ListedSaga*> sagas_;
  std::map<std::string, std::vector<const SeenEffect*>> effects_;
};

}  // namespace

Judgement judge(const Evidence& evidence) {
  return Judge(evidence).run();
}

}  // namespace sagaloom::chaos
