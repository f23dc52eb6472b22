#include "tests/bench/workload.h"

#include <stdexcept>

#include "runtime/document/digest.h"
#include "runtime/document/json.h"

namespace sagaloom::bench {
namespace {

constexpr std::size_t input_bytes = 256;

constexpr const char* text_before_steps = R"(dsl: 1
workflow: bench
version: 1
title: Three steps that do nothing, one event each
id: ${ input.id }
expose: {path: /api/bench, id: {name: id}}
input:
  schema:
    type: object
    additionalProperties: false
    required: [id, text]
    properties: {id: {type: string, maxLength: 64}, text: {type: string, maxLength: 256}}
hooks:
  accepted: {status: ACCEPTED}
  completed: {status: COMPLETED}
steps:
)";

std::string step_text(int number) {
  return "- id: step" + std::to_string(number) +
         "\n  call: noop.step\n  with: {}\n  compensate: auto\n"
         "  emit: {topic: bench, type: bench.stepped, key: \"${ input.id }\", data: "
         "{id: \"${ input.id }\", text: \"${ input.text }\"}}\n";
}

}  // namespace

std::string workflow_text() {
  return text_before_steps + step_text(1) + step_text(2) + step_text(3);
}

std::string input_text(std::int64_t number) {
  const std::string head = "{\"id\":\"" + std::to_string(number) + "\",\"text\":\"";
  return head + std::string(input_bytes - head.size() - 2, 'x') + "\"}";
}

core::Submission submission(std::int64_t number) {
  auto input = document::parse(input_text(number));
  if (!input.ok()) throw std::logic_error(input.error().message);
  core::Submission out;
  out.input = std::move(*input);
  out.fingerprint = document::hex(document::sha256(document::canonical(out.input)));
  return out;
}

}  // namespace sagaloom::bench
