// Policies for trips. What can be refused, by the input alone:
//   a sum above `largest_minor` of the config (2,000,000)                insurance.refused
//   a trip whose id begins with "risky"                                  insurance.refused
#include "examples/plugins/desk.h"
#include "insurance_manifest.h"
#include "sdk/plugin.h"

namespace {

using namespace sagaloom::examples;
namespace sdk = sagaloom::sdk;

constexpr std::int64_t kMany = 1'000'000'000'000;  // policies never run out

class Insurance {
 public:
  explicit Insurance(const sdk::OpenContext& context)
      : Insurance(sdk::parse_json(context.config)) {}

  static void steps(sdk::Steps<Insurance>& steps) {
    steps.blocking("insurance.issue_policy", &Insurance::issue_policy);
    steps.blocking("insurance.cancel_policy", &Insurance::cancel_policy);
  }

  Outcome issue_policy(const Call& call) {
    const Json input = sdk::parse_json(call.input());
    const std::string trip = sdk::text_of(input, "trip_id");
    const bool insurable =
        sdk::integer_of(input, "insured_minor") <= largest_minor_ && !trip.starts_with("risky");
    return desk_.book(call,
                      {trip, insurable ? "policies" : "uninsurable", 1, insurable ? kMany : 0,
                       Outcome::business("insurance.refused", "this trip is not insured")},
                      {{"policy_no", Desk::id_of(call.effect_key())}});
  }

  Outcome cancel_policy(const Call& call) {
    return desk_.give_back(call, {"insurance.issue_policy"});
  }

  std::string snapshot() { return desk_.snapshot(); }

 private:
  explicit Insurance(const Json& config)
      : largest_minor_(sdk::integer_or(config, "largest_minor", 2'000'000)), desk_(config) {}

  const std::int64_t largest_minor_;
  Desk desk_;
};

}  // namespace

SAGALOOM_PLUGIN(Insurance, "com.example.insurance", "1.0.0", sagaloom_manifest)
