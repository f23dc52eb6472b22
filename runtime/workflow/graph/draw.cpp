// From the tree of steps to the drawing. Ends of the path that still lead nowhere are carried from
// step to step as exits; the next step's first node takes them.
#include "runtime/workflow/graph/drawing.h"
#include "runtime/workflow/graph/label.h"

namespace sagaloom::workflow::graph {
namespace {

using core::ErrorHandler;
using core::Step;
using core::StepList;

struct Exit {
  std::string from;
  std::string label;
  Line line = Line::forward;
  std::string from_cluster;
};
using Exits = std::vector<Exit>;

// Where a step stands in the drawing: what its undo and its handlers are drawn from.
struct Anchor {
  std::string node, cluster;
};

void append(Exits& exits, Exits more) {
  for (auto& exit : more) exits.push_back(std::move(exit));
}

class Painter {
 public:
  explicit Painter(const core::Definition& definition) : definition_(definition) {}

  Drawing paint() {
    drawing_.title = definition_.name + " version " + std::to_string(definition_.version);
    Cluster whole;
    draw_events(whole);
    const std::string start = add(whole, Shape::start, {drawing_.title, definition_.title});
    if (definition_.start) {
      const auto topic = add(whole, Shape::source, {"topic " + definition_.start->topic});
      edge({topic, "starts", Line::event, {}}, start);
    }
    const Exits exits = list(definition_.steps, {{start, {}, Line::forward, {}}}, whole);
    if (!exits.empty()) lead(exits, add(whole, Shape::finish, {"COMPLETED"}));
    drawing_.whole = std::move(whole);
    return std::move(drawing_);
  }

 private:
  std::string add(Cluster& cluster, Shape shape, const std::vector<std::string>& lines) {
    Node node{"n" + std::to_string(++nodes_), shape, {}};
    for (const auto& line : lines)
      if (!line.empty()) node.lines.push_back(one_line(line));
    cluster.nodes.push_back(node);
    return node.name;
  }
  Cluster cluster(const std::string& title) {
    return {"c" + std::to_string(++clusters_), one_line(title), {}, {}};
  }
  void edge(const Exit& exit, const std::string& to) {
    drawing_.edges.push_back({exit.from, to, one_line(exit.label), exit.line, exit.from_cluster});
  }
  void lead(const Exits& exits, const std::string& to) {
    for (const auto& exit : exits) edge(exit, to);
  }

  void draw_events(Cluster& whole) {
    for (const auto& event : definition_.events)
      events_.emplace_back(
          event.name, add(whole, Shape::source, {"event " + event.name, "topic " + event.topic}));
  }
  void listen(const core::Wait& wait, const std::string& node) {
    for (const auto& [name, source] : events_)
      if (wait.kind == core::Wait::For::event && wait.name == name)
        edge({source, {}, Line::event, {}}, node);
    for (const auto& member : wait.any) listen(member.wait, node);
  }

  Exits list(const StepList& steps, Exits exits, Cluster& where) {
    for (const Step& each : steps) exits = step(each, std::move(exits), where);
    return exits;
  }

  Exits step(const Step& step, Exits exits, Cluster& where) {
    Exits skipped;
    if (step.when) {
      const auto choice = add(where, Shape::choice, {"when " + step.when->text()});
      lead(exits, choice);
      exits = {{choice, "yes", Line::forward, {}}};
      skipped = {{choice, "no", Line::forward, {}}};
    }
    Anchor anchor;
    Exits after = core::lists_inside(step).size() > handler_lists(step)
                      ? block(step, exits, where, anchor)
                      : leaf(step, exits, where, anchor);
    undo(step, anchor, where);
    for (const auto& each : step.on_error) append(after, handler(step, each, anchor, where));
    append(after, std::move(skipped));
    return after;
  }

  static std::size_t handler_lists(const Step& step) {
    std::size_t count = 0;
    for (const auto& handler : step.on_error) count += handler.steps.empty() ? 0 : 1;
    return count;
  }

  static Shape leaf_shape(const Step& step) {
    if (step.pivot) return Shape::pivot;
    if (step.call()) return Shape::call;
    if (std::holds_alternative<core::Wait>(step.kind)) return Shape::wait;
    if (std::holds_alternative<core::ChildSaga>(step.kind)) return Shape::child;
    if (std::holds_alternative<core::Fail>(step.kind)) return Shape::failure;
    if (std::holds_alternative<core::End>(step.kind)) return Shape::finish;
    return Shape::value;
  }

