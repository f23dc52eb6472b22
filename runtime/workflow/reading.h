// The readers of a workflow's parts: tree to core's types, everything wrong reported on the way.
//
// Each gives a harmless value when something is wrong; the definition is dropped then anyway.
// Threads and lifecycle: as Context.
#pragma once

#include "runtime/workflow/context.h"

namespace sagaloom::workflow {

// policy.cpp
core::RetryPolicy builtin_retry();
core::RetryPolicy builtin_compensation_retry();
core::TimeoutPolicy builtin_timeout();
// A policy or the name of one; members not given come from `fallback`'s built-in kind.
core::RetryPolicy read_retry(Context& context, const Node& node, const core::RetryPolicy& builtin);
core::TimeoutPolicy read_call_timeout(Context& context, const Node* node, unsigned sight);
// Of a step: defaults.timeout fills what is not given; an unlimited retry has no total from there.
void fill_timeout(const Context& context, core::TimeoutPolicy& timeout, bool unlimited);
// Of an undo: `attempt` and `heartbeat` come from the defaults, `total` does not.
void fill_undo_timeout(const Context& context, core::TimeoutPolicy& timeout);

// announce.cpp
std::vector<core::Emit> read_emits(Context& context, const Node& node, unsigned sight);
core::Announcement read_announcement(Context& context, const Node& node, const std::string& what,
                                     unsigned sight);
core::StepStatus read_status(Context& context, const Node& node, unsigned sight);
core::FailureTemplate read_failure(Context& context, const Node& node, unsigned sight);

// wait.cpp
enum class WaitPlace { step, await, any };
core::Wait read_wait(Context& context, const Node& node, WaitPlace place);

// undo.cpp
core::OperationPointer read_operation(Context& context, const Node& node);
// An operation that a manifest names (an undo, a check); reported at `node` when it is unknown.
core::OperationPointer named_operation(Context& context, const Node& node, const std::string& name,
                                       const std::string& by);
core::Undo read_undo(Context& context, const Node& node, const core::Step& step);

// block.cpp
core::StepKind read_kind(Context& context, const std::string& kind, const Node& node,
                         const Fields& step);

// step.cpp
core::StepList read_steps(Context& context, const Node& node, const std::string& what);
core::Call read_call(Context& context, const Node& node, const Fields& step);

// definition.cpp
void read_definition(Context& context, const Node& root);

// checks.cpp: what can be judged only over the finished tree (codes C, T, F, W, Q).
void check_definition(Context& context, const Node& root);

}  // namespace sagaloom::workflow
