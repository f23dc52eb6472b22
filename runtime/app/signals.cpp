#include "runtime/app/signals.h"

#include <algorithm>
#include <pthread.h>
#include <signal.h>

namespace sagaloom::app {
namespace {

sigset_t ending_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = ending_signals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

int wait_for_signal() {
  const sigset_t set = ending_signals();
  int number = 0;
  while (::sigwait(&set, &number) != 0) {
  }
  return number;
}

int wait_for_signal(std::chrono::milliseconds limit) {
  const sigset_t set = ending_signals();
  timespec left{};
  left.tv_sec = limit.count() / 1000;
  left.tv_nsec = limit.count() % 1000 * 1'000'000;
  return std::max(0, ::sigtimedwait(&set, nullptr, &left));
}

}  // namespace sagaloom::app
