// Graphviz' DOT. Labels stand in quotes; `&` is written as an entity, since Graphviz reads them.
#include "runtime/workflow/graph/drawing.h"

namespace sagaloom::workflow::graph {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '&' ? "&amp;" : std::string(1, c);
  }
  return out;
}

std::string quoted(std::string_view text) {
  return "\"" + escaped(text) + "\"";
}

std::string label(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : "\\n") + escaped(line);
  return "\"" + text + "\"";
}

const char* looks(Shape shape) {
  switch (shape) {
    case Shape::start:
    case Shape::finish:
      return "shape=box, style=\"rounded,filled\", fillcolor=\"#e8e8e8\"";
    case Shape::call:
      return "shape=box";
    case Shape::pivot:
      return "shape=hexagon, penwidth=3";
    case Shape::wait:
      return "shape=parallelogram";
    case Shape::value:
      return "shape=box, style=rounded";
    case Shape::choice:
      return "shape=diamond";
    case Shape::bar:
      return "shape=box, style=filled, fillcolor=black, height=0.06, width=1.2";
    case Shape::child:
      return "shape=box, peripheries=2";
    case Shape::failure:
      return "shape=octagon, color=firebrick";
    case Shape::undo:
      return "shape=box, style=\"rounded,dashed\"";
    case Shape::source:
      return "shape=cylinder";
  }
  return "";
}

void write(const Cluster& cluster, const std::string& indent, std::string& out) {
  for (const auto& node : cluster.nodes)
    out += indent + node.name + " [label=" + label(node.lines) + ", " + looks(node.shape) + "];\n";
  for (const auto& inner : cluster.clusters) {
    out += indent + "subgraph cluster_" + inner.name + " {\n";
    out += indent + "  label=" + quoted(inner.title) + ";\n";
    write(inner, indent + "  ", out);
    out += indent + "}\n";
  }
}

std::string looks(const Edge& edge) {
  std::string out;
  if (!edge.label.empty()) out += ", label=" + quoted(edge.label);
  if (edge.line == Line::undo) out += ", style=dashed";
  if (edge.line == Line::failing) out += ", color=firebrick, fontcolor=firebrick";
  if (edge.line == Line::event) out += ", style=dotted, arrowhead=odot";
  if (!edge.from_cluster.empty()) out += ", ltail=cluster_" + edge.from_cluster;
  return out.empty() ? out : " [" + out.substr(2) + "]";
}

}  // namespace

std::string dot(const Drawing& drawing) {
  std::string out = "digraph " + quoted(drawing.title) + " {\n";
  out += "  compound=true;\n";
  out += "  node [fontname=\"Helvetica\", fontsize=10];\n";
  out += "  edge [fontname=\"Helvetica\", fontsize=9];\n";
  out += "  graph [fontname=\"Helvetica\", fontsize=10, style=rounded, color=gray50];\n";
  write(drawing.whole, "  ", out);
  for (const auto& edge : drawing.edges)
    out += "  " + edge.from + " -> " + edge.to + looks(edge) + ";\n";
  return out + "}\n";
}

}  // namespace sagaloom::workflow::graph
