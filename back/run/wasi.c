// WASI preview 1: the table of functions, arguments, environment, clocks,
// randomness, polling, exit; and what the files of it share.
#include "back/run/wasi.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

// --- guest memory ---------------------------------------------------------------

bool wasi_put32(VMCtx *c, u64 at, u32 v) {
  void *p = vm_memory_at(c, at, 4);
  if (p)
    memcpy(p, &v, 4);
  return p;
}
bool wasi_put64(VMCtx *c, u64 at, u64 v) {
  void *p = vm_memory_at(c, at, 8);
  if (p)
    memcpy(p, &v, 8);
  return p;
}
bool wasi_get32(VMCtx *c, u64 at, u32 *v) {
  void *p = vm_memory_at(c, at, 4);
  if (p)
    memcpy(v, p, 4);
  return p;
}

// --- errors, files ----------------------------------------------------------------

WasiErrno wasi_errno(int e) {
  static const struct { int host; WasiErrno guest; } map[] = {
      {E2BIG, WASI_2BIG}, {EACCES, WASI_ACCES}, {EAGAIN, WASI_AGAIN},
      {EBADF, WASI_BADF}, {EBUSY, WASI_BUSY}, {EEXIST, WASI_EXIST},
      {EFAULT, WASI_FAULT}, {EFBIG, WASI_FBIG}, {EILSEQ, WASI_ILSEQ},
      {EINTR, WASI_INTR}, {EINVAL, WASI_INVAL}, {EIO, WASI_IO},
      {EISDIR, WASI_ISDIR}, {ELOOP, WASI_LOOP}, {EMFILE, WASI_MFILE},
      {EMLINK, WASI_MLINK}, {ENAMETOOLONG, WASI_NAMETOOLONG},
      {ENFILE, WASI_NFILE}, {ENODEV, WASI_NODEV}, {ENOENT, WASI_NOENT},
      {ENOMEM, WASI_NOMEM}, {ENOSPC, WASI_NOSPC}, {ENOSYS, WASI_NOSYS},
      {ENOTDIR, WASI_NOTDIR}, {ENOTEMPTY, WASI_NOTEMPTY},
      {ENOTSOCK, WASI_NOTSOCK}, {ENOTSUP, WASI_NOTSUP}, {ENXIO, WASI_NXIO},
      {EOVERFLOW, WASI_OVERFLOW}, {EPERM, WASI_PERM}, {EPIPE, WASI_PIPE},
      {ERANGE, WASI_RANGE}, {EROFS, WASI_ROFS}, {ESPIPE, WASI_SPIPE},
      {ETXTBSY, WASI_TXTBSY}, {EXDEV, WASI_XDEV},
  };
  if (!e)
    return WASI_SUCCESS;
  for (u32 k = 0; k < sizeof map / sizeof *map; k++)
    if (map[k].host == e)
      return map[k].guest;
  return WASI_IO;
}

u8 wasi_filetype(u32 mode) {
  switch (mode & S_IFMT) {
  case S_IFREG: return WASI_REG;
  case S_IFDIR: return WASI_DIR;
  case S_IFCHR: return WASI_CHAR;
  case S_IFBLK: return WASI_BLOCK;
  case S_IFLNK: return WASI_LINK;
  case S_IFSOCK: return WASI_STREAM;
  default: return WASI_UNKNOWN;
  }
}

WasiFile *wasi_file(Wasi *w, u64 fd, u64 rights, WasiErrno *err) {
  if (fd >= w->files.n || w->files.at[fd].fd < 0) {
    *err = WASI_BADF;
    return NULL;
  }
  WasiFile *f = &w->files.at[fd];
  if (rights & ~f->rights) {
    *err = WASI_NOTCAPABLE;
    return NULL;
  }
  *err = WASI_SUCCESS;
  return f;
}

u32 wasi_add(Wasi *w, WasiFile f) {
  for (u32 k = 0; k < w->files.n; k++)
    if (w->files.at[k].fd < 0) {
      w->files.at[k] = f;
      return k;
    }
  vec_push(w->arena, &w->files, f);
  return w->files.n - 1;
}

