#include "runtime/schema/format.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "runtime/expression/pattern.h"

namespace sagaloom::schema {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// Takes exactly `count` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  int number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return std::nullopt;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return number;
}

bool take(std::string_view& text, char wanted) {
  if (text.empty() || text.front() != wanted) return false;
  text.remove_prefix(1);
  return true;
}

int days_in(int year, int month) {
  static constexpr std::array<int, 12> days = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : days[static_cast<std::size_t>(month - 1)];
}

struct Clock {
  int hour, minute, second;
};

std::optional<Clock> take_clock(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59 || !take(text, ':')) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *second > 60) return std::nullopt;
  return Clock{*hour, *minute, *second};
}

bool take_fraction(std::string_view& text) {
  if (!take(text, '.')) return true;
  std::size_t count = 0;
  while (!text.empty() && is_digit(text.front())) text.remove_prefix(1), ++count;
  return count > 0;
}

// Minutes east of UTC.
std::optional<int> take_offset(std::string_view& text) {
  if (take(text, 'Z') || take(text, 'z')) return 0;
  const int sign = take(text, '+') ? 1 : take(text, '-') ? -1 : 0;
  const auto hour = sign == 0 ? std::nullopt : take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  return sign * (*hour * 60 + *minute);
}

bool take_date(std::string_view& text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, '-')) return false;
  const auto month = take_digits(text, 2);
  if (!month || *month < 1 || *month > 12 || !take(text, '-')) return false;
  const auto day = take_digits(text, 2);
  return day && *day >= 1 && *day <= days_in(*year, *month);
}

// Digits followed by one of the units, which must come in this order; at least one when `needed`.
bool take_units(std::string_view& text, std::string_view units, bool needed) {
  std::size_t next = 0;
  bool any = false;
  while (!text.empty() && is_digit(text.front())) {
    while (!text.empty() && is_digit(text.front())) text.remove_prefix(1);
    if (text.empty()) return false;
    const auto place = units.find(text.front(), next);
    // Units may be left out only at the ends: P1Y2D is not a duration of RFC 3339.
    if (place == std::string_view::npos || (any && place != next)) return false;
    next = place + 1;
    any = true;
    text.remove_prefix(1);
  }
  return any || !needed;
}

bool is_atext(char c) {
  return is_letter(c) || is_digit(c) ||
         std::string_view("!#$%&'*+-/=?^_`{|}~").find(c) != std::string_view::npos ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool is_dot_atom(std::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '.' ? text[i - 1] == '.' : !is_atext(text[i])) return false;
  }
  return true;
}

bool is_quoted_local(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  for (std::size_t i = 1; i + 1 < text.size(); ++i) {
    if (text[i] == '\\' && i + 2 < text.size()) {
      ++i;
    } else if (text[i] == '"' || text[i] == '\\' || static_cast<unsigned char>(text[i]) < 0x20) {
      return false;
    }
  }
  return true;
}

bool is_mail_domain(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
    return text.starts_with("IPv6:") ? is_ipv6(text.substr(5)) : is_ipv4(text);
  }
  return is_hostname(text);
}

bool is_label(std::string_view label) {
  if (label.empty() || label.size() > 63) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  // "??--" is kept for A-labels; those this check cannot decode are taken as they stand.
  if (label.size() >= 4 && label.substr(2, 2) == "--" && !label.starts_with("xn")) return false;
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '-'; });
}

// Counts the 16-bit groups of one side of "::"; nullopt when one is malformed.
std::optional<int> count_groups(std::string_view side, bool may_end_in_ipv4) {
  if (side.empty()) return 0;
  for (int groups = 0;;) {
    const auto colon = side.find(':');
    const auto group = side.substr(0, colon);
    const bool last = colon == std::string_view::npos;
    if (last && may_end_in_ipv4 && is_ipv4(group)) return groups + 2;
    const bool fits = !group.empty() && group.size() <= 4;
    if (!fits || !std::all_of(group.begin(), group.end(), is_hex)) return std::nullopt;
    ++groups;
    if (last) return groups;
    side.remove_prefix(colon + 1);
  }
}

bool is_uri_char(char c) {
  return is_letter(c) || is_digit(c) ||
         std::string_view("-._~:/?#[]@!$&'()*+,;=%").find(c) != std::string_view::npos;
}

bool has_sound_escapes(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') continue;
    if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) return false;
  }
  return true;
}

