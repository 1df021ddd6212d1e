// With a file: its code (test.h has the form) through the fast allocator, shown
// with locations, moves and ranges, and the checker's verdict; for goldens and
// for looking. Without: what is not code is refused with the place and what was
// wanted.
//
//   text [-O0|-O1] FILE
#include <stdio.h>
#include <string.h>

#include "back/ra/test.h"

static int show(Arena *a, const char *path, u8 effort) {
  u8 *bytes;
  size_t n;
  VCode v;
  RaEnv env;
  RaResult r;
  RaCounters c = {0};
  RaRanges ranges = {0};
  Text t = {.arena = a}, err = {.arena = a};
  int e = file_read(a, path, &bytes, &n);
  if (e) {
    fprintf(stderr, "%s: %s\n", path, strerror(e));
    return 3;
  }
  if (!ra_parse(a, (const char *)bytes, n, &v, &env, &err)) {
    fprintf(stderr, "%s:%s", path, text_str(&err));
    return 3;
  }
  env.options.ranges = &ranges;
  env.options.effort = effort;
  ra_fast(a, &v, &env, &r, &c);
  ra_print(&v, &env, &r, &t);
  text_add(&t, "\n");
  ra_print_ranges(&v, &ranges, &t);
  fputs(text_str(&t), stdout);
  if (ra_check(a, &v, &env, &r, &err))
    return 0;
  fputs(text_str(&err), stderr);
  return 1;
}

static const struct {
  const char *text, *says;
} wrong[] = {
    {"", "1:1: found '', wanted a block, b0:"},
    {"op use v32\n", "1:1: found 'op', wanted a block first, b0:"},
    {"b0:\n  frob\n",
     "2:3: found 'frob', wanted op, add, call, jump, br, switch or ret"},
    {"b1:\n", "1:3: found ':', wanted blocks in order from b0"},
    {"b0\n  ret\n", "1:3: found '', wanted ':'"},
    {"b0:\n  op v32\n", "2:6: found 'v32', wanted 'def', 'use' or '-'"},
    {"b0:\n  op use x32\n", "2:10: found 'x32', wanted a vreg (v w d s q and a "
                            "number from 32) or a register"},
    {"b0:\n  op def v32, use w32\n",
     "2:19: found 'w32', wanted the letter this vreg had before"},
    {"b0:\n  op use v32 =r99\n", "2:15: found 'r99', wanted a register"},
    {"b0:\n  op def v32 @9\n", "2:16: found '', wanted an operand, 0 to 7"},
    {"b0:\n  op use v32 foo\n",
     "2:14: found 'foo', wanted the end of the line"},
    {"b0:\n  jump -> c1\n", "2:11: found 'c1', wanted a block, b and a number"},
    {"b0:\n  jump -> b1\n",
     "b0: a target does not exist or has other parameters"},
    {"b0:\n  jump -> b1\nb1(v32):\n  ret\n",
     "b0: a target does not exist or has other parameters"},
    {"b0:\n", "b0: is empty, or its loop ends nowhere"},
    {"b0:\n  ret\n  ret\nb1: loop b9\n  ret\n",
     "b1: is empty, or its loop ends nowhere"},
    {"b0:\n  jump -> b1\n  ret\nb1:\n  ret\n",
     "3:6: found '', wanted a block: the branch was the last instruction"},
    {"env callee rax\n", "1:5: found 'callee', wanted 'caller'"},
    {"b0:\n  op clobbers all all\n",
     "2:19: found 'all', wanted the end of the line"},
    {"b0:\n  op clobbers\n", "2:14: found '', wanted registers or 'all'"},
};

static int refuse(Arena *a) {
  u32 bad = 0, n = sizeof wrong / sizeof *wrong;
  for (u32 k = 0; k < n; k++) {
    VCode v;
    RaEnv env;
    Text err = {.arena = a};
    bool read =
        ra_parse(a, wrong[k].text, strlen(wrong[k].text), &v, &env, &err);
    if (!read && !strncmp(text_str(&err), wrong[k].says, strlen(wrong[k].says)))
      continue;
    printf("not ok case %u: wanted '%s', got %s\n", k, wrong[k].says,
           read ? "no error" : text_str(&err));
    bad++;
  }
  printf("%s %u refusals\n", bad ? "not ok" : "ok", n);
  return bad != 0;
}

int main(int argc, char **argv) {
  Arena a = {0};
  u8 effort = !(argc > 2 && !strcmp(argv[1], "-O0"));
  int status = argc > 1 ? show(&a, argv[argc - 1], effort) : refuse(&a);
  arena_free(&a);
  return status;
}