int wasi_preopen(Wasi *w, const char *host, const char *guest) {
  int fd = open(host, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return errno;
  WasiFile f = {.fd = fd,
                .guest = arena_strndup(w->arena, guest, strlen(guest)),
                .rights = RIGHT_ALL,
                .inheriting = RIGHT_ALL,
                .type = WASI_DIR};
  vec_push(w->arena, &w->files, f);
  return 0;
}

void wasi_close(Wasi *w) {
  for (u32 k = 0; k < w->files.n; k++)
    if (w->files.at[k].fd >= 0 && !w->files.at[k].keep)
      close(w->files.at[k].fd);
  w->files.n = 0;
}

static void add_stream(Wasi *w, int fd, u64 rights) {
  struct stat st;
  WasiFile f = {.fd = fd, .rights = rights, .keep = true};
  f.type = fstat(fd, &st) ? WASI_UNKNOWN : wasi_filetype(st.st_mode);
  vec_push(w->arena, &w->files, f);
}

// --- arguments and environment ------------------------------------------------------

static WasiErrno strings_get(VMCtx *c, const char *const *s, u32 n, u64 at,
                             u64 buf) {
  for (u32 k = 0; k < n; k++) {
    u64 size = strlen(s[k]) + 1;
    void *to = vm_memory_at(c, buf, size);
    if (!to || !wasi_put32(c, at + 4 * k, (u32)buf))
      return WASI_FAULT;
    memcpy(to, s[k], size);
    buf += size;
  }
  return WASI_SUCCESS;
}

static WasiErrno strings_sizes(VMCtx *c, const char *const *s, u32 n, u64 at,
                               u64 buf) {
  u64 bytes = 0;
  for (u32 k = 0; k < n; k++)
    bytes += strlen(s[k]) + 1;
  return wasi_put32(c, at, n) && wasi_put32(c, buf, (u32)bytes) ? WASI_SUCCESS
                                                                : WASI_FAULT;
}

static WasiErrno wasi_args_get(Wasi *w, VMCtx *c, const u64 *a) {
  return strings_get(c, w->args, w->nargs, a[0], a[1]);
}
static WasiErrno wasi_args_sizes_get(Wasi *w, VMCtx *c, const u64 *a) {
  return strings_sizes(c, w->args, w->nargs, a[0], a[1]);
}
static WasiErrno wasi_environ_get(Wasi *w, VMCtx *c, const u64 *a) {
  return strings_get(c, w->env, w->nenv, a[0], a[1]);
}
static WasiErrno wasi_environ_sizes_get(Wasi *w, VMCtx *c, const u64 *a) {
  return strings_sizes(c, w->env, w->nenv, a[0], a[1]);
}

// --- clocks, randomness, scheduling -------------------------------------------------

static bool host_clock(u64 id, clockid_t *out) {
  static const clockid_t ids[] = {CLOCK_REALTIME, CLOCK_MONOTONIC,
                                  CLOCK_PROCESS_CPUTIME_ID,
                                  CLOCK_THREAD_CPUTIME_ID};
  if (id >= 4)
    return false;
  *out = ids[id];
  return true;
}

static u64 ns_of(struct timespec t) {
  return (u64)t.tv_sec * 1000000000u + (u64)t.tv_nsec;
}

static WasiErrno wasi_clock_res_get(Wasi *w, VMCtx *c, const u64 *a) {
  clockid_t id;
  struct timespec t;
  (void)w;
  if (!host_clock(a[0], &id) || clock_getres(id, &t))
    return WASI_INVAL;
  return wasi_put64(c, a[1], ns_of(t)) ? WASI_SUCCESS : WASI_FAULT;
}

static WasiErrno wasi_clock_time_get(Wasi *w, VMCtx *c, const u64 *a) {
  clockid_t id;
  struct timespec t;
  (void)w;
  if (!host_clock(a[0], &id) || clock_gettime(id, &t))
    return WASI_INVAL;
  return wasi_put64(c, a[2], ns_of(t)) ? WASI_SUCCESS : WASI_FAULT;
}

static WasiErrno wasi_random_get(Wasi *w, VMCtx *c, const u64 *a) {
  (void)w;
  u8 *p = vm_memory_at(c, a[0], a[1]);
  if (!p)
    return WASI_FAULT;
  for (u64 done = 0; done < a[1];) {
    ssize_t n = getrandom(p + done, a[1] - done, 0);
    if (n < 0 && errno != EINTR)
      return wasi_errno(errno);
    done += n > 0 ? (u64)n : 0;
  }
  return WASI_SUCCESS;
}

static WasiErrno wasi_sched_yield(Wasi *w, VMCtx *c, const u64 *a) {
  (void)w, (void)c, (void)a;
  sched_yield();
  return WASI_SUCCESS;
}

// A guest has no handlers: a signal ends it with the status that a shell would
// show, stops the whole process, or is one that nobody minds.
static WasiErrno wasi_proc_raise(Wasi *w, VMCtx *c, const u64 *a) {
  static const u8 host[] = {
      // by the number in WASI
      0,       SIGHUP,    SIGINT,  SIGQUIT,  SIGILL,  SIGTRAP, SIGABRT, SIGBUS,
      SIGFPE,  SIGKILL,   SIGUSR1, SIGSEGV,  SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,
      SIGCHLD, SIGCONT,   SIGSTOP, SIGTSTP,  SIGTTIN, SIGTTOU, SIGURG,  SIGXCPU,
      SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGPOLL, SIGPWR,  SIGSYS};
  (void)w, (void)c;
  if (a[0] >= sizeof host)
    return WASI_INVAL;
  switch (host[a[0]]) {
  case 0:
  case SIGCHLD:
  case SIGCONT:
  case SIGURG:
  case SIGWINCH: return WASI_SUCCESS;
  case SIGSTOP:
  case SIGTSTP:
  case SIGTTIN:
  case SIGTTOU: return wasi_errno(raise(host[a[0]]) ? errno : 0);
  default: vm_exit(128 + host[a[0]]);
  }
}

static WasiErrno wasi_sock_unsupported(Wasi *w, VMCtx *c, const u64 *a) {
  (void)c;
  WasiErrno e;
  return wasi_file(w, a[0], 0, &e) ? WASI_NOTSUP : e;
}

// --- poll_oneoff ----------------------------------------------------------------------
// A subscription is 48 bytes: userdata u64, tag u8 at 8; clock: id u32 at 16,
// timeout u64 at 24, flags u16 at 40; fd: u32 at 16. An event is 32 bytes:
// userdata, error u16 at 8, type u8 at 10, nbytes u64 at 16.

typedef struct PollSub {
  u64 user, due_ns; // due on the monotonic clock
  u8 tag;           // 0 clock, 1 read, 2 write
  WasiErrno error;
  int fd;
} PollSub;

static u64 get_le(const u8 *p, u32 n) {
  u64 v = 0;
  memcpy(&v, p, n);
  return v;
}

static u64 monotonic_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return ns_of(t);
}

