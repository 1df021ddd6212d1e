// WASI preview 1: the path_* functions, over one resolver.
//
// A path is walked one component at a time from a folder's descriptor, each
// opened with O_NOFOLLOW: ".." goes back along the descriptors that led here
// and never above the first; a symbolic link is read and its text walked in its
// place (an absolute one is refused); at most 40 links. The last component is
// left as a name within an open folder, for the *at calls; never with a slash
// behind it, for then the kernel would follow a link. What a slash asks for is
// looked up here: a folder, or nothing yet.
#include "back/run/wasi.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEEPEST = 128, MOST_LINKS = 40 };

typedef enum Follow { // a link that is the last component is walked:
  FOLLOW_NEVER,
  FOLLOW_SLASH, // if a slash stands behind it
  FOLLOW_ALWAYS
} Follow;

typedef struct Walk {
  int fds[DEEPEST]; // folders entered; [0] is the preopen's, not ours to close
  u32 n;
  char rest[2 * PATH_MAX]; // still to be walked
  char name[NAME_MAX + 1]; // last component; "." for the folder itself
  u32 links;
  Follow follow;
  bool slash;  // the path ended in one: it names a folder
  bool absent; // ... that is not there yet
} Walk;

static void walk_end(Walk *k) {
  while (k->n > 1)
    close(k->fds[--k->n]);
}

static int walk_dir(const Walk *k) { return k->fds[k->n - 1]; }

// Puts a link's text before what is left. Absolute links lead out.
static WasiErrno walk_link(Walk *k, const char *name) {
  char text[PATH_MAX], joined[2 * PATH_MAX];
  ssize_t n = readlinkat(walk_dir(k), name, text, sizeof text - 1);
  if (n < 0)
    return wasi_errno(errno);
  text[n] = 0;
  if (text[0] == '/')
    return WASI_NOTCAPABLE;
  if (++k->links > MOST_LINKS)
    return WASI_LOOP;
  int len = snprintf(joined, sizeof joined, "%s%s%s", text,
                     *k->rest || k->slash ? "/" : "", k->rest);
  if (len < 0 || (size_t)len >= sizeof joined)
    return WASI_NAMETOOLONG;
  memcpy(k->rest, joined, (size_t)len + 1);
  return WASI_SUCCESS;
}

static WasiErrno walk_enter(Walk *k, const char *name) {
  if (!strcmp(name, "."))
    return WASI_SUCCESS;
  if (!strcmp(name, "..")) {
    if (k->n == 1)
      return WASI_NOTCAPABLE;
    close(k->fds[--k->n]);
    return WASI_SUCCESS;
  }
  if (k->n == DEEPEST)
    return WASI_NAMETOOLONG;
  int fd =
      openat(walk_dir(k), name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd >= 0) {
    k->fds[k->n++] = fd;
    return WASI_SUCCESS;
  }
  if (errno != ELOOP && errno != ENOTDIR)
    return wasi_errno(errno);
  struct stat st;
  if (!fstatat(walk_dir(k), name, &st, AT_SYMLINK_NOFOLLOW) &&
      S_ISLNK(st.st_mode))
    return walk_link(k, name);
  return WASI_NOTDIR;
}

// Cuts the first component off `rest` into `name`; false if there is none.
static bool walk_next(Walk *k, char *name, WasiErrno *e) {
  char *p = k->rest;
  while (*p == '/')
    p++;
  size_t n = strcspn(p, "/");
  if (!n)
    return false;
  if (n > NAME_MAX) {
    *e = WASI_NAMETOOLONG;
    return false;
  }
  memcpy(name, p, n);
  name[n] = 0;
  p += n;
  k->slash = *p == '/';
  while (*p == '/')
    p++;
  memmove(k->rest, p, strlen(p) + 1);
  return true;
}

static bool is_link(const Walk *k) {
  struct stat st;
  return !fstatat(walk_dir(k), k->name, &st, AT_SYMLINK_NOFOLLOW) &&
         S_ISLNK(st.st_mode);
}

static bool follows(const Walk *k) {
  return k->follow == FOLLOW_ALWAYS || (k->follow == FOLLOW_SLASH && k->slash);
}

