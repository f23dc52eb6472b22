#include "sdk/conformance/kit.h"

#include <stdexcept>
#include <utility>

#include "sdk/conformance/cases.h"

namespace sagaloom::sdk::conformance {

namespace {

const std::vector<Case>& all_cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> joined;
    for (const auto& part : {key_cases(), undo_cases(), kill_cases()}) {
      joined.insert(joined.end(), part.begin(), part.end());
    }
    return joined;
  }();
  return all;
}

const Case& find_case(const std::string& rule) {
  for (const Case& each : all_cases()) {
    if (each.rule == rule) return each;
  }
  throw std::invalid_argument("no case has the name " + rule);
}

const Subject& find_subject(const Suite& suite, const std::string& operation) {
  for (const Subject& each : suite.subjects) {
    if (each.operation == operation) return each;
  }
  throw std::invalid_argument("the suite has no operation " + operation);
}

}  // namespace

Kit::Kit(const saga_plugin& plugin, Suite suite, std::string directory, unsigned seed)
    : plugin_(plugin), suite_(std::move(suite)), directory_(std::move(directory)), seed_(seed) {}

std::vector<CaseName> Kit::cases() const {
  std::vector<CaseName> names;
  for (const Subject& subject : suite_.subjects) {
    for (const Case& each : all_cases()) {
      if (each.applies(subject)) names.push_back({subject.operation, each.rule});
    }
  }
  return names;
}

Findings Kit::run(const CaseName& name) {
  const Case& wanted = find_case(name.rule);
  const Subject& subject = find_subject(suite_, name.operation);
  const Json names = {{"directory", directory_}, {"case", "case_" + std::to_string(++runs_)}};
  Bench bench(plugin_, subject, filled(suite_.config, names).dump(), seed_ + runs_);
  wanted.run(bench);
  return bench.take_findings();
}

}  // namespace sagaloom::sdk::conformance
