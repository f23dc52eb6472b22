// What REST asks of the runtime: the calls of engine::Engine that it uses, and nothing else.
//
// engine_backend.cpp adapts the Engine; tests bring a fake. Threads: every call from any io thread;
// completions come on any thread, once each, also inside the call. They must not block.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/engine/engine.h"

namespace sagaloom::http {

class Backend {
 public:
  virtual ~Backend() = default;
  virtual void start(engine::StartRequest request, engine::Completion<engine::StartReply> done) = 0;
  virtual void verb(core::SagaId id, engine::VerbRequest request,
                    engine::Completion<engine::SagaView> done) = 0;
  virtual void signal(core::SagaId id, engine::SignalRequest request,
                      engine::Completion<engine::SagaView> done) = 0;
  virtual void answer_task(core::SagaId id, engine::AnswerRequest request,
                           engine::Completion<engine::SagaView> done) = 0;
  virtual void get(core::SagaId id, engine::Completion<engine::SagaView> done) = 0;
  virtual void find(std::string workflow, std::string identity,
                    engine::Completion<engine::SagaView> done) = 0;
  virtual void wait(core::SagaId id, core::Duration limit,
                    engine::Completion<engine::SagaView> done) = 0;
  virtual void list(engine::SagaFilter filter, engine::Completion<engine::SagaPage> done) = 0;
  virtual void history(core::SagaId id, engine::Seq after, std::size_t limit,
                       engine::Completion<std::vector<engine::StoredRecord>> done) = 0;
  virtual void dead_letters(engine::DeadLetterFilter filter,
                            engine::Completion<engine::DeadLetterPage> done) = 0;
  virtual void replay_dead_letter(engine::DeadLetterName name, engine::Author author,
                                  engine::Completion<bool> done) = 0;
  virtual void discard_dead_letter(engine::DeadLetterName name, engine::Author author,
                                   engine::Completion<bool> done) = 0;
  virtual void settled_letters(engine::DeadLetterFilter filter,
                               engine::Completion<engine::SettledPage> done) = 0;
  virtual void events(std::string cursor, std::size_t limit,
                      engine::Completion<engine::EventPage> done) = 0;
  virtual std::vector<core::DefinitionPointer> definitions() const = 0;
  virtual core::DefinitionPointer definition(std::string_view name,
                                             std::optional<std::uint32_t> version) const = 0;
};

// The engine must outlive the backend.
std::unique_ptr<Backend> backend_over(engine::Engine& engine);

}  // namespace sagaloom::http
