// One decision in the making: the saga as it is, an overlay of what the decision changes, and the
// rules. Internal to core; decide() is the way in.
//
// The rules live in several files by theme: progress.cpp (lists, starting steps), forward.cpp
// (answers of a call), resolving.cpp (questions about a doubtful call), undo.cpp, phase.cpp
// (accept, abort, end, cancel, deadline), verbs.cpp (operators), announce.cpp (status, emits,
// attributes). Lifecycle: made, run once, thrown away. Threads: one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/core/decide.h"
#include "runtime/core/retry.h"
#include "runtime/core/scope.h"
#include "runtime/core/verdict.h"

namespace sagaloom::core {

class Transition {
 public:
  Transition(const Definition& definition, const Saga& saga, const Event& event,
             const Context& context);
  Decision run();

 private:
  // ---- transition.cpp: the saga seen through the overlay
  const StepRecord* find(std::string_view path) const;
  StepRecord& edit(const Path& path);
  void visit(const std::function<void(const Path&, const StepRecord&)>& visitor) const;
  template <typename Predicate>
  bool any(Predicate predicate) const;
  bool is_parked() const;
  bool is_deciding() const;
  bool is_missing(const std::string& operation);
  double draw();
  void note(std::string code, Value details = {});
  void refuse(std::string code, std::string message);
  void keep_bytes(const Value& value);
  Decision finish();
  std::optional<Lifecycle> lifecycle() const;

  // ---- phase.cpp
  void accept();
  void on_cancel(bool by_operator);
  void on_deadline();
  void on_refused_by_store();
  Path step_to_park() const;
  void abort(const Failure& error, bool release_doubtful);
  void drain_step(const Path& path, bool release_doubtful);
  void pass_pivot();
  void act_on_noted();
  void complete();
  void end(Phase phase, const Announcement& hook);
  bool halted() const { return head_.phase == Phase::compensating; }

  // ---- progress.cpp
  void run_list(const StepList& list, std::size_t from, const std::string& prefix,
                const Step* parent);
  bool start(const Step& step, const Path& path);
  bool start_instant(const Step& step, const Path& path);
  void start_call(const Step& step, const Path& path);
  bool enter_call(const Step& step, const Path& path, StepRecord& record);
  void begin_attempt(const Step& step, const Path& path);
  void go_on_after(const Path& path);
  void succeed_block(const Step& block, const std::string& prefix, const StepList& list);
  void fail(const Path& path, Failure error);
  void leave_unknown(const Path& path, Failure error);
  void climb(const Path& path, const Failure& error);
  void park(const Path& path, Parked why, std::optional<Failure> error);
  bool holds_pivot(const Step& step) const;

  // ---- forward.cpp
  void on_answer(const Step& step, const Path& path);
  void on_forward_answer(const Step& step, const Path& path, const Verdict& verdict);
  void on_late_answer(const Step& step, const Path& path, const Verdict& verdict);
  void on_interrupted(const Step& step, const Path& path);
  void retry_or_end(const Step& step, const Path& path, const Verdict& verdict, bool counted);
  void end_policy(const Step& step, const Path& path, const Failure& error);
  void succeed(const Step& step, const Path& path, const Value& answer, bool path_goes_on);
  std::optional<Failure> make_use(const Step& step, const Path& path, const Value& answer,
                                  bool forward, std::vector<Emitted>& emitted);
  void succeed_unusable(const Step& step, const Path& path, Failure error);
  Result<Value> usable_output(const Step& step, const Path& path, const Value& answer);
  std::optional<Time> policy_end(const Step& step, Time first_at);
  Duration attempt_timeout(const TimeoutPolicy& timeout);
  std::optional<Duration> duration_of(const std::optional<DurationTemplate>& duration);
  bool crashed_too_often(const Path& path, Try& budget, const Verdict& verdict);
  void on_forward_timer(const Step& step, const Path& path);

