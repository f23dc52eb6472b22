// One decision in the making: the saga as it is, an overlay of what the decision changes, and the
// rules. Internal to core; decide() is the way in.
//
// The rules live in several files by theme: progress.cpp (lists, starting steps), forward.cpp
// (answers of a call), resolving.cpp (questions about a doubtful call), undo.cpp (whose turn it
// is), undo_calls.cpp (the undo of one step), phase.cpp (accept, abort, end, cancel, deadline),
// blocks.cpp, block_ends.cpp, handlers.cpp (errors that climb), waits.cpp (events, signals, tasks,
// timers), children.cpp (child sagas, concurrency keys), verbs.cpp (operators), announce.cpp
// (status, emits, attributes). Lifecycle: made, run once, thrown away. Threads: one.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "runtime/core/decide.h"
#include "runtime/core/retry.h"
#include "runtime/core/scope.h"
#include "runtime/core/states.h"
#include "runtime/core/tree.h"
#include "runtime/core/verdict.h"
#include "runtime/expression/without_nul.h"

namespace sagaloom::core {

class Transition {
 public:
  Transition(const Definition& definition, const Saga& saga, const Event& event,
             const Context& context);
  Decision run();

 private:
  // ---- decide.cpp
  void settle();
  void on_event(const Step* step);
  void on_step_event(const Step& step, const Path& path);
  void on_saga_event();
  bool is_verb() const;
  Value answer() const { return event_.output.value_or(Value{}); }

  // ---- transition.cpp: the saga seen through the overlay
  const StepRecord* find(std::string_view path) const;
  const Step& step_at(std::string_view path) const { return *definition_.find(step_id(path)); }
  StepRecord& edit(const Path& path);
  // Those at rest are left out of `live`, so that what is over makes no decision dearer.
  enum class Among : std::uint8_t { live, all };
  using Fits = std::function<bool(const Path&, const StepRecord&)>;
  void visit(Among among, const std::function<void(const Path&, const StepRecord&)>& visitor) const;
  bool any(Among among, const Fits& fits) const;
  std::vector<Path> paths(Among among, const Fits& fits) const;
  bool any(bool (*fits)(const StepRecord&)) const;  // among those that are live
  std::vector<Path> paths(bool (*fits)(const StepRecord&)) const;
  // The innermost of the step and what is around it that fits; nullptr: none does.
  const StepRecord* nearest(Path path, bool (*fits)(const StepRecord&)) const;
  bool is_parked() const;
  bool is_deciding() const;
  bool is_missing(const std::string& operation);
  double draw();
  void note(std::string code, Value details = {});
  void note_failed(std::string_view where, const std::string& message);
  void refuse(std::string code, std::string message);
  void no_such_step();
  bool fits_state(const Value& value) const;
  void keep_bytes(const Value& value);
  void drop_output(StepRecord& record);
  Decision finish();
  std::string_view shown_now() const;
  std::optional<Lifecycle> lifecycle() const;

  // ---- phase.cpp
  void accept();
  void on_cancel();
  void on_deadline();
  void stop(const Failure& reason, bool by_operator);
  void on_refused_by_store();
  Path step_to_park() const;
  void abort(const Failure& error, bool release_doubtful);
  void abort_for(const Failure& error) { abort(head_.noted.value_or(error), false); }
  void drain_step(const Path& path, bool release_doubtful);
  void pass_pivot();
  void act_on_noted();
  void set_output(const std::optional<Template>& output);
  void complete();
  void end(Phase phase, const Announcement& hook);
  void end_failed(const Failure& error);
  bool halted() const { return head_.phase == Phase::compensating; }

