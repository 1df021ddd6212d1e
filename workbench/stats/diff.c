// What changed between two wb.stats/1 documents: worse counters first, then
// better ones, then those without a direction, and how many stayed; for each
// the whole base, the new value, the change in percent of the whole base, and
// how many functions went which way. Then the functions that moved most, each
// with the command that shows it, and the rules whose extracted count moved.
#include "workbench/stats/diff.h"
#include "workbench/stats/counters.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct Change { // of one counter
  const char *name;
  int better;
  s64 base, now;
  u32 up, down, same; // functions
} Change;

typedef struct FuncChange {
  const char *path, *name, *counter, *hash; // of the body
  s64 index, base, now;
  double weight; // of the move against the whole base of the counter
  bool worse;
} FuncChange;

typedef struct Diff {
  Arena *arena;
  VEC(Change) counters;
  VEC(FuncChange) funcs;
  u32 gone, fresh, changed_bodies; // functions
} Diff;

static json_t *get(const json_t *o, const char *key) {
  return json_object_get(o, key);
}
static s64 get_int(const json_t *o, const char *key) {
  return (s64)json_integer_value(get(o, key));
}
static const char *get_str(const json_t *o, const char *key) {
  const char *s = json_string_value(get(o, key));
  return s ? s : "";
}

// --- whether ------------------------------------------------------------------------

// The input of the same path, else of the same file name, whatever the folder.
static const char *file_name(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash ? slash + 1 : path;
}

static json_t *input_like(const json_t *doc, const json_t *input) {
  size_t k;
  json_t *each;
  const char *path = get_str(input, "path"), *name = file_name(path);
  json_array_foreach(get(doc, "inputs"), k, each)
    if (!strcmp(get_str(each, "path"), path))
      return each;
  json_array_foreach(get(doc, "inputs"), k, each)
    if (!strcmp(file_name(get_str(each, "path")), name))
      return each;
  return NULL;
}

const char *diff_refuses(Arena *a, const json_t *base, const json_t *now) {
  static const char *const keys[] = {"schema", "target"};
  for (u32 k = 0; k < sizeof keys / sizeof *keys; k++) {
    const char *b = get_str(base, keys[k]), *n = get_str(now, keys[k]);
    if (strcmp(b, n))
      return arena_printf(a, "its %s is '%s', this run's is '%s'", keys[k], b,
                          n);
  }
  size_t k, j;
  json_t *input, *f;
  if (!json_is_array(get(base, "inputs")))
    return "it has no inputs";
  json_array_foreach(get(base, "inputs"), k, input) {
    if (!json_is_string(get(input, "path")))
      return arena_printf(a, "its input %zu has no path", k);
    json_array_foreach(get(input, "functions"), j, f)
      if (!json_is_object(get(f, "counters")))
        return arena_printf(a, "function %zu of %s has no counters", j,
                            get_str(input, "path"));
  }
  json_array_foreach(get(now, "inputs"), k, input)
    if (input_like(base, input))
      return NULL;
  return "it has no input of this run";
}

// --- functions ----------------------------------------------------------------------

static int direction(const char *name) {
  for (u32 k = 0; k < counter_count; k++)
    if (!strcmp(counter_info[k].name, name))
      return counter_info[k].better;
  return 0;
}

static void compare_function(Diff *d, const char *path, const json_t *b,
                             const json_t *n) {
  d->changed_bodies += strcmp(get_str(b, "hash"), get_str(n, "hash")) != 0;
  for (u32 k = 0; k < d->counters.n; k++) {
    Change *c = &d->counters.at[k];
    s64 x = get_int(get(b, "counters"), c->name);
    s64 y = get_int(get(n, "counters"), c->name);
    c->up += y > x;
    c->down += y < x;
    c->same += x == y;
    if (x == y || !c->better)
      continue;
    FuncChange f = {.path = path, .name = get_str(n, "name"),
                    .counter = c->name, .hash = get_str(n, "hash"),
                    .index = get_int(n, "index"),
                    .base = x, .now = y, .worse = (y > x) == (c->better < 0)};
    f.weight = (double)llabs(y - x) / (double)(c->base > 0 ? c->base : 1);
    vec_push(d->arena, &d->funcs, f);
  }
}

