// The open tasks of all sagas: GET /api/v1/tasks.
//
// There is no table of tasks: the live sagas are looked at, newest first, page by page. One request
// looks at 500 of them at most, so a page may be short, even empty, and still have a next one.
// Threads: the route, from any io thread. Errors: query.invalid, cursor.invalid.
#pragma once

#include "runtime/http/exchange.h"

namespace sagaloom::http {

// Filters: workflow, assignee; {items: [task], next_cursor}.
void list_tasks(const Services& services, const ExchangePointer& exchange);

}  // namespace sagaloom::http
