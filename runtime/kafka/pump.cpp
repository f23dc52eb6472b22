#include "runtime/kafka/pump.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace sagaloom::kafka {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t lane_limit = 1000;
constexpr auto idle_turn = 1s;
constexpr auto full_turn = 10ms;
constexpr Clock::duration first_backoff = 100ms;
constexpr Clock::duration build_backoff_limit = 5s;
constexpr Clock::duration lane_backoff_limit = 10s;
constexpr auto probe_interval = 1s;
constexpr int metadata_limit_ms = 500;
constexpr auto recall_limit = 2s;

Clock::duration doubled(Clock::duration backoff, Clock::duration limit) {
  return std::min(backoff * 2, limit);
}

}  // namespace

Pump::Pump(KafkaConfig config, engine::Observer* observer, Window& window, int wake_fd,
           std::unique_ptr<Producer> first)
    : config_(std::move(config)),
      observer_(observer),
      window_(window),
      wake_fd_(wake_fd),
      producer_(std::move(first)),
      build_backoff_(first_backoff) {}

Pump::~Pump() {
  for (auto& [name, lane] : lanes_) lane.handle.reset();
  if (producer_) producer_->recall();
  producer_.reset();  // before the parcels, whose bytes librdkafka points to
}

void Pump::take(Parcel parcel) {
  const auto [entry, fresh] = lanes_.try_emplace(parcel.envelope.topic);
  Lane& lane = entry->second;
  if (fresh) {
    lane.topic = parcel.envelope.topic;
    lane.backoff = first_backoff;
    if (!config_.create_topics) lane.creation = Lane::Creation::answered;
  }
  parcel.lane = &lane;
  const auto place = lane.parcels.insert(lane.parcels.end(), std::move(parcel));
  place->self = place;
  if (lane.next == lane.parcels.end()) lane.next = place;
}

Clock::time_point Pump::turn() {
  queue_full_ = false;
  if (producer_) producer_->drain([this](rd_kafka_event_t* event) { on_event(event); });
  if (producer_ && broken_) tear_down();
  if (!producer_ && Clock::now() >= build_at_) build();
  if (!producer_) return build_at_;
  auto due = Clock::now() + idle_turn;
  for (auto& [name, lane] : lanes_) {
    dispatch(lane);
    if (lane.stalled && lane.outstanding == 0) due = std::min(due, lane.retry_at);
  }
  if (!reachable_) {
    probe();
    due = std::min(due, probe_at_);
  }
  drop_empty_lanes();
  if (queue_full_) due = std::min(due, Clock::now() + full_turn);
  return broken_ ? Clock::now() : due;
}

void Pump::on_event(rd_kafka_event_t* event) {
  switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DR:
      on_reports(event);
      break;
    case RD_KAFKA_EVENT_ERROR:
      on_error(rd_kafka_event_error(event), rd_kafka_event_error_string(event));
      break;
    case RD_KAFKA_EVENT_CREATETOPICS_RESULT:
      on_created(event);
      break;
    default:
      break;
  }
}

void Pump::on_reports(rd_kafka_event_t* event) {
  while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) {
    on_report(*static_cast<Parcel*>(message->_private), message->err);
  }
}

void Pump::on_error(rd_kafka_resp_err_t code, const char* reason) {
  last_error_ = reason == nullptr ? rd_kafka_err2str(code) : reason;
  // The event names the underlying error: whether it was fatal, the producer knows.
  if (auto fatal = producer_->fatal_reason(); !fatal.empty()) break_down(std::move(fatal));
  if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) reachable_ = false;
}

// An answer about the topic, even a refusal, leaves the decision to the first message: it may exist
// although we may not create it. Only silence is asked again.
void Pump::on_created(rd_kafka_event_t* event) {
  Lane& lane = *static_cast<Lane*>(rd_kafka_event_opaque(event));
  if (rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    lane.creation = Lane::Creation::answered;
    return;
  }
  lane.creation = Lane::Creation::unasked;
  lane.stalled = true;
  lane.retry_at = Clock::now() + 1s;
}

