#include "tests/kafka/sending.h"

#include <cstdio>

namespace sagaloom::test {

namespace {

std::string id_of(const std::string& key, int n) {
  return "t.1.0." + std::to_string(n) + ".0." + key;
}

std::string padded(int n) {
  char text[32];
  std::snprintf(text, sizeof text, "%019d.000", n);
  return text;
}

}  // namespace

engine::Message numbered(const std::string& topic, const std::string& key, int n) {
  engine::Message message;
  message.id = id_of(key, n);
  message.sequence = padded(n);
  message.topic = topic;
  message.type = "test.numbered";
  message.key = key;
  message.subject = key;
  message.time = core::Time{core::Duration{1'700'000'000'000 + n}};
  message.body = core::Value::object({{"n", core::Value(n)}});
  return message;
}

bool Sender::offer(const engine::Message& message) {
  return sink_.send(message, [answers = answers_, id = message.id](auto report) {
    const std::lock_guard lock(answers->mutex);
    if (!answers->ids.insert(id).second) ++answers->twice;
    if (report.refused) answers->refused[id] = report.reason;
    answers->changed.notify_all();
  });
}

void Sender::send(const engine::Message& message) {
  for (;;) {
    const std::size_t before = answered();
    if (offer(message)) return;
    std::unique_lock lock(answers_->mutex);
    answers_->changed.wait_for(lock, std::chrono::seconds(60),
                               [&] { return answers_->ids.size() > before; });
  }
}

bool Sender::wait_for_answers(std::size_t count, std::chrono::seconds limit) {
  std::unique_lock lock(answers_->mutex);
  return answers_->changed.wait_for(lock, limit, [&] { return answers_->ids.size() >= count; });
}

std::size_t Sender::answered() const {
  const std::lock_guard lock(answers_->mutex);
  return answers_->ids.size();
}

std::map<std::string, std::string> Sender::refused() const {
  const std::lock_guard lock(answers_->mutex);
  return answers_->refused;
}

std::size_t Sender::answered_twice() const {
  const std::lock_guard lock(answers_->mutex);
  return answers_->twice;
}

Seen drop_seen(const std::vector<KafkaRecord>& records) {
  Seen seen;
  std::set<std::string> known;
  std::map<std::string, std::string> last;
  for (const auto& record : records) {
    const auto id = record.header("ce_id");
    if (!known.insert(id).second) {
      ++seen.duplicates;
      continue;
    }
    const auto sequence = record.header("ce_sequence");
    if (sequence <= last[record.key]) seen.reordered.push_back(id);
    last[record.key] = sequence;
    seen.ids[record.key].push_back(id);
  }
  return seen;
}

std::vector<std::string> ids_of(const std::string& key, int count) {
  std::vector<std::string> ids;
  for (int n = 0; n < count; ++n) ids.push_back(id_of(key, n));
  return ids;
}

}  // namespace sagaloom::test
