// A hand-written stand-in for the engine: keeps sagas in a map, remembers what it was asked, and
// fails when a test says so. Knows two workflows: `order` (exposed at /api/orders, identity
// `input.order_id`) and `parcel` (exposed at /api/parcels, no `id`).
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/http/backend.h"
#include "runtime/http/worker.h"

namespace sagaloom::http {

using core::SagaId;
using engine::Completion;
using engine::EngineError;
using engine::SagaView;

inline core::Time at(std::int64_t ms) {
  return core::Time(core::Duration(ms));
}

class FakeBackend final : public Backend {
 public:
  explicit FakeBackend(bool threaded = false);

  void start(engine::StartRequest request, Completion<engine::StartReply> done) override;
  void verb(SagaId id, engine::VerbRequest request, Completion<SagaView> done) override;
  void signal(SagaId id, engine::SignalRequest request, Completion<SagaView> done) override;
  void answer_task(SagaId id, engine::AnswerRequest request, Completion<SagaView> done) override;
  void get(SagaId id, Completion<SagaView> done) override;
  void find(std::string workflow, std::string identity, Completion<SagaView> done) override;
  void wait(SagaId id, core::Duration limit, Completion<SagaView> done) override;
  void list(engine::SagaFilter filter, Completion<engine::SagaPage> done) override;
  void history(SagaId id, engine::Seq after, std::size_t limit,
               Completion<std::vector<engine::StoredRecord>> done) override;
  void dead_letters(engine::DeadLetterFilter filter,
                    Completion<engine::DeadLetterPage> done) override;
  void replay_dead_letter(engine::DeadLetterName name, engine::Author author,
                          Completion<bool> done) override;
  void discard_dead_letter(engine::DeadLetterName name, engine::Author author,
                           Completion<bool> done) override;
  void settled_letters(engine::DeadLetterFilter filter,
                       Completion<engine::SettledPage> done) override;
  void events(std::string cursor, std::size_t limit, Completion<engine::EventPage> done) override;
  std::vector<core::DefinitionPointer> definitions() const override { return definitions_; }
  core::DefinitionPointer definition(std::string_view name,
                                     std::optional<std::uint32_t> version) const override;

  // The next call is answered with it.
  void fail_next(EngineError::Kind kind, std::string code, int retry_after_s = 0);
  void fail_next(EngineError::Kind kind, std::string code, schema::Violation violation);
  void set_phase(const SagaId& id, core::Phase phase);
  void set_step(const std::string& id, const core::Path& path, core::StepRecord step);
  core::Saga saga(const SagaId& id) const;
  // Waits are kept until `release_waits`, and are answered with what the saga is then.
  void hold_waits() { holding_ = true; }
  std::size_t held_waits() const;
  void release_waits();
  // Sagas that are waited for end at once.
  void end_when_waited() { ends_ = true; }

  std::vector<engine::StartRequest> starts;
  std::vector<engine::VerbRequest> verbs;
  std::vector<engine::SagaFilter> filters;
  std::vector<std::pair<SagaId, engine::SignalRequest>> signals;
  struct TaskAnswer : engine::AnswerRequest {
    SagaId saga;
  };
  std::vector<TaskAnswer> answers;
  std::vector<engine::DeadLetter> letters;
  std::vector<engine::DeadLetterFilter> letter_filters;
  std::vector<std::string> letter_calls;  // "replay 1.2.0 ann: why"
  std::vector<engine::SettledLetter> settled;
  std::optional<engine::DeadLetterName> next_letters;
  std::optional<SagaId> next_page;  // of the list
  std::size_t find_calls = 0;

 private:
  template <typename T>
  void reply(Completion<T> done, engine::Answer<T> answer);
  std::optional<EngineError> take_error();
  engine::Answer<SagaView> view(const SagaId& id);
  void letter_verb(std::string verb, const engine::DeadLetterName& name,
                   const engine::Author& author, Completion<bool> done);
  engine::Answer<engine::StartReply> admit(const engine::StartRequest& request);

  mutable std::mutex mutex_;
  std::map<SagaId, core::Saga> sagas_;
  std::map<std::pair<std::string, std::string>, SagaId> identities_;
  std::vector<core::DefinitionPointer> definitions_;
  std::optional<EngineError> error_;
  std::vector<std::pair<SagaId, Completion<SagaView>>> held_;
  bool holding_ = false, ends_ = false;
  std::uint64_t created_ = 0;
  std::unique_ptr<Worker> worker_;  // null: answers inside the call
};

}  // namespace sagaloom::http