void Pump::on_report(Parcel& parcel, rd_kafka_resp_err_t code) {
  Lane& lane = *parcel.lane;
  assert(lane.outstanding > 0);
  --lane.outstanding;
  parcel.out = false;
  const bool alone = std::exchange(lane.suspect_out, false);
  Verdict verdict = judge(code);
  if (verdict == Verdict::batch_refused) {
    break_down("a batch was refused: " + std::string(rd_kafka_err2str(code)));
    if (alone) verdict = Verdict::refused;
  }
  settle(parcel, verdict, code);
}

void Pump::settle(Parcel& parcel, Verdict verdict, rd_kafka_resp_err_t code) {
  switch (verdict) {
    case Verdict::delivered:
      reachable_ = true;
      build_backoff_ = first_backoff;
      parcel.lane->troubled_since.reset();
      parcel.lane->backoff = first_backoff;
      finish(parcel, {});
      break;
    case Verdict::recalled:  // by a producer that has died, if not by us
      break_down("librdkafka took its messages back");
      break;
    case Verdict::topic_trouble:
      trouble(parcel, code);
      break;
    case Verdict::batch_refused:
      parcel.suspect = true;
      break;
    case Verdict::refused:
      refuse(parcel, code);
      break;
    case Verdict::broken:
      break_down(rd_kafka_err2str(code));
      break;
  }
}

void Pump::refuse(Parcel& parcel, rd_kafka_resp_err_t code) {
  const std::string reason = std::string(rd_kafka_err2name(code)) + ": " + rd_kafka_err2str(code);
  log("warning", "kafka.refused", "topic " + parcel.envelope.topic + ": " + reason);
  finish(parcel, {.refused = true, .reason = reason});
}

void Pump::trouble(Parcel& parcel, rd_kafka_resp_err_t code) {
  Lane& lane = *parcel.lane;
  const auto now = Clock::now();
  lane.trouble = code;
  if (!lane.stalled) {
    lane.stalled = true;
    lane.retry_at = now + lane.backoff;
    lane.backoff = doubled(lane.backoff, lane_backoff_limit);
  }
  if (!lane.troubled_since) {
    lane.troubled_since = now;
    log("warning", "kafka.topic", "topic " + lane.topic + ": " + rd_kafka_err2str(code));
  }
  if (given_up(lane)) refuse(parcel, code);
}

bool Pump::given_up(const Lane& lane) const {
  return lane.troubled_since && Clock::now() - *lane.troubled_since >= config_.refuse_after;
}

void Pump::refuse_waiting(Lane& lane) {
  for (auto next = lane.parcels.begin(); next != lane.parcels.end();) {
    Parcel& parcel = *next++;
    if (!parcel.out) refuse(parcel, lane.trouble);
  }
}

void Pump::finish(Parcel& parcel, engine::EventSink::Report report) {
  Lane& lane = *parcel.lane;
  const auto acknowledge = std::move(parcel.acknowledge);
  const auto bytes = parcel.bytes;
  if (lane.next == parcel.self) ++lane.next;
  lane.parcels.erase(parcel.self);
  window_.release(bytes, report.refused);
  acknowledge(std::move(report));
  window_.answered();
}

void Pump::break_down(std::string reason) {
  if (broken_) return;
  broken_ = true;
  why_broken_ = std::move(reason);
  log("warning", "kafka.rebuild", "the producer is built anew: " + why_broken_);
}

// Reports of what was delivered still count; the rest is taken back and goes again, in order.
void Pump::tear_down() {
  producer_->recall();
  const auto limit = Clock::now() + recall_limit;
  const auto take = [this](rd_kafka_event_t* event) { on_event(event); };
  do {
    producer_->drain(take, 50);
  } while (!producer_->idle() && Clock::now() < limit);
  for (auto& [name, lane] : lanes_) {
    lane.handle.reset();
    lane.next = lane.parcels.begin();
    lane.outstanding = 0;
    for (Parcel& parcel : lane.parcels) parcel.out = false;
    lane.suspect_out = false;
    if (lane.creation == Lane::Creation::asked) lane.creation = Lane::Creation::unasked;
  }
  producer_.reset();
  build_at_ = Clock::now() + build_backoff_;
  build_backoff_ = doubled(build_backoff_, build_backoff_limit);
}

