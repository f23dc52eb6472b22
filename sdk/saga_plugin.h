/* The plugin contract of Sagaloom, version 1: one C11 header, one exported data symbol.
 *
 * A plugin is a shared object that exports `const saga_plugin saga_plugin_v1` and nothing else.
 * The host finds it, reads the manifest, calls `open`, and then `invoke`s steps.
 *
 * Data rules. Fixed-width integers only. Every struct that may grow begins with `struct_size`; a
 * reader touches a field only if it lies inside the writer's size. New fields go at the end;
 * nothing is ever removed, reordered or given another meaning (sdk/layout.json holds offsets and
 * sizes, a test compares). A `saga_str` is borrowed UTF-8 bytes without a terminator; {NULL, 0} is
 * "absent". A `saga_call` is a slot and a generation, never a pointer, so that a late or a second
 * completion is recognised instead of corrupting memory. Flags a plugin does not know are ignored
 * by it; flags the host does not know make the answer a protocol error. Nothing goes into this
 * contract that could not be sent over a socket.
 *
 * Ownership. No memory is ever freed by the other side. The request and its strings stay valid
 * until the call is completed; a result needs to live only during `complete`, which copies it.
 *
 * Threads. [loader] one thread, never concurrently for one plugin; [io] any thread of the runtime,
 * concurrently, must return within 5 ms; [pool] one thread per call from a bounded pool; [any].
 *
 * Forbidden in plugins: exceptions or longjmp across this boundary, signal handlers, exit, fork,
 * setenv, setlocale, chdir, umask. Threads of a plugin are joined in `drain` or `destroy`.
 *
 * Versions. The major number is in the symbol's name; a minor one appends fields or extensions. A
 * deprecated thing stays for at least four minors. Unstable extensions are named `x.*`.
 * Sources of the shape: CLAP (single symbol, extensions by id and revision, a thread class for
 * every function), ADBC (struct sizes, no unload), Envoy's dynamic modules (direction of enums). */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SAGA_PLUGIN_MAGIC "SAGAPLG1" /* 8 bytes, no terminator */
#define SAGA_PLUGIN_SYMBOL "saga_plugin_v1"
#define SAGA_PLUGIN_PRODUCT "sagaloom"
#define SAGA_ABI_MAJOR 1u
#define SAGA_ABI_MINOR 0u

typedef struct saga_str {
  const char* ptr;
  uint64_t len;
} saga_str;

typedef struct saga_call {
  uint64_t id;
} saga_call;

/* The role of a call: `saga_request.op`. A plugin answers FATAL `call.not_implemented` to an op
 * that it does not know. */
#define SAGA_OP_EXECUTE 1u    /* make the effect */
#define SAGA_OP_COMPENSATE 2u /* undo the effect with this effect key */
#define SAGA_OP_CHECK 3u      /* was the effect with this effect key made? */
#define SAGA_OP_CONFIRM 4u    /* reserved */

/* `saga_result.status` */
#define SAGA_OK 1u        /* done */
#define SAGA_BUSINESS 2u  /* refused for good under this key, no effect; `error_code` says why */
#define SAGA_RETRYABLE 3u /* surely no effect of this attempt, try again */
#define SAGA_UNKNOWN 4u   /* the effect may have been made */
#define SAGA_FATAL 5u     /* bug or contract violation: do not repeat; the effect is not known */
#define SAGA_CANCELLED 6u /* stopped on request; see SAGA_RESULT_NO_EFFECT */
#define SAGA_PENDING 7u   /* accepted, the result comes later by `correlation` */
#define SAGA_NO_EFFECT 8u /* an undo or a check found nothing */

/* `saga_request.flags` */
#define SAGA_REQUEST_REPLAYED 1u /* this key may have been sent before */
#define SAGA_REQUEST_DRY_RUN 2u
#define SAGA_REQUEST_TEST 4u

/* `saga_result.flags` */
#define SAGA_RESULT_NO_EFFECT 1u /* no effect was made by this call */

/* `saga_step.flags` */
#define SAGA_STEP_BLOCKING 1u    /* invoke runs on the plugin's pool and may block */
#define SAGA_STEP_CANCELLABLE 2u /* `cancel` is there */
#define SAGA_STEP_SERIAL 4u      /* the host never overlaps calls of this instance */

/* Answers of `heartbeat`. */
#define SAGA_GO_ON 0u
#define SAGA_STOP 1u  /* cancelled: end soon, answer CANCELLED or what became of it */
#define SAGA_STALE 2u /* nobody waits for this call any more */

/* Levels of `log`. */
#define SAGA_LOG_DEBUG 1u
#define SAGA_LOG_INFO 2u
#define SAGA_LOG_WARNING 3u
#define SAGA_LOG_ERROR 4u

