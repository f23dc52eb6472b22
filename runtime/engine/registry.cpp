#include "runtime/engine/registry.h"

namespace sagaloom::engine {

void Registry::add(core::DefinitionPointer definition) {
  const std::unique_lock lock(mutex_);
  by_hash_.try_emplace(definition->hash, definition);
  by_name_[definition->name].insert_or_assign(definition->version, std::move(definition));
}

bool Registry::knows(const std::string& hash) const {
  const std::shared_lock lock(mutex_);
  return by_hash_.contains(hash);
}

core::DefinitionPointer Registry::by_hash(const std::string& hash) const {
  const std::shared_lock lock(mutex_);
  const auto it = by_hash_.find(hash);
  return it == by_hash_.end() ? nullptr : it->second;
}

core::DefinitionPointer Registry::find(std::string_view name,
                                       std::optional<std::uint32_t> version) const {
  const std::shared_lock lock(mutex_);
  const auto versions = by_name_.find(name);
  if (versions == by_name_.end()) return nullptr;
  if (!version) return versions->second.begin()->second;
  const auto it = versions->second.find(*version);
  return it == versions->second.end() ? nullptr : it->second;
}

std::vector<core::DefinitionPointer> Registry::all() const {
  const std::shared_lock lock(mutex_);
  std::vector<core::DefinitionPointer> list;
  for (const auto& [name, versions] : by_name_) {
    for (const auto& [version, definition] : versions) list.push_back(definition);
  }
  return list;
}

}  // namespace sagaloom::engine
