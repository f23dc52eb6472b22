#include "tests/store_contract/fault_vfs.h"

#include <atomic>
#include <cstring>
#include <mutex>
#include <sqlite3.h>
#include <string_view>

namespace sagaloom::tests {
namespace {

enum class Armed { nothing, before_write, after_sync };

struct Faults {
  std::mutex mutex;
  std::atomic<Armed> armed = Armed::nothing;
  std::atomic<bool> full = false, frames_written = false;
  std::atomic<int> life = 0;  // files opened in an earlier one are dead
  std::function<void()> at_write;
} faults;

struct File {
  sqlite3_file base;
  bool is_wal;
  int life;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
  bool dead() const { return life != faults.life; }
};

File* file_of(sqlite3_file* file) {
  return reinterpret_cast<File*>(file);
}
sqlite3_file* real_of(sqlite3_file* file) {
  return file_of(file)->real();
}
sqlite3_vfs* system_vfs() {
  static sqlite3_vfs* found = sqlite3_vfs_find("unix");
  return found;
}

void die() {
  faults.armed = Armed::nothing;
  ++faults.life;
}

int vfs_write(sqlite3_file* file, const void* data, int amount, sqlite3_int64 offset) {
  auto* self = file_of(file);
  if (self->dead()) return SQLITE_IOERR_WRITE;
  if (self->is_wal) {
    if (faults.full) return SQLITE_FULL;
    if (faults.armed == Armed::before_write) {
      die();
      return SQLITE_IOERR_WRITE;
    }
    std::function<void()> call;
    {
      const std::lock_guard lock(faults.mutex);
      std::swap(call, faults.at_write);
    }
    if (call) call();
    if (offset > 0) faults.frames_written = true;  // beyond the WAL's header
  }
  return self->real()->pMethods->xWrite(self->real(), data, amount, offset);
}

int vfs_sync(sqlite3_file* file, int flags) {
  auto* self = file_of(file);
  if (self->dead()) return SQLITE_IOERR_FSYNC;
  const int code = self->real()->pMethods->xSync(self->real(), flags);
  if (!self->is_wal || faults.armed != Armed::after_sync || !faults.frames_written) return code;
  die();
  return SQLITE_IOERR_FSYNC;
}

int vfs_truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (file_of(file)->dead()) return SQLITE_IOERR_TRUNCATE;
  return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

int vfs_close(sqlite3_file* file) {
  return real_of(file)->pMethods->xClose(real_of(file));
}
int vfs_read(sqlite3_file* f, void* d, int n, sqlite3_int64 o) {
  return real_of(f)->pMethods->xRead(real_of(f), d, n, o);
}
int vfs_size(sqlite3_file* f, sqlite3_int64* s) {
  return real_of(f)->pMethods->xFileSize(real_of(f), s);
}
int vfs_lock(sqlite3_file* f, int l) {
  return real_of(f)->pMethods->xLock(real_of(f), l);
}
int vfs_unlock(sqlite3_file* f, int l) {
  return real_of(f)->pMethods->xUnlock(real_of(f), l);
}
int vfs_check(sqlite3_file* f, int* r) {
  return real_of(f)->pMethods->xCheckReservedLock(real_of(f), r);
}
int vfs_control(sqlite3_file* f, int op, void* a) {
  return real_of(f)->pMethods->xFileControl(real_of(f), op, a);
}
int vfs_sector(sqlite3_file* f) {
  return real_of(f)->pMethods->xSectorSize(real_of(f));
}
int vfs_traits(sqlite3_file* f) {
  return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}
int vfs_shm_map(sqlite3_file* f, int p, int s, int e, void volatile** out) {
  return real_of(f)->pMethods->xShmMap(real_of(f), p, s, e, out);
}
int vfs_shm_lock(sqlite3_file* f, int o, int n, int flags) {
  return real_of(f)->pMethods->xShmLock(real_of(f), o, n, flags);
}
void vfs_shm_barrier(sqlite3_file* f) {
  real_of(f)->pMethods->xShmBarrier(real_of(f));
}
int vfs_shm_unmap(sqlite3_file* f, int d) {
  return real_of(f)->pMethods->xShmUnmap(real_of(f), d);
}

constexpr sqlite3_io_methods methods = {
    2,          vfs_close,   vfs_read,     vfs_write,       vfs_truncate,  vfs_sync,
    vfs_size,   vfs_lock,    vfs_unlock,   vfs_check,       vfs_control,   vfs_sector,
    vfs_traits, vfs_shm_map, vfs_shm_lock, vfs_shm_barrier, vfs_shm_unmap, nullptr,
    nullptr};

int vfs_open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* self = file_of(file);
  std::memset(self, 0, sizeof *self);
  self->is_wal = (flags & SQLITE_OPEN_WAL) != 0;
  self->life = faults.life;
  const int code = system_vfs()->xOpen(system_vfs(), name, self->real(), flags, out_flags);
  if (self->real()->pMethods != nullptr) self->base.pMethods = &methods;
  return code;
}

}  // namespace

void FaultVfs::install() {
  static sqlite3_vfs vfs = *system_vfs();
  static const bool installed = [] {
    vfs.zName = fault_vfs_name;
    vfs.pNext = nullptr;
    vfs.szOsFile += static_cast<int>(sizeof(File));
    vfs.xOpen = vfs_open;
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK;
  }();
  (void)installed;
  faults.armed = Armed::nothing;
  faults.full = false;
}

void FaultVfs::fail_next_write() {
  faults.armed = Armed::before_write;
}

void FaultVfs::fail_after_next_sync() {
  faults.frames_written = false;
  faults.armed = Armed::after_sync;
}

void FaultVfs::set_full(bool full) {
  faults.full = full;
}

void FaultVfs::at_next_write(std::function<void()> call) {
  const std::lock_guard lock(faults.mutex);
  faults.at_write = std::move(call);
}

}  // namespace sagaloom::tests