// A name with a slash behind it: a folder, or absent.
static WasiErrno want_folder(Walk *k) {
  struct stat st;
  if (fstatat(walk_dir(k), k->name, &st, AT_SYMLINK_NOFOLLOW)) {
    k->absent = errno == ENOENT;
    return k->absent ? WASI_SUCCESS : wasi_errno(errno);
  }
  return S_ISDIR(st.st_mode) ? WASI_SUCCESS : WASI_NOTDIR;
}

static WasiErrno walk_all(Walk *k) {
  WasiErrno e = WASI_SUCCESS;
  strcpy(k->name, ".");
  while (walk_next(k, k->name, &e)) {
    bool last = !*k->rest;
    if (last && strcmp(k->name, "..") && strcmp(k->name, ".")) {
      if (!follows(k) || !is_link(k))
        return k->slash ? want_folder(k) : WASI_SUCCESS;
      e = walk_link(k, k->name);
    } else {
      e = walk_enter(k, k->name);
    }
    if (e)
      return e;
    strcpy(k->name, ".");
  }
  return e;
}

// Resolves the guest's path beneath its folder descriptor. On success the
// caller ends the walk; on failure it is ended.
static WasiErrno walk(Wasi *w, VMCtx *c, u64 fd, u64 rights, u64 path, u64 n,
                      Follow follow, Walk *k) {
  WasiErrno e;
  WasiFile *f = wasi_file(w, fd, rights, &e);
  if (!f)
    return e;
  if (f->type != WASI_DIR)
    return WASI_NOTDIR;
  const char *p = vm_memory_at(c, path, n);
  if (!p)
    return WASI_FAULT;
  if (n >= PATH_MAX)
    return WASI_NAMETOOLONG;
  if (!n)
    return WASI_NOENT;
  if (memchr(p, 0, n))
    return WASI_INVAL;
  if (p[0] == '/')
    return WASI_NOTCAPABLE;
  k->n = 1;
  k->fds[0] = f->fd;
  k->links = 0;
  k->follow = follow;
  k->slash = k->absent = false;
  memcpy(k->rest, p, n);
  k->rest[n] = 0;
  e = walk_all(k);
  if (e)
    walk_end(k);
  return e;
}

// lookupflags of functions that open or look at what the path names.
static Follow looks(u64 flags) {
  return flags & 1 ? FOLLOW_ALWAYS : FOLLOW_SLASH;
}

// Ends a walk to what cannot be made under a name with a slash.
static WasiErrno no_folder(Walk *k, WasiErrno e) {
  walk_end(k);
  return e;
}

static WasiErrno ended(Walk *k, int result) {
  WasiErrno e = result < 0 ? wasi_errno(errno) : WASI_SUCCESS;
  walk_end(k);
  return e;
}

// --- the functions -----------------------------------------------------------

WasiErrno wasi_path_create_directory(Wasi *w, VMCtx *c, const u64 *a) {
  Walk k;
  WasiErrno e =
      walk(w, c, a[0], RIGHT_PATH_CREATE_DIR, a[1], a[2], FOLLOW_NEVER, &k);
  return e ? e : ended(&k, mkdirat(walk_dir(&k), k.name, 0777));
}

WasiErrno wasi_path_remove_directory(Wasi *w, VMCtx *c, const u64 *a) {
  Walk k;
  WasiErrno e =
      walk(w, c, a[0], RIGHT_PATH_REMOVE_DIR, a[1], a[2], FOLLOW_NEVER, &k);
  return e ? e : ended(&k, unlinkat(walk_dir(&k), k.name, AT_REMOVEDIR));
}

WasiErrno wasi_path_unlink_file(Wasi *w, VMCtx *c, const u64 *a) {
  Walk k;
  WasiErrno e =
      walk(w, c, a[0], RIGHT_PATH_UNLINK, a[1], a[2], FOLLOW_NEVER, &k);
  if (e)
    return e;
  return ended(&k, unlinkat(walk_dir(&k), k.name, 0));
}

