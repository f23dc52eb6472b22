#include "runtime/app/registration.h"

#include "runtime/app/definition_files.h"
#include "runtime/app/node.h"
#include "runtime/app/registered.h"

namespace sagaloom::app {
namespace {

using workflow::Diagnostic;
using workflow::Severity;

http::Diagnostic presented(const Diagnostic& diagnostic) {
  http::Diagnostic out;
  out.severity = diagnostic.severity == Severity::error ? "error" : "warning";
  out.code = diagnostic.code;
  out.message = diagnostic.message + (diagnostic.fix.empty() ? "" : "; " + diagnostic.fix) +
                (diagnostic.example.empty() ? "" : ". For example: " + diagnostic.example);
  out.line = static_cast<int>(diagnostic.position.line);
  out.column = static_cast<int>(diagnostic.position.column);
  return out;
}

// The first error that says that the version exists with other content.
const Diagnostic* taken(const workflow::Loaded& loaded) {
  for (const Diagnostic& each : loaded.diagnostics) {
    const bool other = each.code == "S05" && each.message.find("registered") != std::string::npos;
    if (other) return &each;
  }
  return nullptr;
}

http::Registration refused(http::Registration registration, const expression::Error& error) {
  using Outcome = http::Registration::Outcome;
  registration.outcome =
      error.code == "definition.conflict" ? Outcome::conflict : Outcome::unavailable;
  registration.detail = error.message;
  return registration;
}

}  // namespace

// Nothing is stored before everything is known to be sound.
void register_files(engine::Engine& engine, const engine::StepHost& steps,
                    engine::Observer& observer, const std::vector<std::string>& paths) {
  std::string errors;
  const Registered registered(engine, false);
  workflow::CheckOptions options;
  options.known = &registered;
  const auto loaded = load_workflows(paths, LoadedOperations(steps), options);
  for (const workflow::Loaded& each : loaded) {
    for (const Diagnostic& diagnostic : each.diagnostics) {
      if (diagnostic.severity == Severity::error)
        errors += workflow::text(diagnostic) + "\n";
      else
        observer.log("warning", "workflow." + diagnostic.code, workflow::text(diagnostic));
    }
  }
  for (const workflow::Loaded& each : loaded) {
    if (!errors.empty()) break;
    const auto done = engine.register_definition(stored(*each.definition), each.definition);
    if (!done.ok()) errors += "error[" + done.error().code + "]: " + done.error().message + "\n";
  }
  if (!errors.empty())
    throw NodeError(exit_invalid, errors + "no server is started with these errors");
}

http::Registration register_text(engine::Engine& engine, const engine::StepHost& steps,
                                 const std::string& yaml) {
  http::Registration registration;
  const Registered registered(engine, true);
  workflow::LoadOptions options;
  options.known = &registered;
  auto loaded = workflow::load(yaml, LoadedOperations(steps), options);
  for (const Diagnostic& diagnostic : loaded.diagnostics)
    registration.diagnostics.push_back(presented(diagnostic));
  if (const Diagnostic* other = taken(loaded)) {
    registration.outcome = http::Registration::Outcome::conflict;
    registration.detail = other->message;
    return registration;
  }
  if (workflow::has_errors(loaded.diagnostics)) {
    registration.outcome = http::Registration::Outcome::invalid;
    return registration;
  }
  registration.name = loaded.definition->name;
  registration.version = loaded.definition->version;
  registration.hash = loaded.definition->hash;
  if (!registered.registered(registration.name, registration.version).empty())
    registration.outcome = http::Registration::Outcome::unchanged;
  const auto done = engine.register_definition(stored(*loaded.definition), loaded.definition);
  return done.ok() ? registration : refused(std::move(registration), done.error());
}

}  // namespace sagaloom::app
