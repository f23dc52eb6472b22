#include "tests/workflow/many_workflows.h"

namespace sagaloom::workflow::testing {
namespace {

const char* kHead = R"(input:
  schema:
    type: object
    additionalProperties: false
    required: [order_id, customer, amount, items]
    properties:
      order_id: {type: string, minLength: 1}
      customer: {type: string}
      amount: {type: integer, minimum: 0}
      note: {type: string}
      items: {type: array, maxItems: 50, items: {type: object, required: [sku, qty], properties: {sku: {type: string}, qty: {type: integer}}}}
id: "${ input.order_id }"
attributes: {customer: {value: "${ input.customer }", index: true}}
constants: {limit: 1000}
deadline: 2h
events:
  settled: {topic: payments, key: "${ event.data.order_id }", ttl: 1d, schema: {type: object, required: [order_id, status], properties: {order_id: {type: string}, status: {enum: [DONE, FAILED]}}}}
steps:
)";

std::string call(const std::string& id, const std::string& before) {
  return "- id: " + id + "\n  call: odd.typed\n  with: {order_id: \"${ input.order_id }-" + id +
         "\", amount: \"${ steps." + before +
         ".output.amount + input.items.map(i, i.qty).size() }\"}\n" +
         "  timeout: {attempt: 5s, total: 1m}\n  status: {ok: \"" + id +
         " of ${ input.customer }\"}\n" +
         "  emit: {topic: orders, type: order.done, key: \"${ input.order_id }\", data: {id: \"${ "
         "self.output.id }\"}}\n" +
         "  compensate: {call: odd.plain_undo, with: {key: \"${ self.key }\", id: \"${ "
         "self.?output.?id }\"}}\n";
}

std::string blocks() {
  return R"(- id: both
  parallel:
    left: [{id: left_call, call: odd.plain, compensate: auto}]
    right: [{id: right_call, call: odd.refuses, compensate: auto, on_error: [{code: odd.*, ignore: true}]}]
- id: each
  foreach: {in: input.items, as: item, steps: [{id: one, call: odd.plain, with: {sku: "${ item.sku }"}, compensate: auto}]}
- id: choose
  switch:
  - {when: input.amount > constants.limit, steps: [{id: big, set: {kind: big}}]}
  - steps: [{id: small, set: {kind: small}}]
- id: pay
  call: odd.final
  pivot: true
  retry: {max_attempts: unlimited}
- id: wait_for_it
  wait: {event: settled, collect_until: event.data.status == "DONE", timeout: 1d}
  on_error: [{code: wait.timeout, ignore: true}]
)";
}

}  // namespace

std::string sample_workflow(int number, int steps) {
  std::string text =
      "dsl: 1\nworkflow: sample-" + std::to_string(number) + "\nversion: 1\n" + kHead;
  text += "- {id: first, set: {amount: \"${ input.amount }\"}}\n";
  std::string before = "first";
  for (int i = 0; i < steps - 10; ++i) {
    const std::string id = "call_" + std::to_string(i);
    text += call(id, before);
    before = id;
  }
  return text + blocks() + "output: {amount: \"${ steps." + before + ".output.amount }\"}\n";
}

}  // namespace sagaloom::workflow::testing