  // ---- resolving.cpp
  void begin_resolving(const Step& step, const Path& path, OnUnknown mode);
  void ask(const Step& step, const Path& path);
  void on_question_answer(const Step& step, const Path& path, const Verdict& verdict);
  void on_check_answer(const Step& step, const Path& path);
  void on_late_check(const Step& step, const Path& path, const Verdict& verdict);
  void next_question(const Step& step, const Path& path, const Verdict& verdict, bool counted);
  void give_up_resolving(const Step& step, const Path& path, Failure error);
  OnUnknown mode_of(const Step& step, const StepRecord& record) const;
  void make_known(const Step& step, const Path& path, Failure error);

  // ---- undo.cpp
  void go_on_undoing();
  bool drained() const;
  bool takes_part(const Step& step, const StepRecord& record) const;
  void take_turn(const Step& step, const Path& path);
  void begin_undo_step(const Step& step, const Path& path);
  void begin_undo_try(const Step& step, const Path& path);
  void on_undo_answer(const Step& step, const Path& path);
  void undo_step_done(const Step& step, const Path& path, const Value& output);
  void retry_undo(const Step& step, const Path& path, const Verdict& verdict, bool counted);
  void stuck(const Step& step, const Path& path, Failure error);
  void keep(const Step& step, const Path& path);
  void undone(const Step& step, const Path& path);
  void undo_is_over();
  void see_undo(const Step& step, const Path& path, const StepRecord& record);
  Value undo_self(const Path& path, const StepRecord& record) const;
  Result<Value> undo_input(const UndoStep& undo, const Path& path, const StepRecord& record);

  // ---- verbs.cpp
  void on_retry(const Step& step, const Path& path);
  void retry_parked(const Step& step, const Path& path);
  bool fits(const Step& step, const Value& input);
  void retry_undo_now(const Step& step, const Path& path);
  void on_resolve(const Step& step, const Path& path);
  void on_plugin_installed();
  void on_timer(const Step& step, const Path& path);
  void on_call_returned(const Path& path);
  void wrong_state(const StepRecord& record, std::string_view verb);

  // ---- announce.cpp
  void announce(const Announcement& announcement);
  void set_status(const std::optional<Template>& status);
  Result<std::vector<Emitted>> render_emits(const std::vector<Emit>& emits);
  Result<std::optional<Emitted>> render_emit(const Emit& emit);
  void publish(std::vector<Emitted> emitted);
  void refresh_attributes();
  Result<Value> render(const Template& text);
  bool holds(const Program& condition, std::string& problem);

  const Definition& definition_;
  const Saga& saga_;
  const Event& event_;
  const Context& context_;
  Time now_;
  SagaRecord head_;
  std::map<Path, StepRecord, std::less<>> edited_;
  Record record_;
  std::optional<Refusal> refusal_;
  SagaScope scope_;
  bool changed_ = false;  // something beyond notes
  bool drew_ = false;
  bool step_succeeded_ = false;
  std::uint32_t starts_ = 0;  // steps started in this transition
};

template <typename Predicate>
bool Transition::any(Predicate predicate) const {
  bool found = false;
  visit([&](const Path&, const StepRecord& step) { found = found || predicate(step); });
  return found;
}

// Limits of the language (docs/semantics.md section 13).
inline constexpr std::size_t max_output_bytes = 256 * 1024;
inline constexpr std::size_t max_state_bytes = 1024 * 1024;
inline constexpr std::size_t max_message_bytes = 900'000;
inline constexpr std::uint32_t max_records = 50'000;
inline constexpr std::uint32_t records_granted = 5'000;
inline constexpr std::uint32_t max_starts = 1'000;
inline constexpr std::uint32_t max_crashes = 3;

inline std::string prefix_of(const Path& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string{} : path.substr(0, slash + 1);
}

Failure expression_failed(const Path& path, const expression::Error& error);

}  // namespace sagaloom::core
