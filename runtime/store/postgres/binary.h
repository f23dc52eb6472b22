// PostgreSQL's binary formats: parameters that go out, results that come in.
// Threads: plain values. Times are milliseconds here and microseconds since 2000 there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/core/saga_id.h"
#include "runtime/core/time.h"

namespace sagaloom::store {

enum class PgType : std::uint32_t {
  boolean = 16,
  bytea = 17,
  int8 = 20,
  int2 = 21,
  int4 = 23,
  text = 25,
  timestamptz = 1184,
  uuid = 2950,
};

void append_big_endian(std::string& out, std::uint64_t value, int bytes);
std::uint64_t big_endian(std::string_view bytes);

// Microseconds since 2000-01-01; what PostgreSQL has no date for is one of its infinities, which
// are Time::min and Time::max here.
std::int64_t pg_time(core::Time time);
core::Time from_pg_time(std::int64_t microseconds);

// A one-dimensional array in the making.
class PgArray {
 public:
  explicit PgArray(PgType element);

  void add_int2(std::int64_t value) { add_number(value, 2); }
  void add_int4(std::int64_t value) { add_number(value, 4); }
  void add_int8(std::int64_t value) { add_number(value, 8); }
  void add_boolean(bool value) { add_number(value ? 1 : 0, 1); }
  void add_time(core::Time time);  // none: null
  void add(std::string_view bytes);
  void add(const core::SagaId& id);
  void add_null();

  // An element that is written in place: begin, append to buffer(), end.
  std::string& begin_element();
  void end_element();

  bool empty() const { return count_ == 0; }
  std::uint32_t count() const { return count_; }
  std::uint32_t type() const;  // of the array
  std::string_view finish();   // the parameter's bytes
  std::size_t bytes() const { return data_.size(); }

 private:
  void add_number(std::int64_t value, int bytes);

  PgType element_;
  std::string data_;
  std::uint32_t count_ = 0;
  bool has_null_ = false;
  std::size_t element_start_ = 0;
};

// Parameters of one statement. Arrays are viewed, not copied: they must outlive the send.
class PgParameters {
 public:
  PgParameters& int2(std::int64_t value) { return number(PgType::int2, value, 2); }
  PgParameters& int4(std::int64_t value) { return number(PgType::int4, value, 4); }
  PgParameters& int8(std::int64_t value) { return number(PgType::int8, value, 8); }
  PgParameters& boolean(bool value) { return number(PgType::boolean, value ? 1 : 0, 1); }
  PgParameters& time(core::Time value) { return raw_time(pg_time(value)); }
  PgParameters& raw_time(std::int64_t microseconds) {
    return number(PgType::timestamptz, microseconds, 8);
  }
  PgParameters& text(std::string_view value);
  PgParameters& bytea(std::string_view value);
  PgParameters& uuid(const core::SagaId& value);
  PgParameters& array(PgArray& value);

  int count() const { return static_cast<int>(types_.size()); }
  const std::uint32_t* types() const { return types_.data(); }
  std::vector<const char*> values() const;
  std::vector<int> lengths() const;
  std::vector<int> formats() const { return std::vector<int>(types_.size(), 1); }

 private:
  PgParameters& number(PgType type, std::int64_t value, int bytes);
  PgParameters& own(PgType type, std::string bytes);

  struct Slot {
    std::string owned;
    std::string_view viewed;
    bool views = false;
  };
  std::vector<std::uint32_t> types_;
  std::vector<Slot> slots_;
};

}  // namespace sagaloom::store
