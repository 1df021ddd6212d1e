// Mutated rules, for the tests of the compiler and of the language server.
//
// A mutant is a text of the types and codes of all files, a handful of their
// other declarations, and what these name, directly or not, so that rules are
// typed to their end (sometimes less, sometimes all ops, functions and
// instructions); then it is damaged. The mutated file that mutate.h makes gives
// its randomness and some of its declarations.
#ifndef TESTS_FUZZ_MUTANT_RULES_H
#define TESTS_FUZZ_MUTANT_RULES_H

#include "tests/fuzz/mutate.h"

#include <ctype.h>

typedef VEC(u32) Indices;

typedef struct Piece { // a declaration's text
  const char *at;
  u32 n;
  u8 need; // 0 in every text, 1 with the ops, 2 with the instructions, 3 by
           // chance
  Indices names; // the sound pieces whose names stand in it
} Piece;

typedef VEC(Piece) Pieces;

typedef struct Declared { // that a sound piece declares
  const char *at;
  u32 n, piece;
  bool rule; // rules have names of their own: `op iadd` and `lower iadd`
} Declared;

// Of the files as they are: filled once by main. The names are sorted.
static Pieces sound;
static VEC(Declared) declared;
static VEC(u64) hashes; // of the texts of the sound pieces

typedef struct Fuzz {
  Arena round;
  u64 state;
  void (*seen)(void *of, const Text *t); // or null: called with the sound text
  void *of;                              // and after each damage
} Fuzz;

static u32 draw(Fuzz *f, u32 below) { // xorshift64*
  f->state ^= f->state >> 12;
  f->state ^= f->state << 25;
  f->state ^= f->state >> 27;
  return (u32)((f->state * UINT64_C(2685821657736338717)) >> 33) % below;
}

static u8 piece_need(const char *p) {
  static const char *const words[] = {"types",     "code",      "rep",  "data",
                                      "op iconst", "op fconst", "op ",  "fn",
                                      "def",       "term",      "inst", "seq"};
  static const u8 need[] = {0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2};
  for (u32 i = 0; i < sizeof need; i++)
    if (!strncmp(p, words[i], strlen(words[i])))
      return need[i];
  return 3;
}

// Cuts at lines that start with a letter.
static void cut(Arena *a, Pieces *out, const char *text, u32 size) {
  u32 from = 0;
  for (u32 i = 1; i <= size; i++) {
    bool starts =
        i == size || (text[i - 1] == '\n' && text[i] >= 'a' && text[i] <= 'z');
    if (!starts)
      continue;
    const char *p = text + from;
    vec_push(a, out, ((Piece){.at = p, .n = i - from, .need = piece_need(p)}));
    from = i;
  }
}

// The next word of a text from *i on; its length, 0 at the end.
static u32 next_word(const char *p, u32 n, u32 *i) {
  while (*i < n && !isalpha((u8)p[*i]))
    ++*i;
  u32 from = *i;
  while (*i < n && (isalnum((u8)p[*i]) || p[*i] == '_' || p[*i] == '-' ||
                    (p[*i] == '.' && p[*i - 1] == '4'))) // x64.add
    ++*i;
  return *i - from;
}

static int by_name(const void *x, const void *y) {
  const Declared *a = x, *b = y;
  int d = memcmp(a->at, b->at, a->n < b->n ? a->n : b->n);
  if (d)
    return d;
  return a->n != b->n ? (a->n > b->n) - (a->n < b->n)
                      : (int)a->rule - (int)b->rule;
}

static Declared declared_by(const Piece *p) {
  u32 i = 0;
  next_word(p->at, p->n, &i);
  u32 len = next_word(p->at, p->n, &i);
  return (Declared){p->at + i - len, len, 0, p->need == 3};
}

// The sound piece of that name, or null.
static const Declared *find_declared(Declared key) {
  return bsearch(&key, declared.at, declared.n, sizeof key, by_name);
}

static void find_names(Arena *a, Piece *p) {
  u32 i = 0;
  for (u32 len; (len = next_word(p->at, p->n, &i));) {
    Declared key = {p->at + i - len, len, 0, false};
    const Declared *d = find_declared(key);
    if (d)
      vec_push(a, &p->names, d->piece);
  }
}

static int by_number(const void *x, const void *y) {
  u64 a = *(const u64 *)x, b = *(const u64 *)y;
  return (a > b) - (a < b);
}

// It stands like that in one of our files.
static inline bool is_sound(const Piece *p) {
  u64 key = hash_bytes(p->at, p->n);
  return bsearch(&key, hashes.at, hashes.n, sizeof key, by_number);
}

// What each sound piece declares, its second word, then what each names.
static void link_sound(Arena *a) {
  for (u32 k = 0; k < sound.n; k++) {
    Declared d = declared_by(&sound.at[k]);
    d.piece = k;
    if (d.n && sound.at[k].need)
      vec_push(a, &declared, d);
  }
  qsort(declared.at, declared.n, sizeof *declared.at, by_name);
  for (u32 k = 0; k < sound.n; k++)
    vec_push(a, &hashes, hash_bytes(sound.at[k].at, sound.at[k].n));
  qsort(hashes.at, hashes.n, sizeof *hashes.at, by_number);
  for (u32 k = 0; k < sound.n; k++)
    find_names(a, &sound.at[k]);
}

