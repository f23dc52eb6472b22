#include "runtime/workflow/explore/explorer.h"

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <unordered_map>

#include "runtime/workflow/explore/reach.h"

namespace sagaloom::explore {
namespace {

using WorldPointer = std::shared_ptr<const World>;

struct Pending {
  WorldPointer from;
  Move move;
  std::uint32_t parent = 0;
};

// How a world was first met.
struct Trail {
  std::uint32_t parent = 0;
  std::string sentence;
};

struct FingerprintHash {
  std::size_t operator()(const Fingerprint& key) const noexcept { return key[0] ^ key[1]; }
};

class Explorer {
 public:
  Explorer(const Model& model, const Limits& limits)
      : model_(model), limits_(limits), waiting_(limits.faults + 1) {}

  core::Result<Exploration> run() {
    auto first = begin(model_, limits_.faults);
    if (!first.ok()) return first.error();
    trail_.push_back({0, "The saga is accepted."});
    const WorldPointer world = std::make_shared<const World>(std::move(*first));
    seen_.emplace(fingerprint(model_.definition, *world), 0);
    reach_.add_world();
    visit(0, world);
    for (auto& level : waiting_) {
      while (!level.empty() && !found_.cut) {
        const Pending next = std::move(level.front());
        level.pop_front();
        follow(next);
      }
    }
    finish();
    return std::move(found_);
  }

 private:
  std::uint32_t used(const World& world) const { return limits_.faults - world.faults_left; }

  void visit(std::uint32_t id, const WorldPointer& world) {
    note_reached(*world);
    auto all = moves(model_, *world);
    const bool over =
        std::all_of(all.begin(), all.end(), [](const Move& m) { return m.optional(); });
    const bool waits = std::any_of(all.begin(), all.end(), [](const Move& m) {
      return m.kind == Move::Kind::heard && !m.costs();
    });
    if (over && !waits) end(id, *world);
    for (Move& move : all) {
      const std::uint32_t level = used(*world) + (move.costs() ? 1 : 0);
      waiting_[level].push_back({world, std::move(move), id});
    }
  }

  void follow(const Pending& pending) {
    ++found_.taken;
    Taken taken = take(model_, *pending.from, pending.move);
    for (const Violation& each : taken.violations) {
      report(each, pending.parent, {taken.sentence}, used(taken.world));
    }
    const auto [it, fresh] =
        seen_.emplace(fingerprint(model_.definition, taken.world), trail_.size());
    const std::uint32_t id = it->second;
    if (id == pending.parent && !pending.move.optional()) return not_taken(pending, taken);
    connect(pending, id);
    if (!fresh) return;
    trail_.push_back({pending.parent, std::move(taken.sentence)});
    reach_.add_world();
    if (trail_.size() >= limits_.max_worlds) found_.cut = true;
    visit(id, std::make_shared<const World>(std::move(taken.world)));
  }

  void not_taken(const Pending& pending, const Taken& taken) {
    report({Wrong::stuck, std::string(core::step_id(pending.move.command.path)),
            "this changes nothing, and nothing else goes on"},
           pending.parent, {taken.sentence}, used(taken.world));
  }

  void connect(const Pending& pending, std::uint32_t to) {
    const Move& move = pending.move;
    reach_.connect(pending.parent, to, move.costs());
    if (!move.costs()) return;
    Row row;
    row.fault = move.fault;
    row.code = move.kind == Move::Kind::call ? move.code : std::string();
    const core::Path path =
        move.command.path.empty() ? open_leaf(pending.from->saga) : move.command.path;
    row.step = core::step_id(path);
    row.purpose = purpose_of(move);
    if (row.purpose == core::Purpose::forward && used(*pending.from) > 0) return;
    reach_.start(std::move(row), to);
  }

  // Cancel and deadline come while something is open: the first of it.
  core::Path open_leaf(const core::Saga& saga) const {
    for (const auto& [path, record] : saga.steps) {
      const auto* step = model_.step(path);
      if (step && core::is_open(record) && core::body_lists(*step).empty()) return path;
    }
    return {};
  }

  static core::Purpose purpose_of(const Move& move) {
    const core::Purpose purpose = move.command.purpose;
    const bool undo = purpose == core::Purpose::undo || purpose == core::Purpose::question;
    return undo ? purpose : core::Purpose::forward;
  }

  // The late effects appear, whether or not anybody waits for them.
  void end(std::uint32_t id, const World& world) {
    World last = world;
    std::vector<std::string> sentences;
    while (core::ended(last.saga.head.phase) && !last.late.empty()) {
      Move move;
      move.kind = Move::Kind::arrival;
      move.command = last.late.front();
      Taken taken = take(model_, last, move);
      sentences.push_back(taken.sentence);
      for (const Violation& each : taken.violations) report(each, id, sentences, used(world));
      last = std::move(taken.world);
    }
    for (const Violation& each : judge_end(model_, last)) report(each, id, sentences, used(world));
    reach_.end(id, end_of(model_, last));
    found_.reached.insert("saga " + std::string(core::state_name(last.saga)));
  }

  void note_reached(const World& world) {
    for (const auto& [path, record] : world.saga.steps) {
      const bool skipped = record.state == core::StepState::skipped;
      if (!skipped && record.order == 0) continue;
      found_.reached.insert(std::string(core::step_id(path)) + (skipped ? " skipped" : " started"));
    }
  }

  void report(const Violation& violation, std::uint32_t at, const std::vector<std::string>& more,
              std::uint32_t faults) {
    for (const Story& known : found_.violations) {
      if (known.violation.kind == violation.kind && known.violation.step == violation.step) return;
    }
    Story story{violation, faults, {}};
    for (std::uint32_t id = at;; id = trail_[id].parent) {
      if (!trail_[id].sentence.empty()) story.sentences.push_back(trail_[id].sentence);
      if (id == 0) break;
    }
    std::reverse(story.sentences.begin(), story.sentences.end());
    for (const auto& sentence : more) {
      if (!sentence.empty()) story.sentences.push_back(sentence);
    }
    std::string text = violation.text;
    if (text.front() >= 'a' && text.front() <= 'z') text.front() = char(text.front() - 'a' + 'A');
    story.sentences.push_back("Violation: " + text + ".");
    found_.violations.push_back(std::move(story));
  }

  void finish() {
    found_.worlds = trail_.size();
    reach_.finish(model_.definition, found_);
  }

  const Model& model_;
  const Limits limits_;
  std::vector<std::deque<Pending>> waiting_;  // by faults used
  std::unordered_map<Fingerprint, std::uint32_t, FingerprintHash> seen_;
  std::vector<Trail> trail_;
  Reach reach_;
  Exploration found_;
};

}  // namespace

core::Result<Exploration> explore(const Model& model, const Limits& limits) {
  return Explorer(model, limits).run();
}

}  // namespace sagaloom::explore