  // ---- progress.cpp
  // `owner`: the block, or the step whose handler's list it is; empty: the root's list.
  void run_list(const StepList& list, std::size_t from, const std::string& prefix,
                const Path& owner);
  bool halted(const Path& path) const;
  void look_from(const Path& path);
  void look_from(const Path& path, const std::optional<Failure>& error);
  bool too_long() const;
  Failure too_long_error(const Path& path) const;
  Failure failure_of(const Path& path, const FailureTemplate& said);
  void end_here(const End& last, const Path& path);
  void set_error_status(const Step& step, const Path& path, const Failure& error);
  void leave_path(StepRecord& record);
  bool start(const Step& step, const Path& path);
  bool start_kind(const Step& step, const Path& path);
  bool start_instant(const Step& step, const Path& path);
  void start_again(const Step& step, const Path& path);
  void start_call(const Step& step, const Path& path);
  std::optional<Failure> prepare_call(const Step& step, const Path& path, StepRecord& record);
  void begin_attempt(const Step& step, const Path& path);
  void open_attempt(Try& budget, Time deadline);
  void go_on_after(const Path& path);
  void go_forward(const Step& step, const Path& path);
  void fail(const Path& path, Failure error);
  void fail(const Path& path, const expression::Error& error);
  void leave_unknown(const Path& path, const Failure& error);
  void leave_with(const Path& path, StepState state, const Failure& error);
  void park(const Path& path, Parked why, std::optional<Failure> error);
  bool holds_pivot(const Step& step) const;

  // ---- blocks.cpp
  enum class ListState : std::uint8_t { open, succeeded, stopped };
  void start_block(const Step& step, const Path& path);
  void choose(const Switch& block, const Path& path);
  void begin_items(const Step& step, const Foreach& block, const Path& path);
  void start_items(const Step& step, const Path& path);
  void begin_turn(const Step& step, const Path& path);
  void end_turn(const Step& step, const Path& path);
  Value block_output(const Step& step, const Path& path) const;
  ListState list_state(const Run& run) const;
  std::size_t open_lists(const Step& step, const Path& path) const;
  bool all_lists_succeeded(const Step& step, const Path& path) const;
  void list_succeeded(const Path& owner);
  void list_failed(const Path& path, const Failure& error);
  void add_to_block(const Path& path, const Failure& error);
  void drain_inside(const Path& outer, bool release_doubtful);
  bool open_inside(const Path& outer) const;
  void settle_blocks();
  bool settle_block(const Path& path);
  void end_block(const Step& step, const Path& path, bool stopped);
  void on_body_timeout(const Step& step, const Path& path);

  // ---- handlers.cpp
  const ErrorHandler* matching_handler(const Step& step, const Path& path, const Failure& error);
  bool would_be_handled(const Path& path, Failure error);
  void climb(const Path& path, const Failure& error);
  void go_on_handling();
  bool undone_before_handler(const Path& path);
  void begin_handler(const Step& step, const Path& path);
  void finish_handling(const Path& path);
  static void cancel_handling(StepRecord& record);
  static void fail_handling(StepRecord& record, const Failure& error);

  // ---- waits.cpp
  void set_timer(StepRecord& record, const std::string& name, Time due);
  // Sets the timer that `key` asks for; `problem`: what is wrong with its duration.
  void set_timer(StepRecord& record, const std::string& name,
                 const std::optional<DurationTemplate>& after, std::string_view key,
                 std::string& problem);
  void set_body_timer(const Step& step, StepRecord& record, std::string& problem);
  void start_wait(const Step& step, const Path& path, const Wait& wait);
  void open_wait(StepRecord& record, const Wait& wait, const std::string& member,
                 std::string& problem);
  void open_task(StepRecord& record, const Wait& wait, const std::string& member,
                 std::string& problem);
  void begin_awaiting(const Step& step, const Path& path);
  void on_arrival();
  bool offer(const Step& step, const Path& path, const std::string& heard_name, const Value& event);
  void see_event(const Step& step, const Path& path, const Value& event);
  void take(const Step& step, const Path& path, const Wait& wait, const std::string& member,
            const Value& event);
  void announce_each(const Wait& wait, const Step& step, const Path& path, const Value& event);
  void refused_by_event(const Step& step, const Path& path, const std::string& code);
  void collect(const Step& step, const Path& path, const Wait& wait, const Value& event);
  void on_task_answered(const Step& step, const Path& path);
  void on_wait_timer(const Step& step, const Path& path);
  void escalate(const Step& step, const Path& path, const std::string& member);
  void on_timeout(const Step& step, const Path& path);

