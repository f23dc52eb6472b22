// How many lines each cause may write: a token bucket per cause. Threads: any.
// At most `cause_limit` causes are told apart; later ones share one bucket.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace sagaloom::observe {

class RateLimit {
 public:
  static constexpr std::size_t cause_limit = 512;

  RateLimit(std::uint32_t burst, double per_second) : burst_(burst), per_second_(per_second) {}

  // Nothing: hold this line back. Otherwise how many were held back since the cause's last line.
  std::optional<std::uint64_t> allow(std::string_view cause, std::int64_t now_ms);
  std::uint64_t held_back() const;

 private:
  struct Bucket {
    double tokens = 0;
    std::int64_t filled_ms = 0;
    std::uint64_t held_back = 0;
  };
  Bucket& bucket(std::string_view cause, std::int64_t now_ms);

  const double burst_;
  const double per_second_;
  mutable std::mutex mutex_;
  std::map<std::string, Bucket, std::less<>> buckets_;
  std::uint64_t held_back_ = 0;
};

}  // namespace sagaloom::observe
