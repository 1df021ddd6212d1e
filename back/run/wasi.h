// WASI preview 1: the world a guest sees. A guest reaches its arguments, its
// environment, clocks, randomness, the three standard streams and what lies
// beneath its preopened folders; wasi_path.c walks paths one component at a
// time from the preopen's descriptor, so neither "..", nor a symbolic link,
// nor an absolute path leads out.
// Source: the witx files of WASI snapshot preview 1.
#ifndef BACK_RUN_WASI_H
#define BACK_RUN_WASI_H

#include "back/run/run.h"

#include <time.h>

typedef struct WasiFile {
  int fd;            // of the host; -1: free
  char *guest;       // preopens: the path the guest knows it by
  u64 rights, inheriting;
  u8 type;           // WASI filetype
  u8 sync;           // fdflags dsync, rsync, sync that were set while open
  bool keep;         // a standard stream: the host's descriptor stays open
} WasiFile;

typedef struct Wasi {
  Arena *arena;
  const char *const *args; u32 nargs;
  const char *const *env; u32 nenv;
  VEC(WasiFile) files;
} Wasi;

// Defines wasi_snapshot_preview1 in the store; args[0] is the program's name.
Wasi *host_wasi(Store *s, const char *const *args, u32 nargs,
                const char *const *env, u32 nenv);
// Opens a host folder to the guest. Returns 0 or an errno value.
int wasi_preopen(Wasi *w, const char *host, const char *guest);
void wasi_close(Wasi *w); // closes what the guest left open

// --- shared by wasi*.c -------------------------------------------------------

typedef enum WasiErrno { // those we answer with
  WASI_SUCCESS = 0, WASI_2BIG = 1, WASI_ACCES = 2, WASI_AGAIN = 6,
  WASI_BADF = 8, WASI_BUSY = 10, WASI_EXIST = 20, WASI_FAULT = 21,
  WASI_FBIG = 22, WASI_ILSEQ = 25, WASI_INTR = 27, WASI_INVAL = 28,
  WASI_IO = 29, WASI_ISDIR = 31, WASI_LOOP = 32, WASI_MFILE = 33,
  WASI_MLINK = 34, WASI_NAMETOOLONG = 37, WASI_NFILE = 41, WASI_NODEV = 43,
  WASI_NOENT = 44, WASI_NOMEM = 48, WASI_NOSPC = 51, WASI_NOSYS = 52,
  WASI_NOTDIR = 54, WASI_NOTEMPTY = 55, WASI_NOTSUP = 58, WASI_PERM = 63,
  WASI_PIPE = 64, WASI_RANGE = 68, WASI_ROFS = 69, WASI_SPIPE = 70,
  WASI_XDEV = 75, WASI_NOTCAPABLE = 76, WASI_NXIO = 60, WASI_TXTBSY = 74,
  WASI_OVERFLOW = 61, WASI_NOTSOCK = 57,
} WasiErrno;

enum { // rights, bits of u64
  RIGHT_FD_DATASYNC = 1 << 0, RIGHT_FD_READ = 1 << 1, RIGHT_FD_SEEK = 1 << 2,
  RIGHT_FDSTAT_SET_FLAGS = 1 << 3, RIGHT_FD_SYNC = 1 << 4,
  RIGHT_FD_TELL = 1 << 5, RIGHT_FD_WRITE = 1 << 6, RIGHT_FD_ADVISE = 1 << 7,
  RIGHT_FD_ALLOCATE = 1 << 8, RIGHT_PATH_CREATE_DIR = 1 << 9,
  RIGHT_PATH_CREATE_FILE = 1 << 10, RIGHT_PATH_LINK_SOURCE = 1 << 11,
  RIGHT_PATH_LINK_TARGET = 1 << 12, RIGHT_PATH_OPEN = 1 << 13,
  RIGHT_FD_READDIR = 1 << 14, RIGHT_PATH_READLINK = 1 << 15,
  RIGHT_PATH_RENAME_SOURCE = 1 << 16, RIGHT_PATH_RENAME_TARGET = 1 << 17,
  RIGHT_PATH_FILESTAT_GET = 1 << 18, RIGHT_PATH_FILESTAT_SET_SIZE = 1 << 19,
  RIGHT_PATH_FILESTAT_SET_TIMES = 1 << 20, RIGHT_FD_FILESTAT_GET = 1 << 21,
  RIGHT_FD_FILESTAT_SET_SIZE = 1 << 22, RIGHT_FD_FILESTAT_SET_TIMES = 1 << 23,
  RIGHT_PATH_SYMLINK = 1 << 24, RIGHT_PATH_REMOVE_DIR = 1 << 25,
  RIGHT_PATH_UNLINK = 1 << 26, RIGHT_POLL = 1 << 27,
  RIGHT_SOCK_SHUTDOWN = 1 << 28, RIGHT_ALL = (1 << 29) - 1,
};
enum { // filetype
  WASI_UNKNOWN, WASI_BLOCK, WASI_CHAR, WASI_DIR, WASI_REG, WASI_DGRAM,
  WASI_STREAM, WASI_LINK
};

