/* The contract is C11: this file is compiled as such, with every warning an error. */
#include <stddef.h>
#include <stdio.h>

#include "sdk/saga_plugin.h"

#define SIZE(type) at += (size_t)snprintf(text + at, size - at, "%s %zu\n", #type, sizeof(type))
#define OFFSET(type, member)                                                  \
  at += (size_t)snprintf(text + at, size - at, "%s.%s %zu\n", #type, #member, \
                         offsetof(type, member))

static size_t write_request(char* text, size_t size, size_t at) {
  SIZE(saga_request);
  OFFSET(saga_request, struct_size);
  OFFSET(saga_request, op);
  OFFSET(saga_request, attempt);
  OFFSET(saga_request, flags);
  OFFSET(saga_request, deadline_mono_ns);
  OFFSET(saga_request, saga_id);
  OFFSET(saga_request, workflow);
  OFFSET(saga_request, workflow_version);
  OFFSET(saga_request, step);
  OFFSET(saga_request, effect_key);
  OFFSET(saga_request, idempotency_key);
  OFFSET(saga_request, traceparent);
  OFFSET(saga_request, tracestate);
  OFFSET(saga_request, tenant);
  OFFSET(saga_request, input);
  OFFSET(saga_request, forward_status);
  OFFSET(saga_request, reserved);
  OFFSET(saga_request, forward_output);
  OFFSET(saga_request, checkpoint);
  OFFSET(saga_request, epoch);
  return at;
}

static size_t write_result(char* text, size_t size, size_t at) {
  SIZE(saga_result);
  OFFSET(saga_result, struct_size);
  OFFSET(saga_result, status);
  OFFSET(saga_result, retry_after_ns);
  OFFSET(saga_result, output);
  OFFSET(saga_result, error_code);
  OFFSET(saga_result, message);
  OFFSET(saga_result, details);
  OFFSET(saga_result, correlation);
  OFFSET(saga_result, effect_ref);
  OFFSET(saga_result, flags);
  return at;
}

static size_t write_host(char* text, size_t size, size_t at) {
  SIZE(saga_host);
  OFFSET(saga_host, struct_size);
  OFFSET(saga_host, reserved);
  OFFSET(saga_host, ctx);
  OFFSET(saga_host, complete);
  OFFSET(saga_host, heartbeat);
  OFFSET(saga_host, log);
  OFFSET(saga_host, get_extension);
  SIZE(saga_step);
  OFFSET(saga_step, struct_size);
  OFFSET(saga_step, flags);
  OFFSET(saga_step, name);
  OFFSET(saga_step, version);
  OFFSET(saga_step, self);
  OFFSET(saga_step, invoke);
  OFFSET(saga_step, cancel);
  return at;
}

static size_t write_tables(char* text, size_t size, size_t at) {
  SIZE(saga_instance);
  OFFSET(saga_instance, struct_size);
  OFFSET(saga_instance, step_count);
  OFFSET(saga_instance, steps);
  OFFSET(saga_instance, self);
  OFFSET(saga_instance, drain);
  OFFSET(saga_instance, destroy);
  OFFSET(saga_instance, get_extension);
  SIZE(saga_plugin);
  OFFSET(saga_plugin, magic);
  OFFSET(saga_plugin, struct_size);
  OFFSET(saga_plugin, abi_major);
  OFFSET(saga_plugin, abi_minor);
  OFFSET(saga_plugin, reserved);
  OFFSET(saga_plugin, product);
  OFFSET(saga_plugin, id);
  OFFSET(saga_plugin, version);
  OFFSET(saga_plugin, open);
  OFFSET(saga_plugin, manifest);
  SIZE(saga_oracle);
  OFFSET(saga_oracle, struct_size);
  OFFSET(saga_oracle, reserved);
  OFFSET(saga_oracle, snapshot);
  return at;
}

/* Writes "type size" and "type.member offset" lines; returns the number of bytes. */
size_t sagaloom_layout(char* text, size_t size) {
  size_t at = 0;
  SIZE(saga_str);
  OFFSET(saga_str, ptr);
  OFFSET(saga_str, len);
  SIZE(saga_call);
  OFFSET(saga_call, id);
  at = write_request(text, size, at);
  at = write_result(text, size, at);
  at = write_host(text, size, at);
  return write_tables(text, size, at);
}
