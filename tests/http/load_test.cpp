// How many simple requests one io thread answers: a guard against slips of a factor, not a
// benchmark (sagaloom-bench is that).
#include <atomic>
#include <chrono>
#include <iostream>
#include <thread>

#include "tests/http/serving.h"

namespace sagaloom::http {
namespace {

TEST(Load, OneThreadAnswersManySimpleRequests) {
  Serving serving({}, {}, false);
  constexpr int connections = 8;
  const auto begin = std::chrono::steady_clock::now();
  const auto end = begin + std::chrono::milliseconds(1'500);
  std::atomic<long> answered{0};
  std::thread load([&] {
    std::vector<std::unique_ptr<Client>> clients;
    for (int i = 0; i < connections; ++i) clients.push_back(std::make_unique<Client>(serving.port));
    while (std::chrono::steady_clock::now() < end) {
      for (auto& client : clients) client->get("/livez");
      for (auto& client : clients) answered += status_of(client->read()) == 200;
    }
  });
  load.join();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  const auto rate = static_cast<double>(answered) / seconds.count();
  std::cout << "GET /livez on one io thread: " << static_cast<long>(rate) << " requests/s\n";
#ifdef __OPTIMIZE__
  EXPECT_GT(rate, 5'000);
#else
  EXPECT_GT(rate, 500);
#endif
}

}  // namespace
}  // namespace sagaloom::http