static void compare_input(Diff *d, const json_t *b, const json_t *n) {
  json_t *bf = get(b, "functions"), *nf = get(n, "functions");
  size_t nb = json_array_size(bf), nn = json_array_size(nf);
  size_t both = nb < nn ? nb : nn;
  for (size_t k = 0; k < both; k++)
    compare_function(d, get_str(n, "path"), json_array_get(bf, k),
                     json_array_get(nf, k));
  d->gone += (u32)(nb - both);
  d->fresh += (u32)(nn - both);
}

// --- counters -------------------------------------------------------------------------

// Sums over the inputs that both documents have compiled.
static s64 sum_of(const json_t *doc, const json_t *other, const char *name) {
  size_t k;
  json_t *input;
  s64 sum = 0;
  json_array_foreach(get(doc, "inputs"), k, input)
    if (get(input, "total") && get(input_like(other, input), "total"))
      sum += get_int(get(input, "total"), name);
  return sum;
}

static void gather(Diff *d, const json_t *base, const json_t *now) {
  for (u32 k = 0; k < counter_count; k++) {
    const char *name = counter_info[k].name;
    Change c = {.name = name, .better = direction(name),
                .base = sum_of(base, now, name), .now = sum_of(now, base, name)};
    vec_push(d->arena, &d->counters, c);
  }
  size_t k;
  json_t *input;
  json_array_foreach(get(now, "inputs"), k, input) {
    json_t *b = input_like(base, input);
    if (b)
      compare_input(d, b, input);
  }
}

// Worse 0, better 1, moved without a direction 2, unmoved 3.
static int class_of(const Change *c) {
  if (c->base == c->now && !c->up && !c->down)
    return 3;
  if (!c->better || c->base == c->now)
    return 2;
  return (c->now > c->base) == (c->better < 0) ? 0 : 1;
}

static double percent(s64 base, s64 now) {
  return base ? 100.0 * (double)(now - base) / (double)base : 100.0;
}

static int by_weight(const void *x, const void *y) {
  const Change *a = x, *b = y;
  int ca = class_of(a), cb = class_of(b);
  double pa = percent(a->base, a->now), pb = percent(b->base, b->now);
  if (ca != cb)
    return ca - cb;
  pa = pa < 0 ? -pa : pa;
  pb = pb < 0 ? -pb : pb;
  return pa != pb ? pa > pb ? -1 : 1 : strcmp(a->name, b->name);
}

static void print_change(const Change *c) {
  static const char *const words[] = {"worse", "better", "moved"};
  u32 better = c->better > 0 ? c->up : c->down;
  u32 worse = c->better > 0 ? c->down : c->up;
  printf("  %-28s %12lld -> %-12lld %+10lld %+7.2f %%  %-6s", c->name,
         (long long)c->base, (long long)c->now, (long long)(c->now - c->base),
         percent(c->base, c->now), words[class_of(c)]);
  if (c->better)
    printf("  functions: %u better, %u worse, %u same\n", better, worse,
           c->same);
  else
    printf("  functions: %u up, %u down, %u same\n", c->up, c->down, c->same);
}

static u32 print_counters(Diff *d) {
  static const char *const heads[] = {"Worse", "Better",
                                      "Moved, neither better nor worse"};
  u32 moved = 0;
  int head = -1;
  qsort(d->counters.at, d->counters.n, sizeof *d->counters.at, by_weight);
  for (u32 k = 0; k < d->counters.n; k++) {
    const Change *c = &d->counters.at[k];
    if (class_of(c) == 3)
      break;
    if (class_of(c) != head)
      printf("%s%s\n", moved ? "\n" : "", heads[head = class_of(c)]);
    print_change(c);
    moved++;
  }
  printf("%s%u of %u counters did not move\n", moved ? "\n" : "",
         d->counters.n - moved, d->counters.n);
  return moved;
}

// --- functions and rules that moved -----------------------------------------------------

static int by_move(const void *x, const void *y) {
  const FuncChange *a = x, *b = y;
  if (a->worse != b->worse)
    return a->worse ? -1 : 1;
  if (a->weight != b->weight)
    return a->weight > b->weight ? -1 : 1;
  int p = strcmp(a->path, b->path);
  return p ? p : a->index != b->index ? a->index < b->index ? -1 : 1
                                      : strcmp(a->counter, b->counter);
}

