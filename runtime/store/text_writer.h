// Appends core's values to one string as JSON. No intermediate tree: thousands of records a second
// pass here.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/core/record.h"
#include "runtime/core/saga.h"
#include "runtime/document/json.h"
#include "runtime/store/fields.h"
#include "runtime/store/names.h"

namespace sagaloom::store {

template <typename T>
concept Named = requires { Names<T>::list; };

template <typename Number>
  requires std::integral<Number> || std::floating_point<Number>
void append_number(std::string& out, Number number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end.ptr);
}

// One JSON object in the making. Times are written as milliseconds after `base`, none as null.
class ObjectWriter {
 public:
  ObjectWriter(std::string& out, core::Time base) : out_(out), base_(base) { out_ += '{'; }
  ObjectWriter(const ObjectWriter&) = delete;
  ObjectWriter& operator=(const ObjectWriter&) = delete;

  void close() {
    if (!cleared_.empty()) write_cleared();
    out_ += '}';
  }

  template <typename T>
  void member(std::string_view name, const T& value) {
    if (note_cleared(name, value)) return;
    key(name);
    append(value);
  }

  // The members of `object` whose bit is set in `mask`.
  template <typename Struct>
  void changed_members(const Struct& object, core::FieldMask mask) {
    std::size_t index = 0;
    visit_fields(object, [&](const char* name, const auto& value) {
      if (mask >> index++ & 1) member(name, value);
    });
  }

  // The members of `object` that differ from their defaults.
  template <typename Struct>
  void other_than_default(const Struct& object) {
    std::size_t index = 0;
    visit_fields(object, [&](const char* name, const auto& value) {
      if (!is_default<Struct>(index++, value)) member(name, value);
    });
  }

  void key(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    out_ += '"';
    out_ += name;  // field names need no escaping
    out_ += "\":";
  }

 private:
  template <typename T>
  bool note_cleared(std::string_view, const T&) {
    return false;
  }
  template <typename T>
  bool note_cleared(std::string_view name, const std::optional<T>& value) {
    if (!value) cleared_.push_back(name);
    return !value;
  }

  void write_cleared() {
    key("none");
    char separator = '[';
    for (const auto name : cleared_) {
      out_ += separator;
      document::append_string(out_, name);
      separator = ',';
    }
    out_ += ']';
  }

  void append(bool value) { out_ += value ? "true" : "false"; }
  void append(double value) { append_number(out_, value); }
  template <std::integral Number>
  void append(Number value) {
    append_number(out_, value);
  }
  template <Named Enum>
  void append(Enum value) {
    document::append_string(out_, stored_name(value));
  }
  void append(const std::string& value) { document::append_string(out_, value); }
  void append(core::Time value) {
    if (value == core::Time{}) {
      out_ += "null";
    } else {
      append_number(out_, (value - base_).count());
    }
  }
  void append(core::Duration value) { append_number(out_, value.count()); }
  void append(const expression::Value& value) { document::append(out_, value); }
  template <typename T>
  void append(const std::optional<T>& value) {
    append(*value);
  }
  void append(const core::Failure& value) {
    ObjectWriter object(out_, base_);
    object.other_than_default(value);
    object.close();
  }

  void append(const std::vector<core::Event>& events) {
    char separator = '[';
    if (events.empty()) out_ += separator;
    for (const core::Event& event : events) {
      out_ += separator;
      ObjectWriter object(out_, base_);
      object.other_than_default(event);
      object.close();
      separator = ',';
    }
    out_ += ']';
  }

  // Numbers, then times; trailing zeros and missing times are left out.
  void append(const core::Try& value) {
    const std::uint32_t numbers[] = {value.number, value.counted, value.crashes,
                                     value.in_flight ? 1u : 0u};
    const core::Time times[] = {value.first_at, value.started_at, value.deadline, value.due};
    std::size_t count = std::size(times);
    while (count > 0 && times[count - 1] == core::Time{}) --count;
    std::size_t leading = std::size(numbers);
    while (count == 0 && leading > 0 && numbers[leading - 1] == 0) --leading;
    char separator = '[';
    if (leading == 0) out_ += separator;
    for (std::size_t i = 0; i < leading; ++i, separator = ',') {
      out_ += separator;
      append_number(out_, numbers[i]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      out_ += separator;
      append(times[i]);
    }
    out_ += ']';
  }

  void append(const std::vector<std::pair<std::string, std::string>>& headers) {
    char separator = '[';
    if (headers.empty()) out_ += separator;
    for (const auto& [name, text] : headers) {
      out_ += separator;
      out_ += '[';
      document::append_string(out_, name);
      out_ += ',';
      document::append_string(out_, text);
      out_ += ']';
      separator = ',';
    }
    out_ += ']';
  }

  std::string& out_;
  core::Time base_;
  bool first_ = true;
  std::vector<std::string_view> cleared_;
};

}  // namespace sagaloom::store
