// WASI preview 1: the fd_* functions.
#include "back/run/wasi.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static WasiErrno done(int result) {
  return result < 0 ? wasi_errno(errno) : WASI_SUCCESS;
}

// --- reading and writing -----------------------------------------------------------

enum { MOST_IOV = 1024 };

// Gathers guest buffers (pairs of u32: address, size) into host ones.
static WasiErrno gather(VMCtx *c, u64 at, u64 n, struct iovec *out) {
  if (n > MOST_IOV)
    return WASI_INVAL;
  for (u64 k = 0; k < n; k++) {
    u32 buf, size;
    if (!wasi_get32(c, at + 8 * k, &buf) ||
        !wasi_get32(c, at + 8 * k + 4, &size))
      return WASI_FAULT;
    out[k] = (struct iovec){vm_memory_at(c, buf, size), size};
    if (!out[k].iov_base)
      return WASI_FAULT;
  }
  return WASI_SUCCESS;
}

typedef ssize_t IoFn(int fd, const struct iovec *v, int n, off_t at);
static ssize_t io_read(int fd, const struct iovec *v, int n, off_t at) {
  (void)at;
  return readv(fd, v, n);
}
static ssize_t io_write(int fd, const struct iovec *v, int n, off_t at) {
  (void)at;
  return writev(fd, v, n);
}

// After a write to a file that was told to be synchronous when it was open.
static int synced(const WasiFile *f) {
  return f->sync & 24 ? fsync(f->fd) : f->sync & 2 ? fdatasync(f->fd) : 0;
}

static WasiErrno transfer(Wasi *w, VMCtx *c, const u64 *a, u64 rights, IoFn *io,
                          off_t at, u64 result) {
  struct iovec v[MOST_IOV];
  WasiErrno e;
  WasiFile *f = wasi_file(w, a[0], rights, &e);
  if (!f)
    return e;
  if (f->type == WASI_DIR)
    return rights & RIGHT_FD_READ ? WASI_ISDIR : WASI_BADF;
  if ((e = gather(c, a[1], a[2], v)))
    return e;
  ssize_t n = io(f->fd, v, (int)a[2], at);
  if (n < 0 || (rights & RIGHT_FD_WRITE && synced(f) < 0))
    return wasi_errno(errno);
  return wasi_put32(c, result, (u32)n) ? WASI_SUCCESS : WASI_FAULT;
}

WasiErrno wasi_fd_read(Wasi *w, VMCtx *c, const u64 *a) {
  return transfer(w, c, a, RIGHT_FD_READ, io_read, 0, a[3]);
}
WasiErrno wasi_fd_write(Wasi *w, VMCtx *c, const u64 *a) {
  return transfer(w, c, a, RIGHT_FD_WRITE, io_write, 0, a[3]);
}
WasiErrno wasi_fd_pread(Wasi *w, VMCtx *c, const u64 *a) {
  return transfer(w, c, a, RIGHT_FD_READ | RIGHT_FD_SEEK, preadv, (off_t)a[3],
                  a[4]);
}
WasiErrno wasi_fd_pwrite(Wasi *w, VMCtx *c, const u64 *a) {
  return transfer(w, c, a, RIGHT_FD_WRITE | RIGHT_FD_SEEK, pwritev,
                  (off_t)a[3], a[4]);
}

WasiErrno wasi_fd_seek(Wasi *w, VMCtx *c, const u64 *a) {
  static const int whence[] = {SEEK_SET, SEEK_CUR, SEEK_END};
  WasiErrno e;
  WasiFile *f = wasi_file(w, a[0], RIGHT_FD_SEEK, &e);
  if (!f)
    return e;
  if (a[2] > 2)
    return WASI_INVAL;
  off_t at = lseek(f->fd, (off_t)a[1], whence[a[2]]);
  if (at < 0)
    return wasi_errno(errno);
  return wasi_put64(c, a[3], (u64)at) ? WASI_SUCCESS : WASI_FAULT;
}