WasiErrno wasi_path_filestat_get(Wasi *w, VMCtx *c, const u64 *a) {
  Walk k;
  WasiErrno e =
      walk(w, c, a[0], RIGHT_PATH_FILESTAT_GET, a[2], a[3], looks(a[1]), &k);
  if (e)
    return e;
  e = wasi_filestat_put(c, a[4], -1, walk_dir(&k), k.name);
  walk_end(&k);
  return e;
}

WasiErrno wasi_path_filestat_set_times(Wasi *w, VMCtx *c, const u64 *a) {
  Walk k;
  struct timespec t[2];
  if (!wasi_times(a[4], a[5], a[6], t))
    return WASI_INVAL;
  WasiErrno e = walk(w, c, a[0], RIGHT_PATH_FILESTAT_SET_TIMES, a[2], a[3],
                     looks(a[1]), &k);
  return e ? e
           : ended(&k, utimensat(walk_dir(&k), k.name, t, AT_SYMLINK_NOFOLLOW));
}

WasiErrno wasi_path_readlink(Wasi *w, VMCtx *c, const u64 *a) {
  Walk k;
  char text[PATH_MAX];
  WasiErrno e =
      walk(w, c, a[0], RIGHT_PATH_READLINK, a[1], a[2], FOLLOW_NEVER, &k);
  if (e)
    return e;
  ssize_t n = readlinkat(walk_dir(&k), k.name, text, sizeof text);
  if ((e = ended(&k, n < 0 ? -1 : 0)))
    return e;
  u64 kept = (u64)n < a[4] ? (u64)n : a[4];
  void *out = vm_memory_at(c, a[3], kept);
  if (!out)
    return WASI_FAULT;
  memcpy(out, text, kept);
  return wasi_put32(c, a[5], (u32)kept) ? WASI_SUCCESS : WASI_FAULT;
}

WasiErrno wasi_path_symlink(Wasi *w, VMCtx *c, const u64 *a) {
  Walk k;
  char text[PATH_MAX];
  const char *p = vm_memory_at(c, a[0], a[1]);
  if (!p)
    return WASI_FAULT;
  if (!a[1])
    return WASI_NOENT;
  if (a[1] >= PATH_MAX || memchr(p, 0, a[1]))
    return WASI_INVAL;
  if (p[0] == '/')
    return WASI_NOTCAPABLE;
  memcpy(text, p, a[1]);
  text[a[1]] = 0;
  WasiErrno e =
      walk(w, c, a[2], RIGHT_PATH_SYMLINK, a[3], a[4], FOLLOW_NEVER, &k);
  if (e)
    return e;
  return k.absent ? no_folder(&k, WASI_NOENT)
                  : ended(&k, symlinkat(text, walk_dir(&k), k.name));
}

WasiErrno wasi_path_link(Wasi *w, VMCtx *c, const u64 *a) {
  Walk from, to;
  WasiErrno e = walk(w, c, a[0], RIGHT_PATH_LINK_SOURCE, a[2], a[3],
                     a[1] & 1 ? FOLLOW_ALWAYS : FOLLOW_NEVER, &from);
  if (e)
    return e;
  e = walk(w, c, a[4], RIGHT_PATH_LINK_TARGET, a[5], a[6], FOLLOW_NEVER, &to);
  if (!e)
    e = to.absent ? no_folder(&to, WASI_NOENT)
                  : ended(&to, linkat(walk_dir(&from), from.name, walk_dir(&to),
                                      to.name, 0));
  walk_end(&from);
  return e;
}

static bool is_folder(const Walk *k) {
  struct stat st;
  return !fstatat(walk_dir(k), k->name, &st, AT_SYMLINK_NOFOLLOW) &&
         S_ISDIR(st.st_mode);
}

WasiErrno wasi_path_rename(Wasi *w, VMCtx *c, const u64 *a) {
  Walk from, to;
  WasiErrno e = walk(w, c, a[0], RIGHT_PATH_RENAME_SOURCE, a[1], a[2],
                     FOLLOW_NEVER, &from);
  if (e)
    return e;
  e = walk(w, c, a[3], RIGHT_PATH_RENAME_TARGET, a[4], a[5], FOLLOW_NEVER, &to);
  if (!e)
    e = to.absent && !is_folder(&from)
            ? no_folder(&to, WASI_NOTDIR)
            : ended(&to, renameat(walk_dir(&from), from.name, walk_dir(&to),
                                  to.name));
  walk_end(&from);
  return e;
}

