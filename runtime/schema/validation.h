// One check of one value against a compiled schema.
//
// Lifecycle: on the stack of the caller. Threads: one at a time. Bounded: after a million
// checked nodes the value is refused with the code `limit`, whatever the schema repeats.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/schema/node.h"

namespace sagaloom::schema {

class Validation {
 public:
  explicit Validation(std::size_t limit) : limit_(limit) {}

  std::vector<Violation> run(const Schema::Node& root, const expression::Value& value);

 private:
  using Value = expression::Value;

  // Where in the value we are: a chain on the stack, made text only for a violation.
  struct Place {
    const Place* parent = nullptr;
    std::string_view key{};
    std::size_t index = 0;
    bool is_key = false;
  };
  // Which members or items of one value some subschema has spoken about; for `unevaluated…`.
  using Evaluated = std::vector<bool>;

  bool check(const Schema::Node& node, const Value& value, const Place& place,
             Evaluated* evaluated);
  bool check_kind(const Schema::Node& node, const Value& value, const Place& place,
                  Evaluated* evaluated);
  bool scalars(const Schema::Node& node, const Value& value, const Place& place);
  bool number(const NumberRules& rules, const Value& value, const Place& place);
  bool text(const TextRules& rules, const Value& value, const Place& place);
  bool list(const ListRules& rules, const Value& value, const Place& place, Evaluated* evaluated);
  bool contains(const ListRules& rules, const Value& value, const Place& place,
                Evaluated* evaluated);
  bool map(const MapRules& rules, const Value& value, const Place& place, Evaluated* evaluated);
  bool members(const MapRules& rules, const Value& value, const Place& place, Evaluated* evaluated);
  bool member(const MapRules& rules, const expression::Member& member, const Place& place,
              bool& known);
  bool dependencies(const MapRules& rules, const Value& value, const Place& place,
                    Evaluated* evaluated);
  bool combined(const Schema::Node& node, const Value& value, const Place& place,
                Evaluated* evaluated);
  bool any_of(const Schema::Node& node, const Value& value, const Place& place,
              Evaluated* evaluated);
  bool one_of(const Schema::Node& node, const Value& value, const Place& place,
              Evaluated* evaluated);
  bool conditional(const Schema::Node& node, const Value& value, const Place& place,
                   Evaluated* evaluated);
  bool unevaluated(const Schema::Node& node, const Value& value, const Place& place,
                   Evaluated& evaluated);
  // Like `check`, without noting violations; `evaluated` grows only if the value fits.
  bool fits(const Schema::Node& node, const Value& value, const Place& place, Evaluated* evaluated);
  // Notes a violation; gives false.
  bool refuse(const Place& place, std::string_view code, std::string message);
  bool stopped() const { return exhausted_ || violations_.size() >= limit_; }
  // Whether to go on after a violation: to find the others too.
  bool goes_on(bool good) const { return good || (quiet_ == 0 && !stopped()); }
  bool spend(std::size_t units);
  // Ends everything with one violation `limit`; gives false.
  bool give_up();

  // Schemas inside schemas at one moment, so that no schema overflows the stack.
  static constexpr std::size_t deepest = 1000;
  struct Level {
    explicit Level(Validation& validation) : validation(validation) { ++validation.depth_; }
    ~Level() { --validation.depth_; }
    Validation& validation;
  };

  const std::size_t limit_;
  std::size_t work_ = 1'000'000;
  std::size_t quiet_ = 0;
  std::size_t depth_ = 0;
  bool exhausted_ = false;
  std::vector<Violation> violations_;
};

}  // namespace sagaloom::schema