// Takes a piece and, while `deep` says so, what it names.
static void take(Fuzz *f, u8 *taken, const Piece *p, bool deep) {
  Indices todo = {0};
  for (;;) {
    for (u32 i = 0; deep && i < p->names.n; i++) {
      u32 k = p->names.at[i];
      if (!taken[k])
        vec_push(&f->round, &todo, k);
      taken[k] = 1;
    }
    if (!todo.n)
      return;
    p = &sound.at[todo.at[--todo.n]];
  }
}

// `mutated` may be null.
static void compose(Fuzz *f, Pieces *mutated, Text *t) {
  enum { WHOLE = 3, SHARE = 30 };
  u32 want = 1 + draw(f, 9), n = sound.n;
  u32 all = draw(f, SHARE); // 1 to 3: all pieces of a need below it
  bool deep = all > WHOLE;
  u8 *taken = arena_array0(&f->round, u8, n);
  for (u32 i = 0; i < n; i++) {
    u8 need = sound.at[i].need;
    if (need == 0 || (all <= WHOLE && need < all) || draw(f, n) < want) {
      taken[i] = 1;
      take(f, taken, &sound.at[i], deep && need);
    }
  }
  Text own = {.arena = &f->round};
  u8 *replaced = arena_array0(&f->round, u8, n);
  for (u32 i = 0; mutated && i < mutated->n; i++)
    if (draw(f, mutated->n) < 4) {
      Piece *p = &mutated->at[i];
      find_names(&f->round, p);
      take(f, taken, p, deep);
      text_put(&own, p->at, p->n);
      const Declared *d = find_declared(declared_by(p));
      if (d)
        replaced[d->piece] = 1;
    }
  for (u32 i = 0; i < n; i++)
    if (taken[i] && !replaced[i])
      text_put(t, sound.at[i].at, sound.at[i].n);
  text_put(t, own.at, own.n);
}

// One damage: a byte, a stretch dropped, doubled or moved, a word of another
// place.
static void damage(Fuzz *f, Text *t) {
  static const char bytes[] = "(){}[]=>|@.:;,?!~+-*0123456789abcTCx_ \n\"";
  Text out = {.arena = &f->round};
  u32 at = draw(f, t->n), len = 1 + draw(f, 12), other = draw(f, t->n);
  if (at + len > t->n)
    len = t->n - at;
  text_put(&out, t->at, at);
  switch (draw(f, 6)) {
  case 0:
    text_put(&out, &bytes[draw(f, sizeof bytes - 1)], 1);
    at++;
    break;
  case 1: at += len; break;
  case 2: text_put(&out, t->at + at, len); break;
  case 3:
    text_put(&out, t->at + other, t->n - other < len ? t->n - other : len);
    break;
  case 4: text_put(&out, &bytes[draw(f, sizeof bytes - 1)], 1); break;
  default: {
    char c = (char)draw(f, 256);
    text_put(&out, &c, 1);
    at++;
  }
  }
  if (at < t->n)
    text_put(&out, t->at + at, t->n - at);
  *t = out;
}

static bool is_word(char c) { return isalnum((u8)c) || c == '_'; }

// The word or number around a place; *n is 0 where none is.
static u32 word_at(const Text *t, u32 at, u32 *n) {
  u32 from = at, to = at;
  while (from > 0 && is_word(t->at[from - 1]))
    from--;
  while (to < t->n && is_word(t->at[to]))
    to++;
  *n = to - from;
  return from;
}

// What stands before and behind a word says what kind of word it is.
static u32 around(const Text *t, u32 at, u32 n) {
  u8 before = at ? (u8)t->at[at - 1] : 0;
  u8 behind = at + n < t->n ? (u8)t->at[at + n] : 0;
  return (u32)before << 8 | behind;
}

// One word replaced by another of its kind in the text, or a number by a
// number: what still parses, and is often still typed.
static void swap_word(Fuzz *f, Text *t) {
  static const char *const numbers[] = {"0",
                                        "1",
                                        "2",
                                        "7",
                                        "8",
                                        "31",
                                        "32",
                                        "63",
                                        "64",
                                        "65",
                                        "255",
                                        "0x80000000",
                                        "18446744073709551615"};
  u32 len, with, tries = 40;
  u32 at = word_at(t, draw(f, t->n), &len), other;
  if (!len)
    return;
  bool number = isdigit((u8)t->at[at]);
  do
    other = word_at(t, draw(f, t->n), &with);
  while (--tries && (!with || isdigit((u8)t->at[other]) != number ||
                     around(t, other, with) != around(t, at, len)));
  if (!tries)
    return;
  Text out = {.arena = &f->round};
  text_put(&out, t->at, at);
  if (number && draw(f, 2))
    text_add(&out, "%s", numbers[draw(f, sizeof numbers / sizeof *numbers)]);
  else
    text_put(&out, t->at + other, with);
  text_put(&out, t->at + at + len, t->n - at - len);
  *t = out;
}

