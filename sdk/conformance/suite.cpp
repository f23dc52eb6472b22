#include "sdk/conformance/suite.h"

#include <algorithm>
#include <stdexcept>

namespace sagaloom::sdk::conformance {

namespace {

Setup setup_of(const Json& value) {
  return {value.at("operation"), value.at("input")};
}

Refusal refusal_of(const Json& value) {
  Refusal refusal{value.at("input"), value.at("code"), std::nullopt};
  if (value.contains("refill")) refusal.refill = setup_of(value.at("refill"));
  return refusal;
}

void add_facts(Subject& subject, const Json& manifest) {
  const Json& operations = manifest.at("operations");
  const auto found = std::find_if(operations.begin(), operations.end(), [&](const Json& each) {
    return each.at("name") == subject.operation;
  });
  if (found == operations.end()) {
    throw std::runtime_error("the manifest has no operation " + subject.operation);
  }
  subject.undo = found->value("undo", "");
  if (found->contains("check")) {
    subject.check = found->at("check").at("operation");
    subject.check_fences = found->at("check").value("fences", false);
  }
  subject.idempotent = found->value("idempotent", false);
  subject.fences = found->value("fences", false);
  subject.asynchronous = found->value("async", false);
  for (const Json& error : found->value("errors", Json::array())) {
    subject.errors.push_back(error.at("code"));
  }
}

Subject subject_of(const Json& value, const Json& manifest) {
  Subject subject;
  subject.operation = value.at("operation");
  subject.input = value.at("input");
  subject.other_input = value.at("other_input");
  for (const Json& each : value.value("before", Json::array())) {
    subject.before.push_back(setup_of(each));
  }
  if (value.contains("refused")) subject.refused = refusal_of(value.at("refused"));
  add_facts(subject, manifest);
  return subject;
}

const Json& look_up(const Json& names, const std::string& name) {
  const Json* found = &names;
  std::size_t at = 0;
  while (at <= name.size()) {
    const std::size_t point = std::min(name.find('.', at), name.size());
    const std::string part = name.substr(at, point - at);
    found = found->is_array() ? &found->at(std::stoul(part)) : &found->at(part);
    at = point + 1;
  }
  return *found;
}

Json filled_text(const std::string& text, const Json& names) {
  const std::size_t begin = text.find("${");
  if (begin == std::string::npos) return text;
  const std::size_t end = text.find('}', begin);
  if (end == std::string::npos) throw std::runtime_error("unclosed ${ in " + text);
  const Json& value = look_up(names, text.substr(begin + 2, end - begin - 2));
  if (begin == 0 && end + 1 == text.size()) return value;
  const std::string middle = value.is_string() ? value.get<std::string>() : value.dump();
  return filled_text(text.substr(0, begin) + middle + text.substr(end + 1), names);
}

}  // namespace

Json filled(const Json& value, const Json& names) {
  if (value.is_string()) return filled_text(value.get<std::string>(), names);
  if (!value.is_structured()) return value;
  Json copy = value;
  for (auto& each : copy) each = filled(each, names);
  return copy;
}

Suite read_suite(std::string_view suite_json, std::string_view manifest_json) {
  const Json suite = Json::parse(suite_json);
  const Json manifest = Json::parse(manifest_json);
  Suite read;
  read.config = suite.value("config", Json::object());
  for (const Json& each : suite.at("operations")) {
    read.subjects.push_back(subject_of(each, manifest));
  }
  return read;
}

}  // namespace sagaloom::sdk::conformance
