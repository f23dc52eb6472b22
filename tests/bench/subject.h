// What is measured: a fresh store of its own with an engine over it, the no-op plugin and, when
// asked for, the REST server. And the bound, over another fresh store in the same place.
//
// Lifecycle: a Place for each kind of store (it starts and ends a private PostgreSQL, or keeps a
// temporary folder), from the main thread; subjects within it. Threads: one at a time. Errors:
// std::runtime_error with what could not be set up.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/engine/engine.h"
#include "tests/bench/counting_journal.h"

namespace sagaloom::tests {
class PrivatePostgres;
}

namespace sagaloom::bench {

class Place {
 public:
  enum class Kind : std::uint8_t { postgres, sqlite };

  explicit Place(Kind kind);
  ~Place();
  Place(const Place&) = delete;

  // A store that nobody has used.
  engine::Store make_store();
  // Bytes of log that were written so far: the server's WAL, or what this process wrote to files.
  std::int64_t log_bytes() const { return log_bytes_(); }
  const std::string& folder() const { return folder_; }
  const char* name() const { return kind_ == Kind::postgres ? "postgres" : "sqlite"; }

 private:
  const Kind kind_;
  std::string folder_;
  std::unique_ptr<tests::PrivatePostgres> server_;
  std::function<std::int64_t()> log_bytes_;
  int stores_ = 0;
};

class Subject {
 public:
  explicit Subject(Place& place);
  ~Subject();
  Subject(const Subject&) = delete;

  engine::Engine& engine() { return *engine_; }
  const JournalCounts& counts() const { return *counts_; }
  // Begins to serve REST on a free loopback port.
  std::uint16_t serve();

 private:
  struct Serving;
  std::shared_ptr<JournalCounts> counts_ = std::make_shared<JournalCounts>();
  std::shared_ptr<engine::StepHost> steps_;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<Serving> serving_;
};

}  // namespace sagaloom::bench
