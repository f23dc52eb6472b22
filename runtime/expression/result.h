// The outcome of an operation that can fail for reasons the caller must handle: a value or an
// Error.
//
// Programmer errors are asserts, infrastructure failures stay inside the adapters; a Result is for
// what a person or another program can cause (bad text, bad input, a conflict).
// Threads: plain values. Source of the shape: std::expected (C++23), which g++ 12 has only there.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace sagaloom::expression {

// `code` is stable, dotted lower case (language.md 1.7); `message` says what is wrong and what to
// do; `pointer` is a JSON pointer into the offending document, or empty; `offset` counts bytes from
// the start of the offending text, or is npos.
struct Error {
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);

  std::string code;
  std::string message;
  std::string pointer{};
  std::size_t offset = npos;

  bool operator==(const Error&) const = default;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace sagaloom::expression