static void poll_clock(PollSub *s, const u8 *p, u64 now) {
  clockid_t id;
  struct timespec t;
  u64 timeout = get_le(p + 24, 8);
  if (!host_clock(get_le(p + 16, 4), &id)) {
    s->error = WASI_INVAL;
    return;
  }
  if (get_le(p + 40, 2) & 1) { // absolute on its clock
    clock_gettime(id, &t);
    timeout = timeout > ns_of(t) ? timeout - ns_of(t) : 0;
  }
  s->due_ns = timeout > UINT64_MAX - now ? UINT64_MAX : now + timeout;
}

static PollSub poll_read(Wasi *w, const u8 *p, u64 now) {
  PollSub s = {.user = get_le(p, 8), .tag = p[8], .fd = -1,
               .due_ns = UINT64_MAX};
  if (s.tag == 0) {
    poll_clock(&s, p, now);
  } else if (s.tag <= 2) {
    WasiFile *f = wasi_file(w, get_le(p + 16, 4), 0, &s.error);
    s.fd = f ? f->fd : -1;
  } else {
    s.error = WASI_INVAL;
  }
  return s;
}

static void poll_event(u8 *out, const PollSub *s) {
  memset(out, 0, 32);
  memcpy(out, &s->user, 8);
  out[8] = (u8)s->error;
  out[10] = s->tag;
}

// Waits until a descriptor is ready, a clock is due or an error is known.
static void poll_wait(const PollSub *s, struct pollfd *fds, u32 n, u64 now) {
  u64 due = UINT64_MAX;
  for (u32 k = 0; k < n; k++) {
    due = s[k].error ? now : s[k].due_ns < due ? s[k].due_ns : due;
    fds[k] = (struct pollfd){
        .fd = s[k].fd, .events = s[k].tag == 1 ? POLLIN : POLLOUT};
  }
  u64 left = due > now ? due - now : 0;
  struct timespec t = {(time_t)(left / 1000000000u),
                       (long)(left % 1000000000u)};
  ppoll(fds, n, due == UINT64_MAX ? NULL : &t, NULL);
}

