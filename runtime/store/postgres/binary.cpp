#include "runtime/store/postgres/binary.h"

#include <cassert>
#include <limits>

#include "runtime/store/bytes.h"

namespace sagaloom::store {
namespace {

constexpr std::int64_t ms_of_2000 = 946'684'800'000;
// timestamptz: from 4713 BC to 294276 AD, and the two infinities.
constexpr std::int64_t first_us = -211'813'488'000'000'000;
constexpr std::int64_t last_us = 9'223'371'331'199'999'999;
constexpr std::int64_t infinity = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t minus_infinity = std::numeric_limits<std::int64_t>::min();
constexpr std::size_t array_header = 20;  // dimensions, has-null, element type, size, lower bound

std::uint32_t array_type(PgType element) {
  switch (element) {
    case PgType::boolean:
      return 1000;
    case PgType::bytea:
      return 1001;
    case PgType::int2:
      return 1005;
    case PgType::int4:
      return 1007;
    case PgType::text:
      return 1009;
    case PgType::int8:
      return 1016;
    case PgType::timestamptz:
      return 1185;
    case PgType::uuid:
      return 2951;
  }
  assert(false);
  return 0;
}

void overwrite(std::string& data, std::size_t at, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) data[at + i] = static_cast<char>(value >> (24 - 8 * i));
}

}  // namespace

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8)
    out += static_cast<char>(value >> shift);
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

std::int64_t pg_time(core::Time time) {
  const std::int64_t ms = time.time_since_epoch().count();
  if (ms < first_us / 1000 + ms_of_2000) return minus_infinity;
  if (ms > last_us / 1000 + ms_of_2000) return infinity;
  return (ms - ms_of_2000) * 1000;
}

core::Time from_pg_time(std::int64_t microseconds) {
  if (microseconds == infinity) return core::Time::max();
  if (microseconds == minus_infinity) return core::Time::min();
  const std::int64_t ms = microseconds >= 0 ? microseconds / 1000 : -((-microseconds + 999) / 1000);
  return core::Time(core::Duration(ms + ms_of_2000));
}

PgArray::PgArray(PgType element) : element_(element), data_(array_header, '\0') {}

std::uint32_t PgArray::type() const {
  return array_type(element_);
}

std::string& PgArray::begin_element() {
  data_.append(4, '\0');
  element_start_ = data_.size();
  return data_;
}

void PgArray::end_element() {
  overwrite(data_, element_start_ - 4, static_cast<std::uint32_t>(data_.size() - element_start_));
  ++count_;
}

void PgArray::add_number(std::int64_t value, int bytes) {
  append_big_endian(data_, static_cast<std::uint64_t>(bytes), 4);
  append_big_endian(data_, static_cast<std::uint64_t>(value), bytes);
  ++count_;
}

void PgArray::add_time(core::Time time) {
  if (time == core::Time{}) return add_null();
  add_number(pg_time(time), 8);
}

void PgArray::add(std::string_view bytes) {
  begin_element().append(bytes);
  end_element();
}

void PgArray::add(const core::SagaId& id) {
  add(id_bytes(id));
}

void PgArray::add_null() {
  append_big_endian(data_, 0xffffffff, 4);
  has_null_ = true;
  ++count_;
}

std::string_view PgArray::finish() {
  overwrite(data_, 0, count_ == 0 ? 0 : 1);
  overwrite(data_, 4, has_null_ ? 1 : 0);
  overwrite(data_, 8, static_cast<std::uint32_t>(element_));
  overwrite(data_, 12, count_);
  overwrite(data_, 16, 1);
  return count_ == 0 ? std::string_view(data_).substr(0, 12) : std::string_view(data_);
}

PgParameters& PgParameters::own(PgType type, std::string bytes) {
  types_.push_back(static_cast<std::uint32_t>(type));
  slots_.push_back({std::move(bytes), {}, false});
  return *this;
}

PgParameters& PgParameters::number(PgType type, std::int64_t value, int bytes) {
  std::string encoded;
  append_big_endian(encoded, static_cast<std::uint64_t>(value), bytes);
  return own(type, std::move(encoded));
}

PgParameters& PgParameters::text(std::string_view value) {
  return own(PgType::text, std::string(value));
}

PgParameters& PgParameters::bytea(std::string_view value) {
  return own(PgType::bytea, std::string(value));
}

PgParameters& PgParameters::uuid(const core::SagaId& value) {
  return own(PgType::uuid, std::string(id_bytes(value)));
}

PgParameters& PgParameters::array(PgArray& value) {
  types_.push_back(value.type());
  slots_.push_back({{}, value.finish(), true});
  return *this;
}

std::vector<const char*> PgParameters::values() const {
  std::vector<const char*> list;
  for (const auto& slot : slots_)
    list.push_back(slot.views ? slot.viewed.data() : slot.owned.data());
  return list;
}

std::vector<int> PgParameters::lengths() const {
  std::vector<int> list;
  for (const auto& slot : slots_) {
    list.push_back(static_cast<int>(slot.views ? slot.viewed.size() : slot.owned.size()));
  }
  return list;
}

}  // namespace sagaloom::store
