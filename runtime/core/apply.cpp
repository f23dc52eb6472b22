#include "runtime/core/decide.h"
#include "runtime/core/difference.h"

namespace sagaloom::core {

void apply(Saga& saga, const Record& record) {
  saga.id = record.saga;
  copy_changed(record.head, record.head_changed, saga.head);
  for (const StepChange& change : record.steps) {
    copy_changed(change.step, change.changed, saga.steps[change.path]);
  }
}

}  // namespace sagaloom::core
