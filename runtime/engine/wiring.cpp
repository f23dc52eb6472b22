#include "runtime/engine/wiring.h"

#include <charconv>
#include <utility>

#include "runtime/engine/relay_thread.h"

namespace sagaloom::engine {

EngineError error_of(EngineError::Kind kind, std::string code, std::string message) {
  EngineError error;
  error.kind = kind;
  error.code = std::move(code);
  error.message = std::move(message);
  const bool passing =
      kind == EngineError::Kind::unavailable || kind == EngineError::Kind::overloaded;
  if (passing) error.retry_after_s = 2;
  return error;
}

void read_saga(Wiring& wiring, const core::SagaId& id, Completion<SagaView> done) {
  const auto shared = std::make_shared<Completion<SagaView>>(std::move(done));
  const bool taken = wiring.readers->put([&wiring, id, shared] {
    try {
      std::optional<core::Saga> saga = wiring.ports.store.lookup->get(id);
      if (!saga) {
        return (*shared)(error_of(EngineError::Kind::not_found, "saga_unknown",
                                  "there is no saga " + core::to_string(id)));
      }
      core::DefinitionPointer definition = wiring.registry.by_hash(saga->head.definition);
      (*shared)(SagaView{std::move(*saga), std::move(definition)});
    } catch (const StoreError& error) {
      (*shared)(error_of(EngineError::Kind::unavailable, "store_away", error.what()));
    }
  });
  if (!taken) {
    (*shared)(error_of(EngineError::Kind::overloaded, "inlet_full",
                       "too many reads wait for the store; try again shortly"));
  }
}

bool weakened(const core::Operation& frozen, const core::Operation& loaded) {
  return (frozen.idempotent && !loaded.idempotent) ||
         (!frozen.undo.empty() && loaded.undo.empty()) ||
         (!frozen.check.empty() && loaded.check.empty()) ||
         (frozen.check_fences && !loaded.check_fences) ||
         (frozen.fences == core::Fencing::yes && loaded.fences != core::Fencing::yes) ||
         frozen.effect != loaded.effect;
}

std::optional<std::pair<std::string, std::uint32_t>> child_named(std::string_view operation) {
  constexpr std::string_view prefix = "saga:";
  const auto at = operation.rfind('@');
  if (!operation.starts_with(prefix) || at == std::string_view::npos) return std::nullopt;
  std::uint32_t version = 0;
  const std::string_view digits = operation.substr(at + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), version);
  return std::pair{std::string(operation.substr(prefix.size(), at - prefix.size())), version};
}

bool is_missing(const StepHost& steps, const core::Definition& definition,
                std::string_view operation) {
  const core::OperationPointer loaded = steps.operation(operation);
  if (!loaded) return true;
  for (const core::OperationPointer& frozen : definition.operations) {
    if (frozen->name == operation) return weakened(*frozen, *loaded);
  }
  return false;
}

}  // namespace sagaloom::engine
