// P01, C12, W05: child sagas against the definitions that are known.
#include <algorithm>
#include <set>

#include "runtime/workflow/checks.h"

namespace sagaloom::workflow {
namespace {

using core::ChildSaga;
using core::Definition;
using core::Step;

constexpr std::size_t kMostVisited = 200;

template <typename Visit>
void each_child(const core::StepList& list, const Visit& visit) {
  for (const Step& step : list) {
    if (const auto* child = std::get_if<ChildSaga>(&step.kind)) visit(*child);
    for (const auto* inner : core::lists_inside(step)) each_child(*inner, visit);
  }
}

bool has_pivot(const core::StepList& list) {
  return std::any_of(list.begin(), list.end(), [](const Step& step) {
    const auto lists = core::lists_inside(step);
    return step.pivot || std::any_of(lists.begin(), lists.end(),
                                     [](const auto* inner) { return has_pivot(*inner); });
  });
}

// The way from a definition back to `name`: "travel starts insurance starts travel".
class Circle {
 public:
  Circle(const KnownDefinitions& known, const std::string& name) : known_(known), name_(name) {}

  bool closes(const Definition& definition) {
    if (seen_.size() > kMostVisited) return false;
    if (!seen_.insert({definition.name, definition.version}).second) return false;
    bool closed = false;
    each_child(definition.steps, [&](const ChildSaga& child) {
      if (closed) return;
      const auto next = known_.find(child.workflow, child.version);
      closed = child.workflow == name_ || (next && closes(*next));
      if (closed) way_ = definition.name + " starts " + (way_.empty() ? name_ : way_);
    });
    return closed;
  }
  const std::string& way() const { return way_; }

 private:
  const KnownDefinitions& known_;
  const std::string& name_;
  std::set<std::pair<std::string, std::uint32_t>> seen_;
  std::string way_;
};

void check_there(const Checked& c, const KnownDefinitions& known, const Step& step,
                 const ChildSaga& child) {
  const auto versions = known.versions(child.workflow);
  if (std::find(versions.begin(), versions.end(), child.version) != versions.end()) return;
  if (c.context.report.full()) return;
  const Node* node = c.place(step).node;
  const Node* saga = node ? node->find("saga") : nullptr;
  const Member* member = saga ? saga->member(versions.empty() ? "workflow" : "version") : nullptr;
  const std::size_t offset = member ? member->value.offset : c.at(step, "saga");
  if (!versions.empty()) {
    return c.context.report.error(
        "P01", offset,
        "there is no version " + std::to_string(child.version) + " of `" + child.workflow + "`",
        "the highest known is " + std::to_string(versions.back()));
  }
  const std::string meant = nearest(child.workflow, known.names());
  c.context.report.error("P01", offset, "there is no workflow `" + child.workflow + "`",
                         meant.empty() ? "register it first, or check its file together with this"
                                       : "did you mean `" + meant + "`?");
}

void check_circle(const Checked& c, const KnownDefinitions* known, const Step& step,
                  const ChildSaga& child, const core::DefinitionPointer& definition) {
  if (child.workflow == c.definition.name) {
    return c.error("C12", step, "saga", "the workflow starts itself as a child", "use `repeat`",
                   "`" + step.id + "` starts a saga that starts a saga, without an end");
  }
  if (!definition || !known) return;
  Circle circle(*known, c.definition.name);
  if (!circle.closes(*definition)) return;
  c.error("C12", step, "saga", "child sagas in a circle", "break it: use `repeat`, or one workflow",
          c.definition.name + " starts " + circle.way());
}

void check_definition_of(const Checked& c, const Step& step, const ChildSaga& child,
                         const Definition& definition) {
  const bool own_undo = c.place(step).declares_undo;
  if (has_pivot(definition.steps) && c.before_pivot(step) && !own_undo) {
    c.error("C12", step, "saga",
            "the child `" + child.workflow +
                "` has a pivot: once it is passed the parent cannot undo it",
            "start it after the parent's pivot, or give the step a `compensate` of its own",
            "`" + child.workflow +
                "` passes its pivot, then a step of the parent is refused: "
                "what the child did stays");
  }
  if (!definition.events.empty() && !child.id) {
    c.warning("W05", step, "saga",
              "the child `" + child.workflow +
                  "` waits for events, but is started without `id`: "
                  "its id becomes `<saga>/" +
                  step.id + "`, which no event names",
              "add `id` with the key that the events have");
  }
}

}  // namespace

void check_children(const Checked& c) {
  const KnownDefinitions* known = c.context.options.known;
  c.each_step([&](const Step& step, const Trail&) {
    const auto* child = std::get_if<ChildSaga>(&step.kind);
    if (!child || child->workflow.empty()) return;
    const auto definition = known ? known->find(child->workflow, child->version) : nullptr;
    check_circle(c, known, step, *child, definition);
    if (known && child->workflow != c.definition.name) check_there(c, *known, step, *child);
    if (definition) check_definition_of(c, step, *child, *definition);
  });
}

}  // namespace sagaloom::workflow
