// Mermaid's flowchart. Labels stand in quotes; what Mermaid would read as markup, an entity or a
// directive is written as the number of its character.
#include <utility>

#include "runtime/workflow/graph/drawing.h"

namespace sagaloom::workflow::graph {
namespace {

std::string escaped(std::string_view text) {
  static constexpr std::string_view special = "\"#&<>`%\\;";
  std::string out;
  for (const char c : text) {
    if (special.find(c) == special.npos) {
      out += c;
    } else {
      out += "#" + std::to_string(static_cast<int>(c)) + ";";
    }
  }
  return out;
}

std::string label(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += (text.empty() ? "" : "<br/>") + escaped(line);
  return "\"" + (text.empty() ? " " : text) + "\"";
}

std::pair<const char*, const char*> brackets(Shape shape) {
  switch (shape) {
    case Shape::start:
    case Shape::finish:
      return {"([", "])"};
    case Shape::pivot:
      return {"{{", "}}"};
    case Shape::wait:
      return {"[/", "/]"};
    case Shape::choice:
      return {"{", "}"};
    case Shape::bar:
      return {"((", "))"};
    case Shape::child:
      return {"[[", "]]"};
    case Shape::failure:
      return {">", "]"};
    case Shape::source:
      return {"[(", ")]"};
    case Shape::value:
    case Shape::undo:
      return {"(", ")"};
    case Shape::call:
      break;
  }
  return {"[", "]"};
}

const char* style_class(Shape shape) {
  if (shape == Shape::pivot) return ":::pivot";
  if (shape == Shape::undo) return ":::undo";
  return shape == Shape::failure ? ":::failure" : "";
}

void write(const Cluster& cluster, const std::string& indent, std::string& out) {
  for (const auto& node : cluster.nodes) {
    const auto [open, close] = brackets(node.shape);
    out += indent + node.name + open + label(node.lines) + close + style_class(node.shape) + "\n";
  }
  for (const auto& inner : cluster.clusters) {
    out += indent + "subgraph " + inner.name + "[" + label({inner.title}) + "]\n";
    write(inner, indent + "  ", out);
    out += indent + "end\n";
  }
}

const char* arrow(Line line) {
  if (line == Line::undo) return " -.-> ";
  if (line == Line::failing) return " ==> ";
  return line == Line::event ? " --o " : " --> ";
}

}  // namespace

std::string mermaid(const Drawing& drawing) {
  std::string out = "flowchart TB\n";
  write(drawing.whole, "  ", out);
  for (const auto& edge : drawing.edges) {
    const std::string& from = edge.from_cluster.empty() ? edge.from : edge.from_cluster;
    std::string stroke = arrow(edge.line);
    if (!edge.label.empty()) {
      stroke.pop_back();
      stroke += "|" + label({edge.label}) + "| ";
    }
    out += "  " + from + stroke + edge.to + "\n";
  }
  return out +
         "  classDef pivot stroke-width:4px\n"
         "  classDef undo stroke-dasharray:5 5\n"
         "  classDef failure stroke:#b22222\n";
}

}  // namespace sagaloom::workflow::graph
