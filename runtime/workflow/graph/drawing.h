// A workflow as a drawing: nodes in nested clusters and the edges between them, and its text for
// Mermaid and for Graphviz.
//
// Lifecycle: values, no state. Threads: any. Errors: none; every definition can be drawn, and every
// text of it becomes a label that the two languages show as it stands. The same definition gives
// the same bytes. Limits: a label line has at most 60 characters, the rest is cut and marked with …
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/definition.h"

namespace sagaloom::workflow::graph {

enum class Shape : std::uint8_t {
  start,
  finish,
  call,
  pivot,
  wait,
  value,   // `set`, or a step that only emits
  choice,  // `when`, `switch`, the `until` of `repeat`
  bar,     // where branches part and meet
  child,
  failure,
  undo,
  source,  // an event, or the topic that starts sagas
};

struct Node {
  std::string name;  // "n7", unique in the drawing, never the text of a person
  Shape shape = Shape::call;
  std::vector<std::string> lines;
};

struct Cluster {
  std::string name;  // "c2"; the whole drawing's is empty
  std::string title;
  std::vector<Node> nodes;
  std::vector<Cluster> clusters;
};

enum class Line : std::uint8_t { forward, undo, failing, event };

struct Edge {
  std::string from, to;
  std::string label;
  Line line = Line::forward;
  std::string from_cluster;  // not empty: it begins at the border of this cluster
};

struct Drawing {
  std::string title;
  Cluster whole;
  std::vector<Edge> edges;
};

Drawing draw(const core::Definition& definition);

std::string mermaid(const Drawing& drawing);
std::string dot(const Drawing& drawing);

}  // namespace sagaloom::workflow::graph
