#include "runtime/app/command_line.h"
#include "runtime/app/commands.h"

int main(int argc, char** argv) {
  using namespace sagaloom::app;
  const auto parsed = parse_command_line(argc, argv);
  if (const int* status = std::get_if<int>(&parsed)) return *status;
  const auto& line = std::get<CommandLine>(parsed);
  switch (line.command) {
    case Command::dev:
    case Command::serve:
      return run_server(line);
    case Command::check:
      return run_check(line);
    case Command::schema:
      return run_schema(line);
    case Command::graph:
      return run_graph(line);
    case Command::test:
      return run_test(line);
    case Command::start:
      return run_start(line);
    case Command::explore:
      return run_explore(line);
    case Command::configuration:
      return run_configuration(line);
    case Command::version:
      return run_version(line);
    case Command::audit:
      return run_audit(line);
    case Command::whatif:
      return run_whatif(line);
    case Command::migrate:
      return run_migrate(line);
    case Command::steer:
      return run_steer(line);
    case Command::get:
    case Command::list:
    case Command::history:
    case Command::events:
    case Command::cancel:
      return run_query(line);
  }
  return 0;
}
