#include "runtime/workflow/scenario/parts.h"

#include <algorithm>
#include <sstream>

#include "runtime/document/json.h"
#include "runtime/workflow/diagnostics.h"
#include "runtime/workflow/scalar.h"

namespace sagaloom::workflow::scenario {
namespace {

using expression::Error;
using expression::Result;

const std::vector<std::string> kWords = {
    "ok",          "pending", "rejected",  "not_done",  "lost",        "lost_after_effect",
    "fatal",       "crash",   "cancelled", "no_effect", "interrupted", "silent",
    "found",       "absent",  "refused",   "broken",    "unavailable", "completed",
    "compensated", "failed"};
const std::vector<std::string> kBesides = {"after", "retry_after", "details", "no_effect"};

const std::vector<std::string> kVerbs = {"event",       "signal",   "task",          "cancel",
                                         "retry",       "resolve",  "abort_step",    "skip_undo",
                                         "suspend",     "resume",   "restart",       "missing",
                                         "installed",   "advance",  "store_refuses", "lock_granted",
                                         "parent_undo", "released", "child"};

bool is_one_of(const std::vector<std::string>& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

Error wrong(std::string message) {
  return Error{"scenario.invalid", std::move(message)};
}

Error unknown_word(const std::string& word) {
  const std::string meant = nearest(word, kWords);
  return wrong("`" + word + "` is no answer" +
               (meant.empty() ? std::string() : "; did you mean `" + meant + "`?"));
}

Duration duration_of(const Value* value) {
  if (!value || !value->is_string()) return Duration{0};
  return parse_duration(value->string()).value_or(Duration{0});
}

// What stands beside the word: an output, a code, or only `true`.
void read_said(const Value& said, Answer& answer) {
  const bool with_output = answer.word == "ok" || answer.word == "found" ||
                           answer.word == "pending" || answer.word == "completed";
  const bool lost_output = answer.word == "lost_after_effect" && said.is_map();
  if (with_output || lost_output) {
    answer.output = said;
  } else if (said.is_string()) {
    answer.code = said.string();
  }
}

Result<Answer> read_answer(const Value& value) {
  Answer answer;
  if (value.is_string()) {
    answer.word = value.string();
    if (!is_one_of(kWords, answer.word)) return unknown_word(answer.word);
    return answer;
  }
  if (!value.is_map()) return wrong("an answer is a word or an object with one");
  for (const auto& [key, said] : value.members()) {
    const std::string& word = key.string();
    const bool beside =
        is_one_of(kBesides, word) && (word != "no_effect" || value.find("cancelled"));
    if (beside) continue;
    if (!is_one_of(kWords, word)) return unknown_word(word);
    if (!answer.word.empty()) return wrong("`" + answer.word + "` and `" + word + "` at once");
    answer.word = word;
    read_said(said, answer);
  }
  if (answer.word.empty()) return wrong("an answer needs one of its words, such as `ok`");
  answer.after = duration_of(value.find("after"));
  answer.retry_after = duration_of(value.find("retry_after"));
  if (const Value* details = value.find("details")) answer.details = *details;
  const Value* no_effect = value.find("no_effect");
  answer.no_effect = no_effect && *no_effect == Value(true);
  return answer;
}

}  // namespace

std::vector<std::string> read_texts(const Value& list) {
  std::vector<std::string> out;
  for (const Value& item : list.items()) out.push_back(item.string());
  return out;
}

Moment read_moment(const std::string& text) {
  Moment moment;
  moment.text = text;
  moment.at = parse_duration(text);
  if (moment.at) return moment;
  std::istringstream words(text);
  std::string is;
  words >> moment.subject >> is >> moment.state >> moment.attempt;
  return moment;
}

Result<AnswerScript> read_script(const Value& value) {
  AnswerScript script;
  script.always = !value.is_list();
  const expression::List one = {value};
  for (const Value& item : script.always ? one : value.items()) {
    auto answer = read_answer(item);
    if (!answer.ok()) return answer.error();
    script.answers.push_back(std::move(*answer));
  }
  return script;
}

Result<Act> read_act(const Value& value) {
  Act act;
  act.data = value;
  for (const std::string& verb : kVerbs) {
    const Value* said = value.find(verb);
    if (!said) continue;
    if (!act.verb.empty()) return wrong("`" + act.verb + "` and `" + verb + "` in one entry");
    act.verb = verb;
    if (said->is_string()) act.subject = said->string();
  }
  if (const Value* expect = value.find("expect")) act.expect = *expect;
  if (act.verb.empty() && !act.expect) return wrong("nothing happens here: no verb, no `expect`");
  if (act.verb.empty()) act.verb = "expect";
  const Value* at = value.find("at");
  const Value* when = value.find("when");
  if (at && when) return wrong("`at` and `when` in one entry");
  if (at) act.moment = read_moment(at->string());
  if (when) act.moment = read_moment(when->string());
  if (act.verb == "advance") act.advance = duration_of(value.find("advance"));
  if (const Value* refused = value.find("refused")) act.refused = refused->string();
  act.stale = value.find("stale") != nullptr;
  return act;
}

}  // namespace sagaloom::workflow::scenario
