// A guest that tries the world WASI gives it: files, folders, links, times,
// and every way out of its folder that its author could think of. Prints one
// line per fact; tests/suites.py compares them with world.expected. Its folder
// is made by the test: data.txt ("hello\n"), sub/, out -> ../secret.txt,
// abs -> the absolute path of secret.txt, up -> .., inside -> data.txt,
// loop -> loop, deep -> sub/../../secret.txt.
// Built by: clang --target=wasm32-wasi -std=gnu11 -O2 --sysroot=/usr -Wl,--strip-debug
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void refuse(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd >= 0) {
    char text[64];
    ssize_t n = read(fd, text, sizeof text - 1);
    text[n < 0 ? 0 : n] = 0;
    printf("open %s: REACHED: %s\n", path, text);
    close(fd);
    return;
  }
  printf("open %s: refused\n", path);
}

static void show(const char *path) {
  char text[64] = "";
  FILE *f = fopen(path, "r");
  if (!f || !fgets(text, sizeof text, f))
    printf("read %s: %s\n", path, strerror(errno));
  else
    printf("read %s: %s", path, text);
  if (f)
    fclose(f);
}

static void say(const char *what, int result) {
  printf("%s: %s\n", what, result < 0 ? strerror(errno) : "done");
}

static void write_file(const char *path, const char *text, const char *mode) {
  FILE *f = fopen(path, mode);
  if (!f) {
    printf("write %s: %s\n", path, strerror(errno));
    return;
  }
  fputs(text, f);
  fclose(f);
}

static int by_name(const void *x, const void *y) {
  return strcmp(*(char *const *)x, *(char *const *)y);
}

static void list(const char *path) {
  char *names[64];
  int n = 0;
  DIR *d = opendir(path);
  for (struct dirent *e; d && n < 64 && (e = readdir(d));)
    names[n++] = strdup(e->d_name);
  if (d)
    closedir(d);
  qsort(names, (size_t)n, sizeof *names, by_name);
  printf("list %s:", path);
  for (int k = 0; k < n; k++)
    printf(" %s", names[k]);
  puts("");
}

static void escapes(void) {
  static const char *const ways[] = {
      "out", "abs", "up/secret.txt", "deep", "loop", "../secret.txt",
      "sub/../../secret.txt", "/etc/passwd", "./../secret.txt",
      "sub/./.././../secret.txt", "up/up/secret.txt", "//etc/passwd", "..",
      "sub/../..",
  };
  for (unsigned k = 0; k < sizeof ways / sizeof *ways; k++)
    refuse(ways[k]);
  say("symlink to an absolute path", symlink("/etc/passwd", "made"));
  say("symlink out", symlink("../secret.txt", "made"));
  refuse("made");
  say("unlink the link", unlink("made"));
  say("link a file from outside", link("../secret.txt", "stolen"));
  say("rename out", rename("data.txt", "../moved.txt"));
  say("mkdir out", mkdir("../folder", 0777));
  say("unlink out", unlink("../secret.txt"));
}

static void files(void) {
  struct stat st;
  char text[64];
  show("data.txt");
  show("inside");
  show("sub/../data.txt");
  write_file("new.txt", "one\n", "w");
  write_file("new.txt", "two\n", "a");
  show("new.txt");
  say("stat", stat("new.txt", &st));
  printf("size %d, file %d\n", (int)st.st_size, S_ISREG(st.st_mode));
  say("truncate", truncate("new.txt", 3));
  say("stat", stat("new.txt", &st));
  printf("size %d\n", (int)st.st_size);
  say("mkdir", mkdir("made", 0777));
  say("mkdir again", mkdir("made", 0777));
  say("rename", rename("new.txt", "made/renamed.txt"));
  say("rmdir full", rmdir("made"));
  say("link", link("made/renamed.txt", "twin"));
  list("made");
  say("unlink", unlink("made/renamed.txt"));
  say("rmdir", rmdir("made"));
  ssize_t n = readlink("inside", text, sizeof text - 1);
  text[n < 0 ? 0 : n] = 0;
  printf("readlink %s\n", text);
  say("unlink a folder", unlink("sub"));
  say("open a missing file", open("missing", O_RDONLY));
  say("open a file as a folder", open("data.txt", O_RDONLY | O_DIRECTORY));
  say("exclusive over an old file",
      open("data.txt", O_RDWR | O_CREAT | O_EXCL, 0666));
  list(".");
  unlink("twin");
}

