#include "runtime/http/migration.h"

#include "runtime/http/checks.h"
#include "runtime/http/presentation.h"
#include "runtime/http/verbs.h"

namespace sagaloom::http {
namespace {

using engine::Answer;
using engine::EngineError;
using engine::SagaView;
using engine::VerbRequest;

struct Move {
  core::SagaId saga;
  expression::Value shown;  // the saga as it is, for a dry run
  bool dry_run = false;
  core::DefinitionPointer to;
  VerbRequest request;
};

std::optional<Problem> objection(const Platform& platform, const Move& move) {
  if (!platform.migration_objections) {
    return problem_of("migration.unsafe", "This server has nothing to prove it with.");
  }
  const auto objections = platform.migration_objections(move.saga, move.to);
  if (objections.empty()) return std::nullopt;
  auto problem = problem_of("migration.unsafe", objections.front());
  problem.saga_id = core::to_string(move.saga);
  for (const auto& text : objections) problem.errors.push_back({"", "changed", text});
  return problem;
}

void prove_and_move(const Services& services, const ExchangePointer& exchange, const Move& move) {
  if (const auto problem = objection(services.platform, move)) return exchange->fail(*problem);
  if (move.dry_run) return exchange->answer(200, move.shown);
  auto done = [exchange](Answer<SagaView> answer) {
    if (const auto* error = std::get_if<EngineError>(&answer)) return exchange->fail(*error);
    exchange->answer(200, present_saga(std::get<SagaView>(answer), Detail::full));
  };
  services.backend.verb(move.saga, move.request, std::move(done));
}

// Finds the version, then hands the proof to the worker. What is proven holds for the saga as it is
// now: the engine refuses the verb (saga.moved) when it has more records by then.
void move_found(const Services& services, const ExchangePointer& exchange, const SagaView& view,
                VerbRequest request, bool dry_run) {
  const auto& workflow = view.saga.head.workflow;
  request.seen_records = view.saga.head.records;
  Move move{view.saga.id, present_saga(view, Detail::full), dry_run,
            services.backend.definition(workflow, request.version), std::move(request)};
  if (!move.to) {
    return exchange->fail(problem_of(
        "workflow_unknown",
        "`" + workflow + "` has no version " + std::to_string(move.request.version) + "."));
  }
  move.request.definition = move.to->hash;
  const bool queued = services.worker.run([&services, exchange, move = std::move(move)] {
    try {
      prove_and_move(services, exchange, move);
    } catch (const std::exception& error) {
      exchange->fail(problem_of("unavailable", error.what()));
    }
  });
  if (!queued) exchange->fail(problem_of("inlet_full", "Too many requests wait for the worker."));
}

}  // namespace

void migrate_saga(const Services& services, const ExchangePointer& exchange) {
  BodyReader reader(exchange->body, {"version", "reason", "by", "dry_run"});
  VerbRequest request;
  request.verb = core::EventKind::migrate;
  const auto version = reader.integer("version", 1, 0x7fffffff);
  if (!exchange->body.find("version")) reader.refuse("version", "required", "is missing");
  request.version = static_cast<std::uint32_t>(version.value_or(0));
  const auto dry = reader.any("dry_run", false);
  if (dry && !dry->is_boolean()) reader.refuse("dry_run", "type", "must be true or false");
  const bool dry_run = dry && dry->is_boolean() && dry->boolean();
  read_author(reader, request);
  if (const auto problem = reader.problem()) return exchange->fail(*problem);
  const auto id = saga_id_of(*exchange);
  if (!id) return;
  auto done = [&services, exchange, request, dry_run](Answer<SagaView> answer) {
    if (const auto* error = std::get_if<EngineError>(&answer)) return exchange->fail(*error);
    move_found(services, exchange, std::get<SagaView>(answer), request, dry_run);
  };
  services.backend.get(*id, std::move(done));
}

}  // namespace sagaloom::http
