#include "runtime/http/backend.h"

namespace sagaloom::http {
namespace {

class EngineBackend final : public Backend {
 public:
  explicit EngineBackend(engine::Engine& engine) : engine_(engine) {}

  void start(engine::StartRequest request, engine::Completion<engine::StartReply> done) override {
    engine_.start(std::move(request), std::move(done));
  }
  void verb(core::SagaId id, engine::VerbRequest request,
            engine::Completion<engine::SagaView> done) override {
    engine_.verb(id, std::move(request), std::move(done));
  }
  void signal(core::SagaId id, engine::SignalRequest request,
              engine::Completion<engine::SagaView> done) override {
    engine_.signal(id, std::move(request), std::move(done));
  }
  void answer_task(core::SagaId id, engine::AnswerRequest request,
                   engine::Completion<engine::SagaView> done) override {
    engine_.answer_task(id, std::move(request), std::move(done));
  }
  void get(core::SagaId id, engine::Completion<engine::SagaView> done) override {
    engine_.get(id, std::move(done));
  }
  void find(std::string workflow, std::string identity,
            engine::Completion<engine::SagaView> done) override {
    engine_.find("", std::move(workflow), std::move(identity), std::move(done));
  }
  void wait(core::SagaId id, core::Duration limit,
            engine::Completion<engine::SagaView> done) override {
    engine_.wait(id, limit, std::move(done));
  }
  void list(engine::SagaFilter filter, engine::Completion<engine::SagaPage> done) override {
    engine_.list(std::move(filter), std::move(done));
  }
  void history(core::SagaId id, engine::Seq after, std::size_t limit,
               engine::Completion<std::vector<engine::StoredRecord>> done) override {
    engine_.history(id, after, limit, std::move(done));
  }
  void dead_letters(engine::DeadLetterFilter filter,
                    engine::Completion<engine::DeadLetterPage> done) override {
    engine_.dead_letters(std::move(filter), std::move(done));
  }
  void replay_dead_letter(engine::DeadLetterName name, engine::Author author,
                          engine::Completion<bool> done) override {
    engine_.replay_dead_letter(name, std::move(author), std::move(done));
  }
  void discard_dead_letter(engine::DeadLetterName name, engine::Author author,
                           engine::Completion<bool> done) override {
    engine_.discard_dead_letter(name, std::move(author), std::move(done));
  }
  void settled_letters(engine::DeadLetterFilter filter,
                       engine::Completion<engine::SettledPage> done) override {
    engine_.settled_letters(std::move(filter), std::move(done));
  }
  void events(std::string cursor, std::size_t limit,
              engine::Completion<engine::EventPage> done) override {
    engine_.events(std::move(cursor), limit, std::move(done));
  }
  std::vector<core::DefinitionPointer> definitions() const override {
    return engine_.definitions();
  }
  core::DefinitionPointer definition(std::string_view name,
                                     std::optional<std::uint32_t> version) const override {
    return engine_.definition(name, version);
  }

 private:
  engine::Engine& engine_;
};

}  // namespace

std::unique_ptr<Backend> backend_over(engine::Engine& engine) {
  return std::make_unique<EngineBackend>(engine);
}

}  // namespace sagaloom::http