static WasiErrno wasi_poll_oneoff(Wasi *w, VMCtx *c, const u64 *a) {
  enum { MOST = 256 };
  PollSub subs[MOST];
  struct pollfd fds[MOST];
  u32 n = (u32)a[2], ready = 0;
  if (!n || n > MOST)
    return WASI_INVAL;
  const u8 *in = vm_memory_at(c, a[0], 48 * (u64)n);
  u8 *out = vm_memory_at(c, a[1], 32 * (u64)n);
  if (!in || !out)
    return WASI_FAULT;
  u64 now = monotonic_ns();
  for (u32 k = 0; k < n; k++)
    subs[k] = poll_read(w, in + 48 * (size_t)k, now);
  while (!ready) {
    poll_wait(subs, fds, n, monotonic_ns());
    now = monotonic_ns();
    for (u32 k = 0; k < n; k++)
      if (subs[k].error || now >= subs[k].due_ns ||
          (subs[k].fd >= 0 && fds[k].revents))
        poll_event(out + 32 * (size_t)ready++, &subs[k]);
  }
  return wasi_put32(c, a[3], ready) ? WASI_SUCCESS : WASI_FAULT;
}

// --- the table ----------------------------------------------------------------------

typedef struct WasiEntry {
  const char *name, *sig;
  WasiFn *fn;
} WasiEntry;

static const WasiEntry entries[] = {
    {"args_get", "i32 i32", wasi_args_get},
    {"args_sizes_get", "i32 i32", wasi_args_sizes_get},
    {"environ_get", "i32 i32", wasi_environ_get},
    {"environ_sizes_get", "i32 i32", wasi_environ_sizes_get},
    {"clock_res_get", "i32 i32", wasi_clock_res_get},
    {"clock_time_get", "i32 i64 i32", wasi_clock_time_get},
    {"random_get", "i32 i32", wasi_random_get},
    {"sched_yield", "", wasi_sched_yield},
    {"proc_raise", "i32", wasi_proc_raise},
    {"poll_oneoff", "i32 i32 i32 i32", wasi_poll_oneoff},
    {"sock_accept", "i32 i32 i32", wasi_sock_unsupported},
    {"sock_recv", "i32 i32 i32 i32 i32 i32", wasi_sock_unsupported},
    {"sock_send", "i32 i32 i32 i32 i32", wasi_sock_unsupported},
    {"sock_shutdown", "i32 i32", wasi_sock_unsupported},
#define X(name, sig) {#name, sig, wasi_##name},
    WASI_FD_FUNCS(X) WASI_PATH_FUNCS(X)
#undef X
};

// What a host function's env points to.
typedef struct WasiBound {
  Wasi *wasi;
  WasiFn *fn;
} WasiBound;

static void call_entry(VMCtx *caller, void *env, u64 *args) {
  const WasiBound *b = env;
  args[0] = (u64)b->fn(b->wasi, caller, args);
}

static void call_exit(VMCtx *caller, void *env, u64 *args) {
  (void)caller, (void)env;
  vm_exit((int)args[0]);
}

static void define(Store *s, Wasi *w, const WasiEntry *e) {
  WasiBound *b = arena_new(store_arena(s), WasiBound);
  *b = (WasiBound){w, e->fn};
  Extern x;
  const char *sig = arena_printf(store_arena(s), "%s:i32", e->sig);
  store_host_func(s, sig, call_entry, b, &x);
  store_define(s, "wasi_snapshot_preview1", e->name, x);
}

Wasi *host_wasi(Store *s, const char *const *args, u32 nargs,
                const char *const *env, u32 nenv) {
  Wasi *w = arena_new(store_arena(s), Wasi);
  *w = (Wasi){.arena = store_arena(s), .args = args, .nargs = nargs,
              .env = env, .nenv = nenv};
  u64 common = RIGHT_POLL | RIGHT_FD_FILESTAT_GET | RIGHT_FDSTAT_SET_FLAGS;
  add_stream(w, 0, common | RIGHT_FD_READ);
  add_stream(w, 1, common | RIGHT_FD_WRITE | RIGHT_FD_SYNC | RIGHT_FD_DATASYNC);
  add_stream(w, 2, common | RIGHT_FD_WRITE | RIGHT_FD_SYNC | RIGHT_FD_DATASYNC);
  for (u32 k = 0; k < sizeof entries / sizeof *entries; k++)
    define(s, w, &entries[k]);
  Extern x;
  store_host_func(s, "i32:", call_exit, NULL, &x);
  store_define(s, "wasi_snapshot_preview1", "proc_exit", x);
  return w;
}
