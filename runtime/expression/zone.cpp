#include "runtime/expression/zone.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <fstream>
#include <iterator>

namespace sagaloom::expression {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  std::size_t digits = 0;
  while (!text.empty() && is_digit(text.front()) && digits < 4) {
    number = number * 10 + (text.front() - '0');
    text.remove_prefix(1);
    ++digits;
  }
  return digits == 0 ? std::nullopt : std::optional(number);
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

// "-10", "+3:30", "3", "2:00:00" in seconds.
std::optional<std::int64_t> take_clock(std::string_view& text) {
  const int sign = take(text, '-') ? -1 : 1;
  if (sign == 1) take(text, '+');
  const auto hours = take_number(text);
  if (!hours) return std::nullopt;
  std::int64_t seconds = *hours * 3600;
  for (const int unit : {60, 1}) {
    if (!take(text, ':')) break;
    const auto part = take_number(text);
    if (!part) return std::nullopt;
    seconds += *part * unit;
  }
  return sign * seconds;
}

// "AEST" or "<+0545>".
bool take_name(std::string_view& text) {
  if (take(text, '<')) {
    const auto end = text.find('>');
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
    return true;
  }
  std::size_t letters = 0;
  while (letters < text.size() && std::isalpha(static_cast<unsigned char>(text[letters]))) {
    ++letters;
  }
  text.remove_prefix(letters);
  return letters >= 3;
}

// "M10.1.0/3"
std::optional<YearlyRule::Change> take_change(std::string_view& text) {
  YearlyRule::Change change;
  if (!take(text, ',') || !take(text, 'M')) return std::nullopt;
  const auto month = take_number(text);
  if (!month || !take(text, '.')) return std::nullopt;
  const auto week = take_number(text);
  if (!week || !take(text, '.')) return std::nullopt;
  const auto weekday = take_number(text);
  if (!weekday) return std::nullopt;
  if (*month < 1 || *month > 12 || *week < 1 || *week > 5 || *weekday > 6) return std::nullopt;
  change.month = *month;
  change.week = *week;
  change.weekday = *weekday;
  if (take(text, '/')) {
    const auto seconds = take_clock(text);
    if (!seconds) return std::nullopt;
    change.seconds = *seconds;
  }
  return change;
}

// The local instant of a change in a year, as if local time were UTC.
std::int64_t local_seconds(const YearlyRule::Change& change, std::chrono::year year) {
  const auto month = std::chrono::month(static_cast<unsigned>(change.month));
  const auto weekday = std::chrono::weekday(static_cast<unsigned>(change.weekday));
  const auto day =
      change.week == 5
          ? std::chrono::sys_days(year / month / weekday[std::chrono::last])
          : std::chrono::sys_days(year / month / weekday[static_cast<unsigned>(change.week)]);
  return day.time_since_epoch().count() * 86400 + change.seconds;
}

std::int64_t big_endian(std::string_view bytes) {
  std::uint64_t number = static_cast<unsigned char>(bytes.front()) & 0x80 ? ~std::uint64_t{0} : 0;
  for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
  return static_cast<std::int64_t>(number);
}

// The counts in a TZif header, and where its data ends.
struct Header {
  std::int64_t utc_marks, standard_marks, leaps, times, types, letters;

  static std::optional<Header> read(std::string_view file) {
    if (file.size() < 44 || !file.starts_with("TZif")) return std::nullopt;
    const auto count = [&](std::size_t at) { return big_endian(file.substr(at, 4)); };
    const Header header{count(20), count(24), count(28), count(32), count(36), count(40)};
    for (const auto number : {header.utc_marks, header.standard_marks, header.leaps, header.times,
                              header.types, header.letters}) {
      if (number < 0 || number > 100'000) return std::nullopt;
    }
    return header;
  }
  std::size_t size(std::size_t time_bytes) const {
    return 44 + static_cast<std::size_t>(times) * (time_bytes + 1) +
           static_cast<std::size_t>(types) * 6 + static_cast<std::size_t>(letters) +
           static_cast<std::size_t>(leaps) * (time_bytes + 4) +
           static_cast<std::size_t>(standard_marks + utc_marks);
  }
};

bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > 64 || name.front() == '/') return false;
  return name.find("..") == std::string_view::npos &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) || c == '/' || c == '_' || c == '-' ||
                  c == '+';
         });
}

}  // namespace

