// Templates: values with `${ expression }` in their strings.

#include <cmath>

#include "runtime/expression/evaluation.h"
#include "runtime/expression/lexer.h"
#include "runtime/expression/parser.h"
#include "runtime/expression/program.h"
#include "runtime/expression/text.h"

namespace sagaloom::expression {

// One place of the tree: a constant, one expression, a text with expressions in it, or a list or
// map that holds such places. A subtree without expressions is one constant.
struct Template::Leaf {
  enum class Kind { constant, whole, text, list, map };
  struct Piece {
    std::string literal{};  // in front of the program
    std::optional<Program> program{};
    std::size_t offset = 0;  // of the program's text in the string
  };

  Kind kind = Kind::constant;
  Value value{};                // constant
  std::vector<Piece> pieces{};  // whole: one, text: several
  std::vector<Leaf> items{};    // list, and the values of a map
  std::vector<Value> keys{};    // map
};

namespace {

// Values nested deeper are not documents any more; the same limit as for JSON that comes in.
constexpr std::size_t deepest_value = 32;

void append_token(std::string& pointer, std::string_view token) {
  pointer.push_back('/');
  for (const char c : token) {
    if (c == '~' || c == '/') {
      pointer += c == '~' ? "~0" : "~1";
    } else {
      pointer.push_back(c);
    }
  }
}

// Why a value that an expression built cannot leave it; empty when it can.
std::string_view misfit(const Value& value, std::size_t depth = 0) {
  if (depth > deepest_value) return "the value is nested deeper than 32 levels";
  if (value.is_optional()) return "the value holds an optional inside; open it with `orValue`";
  if (value.is_real() && !std::isfinite(value.real())) return "the number is not finite";
  if (value.is_list()) {
    for (const auto& item : value.items()) {
      if (const auto why = misfit(item, depth + 1); !why.empty()) return why;
    }
  } else if (value.is_map()) {
    for (const auto& member : value.members()) {
      if (!member.key.is_string()) return "a map that leaves an expression needs strings as keys";
      if (const auto why = misfit(member.value, depth + 1); !why.empty()) return why;
    }
  }
  return {};
}

// A path into the scope gives what is a document already.
bool is_path(const Node& node) {
  return node.kind == Node::Kind::root ||
         (node.kind == Node::Kind::member && is_path(node.children[0]));
}

}  // namespace

// Compiles a tree; carries the pointer of the place it is at.
class TemplateCompiler {
 public:
  using Leaf = Template::Leaf;
  explicit TemplateCompiler(const std::vector<std::string>& roots) : roots_(roots) {}

  Result<Leaf> compile(const Value& value) {
    if (value.is_string()) return text(value);
    if (value.is_list()) return list(value);
    if (value.is_map()) return map(value);
    return Leaf{.value = value};
  }

 private:
  Result<Leaf> text(const Value& value);
  Result<Leaf> list(const Value& value);
  Result<Leaf> map(const Value& value);
  Error placed(Error error, std::size_t offset) const {
    error.pointer = pointer_;
    error.offset = error.offset == Error::npos ? offset : error.offset + offset;
    return error;
  }

  const std::vector<std::string>& roots_;
  std::string pointer_;
};

Result<Template::Leaf> TemplateCompiler::text(const Value& value) {
  const std::string_view text = value.string();
  Leaf leaf{.value = value};
  std::size_t from = 0;
  for (auto open = text.find("${"); open != std::string_view::npos; open = text.find("${", from)) {
    const std::size_t start = open + 2;
    const auto tokens = tokenize_until_brace(text.substr(start));
    if (!tokens) return placed(tokens.error(), start);
    const std::size_t length = tokens->back().offset;
    auto program = Program::compile(text.substr(start, length), roots_);
    if (!program) return placed(program.error(), start);
    leaf.pieces.push_back(
        {std::string(text.substr(from, open - from)), std::move(*program), start});
    from = start + length + 1;
  }
  if (leaf.pieces.empty()) return leaf;
  const bool whole =
      leaf.pieces.size() == 1 && leaf.pieces[0].literal.empty() && from == text.size();
  leaf.kind = whole ? Leaf::Kind::whole : Leaf::Kind::text;
  if (from < text.size()) leaf.pieces.push_back({std::string(text.substr(from)), std::nullopt});
  return leaf;
}

Result<Template::Leaf> TemplateCompiler::list(const Value& value) {
  Leaf leaf{.value = value};
  bool constant = true;
  const std::size_t length = pointer_.size();
  for (std::size_t i = 0; i < value.items().size(); ++i) {
    append_token(pointer_, std::to_string(i));
    auto item = compile(value.items()[i]);
    if (!item) return item.error();
    pointer_.resize(length);
    constant = constant && item->kind == Leaf::Kind::constant;
    leaf.items.push_back(std::move(*item));
  }
  if (constant) return Leaf{.value = value};
  leaf.kind = Leaf::Kind::list;
  return leaf;
}

Result<Template::Leaf> TemplateCompiler::map(const Value& value) {
  Leaf leaf{.value = value};
  bool constant = true;
  const std::size_t length = pointer_.size();
  for (const auto& [key, mapped] : value.members()) {
    append_token(pointer_, key.is_string() ? key.string() : "");
    auto item = compile(mapped);
    if (!item) return item.error();
    pointer_.resize(length);
    constant = constant && item->kind == Leaf::Kind::constant;
    leaf.items.push_back(std::move(*item));
    leaf.keys.push_back(key);
  }
  if (constant) return Leaf{.value = value};
  leaf.kind = Leaf::Kind::map;
  return leaf;
}

// Renders a tree; carries the pointer of the place it is at, for errors.
class TemplateRenderer {
 public:
  using Leaf = Template::Leaf;
  TemplateRenderer(const Scope& scope, const Budget& budget) : evaluation_(scope, budget) {}