typedef struct saga_request {
  uint32_t struct_size;
  uint32_t op;
  uint32_t attempt; /* 1 for the first */
  uint32_t flags;
  uint64_t deadline_mono_ns; /* CLOCK_MONOTONIC of this machine; 0: none */
  saga_str saga_id;          /* UUID text */
  saga_str workflow;
  saga_str workflow_version;
  saga_str step;            /* the operation's own name, in every role */
  saga_str effect_key;      /* the forward call's key, in every role */
  saga_str idempotency_key; /* the request's key: the effect key, in other roles with a suffix */
  saga_str traceparent;
  saga_str tracestate;
  saga_str tenant;
  saga_str input;          /* JSON, already checked against the manifest's schema */
  uint32_t forward_status; /* COMPENSATE, CHECK: SAGA_OK or SAGA_UNKNOWN */
  uint32_t reserved;
  saga_str forward_output; /* JSON, absent when unknown */
  saga_str checkpoint;     /* of the last heartbeat of an earlier attempt */
  uint64_t epoch;          /* of the sender's ownership; a smaller one than seen is refused */
} saga_request;

typedef struct saga_result {
  uint32_t struct_size;
  uint32_t status;
  uint64_t retry_after_ns; /* RETRYABLE: not before; 0: no wish */
  saga_str output;         /* JSON */
  saga_str error_code;     /* stable, dotted lower case: "payment.insufficient_funds" */
  saga_str message;        /* for people */
  saga_str details;        /* JSON */
  saga_str correlation;    /* PENDING: what the later event will name */
  saga_str effect_ref;     /* the provider's own id, shown to operators */
  uint64_t flags;
} saga_result;

/* Given to `open`; valid until `destroy` has returned. */
typedef struct saga_host {
  uint32_t struct_size;
  uint32_t reserved;
  void* ctx;
  /* [any], also inside invoke; exactly once for each call. */
  void (*complete)(void* ctx, saga_call call, const saga_result* result);
  /* [any] "still working"; restarts the attempt's timer. */
  uint32_t (*heartbeat)(void* ctx, saga_call call, saga_str checkpoint);
  /* [any] `call.id` 0: not about a call. */
  void (*log)(void* ctx, saga_call call, uint32_t level, saga_str message);
  /* [any] NULL: the host does not offer it. */
  const void* (*get_extension)(void* ctx, saga_str id);
} saga_host;

typedef struct saga_step {
  uint32_t struct_size;
  uint32_t flags;
  saga_str name; /* as in the manifest */
  saga_str version;
  void* self;
  /* [pool] if BLOCKING, else [io]. */
  void (*invoke)(void* self, saga_call call, const saga_request* request);
  /* [any] may race with the completion; may be repeated; only a wish. NULL: not offered. */
  void (*cancel)(void* self, saga_call call);
} saga_step;

/* Filled by `open`, owned by the plugin until `destroy`. */
typedef struct saga_instance {
  uint32_t struct_size;
  uint32_t step_count;
  const saga_step* const* steps;
  void* self;
  /* [loader] no new calls come; call `done` once when all calls are completed. NULL: at once. */
  void (*drain)(void* self, uint64_t deadline_mono_ns, void (*done)(void* done_ctx),
                void* done_ctx);
  /* [loader] */
  void (*destroy)(void* self);
  /* [any] NULL: the plugin does not offer it. */
  const void* (*get_extension)(void* self, saga_str id);
} saga_instance;

typedef struct saga_plugin {
  char magic[8];
  uint32_t struct_size;
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t reserved;
  saga_str product; /* SAGA_PLUGIN_PRODUCT: forks refuse each other's plugins */
  saga_str id;      /* reverse DNS: "com.example.payment" */
  saga_str version; /* semver */
  /* [loader] 0: opened. Else `error` holds a text of at most `error_size` bytes with terminator,
   * and `destroy` is not called. The config is valid during the call only. */
  int32_t (*open)(const saga_host* host, saga_str config_json, saga_instance* out, char* error,
                  uint64_t error_size);
  saga_str manifest; /* JSON, schemas/plugin-manifest.schema.json */
} saga_plugin;

/* Extension "saga.plugin.oracle/1": for tests only. Calls `take` once with a JSON snapshot of the
 * effects that the plugin has made, in a canonical order. */
#define SAGA_EXTENSION_ORACLE "saga.plugin.oracle/1"
typedef struct saga_oracle {
  uint32_t struct_size;
  uint32_t reserved;
  void (*snapshot)(void* self, void (*take)(void* take_ctx, saga_str json), void* take_ctx);
} saga_oracle;

#ifdef __cplusplus
}
#endif
