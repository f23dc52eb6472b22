// Checks that need the finished tree and the manifests (codes C, T, F, W, Q of docs/workflows.md).
//
// They run over whatever could be read, also when there were errors, so that one run finds
// everything; a step without a known operation is passed over. Threads and lifecycle: as Context.
#pragma once

#include <functional>

#include "runtime/workflow/reading.h"

namespace sagaloom::workflow {

// One of the blocks around a step, outermost first.
struct Enclosing {
  const core::Step* block;
  const core::ErrorHandler* handler;  // nullptr: inside its body
  const core::StepList* list;         // the branch, case or body
};
using Trail = std::vector<Enclosing>;

class Checked {
 public:
  Checked(Context& context, const Node& root);

  using Visit = std::function<void(const core::Step&, const Trail&)>;
  void each_step(const Visit& visit) const;

  Context& context;
  const Node& root;
  const core::Definition& definition;
  const core::Step* pivot = nullptr;

  // Whether the pivot stands inside the step's body.
  bool holds_pivot(const core::Step& step) const;
  const StepPlace& place(const core::Step& step) const;
  // Before the pivot, or there is none; the pivot itself is not.
  bool before_pivot(const core::Step& step) const;
  bool after_pivot(const core::Step& step) const { return place(step).after_pivot; }
  // The place of a key of the step, or of the step when it has no such key.
  std::size_t at(const core::Step& step, const char* key) const;
  // `example`: a path on which it goes wrong, in words.
  void error(const char* code, const core::Step& step, const char* key, std::string message,
             std::string fix, std::string example = {}) const;
  void warning(const char* code, const core::Step& step, const char* key, std::string message,
               std::string fix, std::string example = {}) const;

 private:
  void walk(const core::StepList& list, Trail& trail, const Visit& visit) const;

  std::vector<const core::Step*> around_pivot_;
};

bool has_effect(const core::Step& step);
// "`reserve` succeeds, then `authorize` is refused": how the saga comes to be undone after the
// step.
std::string undone_after(const Checked& checked, const core::Step& step);
// "the answer of `reserve` is lost".
std::string lost(const core::Step& step);
bool has_undo(const core::Step& step);
// Whether a step inside (or the step itself) has an undo of its own.
bool holds_undo(const core::Step& step);
// Whether a pattern (`*`, `payment.*`, a code) covers a code.
bool covers(const std::string& pattern, const std::string& code);
// Whether handlers of the step, or of blocks around it, take this error whatever its details;
// `code` empty: any error.
bool handled(const core::Step& step, const Trail& trail, const std::string& code);

void check_undos(const Checked& checked);
void check_pivot(const Checked& checked);
void check_times(const Checked& checked);
void check_flow(const Checked& checked);
void check_events(const Checked& checked);
void check_use(const Checked& checked);
void check_children(const Checked& checked);
void check_versions(const Checked& checked);
void check_types(const Checked& checked);

}  // namespace sagaloom::workflow