// --- path_open ---------------------------------------------------------------

enum { OFLAG_CREAT = 1, OFLAG_DIRECTORY = 2, OFLAG_EXCL = 4, OFLAG_TRUNC = 8 };

static int open_flags(u64 oflags, u64 fdflags, u64 rights) {
  bool reads = rights & (RIGHT_FD_READ | RIGHT_FD_READDIR);
  bool writes = rights & (RIGHT_FD_WRITE | RIGHT_FD_ALLOCATE |
                          RIGHT_FD_DATASYNC | RIGHT_FD_FILESTAT_SET_SIZE);
  writes &= !(oflags & OFLAG_DIRECTORY);
  int f = writes ? reads ? O_RDWR : O_WRONLY : O_RDONLY;
  f |= oflags & OFLAG_CREAT ? O_CREAT : 0;
  f |= oflags & OFLAG_DIRECTORY ? O_DIRECTORY : 0;
  f |= oflags & OFLAG_EXCL ? O_EXCL : 0;
  f |= oflags & OFLAG_TRUNC ? O_TRUNC : 0;
  f |= fdflags & 1 ? O_APPEND : 0;
  f |= fdflags & 2 ? O_DSYNC : 0;
  f |= fdflags & 4 ? O_NONBLOCK : 0;
  f |= fdflags & 24 ? O_SYNC : 0;
  return f | O_NOFOLLOW | O_CLOEXEC;
}

// Opens the name; a folder asked for with write rights is opened for reading.
static int open_name(const Walk *k, int flags) {
  int fd = openat(walk_dir(k), k->name, flags, 0666);
  if (fd >= 0 || errno != EISDIR || flags & (O_CREAT | O_TRUNC))
    return fd;
  return openat(walk_dir(k), k->name,
                (flags & ~O_ACCMODE) | O_RDONLY | O_DIRECTORY);
}

WasiErrno wasi_path_open(Wasi *w, VMCtx *c, const u64 *a) {
  Walk k;
  WasiErrno e;
  u64 oflags = a[4], rights = a[5], inheriting = a[6];
  u64 need = RIGHT_PATH_OPEN |
             (oflags & OFLAG_CREAT ? RIGHT_PATH_CREATE_FILE : 0) |
             (oflags & OFLAG_TRUNC ? RIGHT_PATH_FILESTAT_SET_SIZE : 0);
  WasiFile *dir = wasi_file(w, a[0], need, &e);
  if (!dir)
    return e;
  u64 most = dir->inheriting;
  e = walk(w, c, a[0], need, a[2], a[3], looks(a[1]), &k);
  if (e)
    return e;
  if (oflags & OFLAG_CREAT && (k.slash || oflags & OFLAG_DIRECTORY))
    return no_folder(&k, k.slash ? WASI_ISDIR : WASI_INVAL); // makes files only
  if (k.slash)
    oflags |= OFLAG_DIRECTORY;
  int fd = open_name(&k, open_flags(oflags, a[7], rights & most));
  struct stat st;
  if ((e = ended(&k, fd)))
    return e;
  if (fstat(fd, &st)) {
    close(fd);
    return WASI_IO;
  }
  u8 type = wasi_filetype(st.st_mode);
  u64 plain = type == WASI_DIR
                  ? RIGHT_ALL & ~(u64)(RIGHT_FD_READ | RIGHT_FD_WRITE |
                                       RIGHT_FD_SEEK | RIGHT_FD_TELL)
                  : RIGHT_ALL;
  u32 guest = wasi_add(w, (WasiFile){.fd = fd,
                                     .rights = rights & most & plain,
                                     .inheriting = inheriting & most,
                                     .type = type});
  return wasi_put32(c, a[8], guest) ? WASI_SUCCESS : WASI_FAULT;
}
