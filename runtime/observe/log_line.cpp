#include "runtime/observe/log_line.h"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "runtime/observe/utf8.h"

namespace sagaloom::observe {

namespace {

// Six bytes for each, were all of them control characters: message and code always fit the line.
constexpr std::size_t message_limit = 1100;
constexpr std::size_t code_limit = 128;
constexpr std::size_t text_limit = 1024;
constexpr std::size_t reserve_for_end = 64;  // `,"suppressed":…,"truncated":true}`

std::string time_text(std::int64_t ms, const char* format) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds{ms}};
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{time - day};
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), format, static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()),
                static_cast<int>(clock.subseconds().count()));
  return text.data();
}

void append_json_text(std::string& out, std::string_view text, std::size_t limit) {
  static constexpr char digits[] = "0123456789abcdef";
  out += '"';
  for (const char c : clean_utf8(text, limit)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 0x0f];
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string number_text(double number) {
  if (!std::isfinite(number)) return "null";
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.9g", number);
  return text.data();
}

std::string json_value(const Field& field) {
  std::string out;
  if (const auto* text = std::get_if<std::string_view>(&field.value)) {
    append_json_text(out, *text, text_limit);
  } else if (const auto* integer = std::get_if<std::int64_t>(&field.value)) {
    out = std::to_string(*integer);
  } else if (const auto* real = std::get_if<double>(&field.value)) {
    out = number_text(*real);
  } else {
    out = std::get<bool>(field.value) ? "true" : "false";
  }
  return out;
}

std::string json_member(const Field& field) {
  std::string out = ",";
  append_json_text(out, field.key, code_limit);
  out += ':';
  return out + json_value(field);
}

// Text as it is where that is safe and clear, else quoted and escaped as in JSON.
std::string human_text(std::string_view text, std::size_t limit) {
  bool plain = !text.empty();
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    plain = plain && byte > 0x20 && byte < 0x7f && c != '"' && c != '=';
  }
  if (plain) return clean_utf8(text, limit);
  std::string out;
  append_json_text(out, text, limit);
  return out;
}

std::string human_message(std::string_view message) {
  std::string quoted;
  append_json_text(quoted, message, message_limit);
  return quoted.substr(1, quoted.size() - 2);
}

std::string human_member(const Field& field) {
  const auto* text = std::get_if<std::string_view>(&field.value);
  return " " + human_text(field.key, code_limit) + "=" +
         (text != nullptr ? human_text(*text, text_limit) : json_value(field));
}

std::string_view colour_of(Level level) {
  switch (level) {
    case Level::debug:
      return "\x1b[2m";
    case Level::info:
      return "\x1b[32m";
    case Level::warning:
      return "\x1b[33m";
    case Level::error:
      return "\x1b[31m";
  }
  return "";
}

std::string level_word(Level level, bool colour) {
  std::string word(name(level));
  for (char& c : word) c = static_cast<char>(c - 'a' + 'A');
  word.resize(7, ' ');
  return colour ? std::string(colour_of(level)) + word + "\x1b[0m" : word;
}

// Appends what fits; false when something was left out.
template <typename Text>
bool append_fields(std::string& out, std::span<const Field> fields, Text text) {
  bool all = true;
  for (const auto& field : fields) {
    const std::string member = text(field);
    if (out.size() + member.size() + reserve_for_end > line_limit) {
      all = false;
    } else {
      out += member;
    }
  }
  return all;
}

}  // namespace

std::string json_line(const Line& line) {
  std::string out = R"({"ts":")" + time_text(line.time_ms, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ");
  out += R"(","level":")";
  out += name(line.level);
  out += R"(","code":)";
  append_json_text(out, line.code, code_limit);
  out += R"(,"msg":)";
  append_json_text(out, line.message, message_limit);
  const bool all = append_fields(out, line.fields, json_member);
  if (line.suppressed > 0) out += R"(,"suppressed":)" + std::to_string(line.suppressed);
  if (!all) out += R"(,"truncated":true)";
  return out += '}';
}

std::string human_line(const Line& line, bool colour) {
  // A person at a terminal knows the day.
  std::string out = time_text(line.time_ms, "%04d-%02u-%02u %02d:%02d:%02d.%03d").substr(11);
  out += ' ' + level_word(line.level, colour) + ' ' + human_message(line.message);
  out += " (" + human_text(line.code, code_limit) + ")";
  const bool all = append_fields(out, line.fields, human_member);
  if (line.suppressed > 0) out += " suppressed=" + std::to_string(line.suppressed);
  if (!all) out += " truncated=true";
  return out;
}

}  // namespace sagaloom::observe
