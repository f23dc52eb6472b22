#include "tests/store_contract/store_fixture.h"

namespace sagaloom::tests {

std::string node_name(int node) {
  return "00000000-0000-4000-8000-00000000000" + std::to_string(node);
}

const char* status_name(engine::CommitStatus status) {
  switch (status) {
    case engine::CommitStatus::committed:
      return "committed";
    case engine::CommitStatus::fenced:
      return "fenced";
    case engine::CommitStatus::refused:
      return "refused";
    case engine::CommitStatus::not_written:
      return "not_written";
    case engine::CommitStatus::unknown:
      return "unknown";
  }
  return "?";
}

}  // namespace sagaloom::tests
