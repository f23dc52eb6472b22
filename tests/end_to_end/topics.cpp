#include "tests/end_to_end/topics.h"

#include <algorithm>
#include <set>

namespace sagaloom::tests {
namespace {

constexpr std::size_t findings_limit = 20;

using Stream = std::pair<std::string, std::string>;  // saga, topic
using Streams = std::map<Stream, std::vector<PublishedEvent>>;

class Comparison {
 public:
  TopicsResult result;

  Streams by_stream(const std::vector<PublishedEvent>& events, bool count_duplicates) {
    Streams streams;
    std::set<std::string> seen;
    for (const PublishedEvent& event : events) {
      if (seen.insert(event.id).second)
        streams[{event.subject, event.topic}].push_back(event);
      else if (count_duplicates)
        ++result.duplicates;
      else
        add("the journal names " + event.id + " twice");
    }
    return streams;
  }

  void compare(const Stream& stream, const std::vector<PublishedEvent>& expected,
               const std::vector<PublishedEvent>& found) {
    const std::string place = " of saga " + stream.first + " on " + stream.second;
    std::set<std::string> expected_ids, found_ids;
    for (const auto& event : expected) expected_ids.insert(event.id);
    for (const auto& event : found) found_ids.insert(event.id);
    for (const auto& event : expected)
      if (!found_ids.contains(event.id)) add("gap: " + event.id + place + " is not in the topic");
    for (const auto& event : found)
      if (!expected_ids.contains(event.id))
        add("phantom: " + event.id + place + " is in no record");
    for (std::size_t i = 1; i < found.size(); ++i)
      if (found[i].sequence <= found[i - 1].sequence)
        add("reorder: " + found[i].id + place + " comes after " + found[i - 1].id);
  }

  void add(std::string finding) {
    if (result.findings.size() < findings_limit) result.findings.push_back(std::move(finding));
  }
};

}  // namespace

TopicsResult compare_topics(const std::vector<PublishedEvent>& journal,
                            const std::vector<PublishedEvent>& topics) {
  Comparison comparison;
  comparison.result.events = journal.size();
  comparison.result.records = topics.size();
  const Streams expected = comparison.by_stream(journal, false);
  const Streams found = comparison.by_stream(topics, true);
  static const std::vector<PublishedEvent> none;
  for (const auto& [stream, events] : expected) {
    const auto it = found.find(stream);
    comparison.compare(stream, events, it == found.end() ? none : it->second);
  }
  for (const auto& [stream, events] : found)
    if (!expected.contains(stream)) comparison.compare(stream, none, events);
  return comparison.result;
}

}  // namespace sagaloom::tests
