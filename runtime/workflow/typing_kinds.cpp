// What each kind of step reads, and the type of what it gives.
#include <algorithm>

#include "runtime/workflow/typing.h"

namespace sagaloom::workflow {
namespace {

using core::Step;
using core::Wait;
using expression::any_type;
using expression::kinds_of;
using expression::list_type;
using expression::map_type;
using expression::TypeMember;
using expression::Value;
using Kind = Value::Kind;

constexpr std::size_t kMostOutcomes = 256;  // of an event's enums tried in `collect_until`

TypePointer nothing() {
  return map_type({});
}

TypePointer joined(const TypePointer& all, const TypePointer& one) {
  return all ? expression::unite(all, one) : one;
}

}  // namespace

Typing::Left Typing::body(const Step& step, const Node* node, TypePointer& input) {
  const Site site = here();
  if (step.call()) return call(step, node, input);
  if (const auto* block = std::get_if<core::Do>(&step.kind)) return list(block->steps);
  if (const auto* set = std::get_if<core::Set>(&step.kind)) {
    return {scopes_.check(under_key(node, "set"), set->values, site), true};
  }
  if (const auto* fail = std::get_if<core::Fail>(&step.kind)) {
    failure(fail->failure, under_key(node, "fail"), site);
    return {nothing(), false};
  }
  if (const auto* end = std::get_if<core::End>(&step.kind)) {
    return this->end(*end, under_key(node, "end"));
  }
  if (const auto* wait = std::get_if<Wait>(&step.kind)) {
    Within waiting(waiting_, &scopes_.steps[step.id]);
    return {this->wait(*wait, under_key(node, "wait"), site.extra), true};
  }
  if (const auto* block = std::get_if<core::Parallel>(&step.kind)) return parallel(*block);
  if (const auto* block = std::get_if<core::Foreach>(&step.kind)) {
    return foreach (step, *block, under_key(node, "foreach"));
  }
  if (const auto* block = std::get_if<core::Switch>(&step.kind)) {
    return choice(*block, under_key(node, "switch"));
  }
  if (const auto* block = std::get_if<core::Repeat>(&step.kind)) {
    return repeat(*block, under_key(node, "repeat"));
  }
  if (const auto* saga = std::get_if<core::ChildSaga>(&step.kind)) {
    return child(*saga, under_key(node, "saga"));
  }
  return {};
}

Typing::Left Typing::call(const Step& step, const Node* node, TypePointer& input) {
  const core::Call& call = *step.call();
  const Node* with = under_key(node, "with");
  if (with) input = scopes_.check(with, call.with, here());
  if (call.operation && call.operation->input) {
    const TypePointer wanted = scopes_.schema_type(call.operation->input);
    const std::string what = "`" + call.operation->name + "`";
    if (with) {
      check_fit(checked_, with, input, wanted, what);
    } else {
      check_left_out(checked_, under_key(node, "call"), "with", wanted, what);
    }
  }
  if (call.operation && !call.operation->deprecated.empty()) {
    checked_.warning("P03", step, "call", "`" + call.operation->name + "` is deprecated",
                     "use " + call.operation->deprecated);
  }
  if (call.key) scopes_.check(under_key(node, "key"), *call.key, here(), Wanted::text);
  TypePointer answer = any_type();
  if (call.operation) answer = scopes_.schema_type(call.operation->output);
  if (!call.await) return {answer, true};
  RootTypes extra = here().extra;
  extra.emplace_back("self", self_accepted(input, answer));
  return {wait(*call.await, under_key(node, "await"), std::move(extra)), true};
}

Typing::Left Typing::parallel(const core::Parallel& parallel) {
  for (const auto& [name, branch] : parallel.branches) mark(branch, Reach::apart);
  std::vector<TypeMember> outputs;
  std::vector<std::pair<KnownStep*, KnownStep>> ended;  // branches that are done, not yet in sight
  Left left;
  for (const auto& [name, branch] : parallel.branches) {
    mark(branch, Reach::later);
    const Left one = list(branch);
    left.goes_on = left.goes_on && one.goes_on;
    outputs.push_back({name, one.output});
    each_step_inside(branch, [&](const Step& step) {
      KnownStep& known = scopes_.steps[step.id];
      ended.emplace_back(&known, known);
    });
    mark(branch, Reach::apart);
  }
  for (auto& [known, after] : ended) *known = std::move(after);
  left.output = map_type(std::move(outputs));
  return left;
}

Typing::Left Typing::foreach (const Step& step, const core::Foreach& foreach, const Node* node) {
  TypePointer item = any_type();
  if (foreach.in) {
    const auto all = scopes_.check(under_key(node, "in"), *foreach.in, here(), Wanted::list);
    if (all->is_only(kinds_of(Kind::list)) && all->item) item = all->item;
  }
  scopes_.names.emplace_back(foreach.as, item);
  {
    Within repeat(in_repeat_, false);
    mark(foreach.steps, Reach::later);
    list(foreach.steps);
  }
  scopes_.names.pop_back();
  std::vector<TypeMember> outputs;
  for (const Step& each : foreach.steps) {
    const KnownStep& known = scopes_.steps[each.id];
    const bool always = !known.maybe && known.condition.empty();
    outputs.push_back({each.id, known.output, always, known.why});
  }
  each_step_inside(foreach.steps, [&](const Step& each) {
    KnownStep& known = scopes_.steps[each.id];
    known.reach = Reach::inside;
    known.foreach = step.id;
  });
  return {list_type(map_type(std::move(outputs))), true};
}

// Behind it the steps of a case may be absent, unless it is the only one that goes on.
Typing::Left Typing::choice(const core::Switch& choice, const Node* node) {
  Within facts(scopes_.facts, expression::Facts(scopes_.facts));
  Within conditions(scopes_.conditions, std::set<std::string>(scopes_.conditions));
  TypePointer output;
  std::vector<const core::StepList*> going_on;
  std::vector<const core::Program*> left_out;  // conditions of the cases before
  std::vector<std::pair<KnownStep*, KnownStep>> ended;
  for (std::size_t i = 0; i < choice.cases.size(); ++i) {
    const core::SwitchCase& one = choice.cases[i];
    if (i > 0 && left_out.back()) scopes_.assume(*left_out.back(), false);
    const Node* place = under_index(node, i);
    Within inner(scopes_.facts, expression::Facts(scopes_.facts));
    Within also(scopes_.conditions, std::set<std::string>(scopes_.conditions));
    if (one.when) {
      scopes_.check(under_key(place, "when"), *one.when, here(), Wanted::condition);
      scopes_.assume(*one.when, true);
    }
    const Left left = list(one.steps);
    if (left.goes_on) {
      going_on.push_back(&one.steps);
      output = joined(output, left.output);
    }
    each_step_inside(one.steps, [&](const Step& step) {
      KnownStep& known = scopes_.steps[step.id];
      ended.emplace_back(&known, known);
    });
    mark(one.steps, Reach::apart);
    left_out.push_back(one.when ? &*one.when : nullptr);
  }
  for (auto& [known, after] : ended) *known = std::move(after);
  const bool one_way = going_on.size() == 1;
  for (const auto& one : choice.cases) {
    if (one_way && &one.steps == going_on[0]) continue;
    maybe(one.steps, "a case with this step may not be chosen");
  }
  return {output ? output : nothing(), !going_on.empty()};
}

Typing::Left Typing::repeat(const core::Repeat& repeat, const Node* node) {
  {
    Within inside(in_repeat_, true);
    mark(repeat.steps, Reach::later);
    span(repeat.delay, under_key(node, "delay"), here());
  }
  Left left;
  {
    Within inside(in_repeat_, true);
    left = list(repeat.steps);
  }
  if (repeat.until) {
    scopes_.check(under_key(node, "until"), *repeat.until, here(), Wanted::condition);
  }
  return left;
}

Typing::Left Typing::child(const core::ChildSaga& child, const Node* node) {
  if (child.id) scopes_.check(under_key(node, "id"), *child.id, here(), Wanted::text);
  const Node* place = under_key(node, "input");
  const TypePointer given = place ? scopes_.check(place, child.input, here()) : nothing();
  const auto* known = checked_.context.options.known;
  const auto definition = known ? known->find(child.workflow, child.version) : nullptr;
  if (!definition) return {any_type(), true};
  const std::string what = "`" + child.workflow + "`";
  if (place || !definition->input_defaults.is_null()) {
    check_fit(checked_, place ? place : node, given, wanted_input(*definition), what);
  } else {
    check_left_out(checked_, node, "input", wanted_input(*definition), what);
  }
  return {child_output(*definition), true};
}

// An `end` without an output takes the definition's own.
Typing::Left Typing::end(const core::End& end, const Node* node) {
  if (end.status) scopes_.check(under_key(node, "status"), *end.status, here(), Wanted::text);
  if (end.output) {
    scopes_.check(under_key(node, "output"), *end.output, here());
    return {nothing(), false};
  }
  if (!checked_.definition.output) return {nothing(), false};
  for (auto& [id, known] : scopes_.steps) {
    const bool there = known.reach == Reach::reached && !known.maybe;
    if (!there) known.absent_at_end = true;
  }
  return {nothing(), false};
}

void Typing::failure(const core::FailureTemplate& failure, const Node* node, const Site& site) {
  if (failure.message) {
    scopes_.check(under_key(node, "message"), *failure.message, site, Wanted::text);
  }
  if (failure.details) scopes_.check(under_key(node, "details"), *failure.details, site);
}

TypePointer Typing::wait(const Wait& wait, const Node* node, RootTypes extra) {
  const Site site = here();
  span(wait.timeout, under_key(node, "timeout"), site);
  switch (wait.kind) {
    case Wait::For::duration:
      span(wait.duration, under_key(node, "for"), site);
      return nothing();
    case Wait::For::until:
      if (wait.until) scopes_.check(under_key(node, "until"), *wait.until, site, Wanted::moment);
      return nothing();
    case Wait::For::task: {
      const Node* task = under_key(node, "task");
      if (wait.assignee) {
        scopes_.check(under_key(task, "assignee"), *wait.assignee, site, Wanted::text);
      }
      span(wait.escalate_after, under_key(task, "escalate_after"), site);
      if (wait.escalate_to) {
        scopes_.check(under_key(task, "escalate_to"), *wait.escalate_to, site, Wanted::text);
      }
      return scopes_.schema_type(wait.form);
    }
    case Wait::For::any: {
      TypePointer data, outcome;
      const Node* members = under_key(node, "any");
      for (const auto& [name, member] : wait.any) {
        data = joined(data, this->wait(member, under_key(members, name), extra));
        outcome = joined(outcome, expression::type_of_value(Value(name)));
      }
      if (!data) return any_type();
      return map_type({{"outcome", outcome}, {"data", data}});
    }
    default:
      return message(wait, node, std::move(extra));
  }
}

// A wait for an event or a signal.
TypePointer Typing::message(const Wait& wait, const Node* node, RootTypes extra) {
  TypePointer data = any_type();
  for (const auto& source : checked_.definition.events) {
    const bool named = wait.kind == Wait::For::event && source.name == wait.name;
    if (named) data = scopes_.schema_type(source.schema);
  }
  const bool signal = wait.kind == Wait::For::signal;
  const TypePointer event = signal ? signal_type() : event_type(data);
  Site site;
  site.extra = std::move(extra);
  site.extra.emplace_back("event", event);
  if (wait.collect_until && waiting_) return collecting(wait, node, site, data);
  filters(wait, node, site);
  return data;
}

void Typing::filters(const Wait& wait, const Node* node, const Site& site) {
  if (wait.where) scopes_.check(under_key(node, "where"), *wait.where, site, Wanted::condition);
  if (!wait.fail_when) return;
  scopes_.check(under_key(under_key(node, "fail"), "when"), *wait.fail_when, site,
                Wanted::condition);
}

// What has been collected is the step's own output from the first event on: the filters may see
// what came before, `collect_until` and `each` count the event that they look at.
TypePointer Typing::collecting(const Wait& wait, const Node* node, const Site& site,
                               const TypePointer& data) {
  const TypePointer output =
      map_type({{"last", data}, {"count", expression::type_of_kinds(kinds_of(Kind::integer))}});
  KnownStep& known = *waiting_;
  Within own(known, KnownStep{.step = known.step});
  known.reach = Reach::reached;
  known.output = output;
  known.maybe = true;
  known.why = "before the first event nothing has been collected";
  filters(wait, node, site);
  known.maybe = false;
  scopes_.check(under_key(node, "collect_until"), *wait.collect_until, site, Wanted::condition);
  collected(wait, under_key(node, "collect_until"), data);
  announce(wait.each, under_key(node, "each"), site);
  return output;
}

// W03: with each of the values that the schema allows `collect_until` is tried. Only when it looks
// at one member of the event, which has an `enum`.
void Typing::collected(const Wait& wait, const Node* node, const TypePointer& data) {
  const auto paths = expression::used_paths(*wait.collect_until);
  if (paths.empty()) return;
  const auto& first = paths.front();
  const bool one = std::all_of(paths.begin(), paths.end(), [&](const auto& path) {
    return path.root == "event" && path.members == first.members;
  });
  if (!one || first.members.size() < 2 || first.members[0] != "data") return;
  const expression::Type* type = data.get();
  for (std::size_t i = 1; type && i < first.members.size(); ++i) {
    const TypeMember* member = type->find(first.members[i]);
    type = member ? member->type.get() : nullptr;
  }
  if (!type || !type->values || type->values->empty()) return;
  if (type->values->size() > kMostOutcomes) return;
  for (const Value& allowed : *type->values) {
    Value event = allowed;
    for (auto it = first.members.rbegin(); it != first.members.rend(); ++it) {
      event = Value(expression::Map{{Value(*it), event}});
    }
    const auto result =
        wait.collect_until->evaluate(expression::MapScope({{"event", std::move(event)}}));
    if (result && result->is_boolean() && result->boolean()) return;
  }
  checked_.context.report.warning(
      "W03", scopes_.offset_of(node),
      "`collect_until` is never true for a value that the event's schema allows",
      "compare with a value of its `enum`");
}

}  // namespace sagaloom::workflow