// Deep nesting, long chains: what a recursive walk would drown in.
static void extreme(Fuzz *f, Text *t) {
  static const char *const parts[] = {"(",    "x + ",     "(iadd x ", "~",
                                      "a | ", "let x = ", "c ? ",     "f(",
                                      "x@",   "[",        "{c: "};
  u32 k = draw(f, sizeof parts / sizeof parts[0]), n = 100 + draw(f, 3000);
  text_add(t, "\nrule deep: ");
  for (u32 i = 0; i < n; i++)
    text_add(t, "%s", parts[k]);
  text_add(t, "x\n");
}

static void see(Fuzz *f, const Text *t) {
  if (f->seen)
    f->seen(f->of, t);
}

static Text make_text(Fuzz *f, const u8 *bytes, size_t size) {
  Pieces mutated = {0};
  Text t = {.arena = &f->round};
  cut(&f->round, &mutated, (const char *)bytes, (u32)size);
  bool words = draw(f, 2); // or bytes, which hardly ever parse
  compose(f, words ? NULL : &mutated, &t);
  see(f, &t);
  for (u32 k = draw(f, words ? 4 : 6); k > 0 && t.n; k--) {
    (words ? swap_word : damage)(f, &t);
    see(f, &t);
  }
  if (draw(f, 50) == 0) {
    extreme(f, &t);
    see(f, &t);
  }
  return t;
}

// --- as an author's file beside built-in rules ------------------------------

// What is asked of a mutant that goes this way: the built-in set is small, so
// that it costs no more than others.
typedef struct Halves {
  Text files, targets; // built in; with machine things
  Text own;
} Halves;

static bool has_machine(const Piece *p) {
  static const char *const words[] = {"inst", "seq",  "rep",
                                      "term", "data", "lower"};
  for (u32 i = 0; i < sizeof words / sizeof *words; i++)
    if (!strncmp(p->at, words[i], strlen(words[i])))
      return true;
  return false;
}

// Rules, functions and shorthands: what an author writes, or copies.
static bool is_authors(const Piece *p) {
  return p->need == 3 || !strncmp(p->at, "fn ", 3) ||
         !strncmp(p->at, "def ", 4);
}

// What stands like that in our files is built in, but for half of what an
// author may write; one in COPIES of that is in both.
static inline Halves halves(Arena *a, const Text *t) {
  enum { COPIES = 8 };
  Halves h = {{.arena = a}, {.arena = a}, {.arena = a}};
  Pieces all = {0};
  cut(a, &all, t->at, t->n);
  for (u32 i = 0; i < all.n; i++) {
    const Piece *p = &all.at[i];
    u64 hash = hash_bytes(p->at, p->n);
    bool built = is_sound(p) && (!is_authors(p) || hash % 2);
    if (built)
      text_put(has_machine(p) ? &h.targets : &h.files, p->at, p->n);
    if (!built || (is_authors(p) && hash / 2 % COPIES == 0))
      text_put(&h.own, p->at, p->n);
  }
  return h;
}

static Fuzz start(const u8 *bytes, size_t size) {
  return (Fuzz){.state = hash_bytes(bytes, size) | 1};
}

static void print_rules(const u8 *bytes, size_t size) {
  Fuzz f = start(bytes, size);
  Text t = make_text(&f, bytes, size);
  fwrite(t.at, 1, t.n, stdout);
  fflush(stdout);
  arena_free(&f.round);
}

// Files of rules to mutate; what is in rules/ is what the others name.
static void add_rules(Arena *a, Seeds *s) {
  static const char *const folders[] = {"rules",
                                        "rules/mid",
                                        "rules/x64",
                                        "tests/rulec",
                                        "tests/rulec/bad",
                                        "tests/rulec/design",
                                        "tests/rulec/cases"};
  for (u32 k = 0; k < sizeof folders / sizeof *folders; k++)
    add_folder(a, s, folders[k], ".rules", 1 << 16);
  sort_seeds(s);
  for (u32 i = 0; i < s->n; i++)
    if (!strncmp(s->at[i].path, "rules/", 6))
      cut(a, &sound, (const char *)s->at[i].bytes, (u32)s->at[i].size);
  link_sound(a);
}

// main of both: runs mutants, or prints the text of one (--print NUMBER).
static int fuzz_rules_main(int argc, char **argv,
                           void (*try_one)(const u8 *bytes, size_t size),
                           u64 share) {
  static const char odd[] = "()[]{}|:;,.=<>?@_*&~^+-0 1\n\t\"xTk\x80\xff";
  Arena a = {0};
  Seeds s = {.odd = (const u8 *)odd, .nodd = sizeof odd, .try_one = try_one};
  int status = 0;
  add_rules(&a, &s);
  if (argc == 3 && !strcmp(argv[1], "--print")) {
    size_t size;
    const u8 *bytes = mutant(&a, &s, strtoull(argv[2], NULL, 10), &size);
    print_rules(bytes, size);
  } else {
    status = run_mutants(&s, argc, argv, share);
  }
  arena_free(&a);
  return status;
}

#endif
