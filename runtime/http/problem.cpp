#include "runtime/http/problem.h"

#include <algorithm>
#include <cassert>

#include "runtime/document/json.h"
#include "runtime/http/json_text.h"

namespace sagaloom::http {
namespace {

using expression::List;
using expression::Value;

// code, status, title, retryable, advice
constexpr ProblemKind table[] = {
    {"body.encoding", 415, "The body is encoded", false, "Send the body without Content-Encoding."},
    {"body.media_type", 415, "The body's media type is not accepted", false,
     "Send JSON with `Content-Type: application/json` (a definition: application/yaml)."},
    {"body.too_large", 413, "The body is too large", false,
     "Send at most 1 MiB, chunk framing included; refer to large documents instead."},
    {"body.unexpected", 400, "This request takes no body", false, "Send the request without one."},
    {"cursor.invalid", 400, "The cursor does not fit this request", false,
     "Use `next_cursor` as it was given, with the same filters."},
    {"cursor_gone", 410, "The cursor is older than what is kept", false,
     "Begin again without a cursor; what lies between is no longer there."},
    {"dead_letter.gone", 410, "The record of the dead letter is no longer kept", false,
     "The journal keeps what is published for a week; discard the letter."},
    {"dead_letter.no_broker", 409, "There is no broker to publish to", false,
     "Configure `kafka.brokers`, then repeat; or discard the letter."},
    {"dead_letter.order", 409, "An earlier message of the saga on the topic comes first", false,
     "Replay or discard the letter that `detail` names, then repeat."},
    {"dead_letter.refused", 409, "The broker refused the message again", false,
     "Mend the topic (its size limit, its rights), then repeat; or discard the letter."},
    {"dead_letter.under_way", 503, "The message is on its way to the broker", true,
     "See whether the letter goes away."},
    {"dead_letter.unknown", 404, "There is no such dead letter", false,
     "GET /api/v1/dead_letters lists them."},
    {"dead_letter.unreadable", 409, "The dead letter could not be read as an event", false,
     "Correct its source and send it again, then discard this."},
    {"event.invalid", 422, "The record still fits no version of the workflow", false,
     "Register a version that takes what `errors` lists, then repeat."},
    {"definition.conflict", 409, "This name and version have another text", false,
     "Versions are immutable: raise `version`."},
    {"definition.invalid", 422, "The workflow is not valid", false,
     "Mend what `errors` lists; `sagaloom check FILE` says the same."},
    {"definition.unavailable", 503, "The saga's definition cannot be compiled", true,
     "Install what the definition names; see the log."},
    {"draining", 503, "The server is going down", true, "Try again; another one takes over."},
    {"expression.failed", 422, "An expression of the workflow fails on this input", false,
     "`id` and `deadline` must be computable from the input."},
    {"http.expectation", 417, "The expectation is not supported", false,
     "Only `Expect: 100-continue` is known."},
    {"http.framing", 400, "The request's framing is ambiguous", false,
     "Send either one Content-Length or `Transfer-Encoding: chunked`, no trailers, no chunk "
     "extensions."},
    {"http.header_too_large", 431, "The request's header is too large", false,
     "At most 8 KiB and 64 fields."},
    {"http.host", 400, "Exactly one Host field is needed", false, "Send one Host field."},
    {"http.malformed", 400, "This is not a request of HTTP/1.1", false,
     "Check the client: line ends, field names, folded lines, control characters."},
    {"http.target", 400, "The request's target is not accepted", false,
     "Begin with `/`; no dot segments, no backslash, no %00 or %2F, valid escapes and UTF-8."},
    {"http.target_too_long", 414, "The request's target is too long", false, "At most 2 KiB."},
    {"http.timeout", 408, "The request did not arrive in time", true,
     "The header must be there within 5 s, the body within 30 s."},
    {"idempotency_key_invalid", 400, "The Idempotency-Key is not valid", false,
     "One field, 1 to 128 of the characters A-Z a-z 0-9 _ . : -"},
    {"idempotency_key_missing", 400, "An Idempotency-Key is needed", false,
     "The workflow declares no `id`: send an Idempotency-Key, so that a repeat starts nothing "
     "twice."},
    {"idempotency_key_reused", 422, "The Idempotency-Key was used with another body", false,
     "Use a fresh key for a new request."},
    {"identity_taken", 409, "A saga with this identity and another input exists", false,
     "Ask for the saga that exists, or use another id."},
    {"inbox.full", 503, "Too many events and signals wait for the saga", true,
     "Try again when it has taken some."},
    {"inlet_full", 503, "The server is busy", true, "Try again after Retry-After."},
    {"input.invalid", 422, "The input or answer does not fit its schema", false,
     "Mend what `errors` lists."},
    {"internal", 500, "The server made a mistake", true, "See the server's log."},
    {"json.duplicate_key", 400, "A key stands twice in one JSON object", false, "Send it once."},
    {"json.malformed", 400, "The body is not JSON", false, "Send one JSON document in UTF-8."},
    {"json.too_deep", 400, "The JSON is nested too deep", false, "At most 32 levels."},
    {"json.too_large", 413, "The JSON is too large", false, "At most 1 MiB."},
    {"live_full", 503, "Too many sagas are live", true, "Try again after Retry-After."},
    {"method.not_allowed", 405, "The method is not allowed here", false, "See the Allow field."},
    {"migration.unsafe", 409, "It is not proven that the saga can go on in this version", false,
     "`sagaloom whatif` shows what would change; let the saga end in its own version."},
    {"not_acceptable", 406, "None of the accepted media types is offered here", false,
     "Accept application/json (or what the route gives)."},
    {"past_pivot", 409, "The saga can no longer go back", false,
     "Its pivot is passed; start a business process of its own to reverse it."},
    {"query.invalid", 400, "A query parameter's value is not valid", false,
     "See `detail` for what is expected."},
    {"query.unknown", 400, "A query parameter is unknown", false,
     "See `detail` for those that exist."},
    {"quota", 429, "A quota is used up", true, "Try again after Retry-After."},
    {"request.invalid", 422, "The body does not have the expected shape", false,
     "Mend what `errors` lists; the shapes are in /openapi.yaml."},
    {"route.unknown", 404, "There is nothing at this path", false,
     "The paths are in /openapi.yaml."},
    {"saga.ended", 409, "The saga has ended", false, "Nothing can be changed any more."},
    {"saga.locked", 409, "Another saga holds the concurrency key", true,
     "Try again when it ended."},
    {"saga.moved", 409, "The saga went on meanwhile", true, "Repeat: it is proven anew."},
    {"saga_unknown", 404, "There is no such saga", false, "Check the id."},
    {"server.too_many_connections", 503, "Too many connections are open", true,
     "Keep connections alive and use fewer."},
    {"shard_not_here", 503, "Another node owns the saga", true, "Try again."},
    {"signal.unknown", 404, "The workflow waits for no such signal", false,
     "Check the name: GET the workflow."},
    {"state.too_large", 413, "The saga's state would be too large", false,
     "Keep inputs and outputs below 1 MiB in all."},
    {"step_unknown", 404, "The saga has no such step", false, "GET the saga: it lists its steps."},
    {"storage.refused", 500, "The store refused the record for its content", false,
     "See the server's log."},
    {"store_away", 503, "The store does not answer", true, "Try again after Retry-After."},
    {"task.closed", 409, "The task is closed", false,
     "It was answered, timed out or stopped; GET the saga."},
    {"task.not_open", 404, "The task is not open yet", false,
     "GET the saga: it lists its open tasks."},
    {"timeout", 503, "The server did not answer in time", true,
     "What was asked may still happen: ask for its state, or repeat it under the same key."},
    {"unavailable", 503, "The server cannot answer now", true, "Try again after Retry-After."},
    {"unpublished_full", 503, "Too many events wait for the broker", true,
     "New sagas are taken again when it answers."},
    {"view_unknown", 404, "The resource has no such view", false,
     "The views are those of the workflow's `expose`."},
    {"workflow_unknown", 404, "There is no such workflow", false,
     "GET /api/v1/workflows lists them."},
    {"wrong_state", 409, "The step or saga is not in a state that allows this", false,
     "GET the saga to see where it is."},
};

std::vector<ProblemKind> sorted_kinds() {
  std::vector<ProblemKind> kinds(std::begin(table), std::end(table));
  std::sort(kinds.begin(), kinds.end(),
            [](const auto& a, const auto& b) { return a.code < b.code; });
  return kinds;
}

std::string_view general_code(engine::EngineError::Kind kind) {
  using Kind = engine::EngineError::Kind;
  switch (kind) {
    case Kind::not_found:
      return "saga_unknown";
    case Kind::invalid:
      return "input.invalid";
    case Kind::conflict:
      return "wrong_state";
    case Kind::quota:
      return "quota";
    case Kind::overloaded:
      return "inlet_full";
    case Kind::unavailable:
      return "unavailable";
    case Kind::refused:
      return "internal";
  }
  return "internal";
}

// A refused text may be quoted in its refusal: what is not UTF-8 does not go out again.
Value clean(std::string text) {
  if (!document::valid_utf8(text)) {
    for (char& c : text) {
      if (static_cast<unsigned char>(c) >= 0x80) c = '?';
    }
  }
  return Value(std::move(text));
}

Value items(const std::vector<ProblemItem>& errors) {
  List list;
  for (const auto& error : errors) {
    list.push_back(Object()
                       .set("pointer", clean(error.pointer))
                       .set("code", Value(error.code))
                       .set("detail", clean(error.detail))
                       .take());
  }
  return Value(std::move(list));
}

}  // namespace

const std::vector<ProblemKind>& problem_kinds() {
  static const std::vector<ProblemKind> kinds = sorted_kinds();
  return kinds;
}

const ProblemKind* find_problem(std::string_view code) {
  const auto& kinds = problem_kinds();
  const auto at =
      std::lower_bound(kinds.begin(), kinds.end(), code,
                       [](const auto& kind, auto wanted) { return kind.code < wanted; });
  return at != kinds.end() && at->code == code ? &*at : nullptr;
}

Problem problem_of(std::string code, std::string detail) {
  Problem problem;
  problem.code = std::move(code);
  problem.detail = std::move(detail);
  return problem;
}

Response to_response(const Problem& problem, std::string_view instance) {
  const ProblemKind* kind = find_problem(problem.code);
  assert(kind && "a code that is not in the table");
  Object body;
  body.set("type", Value("/errors/" + problem.code))
      .set("title", Value(kind->title))
      .set("status", Value(kind->status))
      .set("detail", clean(problem.detail))
      .set("code", Value(problem.code))
      .set("retryable", Value(kind->retryable));
  if (!instance.empty()) body.set("instance", clean(std::string(instance)));
  if (!problem.errors.empty()) body.set("errors", items(problem.errors));
  if (problem.saga_id) body.set("saga_id", Value(*problem.saga_id));
  Response response = json_response(kind->status, body.take());
  response.content_type = "application/problem+json";
  response.headers = problem.headers;
  response.close = problem.close;
  const bool busy = kind->status == 503 || kind->status == 429;
  const int retry_after_s = problem.retry_after_s > 0 ? problem.retry_after_s : busy ? 1 : 0;
  if (retry_after_s > 0) {
    response.headers.emplace_back("Retry-After", std::to_string(retry_after_s));
  }
  return response;
}

Problem to_problem(const engine::EngineError& error, std::string_view prefix) {
  Problem problem;
  problem.detail = error.message;
  problem.retry_after_s = error.retry_after_s;
  if (find_problem(error.code)) {
    problem.code = error.code;
  } else {
    problem.code = general_code(error.kind);
    problem.detail = error.code + ": " + problem.detail;
  }
  for (const auto& violation : error.violations) {
    problem.errors.push_back(
        {std::string(prefix) + violation.pointer, violation.code, violation.message});
  }
  return problem;
}

}  // namespace sagaloom::http