  Exits leaf(const Step& step, const Exits& exits, Cluster& where, Anchor& anchor) {
    const Shape shape = leaf_shape(step);
    anchor.node = add(where, shape, leaf_lines(step));
    lead(exits, anchor.node);
    if (const auto* wait = std::get_if<core::Wait>(&step.kind)) listen(*wait, anchor.node);
    if (step.call() && step.call()->await) listen(*step.call()->await, anchor.node);
    if (shape == Shape::failure || shape == Shape::finish) return {};
    return {{anchor.node, {}, Line::forward, {}}};
  }

  Exits block(const Step& step, const Exits& exits, Cluster& where, Anchor& anchor) {
    Cluster inside = cluster(block_title(step));
    anchor.cluster = inside.name;
    const std::size_t first = nodes_ + 1;  // the node that the block's first list begins with
    Exits after = body(step, exits, inside);
    anchor.node = "n" + std::to_string(first);
    where.clusters.push_back(std::move(inside));
    return after;
  }

  Exits body(const Step& step, const Exits& exits, Cluster& inside) {
    if (const auto* block = std::get_if<core::Parallel>(&step.kind))
      return parallel(*block, exits, inside);
    if (const auto* block = std::get_if<core::Switch>(&step.kind))
      return choose(*block, exits, inside);
    if (const auto* block = std::get_if<core::Repeat>(&step.kind))
      return repeat(*block, exits, inside);
    return list(*core::lists_inside(step).front(), exits, inside);
  }

  Exits parallel(const core::Parallel& block, const Exits& exits, Cluster& inside) {
    const auto fork = add(inside, Shape::bar, {});
    lead(exits, fork);
    Exits ends;
    for (const auto& [name, steps] : block.branches) {
      Cluster branch = cluster(name);
      append(ends, list(steps, {{fork, {}, Line::forward, {}}}, branch));
      inside.clusters.push_back(std::move(branch));
    }
    if (ends.empty()) return {};
    const auto join = add(inside, Shape::bar, {});
    lead(ends, join);
    return {{join, {}, Line::forward, {}}};
  }

  Exits choose(const core::Switch& block, const Exits& exits, Cluster& inside) {
    const auto choice = add(inside, Shape::choice, {"switch"});
    lead(exits, choice);
    Exits ends;
    for (const auto& one : block.cases) {
      const std::string label = one.when ? one.when->text() : "else";
      append(ends, list(one.steps, {{choice, label, Line::forward, {}}}, inside));
    }
    if (!block.cases.empty() && block.cases.back().when)
      edge({choice, "no match", Line::failing, {}},
           add(inside, Shape::failure, {"fails: switch.no_match"}));
    return ends;
  }

  Exits repeat(const core::Repeat& block, const Exits& exits, Cluster& inside) {
    const std::string first = "n" + std::to_string(nodes_ + 1);
    const Exits turn = list(block.steps, exits, inside);
    if (turn.empty()) return {};
    const auto until = add(inside, Shape::choice, {"until " + condition_text(block.until)});
    lead(turn, until);
    const std::string pause = block.delay ? ", after " + duration_text(*block.delay) : "";
    edge({until, "no: next turn" + pause, Line::forward, {}}, first);
    return {{until, "yes", Line::forward, {}}};
  }

  void undo(const Step& step, const Anchor& anchor, Cluster& where) {
    if (step.compensate.kind != core::UndoKind::steps) return;
    const auto node = add(where, Shape::undo, undo_lines(step));
    edge({anchor.node, {}, Line::undo, anchor.cluster}, node);
  }

  Exits handler(const Step& step, const ErrorHandler& handler, const Anchor& anchor,
                Cluster& where) {
    const Exit cause{anchor.node, handler_text(handler), Line::failing, anchor.cluster};
    switch (handler.action) {
      case ErrorHandler::Action::ignore:
        return {cause};
      case ErrorHandler::Action::fail:
        edge(cause, add(where, Shape::failure, {failure_text(handler.fail)}));
        return {};
      case ErrorHandler::Action::compensate:
        edge(cause, add(where, Shape::failure, {"goes back"}));
        return {};
      case ErrorHandler::Action::steps:
        break;
    }
    Cluster inside = cluster(step.id + ": " + handler_text(handler));
    Exits exits = list(handler.steps, {cause}, inside);
    where.clusters.push_back(std::move(inside));
    return exits;
  }

  const core::Definition& definition_;
  Drawing drawing_;
  std::size_t nodes_ = 0, clusters_ = 0;
  std::vector<std::pair<std::string, std::string>> events_;  // name, node
};

}  // namespace

Drawing draw(const core::Definition& definition) {
  return Painter(definition).paint();
}

}  // namespace sagaloom::workflow::graph