// The same function in several inputs, like a library's, is shown once.
static bool same_move(const FuncChange *x, const FuncChange *y) {
  return !strcmp(x->hash, y->hash) && !strcmp(x->counter, y->counter) &&
         !strcmp(x->name, y->name);
}

static void print_function(const FuncChange *f, u32 others) {
  printf("  %-24s %8lld -> %-8lld %s in %s", f->counter, (long long)f->base,
         (long long)f->now, f->name, file_name(f->path));
  if (others)
    printf(" and %u more", others);
  printf("\n      wb dump %s -F %lld --emit=asm\n", f->path,
         (long long)f->index);
}

static void print_functions(Diff *d) {
  enum { MOST = 10 };
  const FuncChange *shown[MOST];
  u32 others[MOST] = {0}, n = 0, more = 0;
  qsort(d->funcs.at, d->funcs.n, sizeof *d->funcs.at, by_move);
  for (u32 k = 0; k < d->funcs.n && d->funcs.at[k].worse; k++) {
    u32 i = 0;
    while (i < n && !same_move(shown[i], &d->funcs.at[k]))
      i++;
    if (i < n)
      others[i]++;
    else if (n < MOST)
      shown[n++] = &d->funcs.at[k];
    else
      more++;
  }
  if (n)
    puts("\nFunctions that got worse most");
  for (u32 i = 0; i < n; i++)
    print_function(shown[i], others[i]);
  if (more)
    printf("  ... and %u more\n", more);
}

enum { EXTRACTED = RULE_FACTS - 1 };

static s64 extracted(const json_t *doc, const json_t *other, const char *rule) {
  size_t k;
  json_t *input;
  s64 sum = 0;
  json_array_foreach(get(doc, "inputs"), k, input) {
    json_t *facts = get(get(input, "rules"), rule);
    if (input_like(other, input))
      sum += (s64)json_integer_value(json_array_get(facts, EXTRACTED));
  }
  return sum;
}

// Names of all rules that either document mentions, once each.
static json_t *all_rules(const json_t *base, const json_t *now) {
  const json_t *docs[] = {base, now};
  json_t *names = json_object();
  for (u32 d = 0; d < 2; d++) {
    size_t k;
    json_t *input;
    json_array_foreach(get(docs[d], "inputs"), k, input)
      json_object_update(names, get(input, "rules"));
  }
  return names;
}

static void print_rules(const json_t *base, const json_t *now) {
  json_t *names = all_rules(base, now), *value;
  const char *name;
  u32 moved = 0;
  json_object_foreach(names, name, value) {
    s64 b = extracted(base, now, name), n = extracted(now, base, name);
    if (b == n)
      continue;
    if (!moved++)
      puts("\nRules whose nodes are in the code more or less often");
    printf("  %-28s %8lld -> %-8lld %+lld\n", name, (long long)b, (long long)n,
           (long long)(n - b));
  }
  json_decref(names);
}

static void print_inputs(const json_t *base, const json_t *now) {
  size_t k;
  json_t *input;
  json_array_foreach(get(base, "inputs"), k, input)
    if (!input_like(now, input))
      printf("not in this run: %s\n", get_str(input, "path"));
  json_array_foreach(get(now, "inputs"), k, input) {
    const json_t *b = input_like(base, input);
    if (!b)
      printf("not in the base: %s\n", get_str(input, "path"));
    else if (get(input, "error"))
      printf("failed: %s: %s\n", get_str(input, "path"),
             get_str(input, "error"));
    else if (strcmp(get_str(b, "hash"), get_str(input, "hash")))
      printf("another file than the base's: %s\n", get_str(input, "path"));
  }
}

u32 diff_print(Arena *a, const json_t *base, const json_t *now) {
  Diff d = {.arena = a};
  gather(&d, base, now);
  print_inputs(base, now);
  if (strcmp(get_str(base, "rules"), get_str(now, "rules")))
    puts("the rewrite rules are not the base's");
  if (strcmp(get_str(base, "flags"), get_str(now, "flags")))
    printf("the base's flags: %s\nthis run's flags: %s\n",
           get_str(base, "flags"), get_str(now, "flags"));
  u32 moved = print_counters(&d);
  if (d.gone || d.fresh || d.changed_bodies)
    printf("functions: %u gone, %u new, %u with another body\n", d.gone,
           d.fresh, d.changed_bodies);
  print_functions(&d);
  print_rules(base, now);
  return moved;
}
