// YAML text as a tree of our own, in which every node knows its place in the text.
//
// What YAML libraries let pass is refused here: duplicate keys, anchors, aliases, merge keys, tags,
// several documents, control characters, too much depth, size or number of nodes. Scalars stay
// text; scalar.h gives them their type by the YAML 1.2 core schema.
//
// Lifecycle: made by `parse_source`, immutable afterwards, needed only while a definition is being
// loaded. Threads: immutable. Library: yaml-cpp, only in source.cpp.
// Errors: Y01 (syntax), Y02 (duplicate key), Y03 (what the language does not use, limits).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/workflow/diagnostics.h"

namespace sagaloom::workflow {

inline constexpr std::size_t kSourceBytes = 1024 * 1024;
inline constexpr std::size_t kSourceDepth = 32;
inline constexpr std::size_t kSourceNodes = 50'000;
inline constexpr std::size_t kDiagnosticLimit = 200;

// A text with its file's name; turns byte offsets into lines and columns.
class Source {
 public:
  Source(std::string file, std::string text);

  const std::string& file() const { return file_; }
  const std::string& text() const { return text_; }
  Position position(std::size_t offset) const;
  // The line (from 1) without its end, and the offset of its first byte.
  std::string_view line(std::uint32_t number) const;
  std::size_t line_start(std::uint32_t number) const;

 private:
  std::size_t characters_before(std::size_t offset) const;

  std::string file_;
  std::string text_;
  std::vector<std::size_t> starts_;
  std::vector<std::size_t> characters_;  // before every kStride-th byte: lines may be 1 MiB long
};

// Collects diagnostics about one source; keeps the first kDiagnosticLimit.
class Report {
 public:
  explicit Report(const Source& source) : source_(source) {}

  // `example`: a path on which it goes wrong, in words.
  void error(std::string code, std::size_t offset, std::string message, std::string fix = {},
             std::string example = {});
  void warning(std::string code, std::size_t offset, std::string message, std::string fix = {},
               std::string example = {});
  // Codes C and T rest on the manifests: without them they are warnings.
  void without_manifests() { without_manifests_ = true; }
  bool full() const { return diagnostics_.size() >= kDiagnosticLimit; }
  bool failed() const { return failed_; }
  std::vector<Diagnostic> take();

 private:
  void add(Severity severity, std::string code, std::size_t offset, std::string message,
           std::string fix, std::string example);
  const Source& source_;
  std::vector<Diagnostic> diagnostics_;
  bool without_manifests_ = false;
  bool failed_ = false;
};

struct Member;

struct Node {
  enum class Kind : std::uint8_t {
    scalar,
    list,
    map,
    broken,  // already reported (an alias): readers pass over it silently
  };
  enum class Style : std::uint8_t { plain, quoted, block };

  Kind kind = Kind::scalar;
  Style style = Style::plain;
  std::size_t offset = 0;  // of its first byte; an empty scalar has that of its key
  std::string text;        // of a scalar, escapes and folding resolved
  std::vector<Node> items;
  std::vector<Member> members;  // in written order, each key once

  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_map() const { return kind == Kind::map; }
  bool is_broken() const { return kind == Kind::broken; }
  // The member with this key; nullptr when there is none or this is not a map.
  const Member* member(std::string_view key) const;
  const Node* find(std::string_view key) const;
};

struct Member {
  std::string key;
  std::size_t offset = 0;  // of the key
  Node value;
};

// nullopt: there is no tree to look at; the report says why. With a tree the report may hold
// errors as well (Y02, Y03).
std::optional<Node> parse_source(const Source& source, Report& report);

// The offset in the source of byte `index` of a scalar's text: steps over quotes, escapes, folding
// and the indentation of blocks.
std::size_t locate(const Source& source, const Node& scalar, std::size_t index);

// The first byte after the scalar's written form.
std::size_t end_of(const Source& source, const Node& scalar);

// The node that a JSON pointer names; the nearest one above it when there is none.
const Node& at_pointer(const Node& root, std::string_view pointer);

}  // namespace sagaloom::workflow
