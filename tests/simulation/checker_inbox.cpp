// What must hold of the inbox: a row is taken by exactly one record, with the same commit; rows
// leave in no other way while their saga lives; what a saga can take goes in order of arrival and
// before every timer.
//
// Whether a saga could take a row is asked of core::decide, for the saga as it was before the
// record. A shard knows every row that was committed before it took its batch, since it has one
// batch in flight at most.
#include <algorithm>

#include "runtime/engine/inbox.h"
#include "runtime/engine/rows.h"
#include "tests/simulation/checker.h"

namespace sagaloom::simulation {

using namespace core;

namespace {

std::string name_of(const engine::IdentityKey& key, const std::string& event, std::int64_t number) {
  return key.workflow + "/" + key.key + " " + event + " " + std::to_string(number);
}

std::int64_t number_in(const Value& data) {
  const Value* content = data.find("data");
  const Value* number = content ? content->find("number") : nullptr;
  return number ? number->integer() : 0;
}

bool is_signal(const std::string& event) {
  return event.starts_with("signal:");
}

Event offer(const std::string& name, const Value& data, engine::Seq row) {
  Event event;
  event.code = name.substr(name.find(':') + 1);
  event.inbox = row;
  if (!is_signal(name)) {
    event.kind = EventKind::deliver;
    event.details = data;
    return event;
  }
  event.kind = EventKind::signal;
  if (const Value* content = data.find("data")) event.output = *content;
  if (const Value* by = data.find("by")) event.by = by->string();
  return event;
}

}  // namespace

void Checker::said_to_be_stored(const engine::IdentityKey& key, const std::string& event,
                                std::int64_t number) {
  const std::string name = name_of(key, event, number);
  if (!ever_stored_.contains(name)) fail("N", "acknowledged and not stored: " + name);
}

std::vector<engine::IdentityKey> Checker::boxes_of(const Saga& saga) const {
  std::vector<engine::IdentityKey> keys = {{"", saga.head.workflow, to_string(saga.id)}};
  if (saga.head.business_id) keys.push_back({"", saga.head.workflow, saga.head.identity});
  return keys;
}

// After the records of the same commit.
void Checker::check_inbox(const engine::ShardRows& rows, Time now) {
  for (const engine::InboxRow& row : rows.inbox) {
    const std::string name = name_of(row.head.key, row.head.event, number_in(row.data));
    const bool once = row.head.expires == engine::offered_once;
    const bool again = !ever_stored_.insert(name).second;
    if (again && !is_signal(row.head.event) && !once) fail("N", "stored twice: " + name);
    boxes_[row.head.key][row.head.seq] = {row.head.event, row.data, now, once};
  }
  for (const engine::InboxHead& head : rows.inbox_removed) {
    Box& box = boxes_[head.key];
    const auto mail = box.find(head.seq);
    if (mail == box.end()) {
      fail("N", "a row that is not there was removed: " + head.key.key + " " + head.event);
      continue;
    }
    if (!taken_now_.contains(head.seq) && !may_be_thrown_away(head, mail->second)) {
      fail("N", "thrown away: " + name_of(head.key, head.event, number_in(mail->second.data)));
    }
    box.erase(mail);
  }
  taken_now_.clear();
}

bool Checker::may_be_thrown_away(const engine::InboxHead& head, const Mail& mail) const {
  if (mail.once && !is_signal(mail.event)) return true;
  SagaId owner;
  if (is_signal(head.event)) {
    if (const auto id = parse_saga_id(head.key.key)) owner = *id;
  } else if (const auto known = identities_.find(head.key.workflow + "/" + head.key.key);
             known != identities_.end()) {
    owner = known->second;
  }
  const auto saga = sagas_.find(owner);
  return saga != sagas_.end() && ended(saga->second.head.phase);
}

void Checker::check_mail(const Saga& before, const Record& record) {
  if (!before.exists()) return;
  const EventKind kind = record.event.kind;
  if (kind == EventKind::deliver || kind == EventKind::signal) return check_taken(before, record);
  const bool replayed = record.event.path.empty() && kind == EventKind::timer;
  const bool by_time = (kind == EventKind::timer && !replayed) || kind == EventKind::deadline;
  if (!by_time) return;
  if (kind == EventKind::timer) count_ends(before, record);
  check_nothing_waits(before, record, std::numeric_limits<engine::Seq>::max(), "a timer acted");
}

void Checker::count_ends(const Saga& before, const Record& record) {
  const StepRecord* step = before.find(record.event.path);
  if (record.event.purpose != Purpose::wait || !step) return;
  const auto timer = earliest_timer(*step);
  if (!timer) return;
  if (timer->name.starts_with("escalate")) count("a task escalated");
  if (timer->name.starts_with("due:")) count("a wait for one of several was ended by time");
  if (timer->name != "timeout") return;
  count(step->operation.empty() ? "a wait timed out" : "an awaited answer came too late");
}

void Checker::check_taken(const Saga& before, const Record& record) {
  const engine::Seq row = record.event.inbox;
  const Mail* mail = nullptr;
  engine::IdentityKey box;
  for (const engine::IdentityKey& key : boxes_of(before)) {
    const auto found = boxes_[key].find(row);
    if (found != boxes_[key].end()) mail = &found->second, box = key;
  }
  const std::string where = " by " + to_string(before.id).substr(24);
  if (mail == nullptr) {
    return fail("N", "row " + std::to_string(row) + " was taken and is not there" + where);
  }
  const std::string name = name_of(box, mail->event, number_in(mail->data));
  const Event offered = offer(mail->event, mail->data, row);
  const bool same = offered.code == record.event.code && offered.details == record.event.details &&
                    offered.output == record.event.output;
  if (!same) fail("N", "what was taken is not what was stored: " + name + where);
  if (!removed_now_.contains(row)) fail("N", "taken, and stays for others: " + name + where);
  taken_now_.insert(row);
  if (!taken_.insert(name).second && !is_signal(mail->event)) fail("N", "taken twice: " + name);
  check_nothing_waits(before, record, row, name + " was taken");
  count(is_signal(mail->event) ? "a signal was taken" : "an event was taken");
  for (const StepChange& change : record.steps) {
    const StepRecord* step = before.find(change.path);
    if (step && step->collected > 0) count("several events were collected");
    if (!step || step->state == change.step.state) continue;
    const bool open = step->state == StepState::awaiting || step->state == StepState::resolving;
    if (open && !step->accepted.is_null() && !step->operation.empty()) {
      count("an awaited answer was taken");
    }
    if (open && mail->stored < before.head.updated) count("what was taken came before its wait");
  }
}

// No row that was stored before, up to `until`, can be taken by the saga as it is.
void Checker::check_nothing_waits(const Saga& before, const Record& record, engine::Seq until,
                                  const std::string& what) {
  const Definition& definition = *definitions_.at(before.head.definition);
  for (const engine::IdentityKey& key : boxes_of(before)) {
    for (const auto& [seq, mail] : boxes_[key]) {
      if (seq >= until || mail.once || mail.stored > record.now) continue;
      const Event offered = offer(mail.event, mail.data, seq);
      if (!decide(definition, before, offered, context_of(record)).record) continue;
      return fail("N", what + " before " + name_of(key, mail.event, number_in(mail.data)) + " of " +
                           to_string(before.id).substr(24));
    }
  }
}

}  // namespace sagaloom::simulation
