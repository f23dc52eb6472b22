#include "runtime/workflow/routes.h"

#include <algorithm>

#include "runtime/workflow/reading.h"

namespace sagaloom::workflow {
namespace {

// "/api" itself is free; what the runtime serves is below these.
const std::vector<std::string> kReserved = {"/api/v1", "/metrics",  "/livez",   "/readyz",
                                            "/health", "/ready",    "/openapi", "/console",
                                            "/docs",   "/internal", "/nodes",   "/static"};

bool below(std::string_view path, std::string_view prefix) {
  return path.substr(0, prefix.size()) == prefix &&
         (path.size() == prefix.size() || path[prefix.size()] == '/' || path[prefix.size()] == '.');
}

// "/" and segments of a–z, 0–9, `-`, `_`; no empty segment.
bool is_path(std::string_view path) {
  if (path.size() < 2 || path.size() > 128 || path[0] != '/' || path.back() == '/') return false;
  if (path.find("//") != std::string_view::npos) return false;
  return path.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_/") ==
         std::string_view::npos;
}

void read_path(Context& context, const Node& node, core::Expose& expose) {
  expose.path = read_text(context, node, "`path`").value_or("");
  if (expose.path.empty()) return;
  if (!is_path(expose.path)) {
    context.error("S02", node, "`path` has not the right form",
                  "write segments of lower-case letters, digits, `-` and `_`, such as /api/orders");
  } else if (const std::string prefix = reserved_prefix(expose.path); !prefix.empty()) {
    context.error("R01", node, "`" + prefix + "` is reserved for the runtime",
                  "choose another path, such as /api/" + context.definition.name);
  }
}

void read_views(Context& context, const Node& node, unsigned sight, core::Expose& expose) {
  if (!node.is_map()) return context.error("S02", node, "`views` must be a mapping");
  for (const auto& member : node.members) {
    Node name;
    name.style = Node::Style::quoted;
    name.text = member.key;
    name.offset = member.offset;
    read_identifier(context, name, "a view's name");
    if (member.key == "status" || member.key == "cancel") {
      context.error("S04", name, "`" + member.key + "` cannot be the name of a view",
                    "choose another name; the status stands under `status`");
    }
    if (auto view = read_template(context, member.value, sight)) {
      expose.views.emplace_back(member.key, std::move(*view));
    }
  }
}

}  // namespace

core::Expose read_expose(Context& context, const Node& node) {
  core::Expose expose;
  expose.id_name = "id";
  const Fields fields(context, node, "`expose`",
                      {"path", "id", "status", "views", "response", "wait"});
  const unsigned sight = see_path | see_error;
  if (const Node* n = fields.require("path")) read_path(context, *n, expose);
  if (const Node* n = fields.find("id")) {
    const Fields id(context, *n, "`id`", {"name"});
    if (const Node* name = id.find("name")) {
      expose.id_name = read_identifier(context, *name, "`name`").value_or("id");
    }
  }
  if (const Node* n = fields.find("status")) expose.status = read_template(context, *n, sight);
  if (const Node* n = fields.find("response")) expose.response = read_template(context, *n, sight);
  if (const Node* n = fields.find("views")) read_views(context, *n, sight, expose);
  if (const Node* n = fields.find("wait")) {
    expose.wait = read_constant_duration(context, *n, "`wait`").value_or(core::Duration(0));
  }
  return expose;
}

std::string reserved_prefix(std::string_view path) {
  for (const auto& prefix : kReserved) {
    if (below(path, prefix)) return prefix;
  }
  return path == "/api" ? "/api" : "";
}

bool paths_collide(std::string_view a, std::string_view b) {
  return below(a, b) || below(b, a);
}

}  // namespace sagaloom::workflow
