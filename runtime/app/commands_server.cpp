#include <iostream>
#include <optional>
#include <thread>
#include <unistd.h>

#include "runtime/app/commands.h"
#include "runtime/app/configuration.h"
#include "runtime/app/node.h"
#include "runtime/app/node_directory.h"
#include "runtime/app/signals.h"

namespace sagaloom::app {
namespace {

using expression::Value;

// A first look needs somebody who cannot pay.
Configuration dev_defaults() {
  Configuration defaults;
  defaults.plugin_settings["payment"] =
      Value::object({{"balances", Value::object({{"customer-without-funds", Value(0)}})},
                     {"default_balance_minor", Value(std::int64_t{1'000'000'000})}});
  return defaults;
}

std::optional<Configuration> configure(const CommandLine& line) {
  ConfigurationSources sources;
  if (line.command == Command::dev) sources.defaults = dev_defaults();
  sources.file = line.config;
  sources.environment = environment_variables();
  sources.flags = line.settings;
  auto result = read_configuration(sources);
  for (const auto& diagnostic : result.diagnostics) std::cerr << shown(diagnostic) << "\n";
  if (!result.diagnostics.empty()) return std::nullopt;
  return std::move(result.configuration);
}

std::string curl_line(const std::string& url, const char* order, const char* customer) {
  return "  curl -s -w '\\n' " + url +
         "/api/orders -H 'Content-Type: application/json' -H 'Prefer: wait=10' -d "
         "'{\"order_id\":\"" +
         order + "\",\"customer_id\":\"" + customer +
         "\",\"currency\":\"EUR\",\"delivery_address\":\"1 Loom Street\","
         "\"items\":[{\"sku\":\"SKU-1\",\"qty\":2,\"price_minor\":1250}]}'\n";
}

void greet(const CommandLine& line, const std::string& url) {
  std::cout << "listening on " << url << "\n";
  if (line.command == Command::dev) {
    std::cout << "\nAn order that is COMPLETED:\n"
              << curl_line(url, "first", "ada")
              << "\nA customer without funds: the order is COMPENSATED, its stock given back:\n"
              << curl_line(url, "second", "customer-without-funds") << "\nStop with Ctrl-C.\n";
  }
  std::cout.flush();
}

// Ends the process at the second signal, or when draining takes longer than it may. Either is
// safe: what is not done now is done after the next start.
void watch_the_drain(core::Duration limit) {
  std::thread([limit] {
    const bool second = wait_for_signal(limit) != 0;
    std::cerr << (second ? "second signal: ending at once\n"
                         : "the drain takes too long: ending now, the next start goes on\n");
    ::_exit(exit_error);
  }).detach();
}

int serve_until_signal(const CommandLine& line, const Configuration& configuration,
                       const NodeDirectory& directory) {
  const auto node = Node::open(configuration, directory);
  greet(line, node->url());
  wait_for_signal();
  watch_the_drain(configuration.drain_limit + core::Duration(5'000));
  std::cerr << "draining: no new sagas, calls in flight may end (at most "
            << configuration.drain_limit.count() / 1000 << " s); a second signal ends at once\n";
  const bool clean = node->drain(configuration.drain_limit);
  std::cerr << (clean ? "drained\n" : "ended with calls in flight; the next start goes on\n");
  return exit_ok;
}

}  // namespace

int run_server(const CommandLine& line) {
  const auto configuration = configure(line);
  if (!configuration) return exit_usage;
  block_signals();
  auto directory = NodeDirectory::open(configuration->data);
  if (!directory.ok()) {
    std::cerr << "error[" << directory.error().code << "]: " << directory.error().message << "\n";
    return exit_usage;
  }
  try {
    return serve_until_signal(line, *configuration, *directory);
  } catch (const NodeError& error) {
    std::cerr << error.what() << "\n";
    return error.status;
  } catch (const std::exception& error) {
    std::cerr << "error: the server cannot go on: " << error.what() << "\n";
    return exit_error;
  }
}

}  // namespace sagaloom::app
