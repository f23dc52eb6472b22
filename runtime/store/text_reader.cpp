#include "runtime/store/text_reader.h"

#include <algorithm>
#include <iterator>

namespace sagaloom::store {

void Reading::fail(std::string_view code, std::string_view place, std::string_view what) {
  if (error_) return;
  std::string message = "\"";
  message.append(place).append("\" ").append(what);
  if (code == "record.newer") message = "a field or value of " + message + "; start that one";
  error_ = Error{std::string(code), std::move(message), {}, Error::npos};
}

const expression::List& Reading::list(std::string_view place, const Value& from) {
  static const expression::List empty;
  if (from.is_list()) return from.items();
  damaged(place, "is not a list");
  return empty;
}

bool Reading::is_cleared(const Value* none, std::string_view name) const {
  if (none == nullptr || !none->is_list()) return false;
  return std::any_of(none->items().begin(), none->items().end(),
                     [&](const Value& item) { return item.is_string() && item.string() == name; });
}

void Reading::check_cleared(std::string_view place, const Value& none, std::size_t found) {
  if (!none.is_list()) return damaged(place, "has a \"none\" that is not a list");
  if (none.items().size() != found) newer(place);
}

void Reading::read(std::string_view place, const Value& from, bool& to) {
  if (!from.is_boolean()) return damaged(place, "is not true or false");
  to = from.boolean();
}

void Reading::read(std::string_view place, const Value& from, double& to) {
  if (!from.is_number()) return damaged(place, "is not a number");
  to = from.is_real() ? from.real() : static_cast<double>(from.integer());
}

void Reading::read(std::string_view place, const Value& from, std::string& to) {
  if (!from.is_string()) return damaged(place, "is not a string");
  to = from.string();
}

// Within some 30,000 years of the epoch, so that sums of times cannot overflow.
void Reading::read(std::string_view place, const Value& from, core::Time& to) {
  constexpr std::int64_t limit = 1'000'000'000'000'000;
  to = core::Time{};
  if (from.is_null()) return;
  if (!from.is_integer() || from.integer() > limit || from.integer() < -limit) {
    return damaged(place, "is not a time");
  }
  to = base_ + core::Duration(from.integer());
}

void Reading::read(std::string_view place, const Value& from, core::Duration& to) {
  if (!from.is_integer()) return damaged(place, "is not a number of milliseconds");
  to = core::Duration(from.integer());
}

void Reading::read(std::string_view place, const Value& from, core::Try& to) {
  const auto& items = list(place, from);
  std::uint32_t in_flight = 0;
  std::uint32_t* const numbers[] = {&to.number, &to.counted, &to.crashes, &in_flight};
  core::Time* const times[] = {&to.first_at, &to.started_at, &to.deadline, &to.due};
  if (items.size() > std::size(numbers) + std::size(times)) return newer(place);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i < std::size(numbers)) {
      read(place, items[i], *numbers[i]);
    } else {
      read(place, items[i], *times[i - std::size(numbers)]);
    }
  }
  to.in_flight = in_flight != 0;
}

void Reading::read(std::string_view place, const Value& from, core::Failure& to) {
  members(place, from, to);
}

void Reading::read(std::string_view place, const Value& from, std::vector<core::Event>& to) {
  to.clear();
  for (const Value& one : list(place, from)) members(place, one, to.emplace_back());
}

void Reading::read(std::string_view place, const Value& from,
                   std::vector<std::pair<std::string, std::string>>& to) {
  for (const auto& item : list(place, from)) {
    const auto& pair = list(place, item);
    if (pair.size() != 2) return damaged(place, "has a header that is not a pair");
    auto& header = to.emplace_back();
    read(place, pair[0], header.first);
    read(place, pair[1], header.second);
  }
}

}  // namespace sagaloom::store
