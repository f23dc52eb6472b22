#include "runtime/document/json.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "runtime/document/tag.h"

namespace sagaloom::document {
namespace {

using expression::Error;
using expression::List;
using expression::Map;
using expression::Member;
using expression::Result;
using expression::Value;

void append_token(std::string& pointer, std::string_view token) {
  pointer.push_back('/');
  for (const char c : token) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer.push_back(c);
    }
  }
}

// Builds the Value from the reader's events: one frame for each open list or map.
class Builder {
 public:
  Builder(const Limits& limits, bool tagged) : limits_(limits), tagged_(tagged) {}

  bool null() { return put(Value()); }
  bool boolean(bool value) { return put(Value(value)); }
  bool number_integer(std::int64_t value) { return put(Value(value)); }
  bool number_unsigned(std::uint64_t value) {
    if (value > INT64_MAX) return fail_number(std::to_string(value));
    return put(Value(static_cast<std::int64_t>(value)));
  }
  // The reader falls back to a double for whole numbers that fit no integer.
  bool number_float(double value, const std::string& text) {
    if (text.find_first_of(".eE") == std::string::npos) return fail_number(text);
    return put(Value(value));
  }
  bool string(std::string& text) { return put(Value(std::move(text))); }
  bool binary(std::vector<std::uint8_t>&) { return false; }

  bool start_object(std::size_t) { return open(true); }
  bool start_array(std::size_t) { return open(false); }
  bool key(std::string& text) {
    frames_.back().key = Value(std::move(text));
    return true;
  }
  bool end_array() {
    List items = std::move(frames_.back().items);
    close();
    return put(Value(std::move(items)));
  }
  bool end_object();
  bool parse_error(std::size_t position, const std::string&, const std::exception& why) {
    return fail({"json.malformed", reason(why.what()), "", position == 0 ? 0 : position - 1});
  }

  Result<Value> result() && {
    if (error_) return std::move(*error_);
    return std::move(root_);
  }

 private:
  struct Frame {
    bool is_map;
    bool literal;  // the inside of {"$map": …}: its own keys are no tags
    List items;
    Map members;
    Value key;
  };

  bool open(bool is_map);
  void close() {
    if (!frames_.back().literal) --depth_;
    frames_.pop_back();
  }
  bool put(Value value);
  bool fail(Error error) {
    if (!error_) error_ = std::move(error);
    return false;
  }
  bool fail_number(const std::string& text) {
    return fail({"json.malformed",
                 "the number " + text + " does not fit 64 bits; send it as a string", pointer()});
  }
  static std::string reason(std::string_view what);
  std::string pointer() const;

  const Limits limits_;
  const bool tagged_;
  std::size_t depth_ = 0;
  std::vector<Frame> frames_;
  Value root_;
  std::optional<Error> error_;
};

// The reader's messages begin with a class and a position of its own, which say nothing here.
std::string Builder::reason(std::string_view what) {
  const auto colon = what.rfind(": ");
  const auto dash = what.find(" - ");
  const auto start = dash != std::string_view::npos    ? dash + 3
                     : colon != std::string_view::npos ? colon + 2
                                                       : 0;
  return "not JSON: " + std::string(what.substr(start, 200));
}

std::string Builder::pointer() const {
  std::string text;
  for (const auto& frame : frames_) {
    if (frame.is_map) {
      append_token(text, frame.key.is_string() ? frame.key.string() : "");
    } else {
      text += "/" + std::to_string(frame.items.size());
    }
  }
  return text;
}

bool Builder::open(bool is_map) {
  bool literal = false;
  if (tagged_ && is_map && !frames_.empty()) {
    const Frame& parent = frames_.back();
    literal = parent.is_map && !parent.literal && parent.key.string() == "$map";
  }
  // One level more for {"$timestamp": …} and the like around a scalar of the deepest level.
  if (!literal && ++depth_ > limits_.depth + (tagged_ ? 1 : 0)) {
    return fail({"json.too_deep", "nested deeper than " + std::to_string(limits_.depth) + " levels",
                 pointer()});
  }
  frames_.push_back({is_map, literal, {}, {}, {}});
  return true;
}

bool Builder::put(Value value) {
  if (frames_.empty()) {
    root_ = std::move(value);
    return true;
  }
  Frame& frame = frames_.back();
  if (frame.is_map) {
    frame.members.push_back({frame.key, std::move(value)});
  } else {
    frame.items.push_back(std::move(value));
  }
  return true;
}

// Sorts the members; the key that is there twice, or nullptr.
const Value* sort_members(Map& members) {
  const auto less = [](const Member& a, const Member& b) {
    return a.key.string() < b.key.string();
  };
  if (!std::is_sorted(members.begin(), members.end(), less)) {
    std::sort(members.begin(), members.end(), less);
  }
  const auto twice = std::adjacent_find(
      members.begin(), members.end(),
      [](const Member& a, const Member& b) { return a.key.string() == b.key.string(); });
  return twice == members.end() ? nullptr : &twice->key;
}

bool Builder::end_object() {
  Frame& frame = frames_.back();
  const bool literal = frame.literal;
  Map members = std::move(frame.members);
  if (const Value* twice = sort_members(members)) {
    frame.key = *twice;
    return fail(
        {"json.duplicate_key", "the key \"" + twice->string() + "\" is there twice", pointer()});
  }
  Value map(std::move(members));
  if (tagged_ && !literal && is_tag(map)) {
    auto plain = untag(map);
    if (!plain) {
      return fail(
          {"json.malformed", "unknown tag " + map.members().front().key.string(), pointer()});
    }
    map = std::move(*plain);
  }
  close();
  return put(std::move(map));
}

Result<Value> read(std::string_view text, const Limits& limits, bool tagged) {
  if (text.size() > limits.bytes) {
    return Error{"json.too_large", "the document has " + std::to_string(text.size()) +
                                       " bytes, at most " + std::to_string(limits.bytes) +
                                       " are allowed"};
  }
  Builder builder(limits, tagged);
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder).result();
}

}  // namespace

Result<Value> parse(std::string_view text, const Limits& limits) {
  return read(text, limits, false);
}

Result<Value> parse_tagged(std::string_view text, const Limits& limits) {
  return read(text, limits, true);
}

}  // namespace sagaloom::document
