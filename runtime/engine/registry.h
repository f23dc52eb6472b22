// The definitions this node knows: compiled once, by name and version and by content hash.
// Threads: any. Errors: a definition that can't be compiled here is known as such; its sagas wait.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/core/definition.h"

namespace sagaloom::engine {

class Registry {
 public:
  void add(core::DefinitionPointer definition);
  bool knows(const std::string& hash) const;
  core::DefinitionPointer by_hash(const std::string& hash) const;
  // Without a version: the highest.
  core::DefinitionPointer find(std::string_view name, std::optional<std::uint32_t> version) const;
  // Of each name the newest version first.
  std::vector<core::DefinitionPointer> all() const;

 private:
  mutable std::shared_mutex mutex_;
  std::map<std::string, std::map<std::uint32_t, core::DefinitionPointer, std::greater<>>,
           std::less<>>
      by_name_;
  std::unordered_map<std::string, core::DefinitionPointer> by_hash_;
};

}  // namespace sagaloom::engine