WasiErrno wasi_fd_tell(Wasi *w, VMCtx *c, const u64 *a) {
  WasiErrno e;
  WasiFile *f = wasi_file(w, a[0], RIGHT_FD_TELL, &e);
  if (!f)
    return e;
  off_t at = lseek(f->fd, 0, SEEK_CUR);
  if (at < 0)
    return wasi_errno(errno);
  return wasi_put64(c, a[1], (u64)at) ? WASI_SUCCESS : WASI_FAULT;
}

// --- advice, sizes, syncing ---------------------------------------------------------

WasiErrno wasi_fd_advise(Wasi *w, VMCtx *c, const u64 *a) {
  static const int advice[] = {POSIX_FADV_NORMAL,   POSIX_FADV_SEQUENTIAL,
                               POSIX_FADV_RANDOM,   POSIX_FADV_WILLNEED,
                               POSIX_FADV_DONTNEED, POSIX_FADV_NOREUSE};
  (void)c;
  WasiErrno e;
  WasiFile *f = wasi_file(w, a[0], RIGHT_FD_ADVISE, &e);
  if (!f)
    return e;
  if (a[3] > 5)
    return WASI_INVAL;
  return wasi_errno(
      posix_fadvise(f->fd, (off_t)a[1], (off_t)a[2], advice[a[3]]));
}

WasiErrno wasi_fd_allocate(Wasi *w, VMCtx *c, const u64 *a) {
  (void)c;
  WasiErrno e;
  WasiFile *f = wasi_file(w, a[0], RIGHT_FD_ALLOCATE, &e);
  return f ? wasi_errno(posix_fallocate(f->fd, (off_t)a[1], (off_t)a[2])) : e;
}

WasiErrno wasi_fd_datasync(Wasi *w, VMCtx *c, const u64 *a) {
  (void)c;
  WasiErrno e;
  WasiFile *f = wasi_file(w, a[0], RIGHT_FD_DATASYNC, &e);
  return f ? done(fdatasync(f->fd)) : e;
}

WasiErrno wasi_fd_sync(Wasi *w, VMCtx *c, const u64 *a) {
  (void)c;
  WasiErrno e;
  WasiFile *f = wasi_file(w, a[0], RIGHT_FD_SYNC, &e);
  return f ? done(fsync(f->fd)) : e;
}

WasiErrno wasi_fd_filestat_set_size(Wasi *w, VMCtx *c, const u64 *a) {
  (void)c;
  WasiErrno e;
  WasiFile *f = wasi_file(w, a[0], RIGHT_FD_FILESTAT_SET_SIZE, &e);
  return f ? done(ftruncate(f->fd, (off_t)a[1])) : e;
}

// --- status ------------------------------------------------------------------------

static u64 stamp(struct timespec t) {
  return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

// filestat, 64 bytes: dev, ino, type, nlink, size, atim, mtim, ctim.
WasiErrno wasi_filestat_put(VMCtx *c, u64 at, int fd, int dirfd,
                            const char *name) {
  struct stat st;
  int r = name ? fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) : fstat(fd, &st);
  if (r < 0)
    return wasi_errno(errno);
  u8 *p = vm_memory_at(c, at, 64);
  if (!p)
    return WASI_FAULT;
  u64 words[8] = {st.st_dev,       st.st_ino,
                  wasi_filetype(st.st_mode), st.st_nlink,
                  (u64)st.st_size, stamp(st.st_atim),
                  stamp(st.st_mtim), stamp(st.st_ctim)};
  memcpy(p, words, 64);
  return WASI_SUCCESS;
}

WasiErrno wasi_fd_filestat_get(Wasi *w, VMCtx *c, const u64 *a) {
  WasiErrno e;
  WasiFile *f = wasi_file(w, a[0], RIGHT_FD_FILESTAT_GET, &e);
  return f ? wasi_filestat_put(c, a[1], f->fd, -1, NULL) : e;
}

