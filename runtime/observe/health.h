// Named checks, and what they say together: whether the program lives (else restart it) and whether
// it is ready (else send it nothing).
//
// Lifecycle: add all checks, then ask. Threads: `live` and `ready` from any thread; checks must be
// quick and not block. Errors: a check that throws counts as failed, with what it threw.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace sagaloom::observe {

class Health {
 public:
  // Empty: well; else what is wrong, for people.
  using Check = std::function<std::string()>;

  struct Answer {
    std::string name;
    bool ok = true;
    std::string detail;
  };
  struct Report {
    bool ok = true;
    std::vector<Answer> checks;  // in the order they were added
  };
  enum class Weight {
    vital,     // failed: neither alive nor ready
    required,  // failed: not ready
    advisory,  // shown, changes nothing
  };

  void add(std::string name, Weight weight, Check check);
  Report live() const;   // the vital ones
  Report ready() const;  // all

 private:
  struct Named {
    std::string name;
    Weight weight;
    Check check;
  };
  static void ask(const Named& named, Report& report);
  std::vector<Named> checks_;
};

}  // namespace sagaloom::observe
