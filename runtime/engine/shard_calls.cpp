// Calls between shards: what this shard's sagas ask of others, repeated until it is answered, and
// what others ask of this one.
#include <algorithm>
#include <utility>

#include "runtime/engine/names.h"
#include "runtime/engine/shard.h"

namespace sagaloom::engine {

namespace {

constexpr core::Duration first_pause{100};
constexpr core::Duration longest_pause{5'000};
constexpr core::Duration unanswered{10'000};  // the call or its reply was lost
const std::string no_fingerprint(64, '0');    // a child is known by its parent, not by its input

core::Duration pause_after(std::uint32_t tries) {
  return std::min(longest_pause, first_pause * (std::int64_t{1} << std::min(tries, 6u)));
}

ShardReply ok() {
  return {};
}

ShardReply again() {
  ShardReply reply;
  reply.again = true;
  return reply;
}

ShardReply business(std::string code, std::string message) {
  ShardReply reply;
  reply.outcome = core::Outcome::business;
  reply.code = std::move(code);
  reply.message = std::move(message);
  return reply;
}

bool passing(const EngineError& error) {
  return error.kind == EngineError::Kind::unavailable ||
         error.kind == EngineError::Kind::overloaded;
}

// A record that the store refused: the event was not heard, and is said again.
bool unheard(const EngineError& error) {
  return passing(error) || error.code == "storage.refused";
}

bool is_child_of(const core::SagaRecord& child, const core::SagaRecord& asked) {
  return child.parent == asked.parent && child.parent_path == asked.parent_path &&
         child.parent_occurrence == asked.parent_occurrence;
}

// splitmix64
std::uint64_t next_bits(std::uint64_t& state) {
  state += 0x9e3779b97f4a7c15u;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

void place_in_tree(core::SagaRecord& head, const core::Value& input) {
  head.identity = text_of(input, "id");
  head.business_id = true;
  head.header.clear();
  head.fingerprint = no_fingerprint;
  head.parent = text_of(input, "parent");
  head.parent_path = text_of(input, "path");
  head.parent_occurrence = static_cast<std::uint32_t>(number_of(input, "occurrence"));
  head.root = text_of(input, "root");
  const core::Time cut{core::Duration{number_of(input, "deadline_ms")}};
  if (cut == core::Time{}) return;
  if (head.deadline == core::Time{} || cut < head.deadline) {
    head.deadline = cut;
    head.deadline_alerts = false;
  }
}

}  // namespace

core::SagaId Shard::new_id() {
  return core::make_saga_id(last_now_.time_since_epoch().count(), owned_.shard, next_bits(random_));
}

// ---------------------------------------------------------------- asking

void Shard::ask_for(const core::SagaId& id, Resident& resident, const core::Command& command) {
  UnderWay under_way;
  under_way.path = command.path;
  under_way.purpose = command.purpose;
  under_way.occurrence = command.occurrence;
  under_way.number = command.number;
  under_way.since = last_now_;
  under_way.operation = command.operation;
  resident.under_way.push_back(std::move(under_way));
  Asked asked;
  asked.call.operation = command.operation;
  asked.call.tenant = resident.state->head.tenant;
  asked.call.saga = id;
  asked.call.input = command.input;
  asked.command = command;
  asked.command.input = core::Value{};
  ask(std::move(asked));
}

void Shard::ask(Asked asked) {
  const std::uint64_t number = asked.call.number != 0 ? asked.call.number : ++last_call_;
  asked.call.number = number;
  asked.call.from = owned_.shard;
  if (asked.first == core::Time{}) asked.first = last_now_;
  asked.again_at = last_now_ + unanswered;
  effects_.asked.push_back(asked.call);
  repeats_.insert({asked.again_at, number});
  asked_.insert_or_assign(number, std::move(asked));
}

// The store refused the record of an answer: nothing was heard. What is still open is asked again
// after a pause.
void Shard::ask_refused_again(const core::SagaId& id, Resident& resident) {
  for (const core::Command& command : core::open_commands(*resident.state)) {
    if (!core::between_shards(command.operation)) continue;
    for (UnderWay& u : resident.under_way) {
      const bool same = u.operation == command.operation && u.path == command.path &&
                        u.purpose == command.purpose && u.occurrence == command.occurrence &&
                        u.number == command.number;
      if (!same || !u.answered) continue;
      u.answered = false;
      Asked asked;
      asked.call.operation = command.operation;
      asked.call.tenant = resident.state->head.tenant;
      asked.call.saga = id;
      asked.call.input = command.input;
      asked.call.from = owned_.shard;
      asked.call.number = ++last_call_;
      asked.command = command;
      asked.command.input = core::Value{};
      asked.first = last_now_;
      asked.again_at = last_now_ + longest_pause;
      repeats_.insert({asked.again_at, asked.call.number});
      asked_.insert_or_assign(asked.call.number, std::move(asked));
    }
  }
}

bool Shard::still_wanted(const Asked& asked) const {
  if (asked.what != Asked::For::command) return true;
  const auto it = residents_.find(asked.call.saga);
  if (it == residents_.end()) return false;
  const core::Command& command = asked.command;
  const auto& open = it->second.under_way;
  return std::any_of(open.begin(), open.end(), [&](const UnderWay& u) {
    return !u.answered && u.operation == command.operation && u.path == command.path &&
           u.purpose == command.purpose && u.occurrence == command.occurrence &&
           u.number == command.number;
  });
}

void Shard::tick_calls(core::Time now) {
  while (!repeats_.empty() && repeats_.begin()->first <= now) {
    const std::uint64_t number = repeats_.begin()->second;
    repeats_.erase(repeats_.begin());
    auto node = asked_.extract(number);
    if (node.empty()) continue;
    Asked asked = std::move(node.mapped());
    if (still_wanted(asked)) ask(std::move(asked));
  }
}

void Shard::replied(std::uint64_t number, ShardReply reply) {
  const auto it = asked_.find(number);
  if (it == asked_.end()) return;
  repeats_.erase({it->second.again_at, number});
  const bool gives_up = it->second.what == Asked::For::start && it->second.tries > 3;
  if (reply.again && !gives_up) {
    it->second.again_at = last_now_ + pause_after(it->second.tries++);
    repeats_.insert({it->second.again_at, number});
    return;
  }
  const Asked asked = std::move(asked_.extract(it).mapped());
  switch (asked.what) {
    case Asked::For::command:
      return command_replied(asked, std::move(reply));
    case Asked::For::start:
      return start_lock_replied(number, reply);
    case Asked::For::granted:
      return granted_replied(asked, reply);
  }
}

void Shard::command_replied(const Asked& asked, ShardReply reply) {
  const auto it = residents_.find(asked.call.saga);
  if (it == residents_.end()) return world_.observer->event_stale("answered");
  const core::Command& command = asked.command;
  for (UnderWay& u : it->second.under_way) {
    const bool same = u.operation == command.operation && u.path == command.path &&
                      u.purpose == command.purpose && u.occurrence == command.occurrence &&
                      u.number == command.number;
    if (same) u.answered = true;
  }
  core::Event event;
  event.kind = core::EventKind::answered;
  event.path = command.path;
  event.purpose = command.purpose;
  event.occurrence = command.occurrence;
  event.number = command.number;
  event.outcome = reply.outcome;
  event.code = std::move(reply.code);
  event.message = std::move(reply.message);
  if (!reply.output.is_null()) event.output = std::move(reply.output);
  push(asked.call.saga, it->second, {std::move(event), nullptr});
}

// ---------------------------------------------------------------- being asked

void Shard::respond(const Reply& reply, ShardReply answer) {
  if (!reply) return;
  effects_.answers.push_back([reply, answer = std::move(answer)] { reply(answer); });
}

void Shard::called(ShardCall call, Reply reply) {
  const std::string& operation = call.operation;
  if (operation == core::lock_acquire || operation == core::lock_release) {
    return call_lock(call, std::move(reply));
  }
  if (operation == lock_granted_call) {
    if (starting_.contains(call.saga)) return respond(reply, again());  // unknown only until then
    core::Event event;
    event.kind = core::EventKind::lock_granted;
    return tell(call.saga, std::move(event), std::move(reply));
  }
  if (operation != core::saga_ended) return call_child(call, std::move(reply));
  core::Event event;
  event.kind = core::EventKind::child_ended;
  event.path = text_of(call.input, "path");
  event.occurrence = static_cast<std::uint32_t>(number_of(call.input, "occurrence"));
  event.number = static_cast<std::uint32_t>(number_of(call.input, "number"));
  event.code = text_of(call.input, "state");
  const auto member = [&](std::string_view name) {
    const core::Value* found = call.input.find(name);
    return found == nullptr ? core::Value{} : *found;
  };
  event.output = member("output");
  event.details = core::Value::object({{"error", member("error")}, {"residue", member("residue")}});
  tell(saga_of(call.input, "parent"), std::move(event), std::move(reply));
}

// An event that is answered when its record, or its staleness, is there. The reply says whether the
// saga exists and still has a use for a concurrency key.
void Shard::tell(const core::SagaId& id, core::Event event, Reply reply) {
  Completion<SagaView> done = [reply = std::move(reply)](Answer<SagaView> answer) {
    if (const auto* error = std::get_if<EngineError>(&answer)) {
      ShardReply said = unheard(*error) ? again() : ok();
      const bool known = error->kind != EngineError::Kind::not_found;
      said.output = core::Value::object({{"known", known}, {"needed", known}});
      return reply(std::move(said));
    }
    const core::SagaRecord& head = std::get<SagaView>(answer).saga.head;
    ShardReply said;
    const bool needed = !core::ended(head.phase) || head.held || head.unlock_due;
    said.output = core::Value::object({{"known", true}, {"needed", needed}});
    reply(std::move(said));
  };
  give(id, {std::move(event), std::move(done), true});
}

// The admitted head of a child; nullopt: answered already.
std::optional<Start> Shard::child_start(const ShardCall& call,
                                        const core::DefinitionPointer& definition,
                                        const Reply& reply) {
  Start start;
  start.id = new_id();
  start.definition = definition;
  core::SagaRecord head;
  if (call.operation == core::saga_start) {
    core::Submission submission;
    submission.tenant = call.tenant;
    submission.fingerprint = no_fingerprint;
    if (const core::Value* input = call.input.find("input")) submission.input = *input;
    auto admitted = core::admit(*definition, submission, context(*definition, last_now_));
    if (!admitted) {
      respond(reply, business(admitted.error().code, admitted.error().message));
      return std::nullopt;
    }
    head = std::move(*admitted);
    start.ask_lock = definition->concurrency && definition->concurrency->reject;
  } else {
    head.tenant = call.tenant;
    head.workflow = definition->name;
    head.version = definition->version;
    head.definition = definition->hash;
    head.created = last_now_;
    const bool undo = call.operation == core::saga_undo;
    start.kind = undo ? core::EventKind::parent_undo : core::EventKind::released;
  }
  place_in_tree(head, call.input);
  const std::string problem = name_problem(head);
  if (call.operation == core::saga_start && !problem.empty()) {
    respond(reply, business("expression.failed", problem));
    return std::nullopt;
  }
  start.head = std::make_shared<const core::SagaRecord>(std::move(head));
  return start;
}

void Shard::call_child(const ShardCall& call, Reply reply) {
  const std::string workflow = text_of(call.input, "workflow");
  const auto version = static_cast<std::uint32_t>(number_of(call.input, "version"));
  const core::DefinitionPointer definition =
      world_.registered ? world_.registered(workflow, version) : nullptr;
  if (!definition || text_of(call.input, "id").empty()) return respond(reply, again());
  std::optional<Start> start = child_start(call, definition, reply);
  if (!start) return;
  const bool starts = start->kind == core::EventKind::started;
  start->done = [reply, starts](Answer<StartReply> answer) {
    if (const auto* error = std::get_if<EngineError>(&answer)) {
      if (passing(*error)) return reply(again());
      return reply(starts ? business(error->code, error->message) : ok());
    }
    ShardReply said;
    if (starts) {
      said.outcome = core::Outcome::pending;
      said.output =
          core::Value::object({{"saga", core::to_string(std::get<StartReply>(answer).id)}});
    }
    reply(std::move(said));
  };
  if (!submit(*start)) respond(reply, again());
}

// The identity has a saga already: it is this parent's child, or somebody else's.
void Shard::meet_child(Start start, const core::SagaId& id, const core::SagaRecord& head) {
  const bool ours = is_child_of(head, *start.head);
  if (start.kind == core::EventKind::started) {
    if (ours) return answer_start(start.done, StartReply{id, true});
    EngineError error;
    error.kind = EngineError::Kind::conflict;
    error.code = "saga.id_taken";
    error.message = "'" + start.head->identity + "' of workflow " + start.head->workflow +
                    " belongs to saga " + core::to_string(id) + ", which is not this step's child";
    return answer_start(start.done, std::move(error));
  }
  if (!ours) return answer_start(start.done, StartReply{});
  core::Event event;
  event.kind = start.kind;
  Completion<SagaView> heard = [done = std::move(start.done), id](Answer<SagaView> answer) {
    auto* error = std::get_if<EngineError>(&answer);
    if (error != nullptr && unheard(*error)) {
      error->kind = EngineError::Kind::unavailable;
      return done(std::move(*error));
    }
    done(StartReply{id, true});
  };
  give(id, {std::move(event), std::move(heard), true});
}

}  // namespace sagaloom::engine
