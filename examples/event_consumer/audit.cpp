#include "examples/event_consumer/audit.h"

#include <sstream>

namespace consumer {

namespace {

std::string describe(const Event& event) {
  return event.id + " (" + event.type + ", saga " + event.saga + ", " + event.topic + " key " +
         event.key + ")";
}

void add_detail(Findings& findings, const std::string& what, const Event& event) {
  if (findings.details.size() < Audit::detail_limit) {
    findings.details.push_back(what + ": " + describe(event));
  }
}

}  // namespace

std::string summary(const Findings& f) {
  std::ostringstream text;
  text << f.events << " events of " << f.sagas << " sagas in " << f.topics
       << " topics: " << f.duplicates << " duplicates, " << f.reordered << " reordered, "
       << f.missing << " missing, " << f.unexpected << " unexpected";
  return text.str();
}

void Audit::expect(const Event& event) {
  expects_ = true;
  expected_.emplace(event.id, event);
}

void Audit::see(const Event& event) {
  if (!seen_.insert(event.id).second) {
    ++found_.duplicates;
    return;
  }
  ++found_.events;
  sagas_.insert(event.saga);
  topics_.insert(event.topic);
  auto& last = last_sequence_[{event.topic, event.key, event.saga}];
  if (event.sequence <= last) {
    ++found_.reordered;
    add_detail(found_, "came after " + last, event);
  } else {
    last = event.sequence;
  }
  in_topics_.push_back(event);
}

// With no event missing and none out of order, a stream has no gap either.
Findings Audit::findings() const {
  Findings findings = found_;
  findings.sagas = sagas_.size();
  findings.topics = topics_.size();
  if (!expects_) return findings;
  for (const auto& [id, event] : expected_) {
    if (seen_.contains(id)) continue;
    ++findings.missing;
    add_detail(findings, "in no topic", event);
  }
  for (const auto& event : in_topics_) {
    const auto known = expected_.find(event.id);
    const bool same = known != expected_.end() &&
                      (known->second.topic.empty() ||
                       (known->second.topic == event.topic && known->second.key == event.key));
    if (same) continue;
    ++findings.unexpected;
    add_detail(findings, "not in the journal so", event);
  }
  return findings;
}

}  // namespace consumer
