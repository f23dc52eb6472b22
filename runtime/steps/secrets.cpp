#include "runtime/steps/secrets.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <utility>

#include "runtime/document/file.h"
#include "runtime/document/json.h"
#include "runtime/expression/time.h"

namespace sagaloom::steps {

namespace {

using expression::Value;

constexpr std::size_t kLargestSecret = 64 * 1024;

bool is_name(std::string_view name) {
  const auto allowed = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
  };
  return !name.empty() && name.front() != '.' && std::all_of(name.begin(), name.end(), allowed);
}

std::optional<std::string> read_secret_file(const std::string& path) {
  auto read = document::read_file(path, kLargestSecret);
  if (!read.ok()) return std::nullopt;
  std::string text = std::move(*read);
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

// Writes JSON without the store's `$` tags: a plugin sees what a client would have written.
class PlainWriter {
 public:
  PlainWriter(InputText& out, const SecretSource& secrets) : out_(out), secrets_(secrets) {}

  void write(const Value& value) {
    switch (value.kind()) {
      case Value::Kind::list:
        return write_list(value.items());
      case Value::Kind::map:
        return write_map(value.members());
      case Value::Kind::secret:
        return write_secret(value.secret_name());
      case Value::Kind::timestamp:
        return document::append_string(out_.json, expression::format_timestamp(value.timestamp()));
      case Value::Kind::time_span:
        return document::append_string(out_.json, expression::format_duration(value.time_span()));
      case Value::Kind::real:
        if (!std::isfinite(value.real())) return void(out_.json += "null");
        [[fallthrough]];
      default:
        return document::append(out_.json, value);
    }
  }

 private:
  void write_list(const expression::List& items) {
    out_.json += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out_.json += ',';
      write(items[i]);
    }
    out_.json += ']';
  }

  void write_map(const expression::Map& members) {
    out_.json += '{';
    bool first = true;
    for (const expression::Member& member : members) {
      if (!member.key.is_string()) continue;  // JSON has no other keys; checked with the schema
      if (!std::exchange(first, false)) out_.json += ',';
      document::append_string(out_.json, member.key.string());
      out_.json += ':';
      write(member.value);
    }
    out_.json += '}';
  }

  void write_secret(const std::string& name) {
    const auto found = secrets_ ? secrets_(name) : std::nullopt;
    if (!found) {
      out_.missing = name;
      out_.json += "null";
      return;
    }
    document::append_string(out_.json, *found);
    out_.secrets.push_back(*found);
  }

  InputText& out_;
  const SecretSource& secrets_;
};

}  // namespace

std::string secret_variable(std::string_view name) {
  std::string variable = "SAGALOOM_SECRET_";
  for (const unsigned char c : name) {
    variable += std::isalnum(c) != 0 ? static_cast<char>(std::toupper(c)) : '_';
  }
  return variable;
}

SecretSource secrets_from(std::function<const char*(const char*)> environment,
                          std::string directory) {
  return [environment = std::move(environment),
          directory = std::move(directory)](std::string_view name) -> std::optional<std::string> {
    if (!is_name(name)) return std::nullopt;
    if (environment) {
      if (const char* value = environment(secret_variable(name).c_str())) return value;
    }
    if (directory.empty()) return std::nullopt;
    return read_secret_file(directory + "/" + std::string(name));
  };
}

InputText input_text(const Value& input, const SecretSource& secrets) {
  InputText text;
  PlainWriter(text, secrets).write(input);
  if (!text.missing.empty()) text.json.clear();
  return text;
}

std::string masked(std::string text, const std::vector<std::string>& secrets) {
  for (const std::string& secret : secrets) {
    if (text == secret) return "***";
    if (secret.size() < 4) continue;
    for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
      text.replace(at, secret.size(), "***");
      at += 3;
    }
  }
  return text;
}

Value masked_value(const Value& value, const std::vector<std::string>& secrets) {
  if (secrets.empty()) return value;
  if (value.is_string()) return Value(masked(value.string(), secrets));
  if (value.is_list()) {
    expression::List items;
    for (const Value& item : value.items()) items.push_back(masked_value(item, secrets));
    return Value(std::move(items));
  }
  if (!value.is_map()) return value;
  expression::Map members;
  for (const expression::Member& member : value.members())
    members.push_back({masked_value(member.key, secrets), masked_value(member.value, secrets)});
  return Value(std::move(members));
}

}  // namespace sagaloom::steps