// user@host:port; brackets only around an IPv6 address.
bool is_authority(std::string_view text) {
  const auto at = text.rfind('@');
  if (at != std::string_view::npos) {
    if (text.substr(0, at).find_first_of("[]@") != std::string_view::npos) return false;
    text.remove_prefix(at + 1);
  }
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || !is_ipv6(text.substr(1, end - 1))) return false;
    text.remove_prefix(end + 1);
    if (!text.empty() && text.front() != ':') return false;
  }
  const auto colon = text.find(':');
  if (text.find_first_of("[]") != std::string_view::npos) return false;
  if (colon == std::string_view::npos) return true;
  const auto port = text.substr(colon + 1);
  return std::all_of(port.begin(), port.end(), is_digit);
}

bool is_after_scheme(std::string_view rest) {
  const auto hash = rest.find('#');
  if (hash != std::string_view::npos && rest.find('#', hash + 1) != std::string_view::npos) {
    return false;
  }
  if (!rest.starts_with("//")) return rest.find_first_of("[]") == std::string_view::npos;
  rest.remove_prefix(2);
  const auto end = std::min(rest.find_first_of("/?#"), rest.size());
  return is_authority(rest.substr(0, end)) &&
         rest.substr(end).find_first_of("[]") == std::string_view::npos;
}

}  // namespace

bool is_date(std::string_view text) {
  return take_date(text) && text.empty();
}

bool is_time(std::string_view text) {
  const auto clock = take_clock(text);
  if (!clock || !take_fraction(text)) return false;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return false;
  if (clock->second < 60) return true;
  const int utc = (clock->hour * 60 + clock->minute - *offset + 2 * 1440) % 1440;
  return utc == 23 * 60 + 59;
}

bool is_date_time(std::string_view text) {
  return take_date(text) && (take(text, 'T') || take(text, 't')) && is_time(text);
}

bool is_duration(std::string_view text) {
  if (!take(text, 'P')) return false;
  if (text.ends_with('W')) return take_units(text, "W", true) && text.empty();
  const bool only_time = text.starts_with('T');
  if (!take_units(text, "YMD", !only_time)) return false;
  if (text.empty()) return true;
  return take(text, 'T') && take_units(text, "HMS", true) && text.empty();
}

bool is_email(std::string_view text) {
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > 320) return false;
  const auto local = text.substr(0, at);
  return (is_dot_atom(local) || is_quoted_local(local)) && is_mail_domain(text.substr(at + 1));
}

bool is_hostname(std::string_view text) {
  if (text.empty() || text.size() > 253) return false;
  for (;;) {
    const auto dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_ipv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    const auto dot = text.find('.');
    if ((dot == std::string_view::npos) != (part == 3)) return false;
    auto digits = text.substr(0, dot);
    if (digits.empty() || digits.size() > 3 || (digits.size() > 1 && digits[0] == '0')) {
      return false;
    }
    const auto number = take_digits(digits, digits.size());
    if (!number || *number > 255) return false;
    if (part < 3) text.remove_prefix(dot + 1);
  }
  return true;
}

bool is_ipv6(std::string_view text) {
  const auto gap = text.find("::");
  if (gap == std::string_view::npos) return count_groups(text, true) == 8;
  const auto left = count_groups(text.substr(0, gap), false);
  const auto right = count_groups(text.substr(gap + 2), true);
  return left && right && *left + *right < 8;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

bool is_uri(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_letter(text[0])) return false;
  const auto scheme = text.substr(0, colon);
  const bool named = std::all_of(scheme.begin(), scheme.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return named && std::all_of(text.begin(), text.end(), is_uri_char) && has_sound_escapes(text) &&
         is_after_scheme(text.substr(colon + 1));
}

bool is_regex(std::string_view text) {
  return expression::Pattern::compile_ecma(text).ok();
}

FormatCheck find_format(std::string_view name) {
  static constexpr std::pair<std::string_view, FormatCheck> formats[] = {
      {"date", is_date},         {"time", is_time},   {"date-time", is_date_time},
      {"duration", is_duration}, {"email", is_email}, {"hostname", is_hostname},
      {"ipv4", is_ipv4},         {"ipv6", is_ipv6},   {"uuid", is_uuid},
      {"regex", is_regex},       {"uri", is_uri},
  };
  for (const auto& [known, check] : formats) {
    if (known == name) return check;
  }
  return nullptr;
}

}  // namespace sagaloom::schema
