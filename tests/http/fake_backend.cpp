#include "tests/http/fake_backend.h"

#include <cassert>

namespace sagaloom::http {
namespace {

using core::Definition;
using core::DefinitionPointer;
using engine::Answer;
using expression::Template;
using expression::Value;

const std::vector<std::string> roots = {"input", "steps", "saga", "error", "constants", "now"};

Template compiled(const Value& tree) {
  auto result = Template::compile(tree, roots);
  assert(result.ok());
  return *result;
}

std::shared_ptr<Definition> definition_of(std::string name, std::string path) {
  auto definition = std::make_shared<Definition>();
  definition->name = std::move(name);
  definition->hash = std::string(64, 'a');
  definition->text = "dsl: 1\n";
  definition->title = "A test";
  definition->expose.emplace();
  definition->expose->path = std::move(path);
  definition->expose->id_name = "order_id";
  return definition;
}

// Waits for the signal `approve`, or for a task whose form wants {approved: boolean}.
core::Step approval() {
  core::NamedWait signal{"signal", {}}, task{"task", {}};
  signal.wait.kind = core::Wait::For::signal;
  signal.wait.name = "approve";
  task.wait.kind = core::Wait::For::task;
  const auto form = schema::Schema::compile(
      Value::object({{"type", Value("object")}, {"required", Value::list({Value("approved")})}}));
  assert(form.ok());
  task.wait.form = *form;
  core::Wait wait;
  wait.kind = core::Wait::For::any;
  wait.any = {signal, task};
  core::Step step;
  step.id = "approval";
  step.title = "Approve it";
  step.kind = std::move(wait);
  return step;
}

DefinitionPointer order() {
  auto definition = definition_of("order", "/api/orders");
  definition->id = compiled(Value("${ input.order_id }"));
  definition->expose->views.emplace_back("payment",
                                         compiled(Value("${ steps.?authorize.?output }")));
  definition->expose->views.emplace_back(
      "summary", compiled(Value::object({{"customer", Value("${ input.customer_id }")}})));
  core::Step step;
  step.id = "authorize";
  step.title = "Authorise the payment";
  step.kind = core::Set{};
  definition->steps.push_back(std::move(step));
  definition->steps.push_back(approval());
  definition->index();
  return definition;
}

DefinitionPointer parcel() {
  auto definition = definition_of("parcel", "/api/parcels");
  definition->version = 2;
  definition->expose->id_name = "parcel_id";
  definition->expose->response = compiled(Value::object({{"where", Value("${ saga.status }")}}));
  definition->index();
  return definition;
}

DefinitionPointer old_parcel() {
  auto definition = definition_of("parcel", "/api/old-parcels");
  definition->index();
  return definition;
}

EngineError error_of(EngineError::Kind kind, std::string code) {
  EngineError error;
  error.kind = kind;
  error.code = std::move(code);
  error.message = "The fake says so.";
  return error;
}

engine::StoredRecord record_of(engine::Seq seq, const SagaId& id) {
  engine::StoredRecord row;
  row.seq = seq;
  row.saga = id;
  row.record.now = at(1'700'000'000'000 + seq);
  row.record.event.kind = core::EventKind::answered;
  row.record.event.path = "authorize";
  core::StepChange change;
  change.path = "authorize";
  change.changed = 1;
  change.step.state = core::StepState::succeeded;
  row.record.steps.push_back(change);
  row.record.emits.push_back({"orders", "order.paid", "k", Value::object({{"n", Value(seq)}}), {}});
  return row;
}

}  // namespace

FakeBackend::FakeBackend(bool threaded) : definitions_{order(), parcel(), old_parcel()} {
  if (threaded) worker_ = std::make_unique<Worker>(100'000);
}

template <typename T>
void FakeBackend::reply(Completion<T> done, Answer<T> answer) {
  if (!worker_) return done(std::move(answer));
  worker_->run([done = std::move(done), answer = std::move(answer)] { done(answer); });
}

std::optional<EngineError> FakeBackend::take_error() {
  return std::exchange(error_, {});
}

void FakeBackend::fail_next(EngineError::Kind kind, std::string code, int retry_after_s) {
  error_ = error_of(kind, std::move(code));
  error_->retry_after_s = retry_after_s;
}

void FakeBackend::fail_next(EngineError::Kind kind, std::string code, schema::Violation violation) {
  fail_next(kind, std::move(code));
  error_->violations.push_back(std::move(violation));
}

void FakeBackend::set_phase(const SagaId& id, core::Phase phase) {
  const std::lock_guard lock(mutex_);
  sagas_.at(id).head.phase = phase;
}

void FakeBackend::set_step(const std::string& id, const core::Path& path, core::StepRecord step) {
  const std::lock_guard lock(mutex_);
  sagas_.at(*core::parse_saga_id(id)).steps[path] = std::move(step);
}

core::Saga FakeBackend::saga(const SagaId& id) const {
  const std::lock_guard lock(mutex_);
  return sagas_.at(id);
}

DefinitionPointer FakeBackend::definition(std::string_view name,
                                          std::optional<std::uint32_t> version) const {
  for (const auto& definition : definitions_) {
    if (definition->name == name && (!version || definition->version == *version)) {
      return definition;
    }
  }
  return nullptr;
}

Answer<engine::StartReply> FakeBackend::admit(const engine::StartRequest& request) {
  const auto definition = this->definition(request.workflow, request.version);
  if (!definition) return error_of(EngineError::Kind::not_found, "workflow_unknown");
  const auto& input = request.submission.input;
  if (!input.is_map()) {
    auto error = error_of(EngineError::Kind::invalid, "input.invalid");
    error.violations.push_back({"", "type", "must be an object"});
    return error;
  }
  const auto* order_id = input.find("order_id");
  const bool named = definition->id && order_id && order_id->is_string();
  const std::string identity = named ? order_id->string() : request.submission.header;
  const std::pair key(request.workflow, identity);
  if (const auto known = identities_.find(key); known != identities_.end() && !identity.empty()) {
    if (sagas_.at(known->second).head.fingerprint == request.submission.fingerprint) {
      return engine::StartReply{known->second, true};
    }
    if (named) return error_of(EngineError::Kind::conflict, "identity_taken");
    return error_of(EngineError::Kind::invalid, "idempotency_key_reused");
  }
  core::Saga saga;
  saga.id = core::make_saga_id(1'700'000'000'000, 1, ++created_);
  saga.head.workflow = definition->name;
  saga.head.version = definition->version;
  saga.head.identity = identity;
  saga.head.fingerprint = request.submission.fingerprint;
  saga.head.input = input;
  saga.head.phase = core::Phase::running;
  saga.head.status = "accepted";
  saga.head.created = saga.head.updated = at(1'700'000'000'000);
  saga.head.records = 1;
  if (!identity.empty()) identities_[key] = saga.id;
  const engine::StartReply reply{saga.id, false};
  sagas_[saga.id] = std::move(saga);
  return reply;
}

void FakeBackend::start(engine::StartRequest request, Completion<engine::StartReply> done) {
  Answer<engine::StartReply> answer;
  {
    const std::lock_guard lock(mutex_);
    const auto error = take_error();
    answer = error ? Answer<engine::StartReply>(*error) : admit(request);
    if (starts.size() < 1000) starts.push_back(std::move(request));
  }
  reply(std::move(done), std::move(answer));
}

Answer<SagaView> FakeBackend::view(const SagaId& id) {
  if (const auto error = take_error()) return *error;
  const auto found = sagas_.find(id);
  if (found == sagas_.end()) return error_of(EngineError::Kind::not_found, "saga_unknown");
  const auto& saga = found->second;
  return SagaView{saga, definition(saga.head.workflow, saga.head.version)};
}

void FakeBackend::verb(SagaId id, engine::VerbRequest request, Completion<SagaView> done) {
  Answer<SagaView> answer;
  {
    const std::lock_guard lock(mutex_);
    answer = view(id);
    verbs.push_back(std::move(request));
  }
  reply(std::move(done), std::move(answer));
}

void FakeBackend::signal(SagaId id, engine::SignalRequest request, Completion<SagaView> done) {
  Answer<SagaView> answer;
  {
    const std::lock_guard lock(mutex_);
    answer = view(id);
    signals.emplace_back(id, std::move(request));
  }
  reply(std::move(done), std::move(answer));
}

void FakeBackend::answer_task(SagaId id, engine::AnswerRequest request, Completion<SagaView> done) {
  Answer<SagaView> answer;
  {
    const std::lock_guard lock(mutex_);
    answer = view(id);
    answers.push_back({std::move(request), id});
  }
  reply(std::move(done), std::move(answer));
}

void FakeBackend::dead_letters(engine::DeadLetterFilter filter,
                               Completion<engine::DeadLetterPage> done) {
  const std::lock_guard lock(mutex_);
  letter_filters.push_back(std::move(filter));
  reply<engine::DeadLetterPage>(std::move(done), engine::DeadLetterPage{letters, next_letters});
}

void FakeBackend::settled_letters(engine::DeadLetterFilter filter,
                                  Completion<engine::SettledPage> done) {
  const std::lock_guard lock(mutex_);
  letter_filters.push_back(std::move(filter));
  reply<engine::SettledPage>(std::move(done), engine::SettledPage{settled, next_letters});
}

void FakeBackend::letter_verb(std::string verb, const engine::DeadLetterName& name,
                              const engine::Author& author, Completion<bool> done) {
  const std::lock_guard lock(mutex_);
  verb += " " + std::to_string(name.shard) + "." + std::to_string(name.seq) + "." +
          std::to_string(name.n) + " " + author.by + ": " + author.reason;
  letter_calls.push_back(std::move(verb));
  if (const auto error = take_error()) return reply<bool>(std::move(done), *error);
  reply<bool>(std::move(done), true);
}

void FakeBackend::replay_dead_letter(engine::DeadLetterName name, engine::Author author,
                                     Completion<bool> done) {
  letter_verb("replay", name, author, std::move(done));
}

void FakeBackend::discard_dead_letter(engine::DeadLetterName name, engine::Author author,
                                      Completion<bool> done) {
  letter_verb("discard", name, author, std::move(done));
}

void FakeBackend::get(SagaId id, Completion<SagaView> done) {
  Answer<SagaView> answer;
  {
    const std::lock_guard lock(mutex_);
    answer = view(id);
  }
  reply(std::move(done), std::move(answer));
}

void FakeBackend::find(std::string workflow, std::string identity, Completion<SagaView> done) {
  Answer<SagaView> answer = error_of(EngineError::Kind::not_found, "saga_unknown");
  {
    const std::lock_guard lock(mutex_);
    ++find_calls;
    const auto known = identities_.find({workflow, identity});
    if (known != identities_.end()) answer = view(known->second);
  }
  reply(std::move(done), std::move(answer));
}

void FakeBackend::wait(SagaId id, core::Duration, Completion<SagaView> done) {
  Answer<SagaView> answer;
  {
    const std::lock_guard lock(mutex_);
    if (holding_) return held_.emplace_back(id, std::move(done)), void();
    if (ends_ && sagas_.contains(id)) {
      auto& head = sagas_.at(id).head;
      head.phase = core::Phase::completed;
      head.output = Value::object({{"paid", Value(true)}});
    }
    answer = view(id);
  }
  reply(std::move(done), std::move(answer));
}

std::size_t FakeBackend::held_waits() const {
  const std::lock_guard lock(mutex_);
  return held_.size();
}

void FakeBackend::release_waits() {
  decltype(held_) held;
  {
    const std::lock_guard lock(mutex_);
    held.swap(held_);
  }
  for (auto& [id, done] : held) {
    Answer<SagaView> answer;
    {
      const std::lock_guard lock(mutex_);
      answer = view(id);
    }
    done(std::move(answer));
  }
}

void FakeBackend::list(engine::SagaFilter filter, Completion<engine::SagaPage> done) {
  engine::SagaPage page;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, saga] : sagas_) {
      engine::SagaSummary summary;
      summary.id = id;
      summary.workflow = saga.head.workflow;
      summary.version = saga.head.version;
      summary.identity = saga.head.identity;
      summary.state = core::state_name(saga);
      summary.created = saga.head.created;
      if (page.items.size() < filter.limit) page.items.push_back(std::move(summary));
    }
    page.next = next_page;
    filters.push_back(std::move(filter));
  }
  reply<engine::SagaPage>(std::move(done), std::move(page));
}