  // ---- children.cpp
  void start_child(const Step& step, const Path& path);
  Result<Value> child_id(const ChildSaga& child, const Path& path, const StepRecord& record);
  Value child_request(const ChildSaga& child, const Path& path, const StepRecord& record, Value id,
                      Value input) const;
  void on_child_answer(const Path& path);
  void ask_child_back(const Path& path);
  void on_child_ended(const Step& step, const Path& path);
  void undo_child(const Path& path);
  void on_parent_undo();
  void report_to_parent();
  bool passed_pivot() const;
  void accept_undone();
  void on_released();
  void release_what_is_held();
  void open_last_calls();
  void on_lock_granted();
  void on_own_answer();

  // ---- forward.cpp
  void on_answer(const Step& step, const Path& path);
  void on_forward_answer(const Step& step, const Path& path, Verdict verdict);
  void on_late_answer(const Step& step, const Path& path, const Verdict& verdict);
  void on_interrupted(const Step& step, const Path& path);
  void retry_or_end(const Step& step, const Path& path, Verdict verdict);
  void end_policy(const Step& step, const Path& path, const Failure& error);
  void succeed(const Step& step, const Path& path, const Value& answer);
  std::optional<Failure> make_use(const Step& step, const Path& path, const Value& answer,
                                  bool forward, std::vector<Emitted>& emitted);
  void succeed_unusable(const Step& step, const Path& path, Failure error);
  Result<Value> usable_output(const Step& step, const Path& path, const Value& answer);
  Duration attempt_timeout(const TimeoutPolicy& timeout);
  std::optional<Duration> duration_of(const std::optional<DurationTemplate>& duration);
  std::optional<Time> total_end(const TimeoutPolicy& timeout, Time first_at);
  Time attempt_end(const TimeoutPolicy& timeout, Time first_at);
  std::optional<Time> next_due(const RetryPolicy& policy, const Try& budget, const Verdict& verdict,
                               std::optional<Time> end);
  bool poisoned(Try& budget, Verdict& verdict) const;
  void make_known(const Step& step, const Path& path, Failure error);

  // ---- resolving.cpp
  void begin_resolving(const Step& step, const Path& path, bool until_known);
  void ask(const Step& step, const Path& path);
  void on_check_answer(const Step& step, const Path& path);
  void next_question(const Step& step, const Path& path, const Verdict& verdict);
  bool may_leave(const Step& step) const;
  bool may_leave(const Step& step, const StepRecord& record) const;

  // ---- undo.cpp, undo_calls.cpp
  void go_on_undoing();
  struct UndoWalk {
    bool only_doubtful = false;  // before a handler with `keep`
    bool covered = false;        // by the own undo of a block around
  };
  // True: something is left to undo, under way or waiting.
  bool undo_list(const StepList& list, const std::string& prefix, const UndoWalk& walk);
  bool undo_step(const Step& step, const Path& path, const UndoWalk& walk);
  bool undo_body(const Step& step, const Path& path, const UndoWalk& walk);
  bool undo_itself(const Step& step, const Path& path, const UndoWalk& walk);
  bool undo_children(const Step& step, const Path& path, const UndoWalk& walk);
  bool child_took_part(const Path& outer) const;
  bool before_handler(const Path& path) const;
  void take_turn(const Step& step, const Path& path);
  void begin_undo_step(const Step& step, const Path& path);
  std::optional<expression::Error> prepare_undo(const UndoStep& undo, const Path& path,
                                                StepRecord& record, Value input);
  void begin_undo_try(const Step& step, const Path& path);
  void on_undo_answer(const Step& step, const Path& path);
  void undo_step_done(const Step& step, const Path& path, const Value& output);
  void retry_undo(const Step& step, const Path& path, Verdict verdict);
  void stuck(const Step& step, const Path& path, Failure error);
  void keep(const Path& path);
  void undone(const Step& step, const Path& path);
  void undo_is_over();
  void see_undo(const Step& step, const Path& path, const StepRecord& record);
  Result<Value> undo_input(const UndoStep& undo, const Path& path, const StepRecord& record);