std::optional<std::int64_t> fixed_offset(std::string_view text) {
  if (text == "UTC" || text == "Z") return 0;
  const int sign = take(text, '-') ? -1 : 1;
  if (sign == 1) take(text, '+');
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hours = take_number(text);
  take(text, ':');
  const auto minutes = take_number(text);
  if (!hours || !minutes || !text.empty() || *hours > 23 || *minutes > 59) return std::nullopt;
  return sign * (*hours * 3600 + *minutes * 60);
}

std::optional<YearlyRule> YearlyRule::parse(std::string_view text) {
  YearlyRule rule;
  if (!take_name(text)) return std::nullopt;
  const auto standard = take_clock(text);
  if (!standard) return std::nullopt;
  rule.standard = rule.summer = -*standard;  // POSIX counts westwards
  if (text.empty()) return rule;
  if (!take_name(text)) return std::nullopt;
  rule.summer = rule.standard + 3600;
  if (!text.empty() && text.front() != ',') {
    const auto summer = take_clock(text);
    if (!summer) return std::nullopt;
    rule.summer = -*summer;
  }
  const auto begins = take_change(text);
  const auto ends = begins ? take_change(text) : std::nullopt;
  if (!ends || !text.empty()) return std::nullopt;
  rule.begins = *begins;
  rule.ends = *ends;
  return rule;
}

std::int64_t YearlyRule::offset_seconds(std::int64_t unix_seconds) const {
  if (summer == standard) return standard;
  const auto local = std::chrono::sys_seconds(std::chrono::seconds(unix_seconds + standard));
  const auto year =
      std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(local)).year();
  const auto start = local_seconds(begins, year) - standard;
  const auto end = local_seconds(ends, year) - summer;
  const bool is_summer = start < end ? unix_seconds >= start && unix_seconds < end
                                     : unix_seconds >= start || unix_seconds < end;
  return is_summer ? summer : standard;
}

std::shared_ptr<const Zone> Zone::load(std::string_view name) {
  if (!is_zone_name(name)) return nullptr;
  std::ifstream file("/usr/share/zoneinfo/" + std::string(name), std::ios::binary);
  if (!file) return nullptr;
  std::string content(64 * 1024, '\0');
  file.read(content.data(), static_cast<std::streamsize>(content.size()));
  content.resize(static_cast<std::size_t>(file.gcount()));
  return read(content);
}

std::shared_ptr<const Zone> Zone::read(std::string_view file) {
  const auto first = Header::read(file);
  if (!first || file[4] < '2' || file.size() < first->size(4)) return nullptr;
  file.remove_prefix(first->size(4));
  const auto header = Header::read(file);
  if (!header || header->types == 0 || file.size() < header->size(8)) return nullptr;
  const auto count = static_cast<std::size_t>(header->times);
  const auto types = file.substr(44 + count * 9, static_cast<std::size_t>(header->types) * 6);
  std::shared_ptr<Zone> zone(new Zone);
  zone->first_offset_ = big_endian(types.substr(0, 4));
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t type = static_cast<unsigned char>(file[44 + count * 8 + i]);
    if (type * 6 + 4 > types.size()) return nullptr;
    zone->changes_.push_back(
        {big_endian(file.substr(44 + i * 8, 8)), big_endian(types.substr(type * 6, 4))});
  }
  auto footer = file.substr(header->size(8));
  take(footer, '\n');
  footer = footer.substr(0, footer.find('\n'));
  zone->rule_ = YearlyRule::parse(footer);
  if (!zone->rule_ && !footer.empty()) return nullptr;
  return zone;
}

std::int64_t Zone::offset_seconds(std::int64_t unix_seconds) const {
  const auto next =
      std::upper_bound(changes_.begin(), changes_.end(), unix_seconds,
                       [](std::int64_t time, const Change& change) { return time < change.at; });
  if (next == changes_.end() && rule_) return rule_->offset_seconds(unix_seconds);
  return next == changes_.begin() ? first_offset_ : std::prev(next)->offset;
}

}  // namespace sagaloom::expression