static u16 fdflags(int fd) {
  int fl = fcntl(fd, F_GETFL);
  u16 out = 0;
  if (fl < 0)
    return 0;
  out |= fl & O_APPEND ? 1 : 0;
  out |= (fl & O_DSYNC) == O_DSYNC ? 2 : 0;
  out |= fl & O_NONBLOCK ? 4 : 0;
  out |= (fl & O_SYNC) == O_SYNC ? 16 : 0;
  return out;
}

// fdstat, 24 bytes: type u8, flags u16 at 2, rights u64 at 8, inheriting at 16.
WasiErrno wasi_fd_fdstat_get(Wasi *w, VMCtx *c, const u64 *a) {
  WasiErrno e;
  WasiFile *f = wasi_file(w, a[0], 0, &e);
  if (!f)
    return e;
  u8 *p = vm_memory_at(c, a[1], 24);
  if (!p)
    return WASI_FAULT;
  u16 flags = fdflags(f->fd) | f->sync;
  memset(p, 0, 24);
  p[0] = f->type;
  memcpy(p + 2, &flags, 2);
  memcpy(p + 8, &f->rights, 8);
  memcpy(p + 16, &f->inheriting, 8);
  return WASI_SUCCESS;
}

WasiErrno wasi_fd_fdstat_set_flags(Wasi *w, VMCtx *c, const u64 *a) {
  (void)c;
  WasiErrno e;
  WasiFile *f = wasi_file(w, a[0], RIGHT_FDSTAT_SET_FLAGS, &e);
  if (!f)
    return e;
  if (a[1] & ~(u64)31)
    return WASI_INVAL;
  int flags = (a[1] & 1 ? O_APPEND : 0) | (a[1] & 4 ? O_NONBLOCK : 0);
  if (fcntl(f->fd, F_SETFL, flags) < 0)
    return wasi_errno(errno);
  f->sync = a[1] & 26; // Linux does not change these of an open file: we do
  return WASI_SUCCESS;
}

WasiErrno wasi_fd_fdstat_set_rights(Wasi *w, VMCtx *c, const u64 *a) {
  (void)c;
  WasiErrno e;
  WasiFile *f = wasi_file(w, a[0], 0, &e);
  if (!f)
    return e;
  if (a[1] & ~f->rights || a[2] & ~f->inheriting)
    return WASI_NOTCAPABLE;
  f->rights = a[1];
  f->inheriting = a[2];
  return WASI_SUCCESS;
}

WasiErrno wasi_fd_filestat_set_times(Wasi *w, VMCtx *c, const u64 *a) {
  (void)c;
  WasiErrno e;
  WasiFile *f = wasi_file(w, a[0], RIGHT_FD_FILESTAT_SET_TIMES, &e);
  if (!f)
    return e;
  struct timespec t[2];
  return wasi_times(a[1], a[2], a[3], t) ? done(futimens(f->fd, t))
                                         : WASI_INVAL;
}

bool wasi_times(u64 atim, u64 mtim, u64 flags, struct timespec out[2]) {
  u64 ns[2] = {atim, mtim};
  if (flags & ~(u64)15 || (flags & 3) == 3 || (flags & 12) == 12)
    return false;
  for (u32 k = 0; k < 2; k++) {
    u64 bits = flags >> (2 * k);
    out[k] = (struct timespec){(time_t)(ns[k] / 1000000000u),
                               (long)(ns[k] % 1000000000u)};
    if (!(bits & 1))
      out[k].tv_nsec = bits & 2 ? UTIME_NOW : UTIME_OMIT;
  }
  return true;
}

// --- descriptors ---------------------------------------------------------------------

WasiErrno wasi_fd_close(Wasi *w, VMCtx *c, const u64 *a) {
  (void)c;
  WasiErrno e;
  WasiFile *f = wasi_file(w, a[0], 0, &e);
  if (!f)
    return e;
  if (!f->keep)
    close(f->fd);
  f->fd = -1;
  f->guest = NULL;
  return WASI_SUCCESS;
}