WasiErrno wasi_errno(int e); // of a host errno
u8 wasi_filetype(u32 st_mode);
// The open file of a guest descriptor with the rights, or null with *err.
WasiFile *wasi_file(Wasi *w, u64 fd, u64 rights, WasiErrno *err);
// Takes the lowest free guest descriptor.
u32 wasi_add(Wasi *w, WasiFile f);
WasiErrno wasi_filestat_put(VMCtx *c, u64 at, int fd, int dirfd,
                            const char *name);

// Guest memory; put returns false if out of bounds.
bool wasi_put32(VMCtx *c, u64 at, u32 v);
bool wasi_put64(VMCtx *c, u64 at, u64 v);
bool wasi_get32(VMCtx *c, u64 at, u32 *v);

// Times as *_set_times give them; false if the flags contradict each other.

bool wasi_times(u64 atim, u64 mtim, u64 flags, struct timespec out[2]);

typedef WasiErrno WasiFn(Wasi *w, VMCtx *c, const u64 *args);
#define WASI_FD_FUNCS(X)                                                       \
  X(fd_advise, "i32 i64 i64 i32") X(fd_allocate, "i32 i64 i64")                \
  X(fd_close, "i32") X(fd_datasync, "i32") X(fd_fdstat_get, "i32 i32")         \
  X(fd_fdstat_set_flags, "i32 i32") X(fd_fdstat_set_rights, "i32 i64 i64")     \
  X(fd_filestat_get, "i32 i32") X(fd_filestat_set_size, "i32 i64")             \
  X(fd_filestat_set_times, "i32 i64 i64 i32")                                  \
  X(fd_pread, "i32 i32 i32 i64 i32") X(fd_prestat_get, "i32 i32")              \
  X(fd_prestat_dir_name, "i32 i32 i32") X(fd_pwrite, "i32 i32 i32 i64 i32")    \
  X(fd_read, "i32 i32 i32 i32") X(fd_readdir, "i32 i32 i32 i64 i32")           \
  X(fd_renumber, "i32 i32") X(fd_seek, "i32 i64 i32 i32") X(fd_sync, "i32")    \
  X(fd_tell, "i32 i32") X(fd_write, "i32 i32 i32 i32")
#define WASI_PATH_FUNCS(X)                                                     \
  X(path_create_directory, "i32 i32 i32")                                      \
  X(path_filestat_get, "i32 i32 i32 i32 i32")                                  \
  X(path_filestat_set_times, "i32 i32 i32 i32 i64 i64 i32")                    \
  X(path_link, "i32 i32 i32 i32 i32 i32 i32")                                  \
  X(path_open, "i32 i32 i32 i32 i32 i64 i64 i32 i32")                          \
  X(path_readlink, "i32 i32 i32 i32 i32 i32")                                  \
  X(path_remove_directory, "i32 i32 i32")                                      \
  X(path_rename, "i32 i32 i32 i32 i32 i32")                                    \
  X(path_symlink, "i32 i32 i32 i32 i32") X(path_unlink_file, "i32 i32 i32")
#define X(name, sig) WasiFn wasi_##name;
WASI_FD_FUNCS(X)
WASI_PATH_FUNCS(X)
#undef X

#endif
