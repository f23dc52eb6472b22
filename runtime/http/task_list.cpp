#include "runtime/http/task_list.h"

#include <atomic>

#include "runtime/http/json_text.h"
#include "runtime/http/presentation.h"
#include "runtime/http/saga_list.h"

namespace sagaloom::http {
namespace {

using engine::Answer;
using engine::EngineError;
using engine::SagaPage;
using engine::SagaView;
using expression::Value;

constexpr std::size_t sagas_a_page = 100;
constexpr int pages_a_request = 5;  // pages may be short

// One request. Used by one thread at a time, but for the looks at one page's sagas: each of those
// writes its own slot, and the last one goes on.
class TaskSearch : public std::enable_shared_from_this<TaskSearch> {
 public:
  TaskSearch(const Services& services, ExchangePointer exchange, engine::SagaFilter filter,
             std::size_t limit)
      : services_(services),
        exchange_(std::move(exchange)),
        filter_(std::move(filter)),
        limit_(limit) {
    if (const auto* assignee = exchange_->target.query_value("assignee")) assignee_ = *assignee;
  }

  void run() {
    services_.backend.list(filter_, [self = shared_from_this()](Answer<SagaPage> answer) {
      if (const auto* error = std::get_if<EngineError>(&answer)) {
        return self->exchange_->fail(*error);
      }
      self->look_at(std::move(std::get<SagaPage>(answer)));
    });
  }

 private:
  struct Slot {
    std::vector<Value> tasks;
    std::optional<EngineError> error;
  };

  void look_at(SagaPage page) {
    page_ = std::move(page);
    slots_.assign(page_.items.size(), {});
    open_ = page_.items.size() + 1;
    for (std::size_t i = 0; i < page_.items.size(); ++i) {
      services_.backend.get(page_.items[i].id,
                            [self = shared_from_this(), i](Answer<SagaView> answer) {
                              self->take(self->slots_[i], answer);
                              self->look_done();
                            });
    }
    look_done();
  }

  void take(Slot& slot, const Answer<SagaView>& answer) const {
    if (const auto* error = std::get_if<EngineError>(&answer)) {
      if (error->kind != EngineError::Kind::not_found) slot.error = *error;
      return;
    }
    for (auto& task : open_tasks(std::get<SagaView>(answer))) {
      const auto* assignee = task.find("assignee");
      const bool wanted = !assignee_ || (assignee && *assignee == Value(*assignee_));
      if (wanted) slot.tasks.push_back(std::move(task));
    }
  }

  void look_done() {
    if (--open_ == 0) gather();
  }

  // In the list's order; a page that is full ends after a saga, never inside one.
  void gather() {
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      if (slots_[i].error) return exchange_->fail(*slots_[i].error);
      for (auto& task : slots_[i].tasks) found_.push_back(std::move(task));
      const bool last = i + 1 == slots_.size();
      if (found_.size() < limit_ || (last && !page_.next)) continue;
      return answer(page_.items[i].id);
    }
    if (!page_.next || ++pages_ >= pages_a_request) return answer(page_.next);
    filter_.before = page_.next;
    run();
  }

  void answer(const std::optional<core::SagaId>& next) {
    auto asked = filter_;
    asked.live.reset();  // the cursor is one of the filters that were sent
    Object body;
    body.set("items", Value(std::move(found_)));
    body.set("next_cursor", next ? Value(write_cursor(asked, *next)) : Value());
    exchange_->answer(200, body.take());
  }

  const Services& services_;  // lives as long as the exchange
  const ExchangePointer exchange_;
  engine::SagaFilter filter_;
  const std::size_t limit_;
  std::optional<std::string> assignee_;
  SagaPage page_;
  std::vector<Slot> slots_;
  std::atomic<std::size_t> open_ = 0;
  int pages_ = 0;
  expression::List found_;
};

}  // namespace

void list_tasks(const Services& services, const ExchangePointer& exchange) {
  const auto limit = read_number(exchange->target, "limit", 50, 1, 500);
  auto filter = read_filter(exchange->target);
  if (!limit || !filter) {
    const auto& error = limit ? filter.error() : limit.error();
    return exchange->fail(problem_of(error.code, error.message));
  }
  filter->live = true;
  filter->limit = sagas_a_page;
  std::make_shared<TaskSearch>(services, exchange, std::move(*filter),
                               static_cast<std::size_t>(*limit))
      ->run();
}

}  // namespace sagaloom::http