WasiErrno wasi_fd_renumber(Wasi *w, VMCtx *c, const u64 *a) {
  WasiErrno e;
  WasiFile *from = wasi_file(w, a[0], 0, &e);
  WasiFile *to = wasi_file(w, a[1], 0, &e);
  if (!from || !to)
    return WASI_BADF;
  if (from == to)
    return WASI_SUCCESS;
  WasiFile moved = *from;
  wasi_fd_close(w, c, a + 1);
  *to = moved;
  from->fd = -1;
  return WASI_SUCCESS;
}

static WasiFile *preopen(Wasi *w, u64 fd, WasiErrno *e) {
  WasiFile *f = wasi_file(w, fd, 0, e);
  if (f && !f->guest) {
    *e = WASI_BADF;
    return NULL;
  }
  return f;
}

WasiErrno wasi_fd_prestat_get(Wasi *w, VMCtx *c, const u64 *a) {
  WasiErrno e;
  WasiFile *f = preopen(w, a[0], &e);
  if (!f)
    return e;
  return wasi_put32(c, a[1], 0) && wasi_put32(c, a[1] + 4, (u32)strlen(f->guest))
             ? WASI_SUCCESS
             : WASI_FAULT;
}

WasiErrno wasi_fd_prestat_dir_name(Wasi *w, VMCtx *c, const u64 *a) {
  WasiErrno e;
  WasiFile *f = preopen(w, a[0], &e);
  if (!f)
    return e;
  size_t n = strlen(f->guest);
  if (n > a[2])
    return WASI_NAMETOOLONG;
  void *p = vm_memory_at(c, a[1], n);
  if (!p)
    return WASI_FAULT;
  memcpy(p, f->guest, n);
  return WASI_SUCCESS;
}

// --- fd_readdir ----------------------------------------------------------------------
// Entries are 24 bytes (next u64, inode u64, name length u32, type u8) and the
// name; the last may be cut. A cookie is the folder's own offset behind an entry
// (never 0 there), so that entries which go away between calls move no others.

static u8 dirent_type(const struct dirent *d) {
  switch (d->d_type) {
  case DT_REG: return WASI_REG;
  case DT_DIR: return WASI_DIR;
  case DT_CHR: return WASI_CHAR;
  case DT_BLK: return WASI_BLOCK;
  case DT_LNK: return WASI_LINK;
  case DT_SOCK: return WASI_STREAM;
  default: return WASI_UNKNOWN;
  }
}

// Appends up to `room` bytes of one entry; returns how many.
static u64 put_entry(u8 *out, u64 room, const struct dirent *d) {
  u8 head[24] = {0};
  u64 ino = d->d_ino, next = (u64)d->d_off, n = strlen(d->d_name);
  u32 len = (u32)n;
  memcpy(head, &next, 8);
  memcpy(head + 8, &ino, 8);
  memcpy(head + 16, &len, 4);
  head[20] = dirent_type(d);
  u64 first = room < 24 ? room : 24;
  memcpy(out, head, first);
  u64 rest = room - first < n ? room - first : n;
  memcpy(out + first, d->d_name, rest);
  return first + rest;
}

WasiErrno wasi_fd_readdir(Wasi *w, VMCtx *c, const u64 *a) {
  WasiErrno e;
  WasiFile *f = wasi_file(w, a[0], RIGHT_FD_READDIR, &e);
  if (!f)
    return e;
  u8 *out = vm_memory_at(c, a[1], a[2]);
  if (!out)
    return WASI_FAULT;
  int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd < 0 ? NULL : fdopendir(fd);
  if (!dir) {
    e = wasi_errno(errno);
    if (fd >= 0)
      close(fd);
    return e;
  }
  if (a[3])
    seekdir(dir, (long)a[3]);
  u64 used = 0;
  for (struct dirent *d; used < a[2] && (d = readdir(dir));)
    used += put_entry(out + used, a[2] - used, d);
  closedir(dir);
  return wasi_put32(c, a[4], (u32)used) ? WASI_SUCCESS : WASI_FAULT;
}