  // ---- verbs.cpp
  void on_retry(const Step& step, const Path& path);
  void retry_parked(const Step& step, const Path& path);
  void retry_other(const Step& step, const Path& path);
  void on_abort_step(const Step& step, const Path& path);
  void on_skip_undo(const Step& step, const Path& path);
  void on_migrate();
  bool stored_for_later();
  bool fits(const Step& step, const Value& input);
  void retry_undo_now(const Step& step, const Path& path);
  void on_resolve(const Step& step, const Path& path);
  void on_plugin_installed();
  void on_timer(const Step& step, const Path& path);
  void on_forward_timer(const Step& step, const Path& path);
  void on_undo_timer(const Step& step, const Path& path);
  void on_call_returned(const Step& step, const Path& path);
  void wrong_state(const StepRecord& record);

  // ---- announce.cpp
  void announce(const Announcement& announcement);
  void set_status(const std::optional<Template>& status);
  Result<std::vector<Emitted>> render_emits(const std::vector<Emit>& emits);
  Result<std::optional<Emitted>> render_emit(const Emit& emit);
  void publish(std::vector<Emitted> emitted);
  void refresh_attributes();
  Result<Value> render(const Template& text);
  Result<std::string> render_text(const Template& text, const char* complaint);
  // nullopt: it fails, which a note says; `where` names it there.
  std::optional<Value> render_or_note(const Template& text, std::string_view where);
  // An error: the condition could not be decided.
  Result<bool> holds(const Program& condition);
  Result<bool> holds(const std::optional<Program>& condition);  // absent: true
  bool holds_or_note(const Program& condition, std::string_view where);

  const Definition& definition_;
  const Saga& saga_;
  const Event& journaled_;  // what happened; on a replay after `resume` the timer that asked for it
  const Event& event_;      // what is decided about
  const Context& context_;
  const bool replays_;
  Time now_;
  SagaRecord head_;
  std::map<Path, StepRecord, std::less<>> edited_;
  std::set<Path> live_;  // of the saga's steps: not at rest before, or edited
  std::string_view shown_before_;
  Record record_;
  std::optional<Refusal> refusal_;
  SagaScope scope_;
  bool changed_ = false;  // something beyond notes
  bool drew_ = false;
  bool step_succeeded_ = false;
  std::uint32_t starts_ = 0;  // steps started in this transition
};

// Limits of the language (docs/semantics.md section 13).
inline constexpr std::size_t max_output_bytes = 256 * 1024;
inline constexpr std::size_t max_state_bytes = 1024 * 1024;
inline constexpr std::size_t max_message_bytes = 900'000;
inline constexpr std::uint32_t max_records = 50'000;
inline constexpr std::uint32_t records_granted = 5'000;
inline constexpr std::uint32_t max_starts = 1'000;
inline constexpr std::uint32_t max_crashes = 3;

Failure expression_failed(const Path& path, const expression::Error& error);
Failure expression_failed(const Path& path, std::string message);

// A leaf takes part in undo by itself if it calls something, the others only with an own undo.
bool takes_part(const Step& step, const StepRecord& record);

// "event:<name>", "signal:<name>", "task"; empty: the wait listens to nothing.
std::string heard(const Wait& wait);

// Why the value does not fit, up to `limit` violations; nullopt: it does, or nothing is demanded.
std::optional<std::string> misfit(const SchemaPointer& schema, const Value& value,
                                  std::size_t limit = 1);

}  // namespace sagaloom::core
