#include "runtime/observe/health.h"

#include <exception>
#include <utility>

namespace sagaloom::observe {

void Health::add(std::string name, Weight weight, Check check) {
  checks_.push_back({std::move(name), weight, std::move(check)});
}

void Health::ask(const Named& named, Report& report) {
  Answer answer{.name = named.name};
  try {
    answer.detail = named.check();
  } catch (const std::exception& error) {
    answer.detail = std::string("the check itself failed: ") + error.what();
  }
  answer.ok = answer.detail.empty();
  report.ok = report.ok && (answer.ok || named.weight == Weight::advisory);
  report.checks.push_back(std::move(answer));
}

Health::Report Health::live() const {
  Report report;
  for (const auto& named : checks_) {
    if (named.weight == Weight::vital) ask(named, report);
  }
  return report;
}

Health::Report Health::ready() const {
  Report report;
  for (const auto& named : checks_) ask(named, report);
  return report;
}

}  // namespace sagaloom::observe
