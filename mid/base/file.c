// Reads a whole file, or whatever a pipe gives, into an arena. Bounded by
// FILE_MOST, so that /dev/zero is an error and not the end of the machine.
#include "mid/base/base.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MOST = 1 << 30 };

static int read_all(Arena *a, int fd, size_t hint, u8 **bytes, size_t *size) {
  VEC(u8) v = {0};
  vec_reserve(a, &v, hint + 1);
  for (;;) {
    vec_reserve(a, &v, 1);
    ssize_t got = read(fd, v.at + v.n, v.cap - v.n);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return errno;
    if (got == 0)
      break;
    v.n += (u32)got;
    if (v.n > FILE_MOST)
      return EFBIG;
  }
  *bytes = v.at;
  *size = v.n;
  return 0;
}

int file_read(Arena *a, const char *path, u8 **bytes, size_t *size) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return errno;
  struct stat st;
  int err = fstat(fd, &st) ? errno : 0;
  if (!err && S_ISDIR(st.st_mode))
    err = EISDIR;
  if (!err && st.st_size > FILE_MOST)
    err = EFBIG;
  size_t hint = !err && S_ISREG(st.st_mode) ? (size_t)st.st_size : 4096;
  if (!err)
    err = read_all(a, fd, hint, bytes, size);
  close(fd);
  return err;
}