  // nullopt in the result: an absent optional.
  Result<std::optional<Value>> render(const Leaf& leaf) {
    switch (leaf.kind) {
      case Leaf::Kind::constant:
        return std::optional(leaf.value);
      case Leaf::Kind::whole:
        return whole(leaf.pieces[0]);
      case Leaf::Kind::text:
        return text(leaf);
      case Leaf::Kind::list:
        return list(leaf);
      case Leaf::Kind::map:
        return map(leaf);
    }
    return std::optional<Value>();
  }

 private:
  Result<std::optional<Value>> whole(const Leaf::Piece& piece);
  Result<std::optional<Value>> text(const Leaf& leaf);
  Result<std::optional<Value>> list(const Leaf& leaf);
  Result<std::optional<Value>> map(const Leaf& leaf);
  Error placed(Error error, std::size_t offset) const {
    error.pointer = pointer_;
    error.offset = error.offset == Error::npos ? offset : error.offset + offset;
    return error;
  }

  Evaluation evaluation_;
  std::string pointer_;
};

Result<std::optional<Value>> TemplateRenderer::whole(const Leaf::Piece& piece) {
  auto value = evaluation_.run(piece.program->root());
  if (!value) return placed(value.error(), piece.offset);
  if (value->is_optional() && value->inner() == nullptr) return std::optional<Value>();
  if (!is_path(piece.program->root())) {
    const auto why = misfit(*value);
    if (!why.empty()) return placed({"expression.failed", std::string(why)}, piece.offset);
  }
  return std::optional(std::move(*value));
}

Result<std::optional<Value>> TemplateRenderer::text(const Leaf& leaf) {
  std::string joined;
  for (const auto& piece : leaf.pieces) {
    joined += piece.literal;
    if (!piece.program) continue;
    auto value = evaluation_.run(piece.program->root());
    if (!value) return placed(value.error(), piece.offset);
    if (!value->is_string() && !value->is_number() && !value->is_boolean()) {
      return placed({"expression.failed", "a text takes strings, numbers and booleans, not " +
                                              std::string(kind_name(value->kind())) +
                                              "; use `string(…)` or `orValue`"},
                    piece.offset);
    }
    joined += *text_of(*value);
    if (!evaluation_.build(piece.program->root(), joined.size())) {
      return placed({"expression.failed", "the text is too large"}, piece.offset);
    }
  }
  return std::optional(Value(std::move(joined)));
}

Result<std::optional<Value>> TemplateRenderer::list(const Leaf& leaf) {
  List items;
  items.reserve(leaf.items.size());
  const std::size_t length = pointer_.size();
  for (std::size_t i = 0; i < leaf.items.size(); ++i) {
    append_token(pointer_, std::to_string(i));
    auto item = render(leaf.items[i]);
    if (!item) return item.error();
    pointer_.resize(length);
    if (*item) items.push_back(std::move(**item));
  }
  return std::optional(Value(std::move(items)));
}

Result<std::optional<Value>> TemplateRenderer::map(const Leaf& leaf) {
  Map members;
  members.reserve(leaf.items.size());
  const std::size_t length = pointer_.size();
  for (std::size_t i = 0; i < leaf.items.size(); ++i) {
    append_token(pointer_, leaf.keys[i].is_string() ? leaf.keys[i].string() : "");
    auto item = render(leaf.items[i]);
    if (!item) return item.error();
    pointer_.resize(length);
    if (*item) members.push_back({leaf.keys[i], std::move(**item)});
  }
  return std::optional(Value(std::move(members)));
}

Result<Template> Template::compile(const Value& tree, const std::vector<std::string>& roots) {
  auto leaf = TemplateCompiler(roots).compile(tree);
  if (!leaf) return leaf.error();
  Template compiled = constant(tree);
  if (leaf->kind != Leaf::Kind::constant) {
    compiled.root_ = std::make_shared<const Leaf>(std::move(*leaf));
  }
  return compiled;
}

Template Template::constant(Value value) {
  Template made;
  made.source_ = std::move(value);
  return made;
}

bool Template::is_constant() const {
  return root_ == nullptr;
}

Result<std::optional<Value>> Template::render(const Scope& scope, const Budget& budget) const {
  if (root_ == nullptr) return std::optional(source_);
  auto rendered = TemplateRenderer(scope, budget).render(*root_);
  if (!rendered || !*rendered || root_->kind == Leaf::Kind::whole) return rendered;
  if (depth(**rendered) > deepest_value) {
    return Error{"expression.failed", "the value is nested deeper than 32 levels"};
  }
  return rendered;
}

std::vector<Template::Part> Template::parts() const {
  std::vector<Part> found;
  if (root_ == nullptr) return found;
  const auto visit = [&](const auto& self, const Leaf& leaf, const std::string& pointer) -> void {
    for (const auto& piece : leaf.pieces) {
      if (!piece.program) continue;
      found.push_back({pointer, piece.offset, &*piece.program, leaf.kind == Leaf::Kind::whole});
    }
    for (std::size_t i = 0; i < leaf.items.size(); ++i) {
      std::string inner = pointer;
      const bool named = leaf.kind == Leaf::Kind::map && leaf.keys[i].is_string();
      append_token(inner, named ? leaf.keys[i].string() : std::to_string(i));
      self(self, leaf.items[i], inner);
    }
  };
  visit(visit, *root_, "");
  return found;
}

}  // namespace sagaloom::expression
