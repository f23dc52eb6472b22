// One family of metrics with a bounded number of label combinations.
// Threads: any. Finding a known combination takes a shared lock and one hash.
#pragma once

#include <functional>
#include <initializer_list>
#include <map>
#include <mutex>
#include <prometheus/family.h>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sagaloom::observe {

template <typename Metric>
class Labelled {
 public:
  using Make = std::function<Metric&(const prometheus::Labels&)>;

  Labelled(std::vector<std::string> names, std::size_t limit, Make make)
      : names_(std::move(names)), limit_(limit), make_(std::move(make)) {}

  // As many values as there are names.
  Metric& at(std::initializer_list<std::string_view> values) {
    const std::string key = joined(values);
    {
      const std::shared_lock lock(mutex_);
      if (const auto known = metrics_.find(key); known != metrics_.end()) return *known->second;
    }
    const std::unique_lock lock(mutex_);
    if (const auto known = metrics_.find(key); known != metrics_.end()) return *known->second;
    if (metrics_.size() >= limit_) return other();
    return *metrics_.emplace(key, &make_(labels(values))).first->second;
  }

 private:
  static std::string joined(std::initializer_list<std::string_view> values) {
    std::string key;
    for (const auto value : values) key.append(value) += '\x1f';
    return key;
  }

  prometheus::Labels labels(std::initializer_list<std::string_view> values) const {
    prometheus::Labels labels;
    auto name = names_.begin();
    for (const auto value : values) labels.emplace(*name++, value);
    return labels;
  }

  Metric& other() {
    if (other_ == nullptr) {
      prometheus::Labels labels;
      for (const auto& name : names_) labels.emplace(name, "other");
      other_ = &make_(labels);
    }
    return *other_;
  }

  const std::vector<std::string> names_;
  const std::size_t limit_;
  const Make make_;
  std::shared_mutex mutex_;
  std::map<std::string, Metric*, std::less<>> metrics_;
  Metric* other_ = nullptr;
};

}  // namespace sagaloom::observe
