// Functions over strings. Searching is linear (memmem is two-way), so no text is a trap.

#include <cstring>
#include <string>
#include <string_view>

#include "runtime/expression/evaluation.h"
#include "runtime/expression/functions.h"
#include "runtime/expression/utf8.h"

namespace sagaloom::expression {
namespace {

bool give(Call& call, Value value) {
  call.out = std::move(value);
  return true;
}

bool give_text(Call& call, std::string text) {
  return call.evaluation.build(call.node, text.size()) && give(call, Value(std::move(text)));
}

bool read_work(Call& call, std::string_view text) {
  return call.evaluation.work(call.node, text.size() / 256);
}

std::size_t find(std::string_view text, std::string_view part, std::size_t from) {
  if (part.empty()) return from;
  const void* found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
  if (found == nullptr) return std::string_view::npos;
  return static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

bool contains(Call& call) {
  if (!call.all_strings()) return call.no_overload();
  if (!read_work(call, call[0].string())) return false;
  return give(call, Value(find(call[0].string(), call[1].string(), 0) != std::string_view::npos));
}

bool starts_with(Call& call) {
  if (!call.all_strings()) return call.no_overload();
  return give(call, Value(call[0].string().starts_with(call[1].string())));
}

bool ends_with(Call& call) {
  if (!call.all_strings()) return call.no_overload();
  return give(call, Value(call[0].string().ends_with(call[1].string())));
}

bool matches(Call& call) {
  if (!call.all_strings()) return call.no_overload();
  const std::string& text = call[0].string();
  if (!call.evaluation.work(call.node, text.size() / 32)) return false;
  if (call.node.pattern) return give(call, Value(call.node.pattern->matches(text)));
  if (!call.evaluation.work(call.node, 500)) return false;
  const auto pattern = Pattern::compile(call[1].string());
  if (!pattern) return call.fail(pattern.error().message);
  return give(call, Value((*pattern)->matches(text)));
}

// The count that a limit names: negative or absent is no limit. nullopt: not a number.
std::optional<std::size_t> limit_of(const Call& call, std::size_t index) {
  if (call.count <= index) return SIZE_MAX;
  if (!call[index].is_integer()) return std::nullopt;
  return call[index].integer() < 0 ? SIZE_MAX : static_cast<std::size_t>(call[index].integer());
}

// Where the next piece of a split ends; an empty separator splits into code points.
std::size_t piece_end(std::string_view text, std::string_view separator, std::size_t from) {
  if (!separator.empty()) return find(text, separator, from);
  auto rest = text.substr(from);
  if (rest.empty()) return std::string_view::npos;
  take_code_point(rest);
  return rest.empty() ? std::string_view::npos : text.size() - rest.size();
}

bool split(Call& call) {
  const auto limit = limit_of(call, 2);
  if (!call[0].is_string() || !call[1].is_string() || !limit) return call.no_overload();
  const std::string_view text = call[0].string();
  const std::string_view separator = call[1].string();
  if (!read_work(call, text)) return false;
  List pieces;
  std::size_t from = 0;
  while (*limit > 0 && !(text.empty() && separator.empty())) {
    const auto end =
        pieces.size() + 1 == *limit ? std::string_view::npos : piece_end(text, separator, from);
    const auto piece = text.substr(from, end == std::string_view::npos ? end : end - from);
    if (!call.evaluation.build(call.node, sizeof(Value) + 32 + piece.size())) return false;
    pieces.push_back(Value(piece));
    if (end == std::string_view::npos) break;
    from = end + separator.size();
  }
  return give(call, Value(std::move(pieces)));
}

bool join(Call& call) {
  const bool separated = call.count == 2;
  if (!call[0].is_list() || (separated && !call[1].is_string())) return call.no_overload();
  const std::string_view separator = separated ? call[1].string() : std::string_view();
  const List& items = call[0].items();
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (!items[i].is_string()) return call.fail("the list holds something else than strings");
    const std::size_t size = items[i].string().size() + separator.size();
    if (!call.evaluation.build(call.node, size) || !call.evaluation.work(call.node, 1)) {
      return false;
    }
    if (i > 0) text += separator;
    text += items[i].string();
  }
  return give(call, Value(std::move(text)));
}

bool replace(Call& call) {
  const auto limit = limit_of(call, 3);
  const bool strings = call[0].is_string() && call[1].is_string() && call[2].is_string();
  if (!strings || !limit) return call.no_overload();
  const std::string_view text = call[0].string();
  const std::string_view old = call[1].string();
  const std::string_view with = call[2].string();
  if (old.empty()) return call.fail("an empty text cannot be replaced");
  if (!read_work(call, text)) return false;
  std::string out;
  std::size_t from = 0;
  for (std::size_t done = 0; done < *limit; ++done) {
    const auto found = find(text, old, from);
    if (found == std::string_view::npos) break;
    if (!call.evaluation.build(call.node, found - from + with.size())) return false;
    out.append(text, from, found - from);
    out += with;
    from = found + old.size();
  }
  if (!call.evaluation.build(call.node, text.size() - from)) return false;
  out.append(text, from);
  return give(call, Value(std::move(out)));
}

template <char First, char Last, int Shift>
bool shift_letters(Call& call) {
  if (!call.all_strings()) return call.no_overload();
  std::string text = call[0].string();
  for (char& c : text) {
    if (c >= First && c <= Last) c = static_cast<char>(c + Shift);
  }
  return give_text(call, std::move(text));
}

bool trim(Call& call) {
  if (!call.all_strings()) return call.no_overload();
  return give_text(call, std::string(trimmed(call[0].string())));
}

}  // namespace

std::vector<Function> string_functions() {
  using Form = Function::Form;
  return {
      {"contains", Form::method, 2, 2, contains, kinds::boolean, {kinds::text, kinds::text}},
      {"startsWith", Form::method, 2, 2, starts_with, kinds::boolean, {kinds::text, kinds::text}},
      {"endsWith", Form::method, 2, 2, ends_with, kinds::boolean, {kinds::text, kinds::text}},
      {"matches", Form::both, 2, 2, matches, kinds::boolean, {kinds::text, kinds::text}},
      {"split", Form::method, 2, 3, split, kinds::list, {kinds::text, kinds::text, kinds::integer}},
      {"join", Form::method, 1, 2, join, kinds::text, {kinds::list, kinds::text}},
      {"replace",
       Form::method,
       3,
       4,
       replace,
       kinds::text,
       {kinds::text, kinds::text, kinds::text, kinds::integer}},
      {"lowerAscii", Form::method, 1, 1, shift_letters<'A', 'Z', 32>, kinds::text, {kinds::text}},
      {"upperAscii", Form::method, 1, 1, shift_letters<'a', 'z', -32>, kinds::text, {kinds::text}},
      {"trim", Form::method, 1, 1, trim, kinds::text, {kinds::text}},
  };
}

}  // namespace sagaloom::expression
