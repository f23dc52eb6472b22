// The walk over a definition in the order of its path; at every step it tells Scopes what has run
// and checks the step's expressions there.
//
// Lifecycle, threads, errors: as Scopes. Split over typing.cpp (steps and what may be absent after
// them), typing_kinds.cpp (what each kind does) and typing_top.cpp (the top level).
#pragma once

#include "runtime/workflow/scopes.h"

namespace sagaloom::workflow {

class Typing {
 public:
  explicit Typing(const Checked& checked) : checked_(checked), scopes_(checked) {}
  void run();

 private:
  using Wanted = Scopes::Wanted;

  // What a list, a body or a step leaves behind.
  struct Left {
    TypePointer output = expression::map_type({});
    bool goes_on = true;  // the path goes on behind it
  };

  // typing.cpp
  Left list(const core::StepList& list);
  Left step(const core::Step& step);
  void words(const core::Step& step, const Node* node, const TypePointer& input,
             const TypePointer& answer);
  TypePointer shaped(const core::Step& step, const Node* node, const TypePointer& input,
                     const TypePointer& answer);
  TypePointer handlers(const core::Step& step, const Node* node, TypePointer output);
  void handler(const core::ErrorHandler& handler, const Node* node, TypePointer* output,
               const std::string& why);
  void undo(const core::Step& step, const Node* node, const TypePointer& input,
            const TypePointer& output);
  void undo_call(const core::UndoStep& call, const Node* node, const Site& site);
  void undo_with(const core::Step& step, const Node* node, const Site& site);
  void settle(const core::Step& step, const TypePointer& output);
  void mark(const core::StepList& list, Reach reach);
  void maybe(const core::StepList& list, const std::string& why);
  void under(const core::StepList& list, const core::Step& step);

  // typing_kinds.cpp
  Left body(const core::Step& step, const Node* node, TypePointer& input);
  Left call(const core::Step& step, const Node* node, TypePointer& input);
  Left parallel(const core::Parallel& parallel);
  Left foreach (const core::Step& step, const core::Foreach& foreach, const Node* node);
  Left choice(const core::Switch& choice, const Node* node);
  Left repeat(const core::Repeat& repeat, const Node* node);
  Left child(const core::ChildSaga& child, const Node* node);
  Left end(const core::End& end, const Node* node);
  TypePointer wait(const core::Wait& wait, const Node* node, RootTypes extra);
  TypePointer message(const core::Wait& wait, const Node* node, RootTypes extra);
  void filters(const core::Wait& wait, const Node* node, const Site& site);
  TypePointer collecting(const core::Wait& wait, const Node* node, const Site& site,
                         const TypePointer& data);
  void failure(const core::FailureTemplate& failure, const Node* node, const Site& site);
  void collected(const core::Wait& wait, const Node* node, const TypePointer& event);

  // typing_top.cpp
  void before_steps();
  void after_steps();
  void events();
  void start();
  void exposed();
  void hook(const char* name, const core::Announcement& hook, Site site);
  void announce(const core::Announcement& announcement, const Node* node, const Site& site);
  void emits(const std::vector<core::Emit>& emits, const Node* node, const Site& site);
  void span(const std::optional<core::DurationTemplate>& duration, const Node* node,
            const Site& site);
  void sizes();

  Site here() const;
  const Node* at(const char* key) const { return checked_.root.find(key); }

  const Checked& checked_;
  Scopes scopes_;
  KnownStep* waiting_ = nullptr;  // the `wait` step that is looked at
  bool in_repeat_ = false;
  bool in_handler_ = false;
};

// The value under a key of a map; nullptr when there is none or no map.
inline const Node* under_key(const Node* node, std::string_view key) {
  return node ? node->find(key) : nullptr;
}
inline const Node* under_index(const Node* node, std::size_t index) {
  return node && node->is_list() && index < node->items.size() ? &node->items[index] : nullptr;
}

}  // namespace sagaloom::workflow
