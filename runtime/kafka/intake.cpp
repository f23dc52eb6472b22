#include "runtime/kafka/intake.h"

#include <atomic>
#include <map>
#include <utility>

#include "runtime/kafka/mapping.h"

namespace sagaloom::kafka {

using engine::Delivery;
using engine::EngineError;
using engine::ShardNumber;
using engine::SourceRecord;

namespace {

bool passing(const EngineError& error) {
  return error.kind == EngineError::Kind::unavailable ||
         error.kind == EngineError::Kind::overloaded || error.kind == EngineError::Kind::quota;
}

// What comes of the same record is one delivery a shard, so that its mark moves with all of it.
engine::SourceRow source_of(const SourceRecord& record) {
  return {record.topic, record.part, record.offset + 1};
}

// The parts of one record that are not durable yet; the last one tells the source.
class Counted {
 public:
  Counted(engine::EventSource::Taken taken, std::shared_ptr<std::atomic<bool>> broken)
      : taken_(std::move(taken)), broken_(std::move(broken)) {}

  void expect() { ++open_; }
  void done(bool durable) {
    if (!durable) {
      failed_ = true;
      if (broken_) *broken_ = true;
    }
    if (--open_ == 0) taken_(!failed_);
  }

 private:
  const engine::EventSource::Taken taken_;
  const std::shared_ptr<std::atomic<bool>> broken_;
  std::atomic<std::size_t> open_{1};  // the one who expects
  std::atomic<bool> failed_{false};
};

}  // namespace

class Intake::Desk : public std::enable_shared_from_this<Desk> {
 public:
  Desk(engine::Engine& engine, std::shared_ptr<engine::Observer> observer,
       std::shared_ptr<engine::EventSink> letters, std::string topic)
      : engine_(engine),
        observer_(observer ? std::move(observer) : std::make_shared<engine::Observer>()),
        letters_(std::move(letters)),
        letter_topic_(std::move(topic)) {}

  std::vector<std::string> topics() const { return topics_of(engine_.definitions()); }
  void take(const SourceRecord& record, engine::EventSource::Taken taken);

 private:
  using CountedPointer = std::shared_ptr<Counted>;
  void deliver(const SourceRecord& record, Mapped mapped, const CountedPointer& counted);
  void start(const SourceRecord& record, engine::StartRequest request,
             const CountedPointer& counted);
  void bury(const SourceRecord& record, engine::DeadLetterRow letter,
            const CountedPointer& counted);
  void announce(const SourceRecord& record, const engine::DeadLetterRow& letter);

