#include "runtime/workflow/explore/scenario.h"

#include <algorithm>
#include <set>

#include "runtime/workflow/explore/example.h"
#include "runtime/workflow/explore/explorer.h"

namespace sagaloom::explore {
namespace {

constexpr std::size_t max_scenarios = 6;
constexpr int max_tries = 150;
constexpr std::uint64_t worlds_of_a_try = 120;

expression::Error no_example(const std::string& what) {
  return {"explore.no_example",
          "no example was found that fits the schema of " + what +
              "; give an input with --input FILE, or put an `enum` or `const` into the schema",
          {}};
}

std::string as_text(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::string:
      return "\"" + value.string() + "\"";
    case Value::Kind::boolean:
      return value.boolean() ? "true" : "false";
    case Value::Kind::integer:
      return std::to_string(value.integer());
    case Value::Kind::list:
      return std::to_string(value.items().size()) + " items";
    case Value::Kind::map:
      return "present";
    default:
      return std::string(expression::kind_name(value.kind()));
  }
}

void listen_to(const core::Wait& wait, const std::string& step, Scenario& scenario) {
  if (wait.kind == core::Wait::For::signal) {
    scenario.heard["signal:" + wait.name] = Value(expression::Map{});
  }
  if (wait.kind == core::Wait::For::task && wait.form) {
    if (auto answer = example_of(*wait.form)) scenario.answers[step] = std::move(*answer);
  }
  for (const auto& member : wait.any) listen_to(member.wait, step, scenario);
}

void listen_in(const core::StepList& list, Scenario& scenario) {
  for (const auto& step : list) {
    if (const auto* wait = std::get_if<core::Wait>(&step.kind)) listen_to(*wait, step.id, scenario);
    if (step.call() && step.call()->await) listen_to(*step.call()->await, step.id, scenario);
    for (const auto* inner : core::lists_inside(step)) listen_in(*inner, scenario);
  }
}

Scenario changed(const Scenario& from, const std::string& title) {
  Scenario scenario = from;
  scenario.title = from.title.starts_with("smallest") ? title : from.title + ", " + title;
  return scenario;
}

std::vector<Scenario> variations(const core::Definition& definition, const Scenario& from,
                                 bool vary_input) {
  std::vector<Scenario> all;
  if (vary_input && definition.input) {
    for (const auto& each : alternatives(*definition.input, from.input)) {
      all.push_back(changed(from, "input " + each.pointer + " = " + as_text(each.value)));
      all.back().input = replaced(from.input, each.pointer, each.value);
    }
  }
  for (const auto& operation : definition.operations) {
    const auto known = from.outputs.find(operation->name);
    if (!operation->output || known == from.outputs.end()) continue;
    for (const auto& each : alternatives(*operation->output, known->second)) {
      all.push_back(changed(
          from, operation->name + " answers " + each.pointer + " = " + as_text(each.value)));
      all.back().outputs[operation->name] = replaced(known->second, each.pointer, each.value);
    }
  }
  return all;
}

// Where a saga without faults comes by with these data.
std::set<std::string> reached_by(const core::Definition& definition, const Scenario& scenario) {
  const Model model{definition, scenario};
  const auto found = explore(model, {0, worlds_of_a_try});
  return found.ok() ? found->reached : std::set<std::string>{};
}

}  // namespace

core::Result<Scenario> first_scenario(const core::Definition& definition,
                                      const std::optional<Value>& input) {
  Scenario scenario;
  scenario.title = input ? "given input" : "smallest input";
  scenario.input = input.value_or(Value(expression::Map{}));
  if (!input && definition.input) {
    auto example = example_of(*definition.input);
    if (!example) return no_example("the input");
    scenario.input = std::move(*example);
  }
  for (const auto& operation : definition.operations) {
    if (!operation->output) continue;
    auto example = example_of(*operation->output);
    if (!example) return no_example("the output of `" + operation->name + "`");
    scenario.outputs[operation->name] = std::move(*example);
  }
  for (const auto& source : definition.events) {
    auto data = source.schema ? example_of(*source.schema) : Value(expression::Map{});
    if (!data) return no_example("the event `" + source.name + "`");
    scenario.heard["event:" + source.name] = std::move(*data);
  }
  listen_in(definition.steps, scenario);
  return scenario;
}

std::vector<Scenario> scenarios(const core::Definition& definition, const Scenario& first,
                                bool vary_input) {
  std::vector<Scenario> chosen{first};
  std::set<std::string> reached = reached_by(definition, first);
  int tries = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    for (auto& candidate : variations(definition, chosen[i], vary_input)) {
      if (chosen.size() >= max_scenarios || ++tries > max_tries) return chosen;
      const auto more = reached_by(definition, candidate);
      if (std::includes(reached.begin(), reached.end(), more.begin(), more.end())) continue;
      reached.insert(more.begin(), more.end());
      chosen.push_back(std::move(candidate));
    }
  }
  return chosen;
}

}  // namespace sagaloom::explore
