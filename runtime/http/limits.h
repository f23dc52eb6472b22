// The limits of the listener; every one has a stated answer when it is exceeded.
#pragma once

#include <chrono>
#include <cstddef>

namespace sagaloom::http {

struct Limits {
  std::size_t head_bytes = 8 * 1024;                 // request line and fields: 431
  std::size_t target_bytes = 2 * 1024;               // 414
  std::size_t fields = 64;                           // 431
  std::size_t body_bytes = 1024 * 1024;              // 413
  std::size_t body_overhead = 16 * 1024;             // of chunk framing, beyond body_bytes: 413
  std::size_t connections = 4'096;                   // 503 and close
  std::size_t linger_bytes = 8 * 1024 * 1024;        // read and dropped after a refusal
  std::chrono::milliseconds head_timeout{5'000};     // in all, from the first byte: 408
  std::chrono::milliseconds body_timeout{30'000};    // in all: 408
  std::chrono::milliseconds idle_timeout{60'000};    // between requests: silent close
  std::chrono::milliseconds answer_timeout{75'000};  // a route that does not answer: 503
  std::chrono::milliseconds write_timeout{30'000};   // a client that does not read: close
  std::chrono::milliseconds linger_timeout{2'000};
};

}  // namespace sagaloom::http
