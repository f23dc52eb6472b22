// Cells for parcels at a pick-up point, and the handovers to and from the courier. What can be
// refused, by the input alone:
//   a parcel above `largest_g` of the config (20,000 g)                  warehouse.too_heavy
//   an order whose id begins with "no-cell", or when all cells are taken warehouse.no_free_cell
#include "examples/plugins/desk.h"
#include "sdk/plugin.h"
#include "warehouse_manifest.h"

namespace {

using namespace sagaloom::examples;
namespace sdk = sagaloom::sdk;

std::string order_of(const Call& call) {
  return sdk::text_of(sdk::parse_json(call.input()), "order_id");
}

class Warehouse {
 public:
  explicit Warehouse(const sdk::OpenContext& context)
      : Warehouse(sdk::parse_json(context.config)) {}

  static void steps(sdk::Steps<Warehouse>& steps) {
    steps.blocking("warehouse.assign_cell", &Warehouse::assign_cell);
    steps.blocking("warehouse.free_cell", &Warehouse::free_cell);
    steps.blocking("warehouse.accept_from_courier", &Warehouse::accept_from_courier);
    steps.blocking("warehouse.return_to_courier", &Warehouse::return_to_courier);
  }

  Outcome assign_cell(const Call& call) {
    const std::string order = order_of(call);
    Wish wish{order, "cells", 1, cells_,
              Outcome::business("warehouse.no_free_cell", "every cell is taken")};
    if (order.starts_with("no-cell")) {
      wish.pool = "cells for " + order;
      wish.opening = 0;
    }
    if (sdk::integer_of(sdk::parse_json(call.input()), "weight_g") > largest_g_) {
      wish.pool = "cells for heavy parcels";
      wish.opening = 0;
      wish.refusal = Outcome::business("warehouse.too_heavy", "no cell carries so much");
    }
    return desk_.book(call, wish, {{"cell", Desk::id_of(call.effect_key())}});
  }

  // The undo of `assign_cell`; and, going forward, how a parcel's cell ends with its handing out.
  Outcome free_cell(const Call& call) {
    if (call.role() == sdk::Role::compensate) {
      return desk_.give_back(call, {"warehouse.assign_cell"});
    }
    return desk_.end(call, order_of(call), "handed out");
  }

  Outcome accept_from_courier(const Call& call) {
    const std::string cell = sdk::text_of(sdk::parse_json(call.input()), "cell");
    return desk_.remark(call, cell, "accepted", [](const sdk::Cells&) { return Outcome::ok(); });
  }

  Outcome return_to_courier(const Call& call) {
    const std::string courier = sdk::text_of(sdk::parse_json(call.input()), "courier_id");
    return desk_.end(call, order_of(call), "returned by " + courier);
  }

  std::string snapshot() { return desk_.snapshot(); }

 private:
  explicit Warehouse(const Json& config)
      : cells_(sdk::integer_or(config, "cells", 10'000)),
        largest_g_(sdk::integer_or(config, "largest_g", 20'000)),
        desk_(config) {}

  const std::int64_t cells_, largest_g_;
  Desk desk_;
};

}  // namespace

SAGALOOM_PLUGIN(Warehouse, "com.example.warehouse", "1.0.0", sagaloom_manifest)