void Pump::build() {
  auto opened = Producer::open(config_, observer_, wake_fd_);
  if (!opened) {  // the properties were right before: the machine lacks threads or memory
    why_broken_ = opened.error().message;
    build_at_ = Clock::now() + build_backoff_;
    build_backoff_ = doubled(build_backoff_, build_backoff_limit);
    return;
  }
  producer_ = std::move(opened).value();
  broken_ = false;
  window_.count_rebuild();
}

// A suspect travels alone, so that what is answered concerns only it.
void Pump::dispatch(Lane& lane) {
  if (lane.next == lane.parcels.end() && !lane.stalled) return;
  if (lane.stalled && given_up(lane)) refuse_waiting(lane);
  if (!resume(lane) || !prepare(lane)) return;
  while (lane.next != lane.parcels.end() && !lane.stalled && !broken_ && !queue_full_) {
    const bool alone = lane.next->suspect || lane.suspect_out;
    if (alone && lane.outstanding > 0) return;
    send(lane, *lane.next);
  }
}

void Pump::send(Lane& lane, Parcel& parcel) {
  const auto code = producer_->produce(lane.handle.get(), parcel.envelope, &parcel);
  if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
    queue_full_ = true;
    return;
  }
  ++lane.next;
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return settle(parcel, judge_local(code), code);
  ++lane.outstanding;
  parcel.out = true;
  lane.suspect_out = parcel.suspect;
  if (std::exchange(parcel.sent_before, true)) window_.count_resent();
}

// Whether the lane has a handle and, where wanted, its topic was asked for before: a handle makes
// librdkafka ask for metadata, on which a broker may create the topic in its own way.
bool Pump::prepare(Lane& lane) {
  if (lane.creation == Lane::Creation::unasked) {
    lane.creation = Lane::Creation::asked;
    producer_->create_topic(lane.topic, config_, &lane);
  }
  if (lane.creation == Lane::Creation::asked) return false;
  if (!lane.handle) lane.handle = producer_->topic(lane.topic);
  if (lane.handle) return true;
  while (!lane.parcels.empty()) {  // librdkafka refuses the name itself
    refuse(lane.parcels.front(), RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION);
  }
  return false;
}

// A stalled lane starts again from its oldest parcel, when all of it has come back and it is time.
bool Pump::resume(Lane& lane) {
  if (!lane.stalled) return true;
  if (lane.outstanding > 0 || Clock::now() < lane.retry_at) return false;
  if (lane.handle && lane.troubled_since) {
    producer_->refresh(lane.handle.get(), metadata_limit_ms);
  }
  lane.stalled = false;
  lane.next = lane.parcels.begin();
  return true;
}

// While no broker answered, one question a second tells when one does, also without traffic.
void Pump::probe() {
  if (Clock::now() < probe_at_) return;
  const auto code = producer_->refresh(nullptr, metadata_limit_ms);
  reachable_ = code == RD_KAFKA_RESP_ERR_NO_ERROR;
  probe_at_ = Clock::now() + probe_interval;
}

void Pump::drop_empty_lanes() {
  if (lanes_.size() <= lane_limit) return;
  std::erase_if(lanes_, [](const auto& entry) {
    const Lane& lane = entry.second;
    return lane.parcels.empty() && lane.creation == Lane::Creation::answered;
  });
}

std::string Pump::health() const {
  if (!producer_) return "kafka: the producer is being built anew: " + why_broken_;
  if (!reachable_) return "kafka: no broker answers at " + config_.brokers + ": " + last_error_;
  for (const auto& [name, lane] : lanes_) {
    if (lane.troubled_since) return "kafka: topic " + name + ": " + rd_kafka_err2str(lane.trouble);
  }
  return {};
}

void Pump::rehearse_fatal_error() {
  if (producer_) producer_->rehearse_fatal_error();
}

void Pump::log(std::string_view level, std::string_view code, const std::string& message) {
  if (observer_ != nullptr) observer_->log(level, code, message);
}

}  // namespace sagaloom::kafka
