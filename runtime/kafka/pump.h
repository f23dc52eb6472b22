// Takes parcels in order and brings each to its end: delivered or refused. The state machine of the
// sink, driven by one thread that calls `turn` whenever there is news.
//
// Per topic there is a lane: parcels in the order they came, of which a prefix is with librdkafka.
// Nothing ever overtakes within a lane: when one fails, all that is unanswered goes again, in order
// (readers drop seen ids). A parcel leaves its lane only when it is answered.
//  - The producer is broken (fatal error, gap): it is taken down, a new one is built with backoff.
//  - A batch was refused for its content: each of its parcels goes again alone; the one that is
//    refused alone is refused.
//  - A topic is in trouble (unknown, not allowed): its lane waits with backoff, the others go on.
//    After `refuse_after` it is given up: all that is in the lane is refused, and what comes in the
//    waits between two attempts, until something goes through. (All: were one refused and a later
//    one of its key delivered, the first could only come too late.)
//
// Lifecycle: owned by the worker's thread. Threads: only that one. `acknowledge` is called from
// `turn`. A lane is dropped when it is empty and there are more than `lane_limit` of them.
#pragma once

#include <chrono>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/kafka/producer.h"
#include "runtime/kafka/verdict.h"
#include "runtime/kafka/window.h"

namespace sagaloom::kafka {

using Clock = std::chrono::steady_clock;

struct Lane;

struct Parcel {
  Envelope envelope;
  engine::EventSink::Acknowledge acknowledge;
  std::size_t bytes = 0;
  Lane* lane = nullptr;
  std::list<Parcel>::iterator self{};
  bool out = false;      // with librdkafka
  bool suspect = false;  // was in a batch that was refused
  bool sent_before = false;
};

struct Lane {
  std::string topic;
  TopicHandle handle;
  std::list<Parcel> parcels;
  std::list<Parcel>::iterator next = parcels.end();  // the first that is not with librdkafka
  std::size_t outstanding = 0;                       // with librdkafka, unanswered
  bool suspect_out = false;
  enum class Creation { unasked, asked, answered } creation = Creation::unasked;
  std::optional<Clock::time_point> troubled_since;
  bool stalled = false;
  Clock::time_point retry_at{};
  Clock::duration backoff{};
  rd_kafka_resp_err_t trouble = RD_KAFKA_RESP_ERR_NO_ERROR;
};

class Pump {
 public:
  Pump(KafkaConfig config, engine::Observer* observer, Window& window, int wake_fd,
       std::unique_ptr<Producer> first);
  ~Pump();

  void take(Parcel parcel);
  // Drains reports, repairs, sends what may be sent. Returns when to come again without news.
  Clock::time_point turn();
  // Empty: well. Otherwise for people.
  std::string health() const;
  void rehearse_fatal_error();

 private:
  void on_event(rd_kafka_event_t* event);
  void on_reports(rd_kafka_event_t* event);
  void on_error(rd_kafka_resp_err_t code, const char* reason);
  void on_created(rd_kafka_event_t* event);
  void on_report(Parcel& parcel, rd_kafka_resp_err_t code);
  void settle(Parcel& parcel, Verdict verdict, rd_kafka_resp_err_t code);
  void finish(Parcel& parcel, engine::EventSink::Report report);
  void refuse(Parcel& parcel, rd_kafka_resp_err_t code);
  void trouble(Parcel& parcel, rd_kafka_resp_err_t code);
  bool given_up(const Lane& lane) const;
  void refuse_waiting(Lane& lane);
  void break_down(std::string reason);
  void tear_down();
  void build();
  void dispatch(Lane& lane);
  void send(Lane& lane, Parcel& parcel);
  bool prepare(Lane& lane);
  bool resume(Lane& lane);
  void probe();
  void drop_empty_lanes();
  void log(std::string_view level, std::string_view code, const std::string& message);

  const KafkaConfig config_;
  engine::Observer* const observer_;
  Window& window_;
  const int wake_fd_;
  std::map<std::string, Lane> lanes_;
  std::unique_ptr<Producer> producer_;
  bool broken_ = false;
  bool queue_full_ = false;
  std::string why_broken_;
  Clock::time_point build_at_{};
  Clock::duration build_backoff_;
  bool reachable_ = false;
  std::string last_error_ = "not yet connected";
  Clock::time_point probe_at_{};
};

}  // namespace sagaloom::kafka