void FakeBackend::history(SagaId id, engine::Seq after, std::size_t limit,
                          Completion<std::vector<engine::StoredRecord>> done) {
  std::vector<engine::StoredRecord> rows;
  for (engine::Seq seq = after + 1; seq <= 5 && rows.size() < limit; ++seq) {
    rows.push_back(record_of(seq, id));
  }
  reply<std::vector<engine::StoredRecord>>(std::move(done), std::move(rows));
}

void FakeBackend::events(std::string cursor, std::size_t limit,
                         Completion<engine::EventPage> done) {
  if (cursor == "old") {
    return reply<engine::EventPage>(std::move(done),
                                    error_of(EngineError::Kind::not_found, "cursor_gone"));
  }
  engine::EventPage page;
  page.next = "2";
  engine::EventPage::Item emitted, changed;
  emitted.message.id = "s.0.1.1.0";
  emitted.message.type = "order.paid";
  emitted.message.topic = "orders";
  emitted.message.body = Value::object({{"amount", Value(5)}});
  emitted.cursor = "1";
  changed.message.id = "s.0.1.2.0";
  changed.message.type = "saga.changed";
  changed.message.body = core::Lifecycle{"order", 1, "o-1", "COMPLETED", "paid", ""};
  changed.cursor = "2";
  page.items = {emitted, changed};
  if (limit < page.items.size()) page.items.resize(limit);
  reply<engine::EventPage>(std::move(done), std::move(page));
}

}  // namespace sagaloom::http
