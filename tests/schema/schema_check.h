// Shared by the tests of schemas: from JSON text to a schema and its verdicts.
#pragma once

#include <gtest/gtest.h>
#include <string>

#include "runtime/document/json.h"
#include "runtime/schema/schema.h"

namespace sagaloom::schema {

inline expression::Value json(std::string_view text) {
  auto value = document::parse(text, {.depth = 200, .bytes = 64 * 1024 * 1024});
  EXPECT_TRUE(value.ok()) << text << ": " << (value.ok() ? "" : value.error().message);
  return value.ok() ? *value : expression::Value();
}

inline std::shared_ptr<const Schema> schema_of(std::string_view text) {
  auto schema = Schema::compile(json(text));
  EXPECT_TRUE(schema.ok()) << text << ": " << (schema.ok() ? "" : schema.error().message);
  return schema.ok() ? *schema : nullptr;
}

// "pointer code" of each violation, separated by ", ".
inline std::string verdict(std::string_view schema, std::string_view value) {
  std::string text;
  for (const auto& violation : schema_of(schema)->validate(json(value))) {
    if (!text.empty()) text += ", ";
    text += violation.pointer + " " + violation.code;
  }
  return text;
}

}  // namespace sagaloom::schema
