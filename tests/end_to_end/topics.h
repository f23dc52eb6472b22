// The consumer's side: what stands in the topics against what stands in the journal.
//
// A consumer drops ids it has seen. After that, per saga and topic, the events must be those of the
// journal: none missing, none more, in the same order. Duplicates are counted, not refused: a
// re-send after a crash repeats ids.
// Threads: free functions. Errors: findings, at most twenty of each kind.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sagaloom::tests {

struct PublishedEvent {
  std::string id, sequence, subject, topic;
};

struct TopicsResult {
  std::uint64_t events = 0;   // in the journal
  std::uint64_t records = 0;  // in the topics
  std::uint64_t duplicates = 0;
  std::vector<std::string> findings;  // empty: all is well
};

// Both in the order in which a reader sees them, per topic and partition.
TopicsResult compare_topics(const std::vector<PublishedEvent>& journal,
                            const std::vector<PublishedEvent>& topics);

}  // namespace sagaloom::tests