  engine::Engine& engine_;
  const std::shared_ptr<engine::Observer> observer_;  // never null
  const std::shared_ptr<engine::EventSink> letters_;
  const std::string letter_topic_;
};

Intake::Intake(engine::Engine& engine, std::shared_ptr<engine::EventSource> source,
               std::shared_ptr<engine::Observer> observer,
               std::shared_ptr<engine::EventSink> letters, std::string letter_topic)
    : source_(std::move(source)),
      desk_(std::make_shared<Desk>(engine, std::move(observer), std::move(letters),
                                   std::move(letter_topic))) {}

Intake::~Intake() {
  source_->stop();
}

void Intake::run() {
  source_->start([desk = desk_] { return desk->topics(); },
                 [desk = desk_](const SourceRecord& record, engine::EventSource::Taken taken) {
                   desk->take(record, std::move(taken));
                 });
}

void Intake::Desk::take(const SourceRecord& record, engine::EventSource::Taken taken) {
  const auto counted = std::make_shared<Counted>(std::move(taken), record.broken);
  Mapped mapped = map_record(record, engine_.definitions());
  if (mapped.messages.empty() && mapped.starts.empty() && mapped.letters.empty()) {
    observer_->record_in(record.topic, "ignored");
  }
  for (std::size_t i = 0; i < mapped.messages.size(); ++i) {
    observer_->record_in(record.topic, "event");
  }
  for (std::size_t i = 0; i < mapped.letters.size(); ++i) {
    observer_->record_in(record.topic, "invalid");
  }
  for (engine::StartRequest& request : mapped.starts) start(record, std::move(request), counted);
  mapped.starts.clear();
  for (const engine::DeadLetterRow& letter : mapped.letters) announce(record, letter);
  deliver(record, std::move(mapped), counted);
  counted->done(true);
}

void Intake::Desk::deliver(const SourceRecord& record, Mapped mapped,
                           const CountedPointer& counted) {
  const std::uint16_t shards = engine_.store().shards;
  std::map<ShardNumber, Delivery> deliveries;
  for (engine::InboxMessage& message : mapped.messages) {
    const ShardNumber shard =
        engine::shard_of(message.key.tenant, message.key.workflow, message.key.key, shards);
    deliveries[shard].messages.push_back(std::move(message));
  }
  if (!mapped.letters.empty()) {
    const ShardNumber shard =
        engine::shard_of("", record.topic, std::to_string(record.part), shards);
    deliveries[shard].letters = std::move(mapped.letters);
  }
  for (auto& [shard, delivery] : deliveries) {
    delivery.source = source_of(record);
    counted->expect();
    delivery.done = [counted, observer = observer_,
                     topic = record.topic](const engine::Answer<bool>& answer) {
      const bool durable = std::holds_alternative<bool>(answer);
      if (!durable) observer->record_in(topic, "again");
      counted->done(durable);
    };
    engine_.deliver(shard, std::move(delivery), record.broken);
  }
}

// The identity makes it idempotent; a refusal is for a person, only what passes is tried again.
void Intake::Desk::start(const SourceRecord& record, engine::StartRequest request,
                         const CountedPointer& counted) {
  counted->expect();
  const std::string workflow = request.workflow;
  engine_.start(std::move(request), [self = shared_from_this(), record, workflow,
                                     counted](engine::Answer<engine::StartReply> answer) {
    const auto* error = std::get_if<EngineError>(&answer);
    if (error == nullptr) {
      const bool repeated = std::get<engine::StartReply>(answer).replayed;
      self->observer_->record_in(record.topic, repeated ? "repeated" : "started");
      return counted->done(true);
    }
    self->observer_->record_in(record.topic, passing(*error) ? "again" : "invalid");
    if (passing(*error)) return counted->done(false);
    engine::DeadLetterRow letter =
        invalid_letter(record, workflow, "start", error->code + ": " + error->message);
    self->announce(record, letter);
    self->bury(record, std::move(letter), counted);
  });
}

// Not from the source's mark: the record's events may have moved it already.
void Intake::Desk::bury(const SourceRecord& record, engine::DeadLetterRow letter,
                        const CountedPointer& counted) {
  Delivery delivery;
  delivery.letters.push_back(std::move(letter));
  delivery.done = [counted](engine::Answer<bool> answer) {
    counted->done(std::holds_alternative<bool>(answer));
  };
  const ShardNumber shard =
      engine::shard_of("", record.topic, std::to_string(record.part), engine_.store().shards);
  engine_.deliver(shard, std::move(delivery), nullptr);
}

// A convenience beside the table: when the sink's window is full the table is all there is.
void Intake::Desk::announce(const SourceRecord& record, const engine::DeadLetterRow& letter) {
  if (!letters_ || letter_topic_.empty()) return;
  engine::Message message;
  message.id = record.topic + "/" + std::to_string(record.part) + "/" +
               std::to_string(record.offset) + "/" + letter.workflow;
  message.topic = letter_topic_;
  message.type = "sagaloom.dead_letter";
  message.key = record.key;
  message.subject = letter.workflow;
  message.body = letter.content.value_or(core::Value{});
  letters_->send(message, [](engine::EventSink::Report) {});
}

}  // namespace sagaloom::kafka
