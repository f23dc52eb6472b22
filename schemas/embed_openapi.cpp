// A tool of the build: reads openapi.yaml and writes a C++ source with its text, and with the same
// document as JSON, so that the server can give both without a YAML reader.
//
//   sagaloom_embed_openapi openapi.yaml openapi_text.cpp
//
// Refuses what would make the two differ: anchors, tags, a `paths` that is not the last key.
#include <exception>
#include <fstream>
#include <iostream>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>

namespace {

using Json = nlohmann::ordered_json;

// The core schema of YAML 1.2 for plain scalars; quoted ones are text.
Json scalar(const YAML::Node& node) {
  static const std::regex integer("[-+]?[0-9]+"), real("[-+]?[0-9]+\\.[0-9]+");
  const auto& text = node.Scalar();
  if (node.Tag() == "!") return text;
  if (text == "true" || text == "false") return text == "true";
  if (text == "null" || text == "~" || text.empty()) return nullptr;
  if (std::regex_match(text, integer)) return std::stoll(text);
  if (std::regex_match(text, real)) return std::stod(text);
  return text;
}

Json convert(const YAML::Node& node) {
  if (node.IsNull()) return nullptr;
  if (node.IsScalar()) return scalar(node);
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const auto& item : node) list.push_back(convert(item));
    return list;
  }
  Json map = Json::object();
  for (const auto& member : node) {
    const auto& key = member.first.Scalar();
    if (map.contains(key)) throw std::runtime_error("duplicate key " + key);
    map[key] = convert(member.second);
  }
  return map;
}

std::string read(const char* path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(std::string("cannot read ") + path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string literal(const std::string& text) {
  if (text.find(")embedded\"") != std::string::npos) throw std::runtime_error("cannot be quoted");
  return "R\"embedded(" + text + ")embedded\"";
}

void embed(const char* from, const char* to) {
  const auto yaml = read(from);
  const auto json = convert(YAML::Load(yaml));
  if (std::prev(json.end()).key() != "paths") throw std::runtime_error("`paths` must come last");
  std::ofstream file(to);
  file << "#include \"runtime/http/openapi.h\"\n\nnamespace sagaloom::http {\n\n"
       << "std::string_view embedded_openapi_yaml() {\n  return " << literal(yaml) << ";\n}\n\n"
       << "std::string_view embedded_openapi_json() {\n  return " << literal(json.dump())
       << ";\n}\n\n}  // namespace sagaloom::http\n";
  if (!file.flush()) throw std::runtime_error(std::string("cannot write ") + to);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::cerr << "usage: sagaloom_embed_openapi openapi.yaml openapi_text.cpp\n";
    return 2;
  }
  try {
    embed(arguments[1], arguments[2]);
  } catch (const std::exception& error) {
    std::cerr << arguments[1] << ": " << error.what() << "\n";
    return 1;
  }
  return 0;
}