static void descriptors(void) {
  char text[8] = "";
  int fd = open("data.txt", O_RDWR);
  printf("seek to the end %d\n", (int)lseek(fd, 0, SEEK_END));
  printf("pread %d", (int)pread(fd, text, 4, 1));
  printf(" %s\n", text);
  printf("tell %d\n", (int)lseek(fd, 0, SEEK_CUR));
  say("seek before the start", (int)lseek(fd, -100, SEEK_SET));
  close(fd);
  say("read a closed descriptor", (int)read(fd, text, 1));
  say("write to a folder's descriptor", (int)write(3, "x", 1));
}

// A slash behind a name asks for a folder; a link that leads to one is followed.
static void slashes(void) {
  struct stat st;
  say("open data.txt/", open("data.txt/", O_RDONLY));
  say("open inside/", open("inside/", O_RDONLY));
  say("open up/", open("up/", O_RDONLY));
  say("create folder/", open("folder/", O_WRONLY | O_CREAT, 0666));
  say("stat data.txt/", stat("data.txt/", &st));
  say("stat sub/", stat("sub/", &st));
  say("rename data.txt/", rename("data.txt/", "other"));
  say("rename to other/", rename("data.txt", "other/"));
  say("link to other/", link("data.txt", "other/"));
  say("symlink at other/", symlink("data.txt", "other/"));
  say("unlink data.txt/", unlink("data.txt/"));
  say("rename sub/ to bus/", rename("sub/", "bus/"));
  say("and back", rename("bus", "sub"));
}

// Entries that go away between two reads of a folder take no others with them.
static void vanish(void) {
  char name[24];
  int gone = 0;
  mkdir("many", 0777);
  for (int k = 0; k < 400; k++) {
    snprintf(name, sizeof name, "many/file %d", k);
    close(open(name, O_WRONLY | O_CREAT, 0666));
  }
  int fd = open("many", O_RDONLY | O_DIRECTORY);
  DIR *dir = fdopendir(fd);
  for (struct dirent *d; (d = readdir(dir));)
    gone += d->d_name[0] != '.' && !unlinkat(fd, d->d_name, 0);
  closedir(dir);
  printf("unlinked while reading: %d\n", gone);
  say("rmdir many", rmdir("many"));
}

static void flags(void) {
  int fd = open("synced", O_WRONLY | O_CREAT, 0666);
  say("fcntl sync", fcntl(fd, F_SETFL, O_SYNC | O_APPEND));
  printf("flags: %d\n", (fcntl(fd, F_GETFL) & (O_SYNC | O_APPEND)) ==
                            (O_SYNC | O_APPEND));
  printf("written: %d\n", (int)write(fd, "ab", 2));
  close(fd);
  unlink("synced");
}

static void world(int argc, char **argv) {
  struct timespec t = {0}, nap = {0, 2000000}, u = {0};
  for (int k = 1; k < argc; k++)
    printf("argument %d: %s\n", k, argv[k]);
  printf("HOME=%s GREETING=%s\n", getenv("HOME") ? "set" : "unset",
         getenv("GREETING"));
  say("realtime", clock_gettime(CLOCK_REALTIME, &t));
  printf("after 2020: %d\n", t.tv_sec > 1577836800);
  clock_gettime(CLOCK_MONOTONIC, &t);
  nanosleep(&nap, NULL);
  clock_gettime(CLOCK_MONOTONIC, &u);
  printf("slept: %d\n",
         (u.tv_sec - t.tv_sec) * 1000000000ll + u.tv_nsec - t.tv_nsec >=
             2000000);
  unsigned char a[16], b[16];
  getentropy(a, sizeof a);
  getentropy(b, sizeof b);
  printf("random differs: %d\n", memcmp(a, b, sizeof a) != 0);
}

int main(int argc, char **argv) {
  world(argc, argv);
  files();
  descriptors();
  slashes();
  vanish();
  flags();
  escapes();
  fprintf(stderr, "on stderr\n");
  return 7;
}
