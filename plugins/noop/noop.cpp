// A step without an effect that answers at once on the runtime's own thread: what is left of a saga
// when its steps cost nothing. Being without an effect, it keeps every promise about keys for free.
#include "noop_manifest.h"
#include "sdk/plugin.h"

namespace {

namespace sdk = sagaloom::sdk;

class Noop {
 public:
  explicit Noop(const sdk::OpenContext&) : answer_("{\"note\":\"" + std::string(85, 'n') + "\"}") {}

  static void steps(sdk::Steps<Noop>& steps) {
    steps.quick("noop.step", &Noop::step);
    steps.quick("noop.undo", &Noop::undo);
  }

  sdk::Outcome step(const sdk::Call&) { return sdk::Outcome::ok(answer_); }
  sdk::Outcome undo(const sdk::Call&) { return sdk::Outcome::ok(); }

 private:
  const std::string answer_;  // 96 bytes of JSON
};

}  // namespace

SAGALOOM_PLUGIN(Noop, "org.sagaloom.noop", "1.0.0", sagaloom_manifest)
