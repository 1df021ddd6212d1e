// Collects diagnostics, puts them in order, and prints them with source lines
// and carets.
#include "rulec/diag/diag.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const CodeRow code_rows[DIAG_NCODES] = {
#define DIAG(code, ...) [code] = {__VA_ARGS__},
#include "rulec/codes/all.def"
#undef DIAG
};

DiagCode diag_code(const char *name) {
  for (u32 i = 0; i < DIAG_NCODES; i++)
    if (!strcmp(code_rows[i].name, name))
      return (DiagCode)i;
  return DIAG_NCODES;
}

void loc_line_col(Loc loc, u32 *line, u32 *col) {
  *line = *col = 1;
  for (u32 i = 0; i < loc.at && i < loc.src->size; i++) {
    (*col)++;
    if (loc.src->text[i] == '\n') {
      (*line)++;
      *col = 1;
    }
  }
}

// --- collecting -----------------------------------------------------

static const char *vprint(Arena *a, const char *fmt, va_list args) {
  char buf[1024];
  int n = vsnprintf(buf, sizeof buf, fmt, args);
  size_t len = n < 0 ? 0 : (size_t)n;
  return arena_strndup(a, buf, len < sizeof buf ? len : sizeof buf - 1);
}

enum { MOST_COLLECTED = 4000 }; // of errors, and of warnings

bool diag_full(const Diags *d) { return d->errors >= MOST_COLLECTED; }

static bool same(const Diag *x, const Diag *y) {
  return x->code == y->code && x->loc.src == y->loc.src &&
         x->loc.at == y->loc.at && !strcmp(x->text, y->text);
}

static u32 *seen_slot(const Diags *d, const Diag *x) {
  u64 key[3] = {x->loc.at, x->code, hash_bytes(x->text, strlen(x->text))};
  for (u64 h = hash_bytes(key, sizeof key);; h++) {
    u32 *slot = &d->seen[h & (d->cap - 1)];
    if (!*slot || same(&d->list.at[*slot - 1], x))
      return slot;
  }
}

static void seen_grow(Diags *d) {
  d->cap = d->cap ? d->cap * 2 : 64;
  d->seen = arena_array0(d->arena, u32, d->cap);
  for (u32 i = 0; i < d->list.n; i++)
    *seen_slot(d, &d->list.at[i]) = i + 1;
}

// A rule is typed at every parameter: the same error at the same place is said
// once.
u32 diag_add(Diags *d, DiagCode code, Loc loc, const char *fmt, ...) {
  const bool warning = code_is_warning(code);
  if ((warning ? d->warnings : d->errors) >= MOST_COLLECTED)
    return ~0u;
  va_list args;
  va_start(args, fmt);
  Diag x = {.code = code, .warning = warning, .loc = loc};
  x.text = vprint(d->arena, fmt, args);
  va_end(args);
  if (d->nseen * 2 >= d->cap)
    seen_grow(d);
  u32 *slot = seen_slot(d, &x);
  if (*slot)
    return ~0u;
  vec_push(d->arena, &d->list, x);
  *slot = d->list.n;
  d->nseen++;
  *(warning ? &d->warnings : &d->errors) += 1;
  return d->list.n - 1;
}

void diag_note(Diags *d, u32 i, Loc loc, const char *fmt, ...) {
  if (i >= d->list.n)
    return;
  va_list args;
  va_start(args, fmt);
  DiagNote note = {loc, vprint(d->arena, fmt, args)};
  va_end(args);
  vec_push(d->arena, &d->list.at[i].notes, note);
}

void diag_help(Diags *d, u32 i, const char *fmt, ...) {
  if (i >= d->list.n)
    return;
  va_list args;
  va_start(args, fmt);
  d->list.at[i].help = vprint(d->arena, fmt, args);
  va_end(args);
}

// --- finishing ------------------------------------------------------

// By place; what is at one place stays in the order in which it was found.
static bool before(const Diag *a, const Diag *b) {
  if (a->loc.src != b->loc.src)
    return a->loc.src->index < b->loc.src->index;
  return a->loc.at < b->loc.at;
}

static void sort(Diag *at, Diag *tmp, u32 n) { // merge sort: stable
  if (n < 2)
    return;
  u32 h = n / 2, i = 0, k = h;
  sort(at, tmp, h);
  sort(at + h, tmp, n - h);
  for (u32 j = 0; j < n; j++)
    tmp[j] = k < n && (i == h || before(&at[k], &at[i])) ? at[k++] : at[i++];
  memcpy(at, tmp, n * sizeof *at);
}

void diag_broken(Diags *d, const char *name) {
  vec_push(d->arena, &d->broken, name);
}

static bool is_word_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}

static bool follows_broken(const Diags *d, const Diag *x) {
  const char *s = x->loc.src->text + x->loc.at;
  s += *s == '(';
  for (u32 i = 0; x->code == E_NAME && i < d->broken.n; i++) {
    const size_t n = strlen(d->broken.at[i]);
    if (!strncmp(s, d->broken.at[i], n) && !is_word_char(s[n]))
      return true;
  }
  return false;
}

static bool same_cause(const Diag *x, const Diag *y) {
  if (x->code != y->code || x->loc.src != y->loc.src || x->loc.at != y->loc.at)
    return false;
  if (!x->notes.n || !y->notes.n)
    return x->notes.n == y->notes.n;
  Loc a = x->notes.at[0].loc, b = y->notes.at[0].loc;
  return a.src == b.src && a.at == b.at;
}

// A type at which something is wrong names itself in the message: the first
// stands for the others.
static void drop_repeated(Diags *d) {
  u32 n = 0;
  for (u32 i = 0; i < d->list.n; i++) {
    u32 k = n;
    const Diag *x = &d->list.at[i];
    while (k > 0 && !before(&d->list.at[k - 1], x) &&
           !same_cause(&d->list.at[k - 1], x))
      k--;
    if ((k > 0 && same_cause(&d->list.at[k - 1], x)) || follows_broken(d, x))
      continue;
    d->list.at[n++] = *x;
  }
  d->list.n = n;
}

static bool holds(const Decl *decl, Loc loc) {
  return decl->whole.src == loc.src && decl->whole.at <= loc.at &&
         loc.at < decl->whole.at + decl->whole.len;
}

// The declarations and d->list are both in order of position: one walk.
static void apply_allows(Diags *d, const Ast *ast) {
  for (u32 i = 0, k = 0; i < d->list.n; i++) {
    Diag *x = &d->list.at[i];
    const Diag end = {.loc = x->loc};
    while (k < ast->n && !before(&end, &(Diag){.loc = ast->at[k]->whole}) &&
           !holds(ast->at[k], x->loc))
      k++;
    if (k == ast->n)
      break;
    if (!holds(ast->at[k], x->loc) || code_rows[x->code].force == HARD)
      continue;
    const Decl *decl = ast->at[k];
    for (u32 j = 0; j < decl->nallows; j++)
      if (decl->allows[j].reason &&
          !strcmp(decl->allows[j].code.s, code_rows[x->code].name))
        x->allowed = &decl->allows[j];
  }
}

static bool is_used(const Diags *d, const AllowDecl *allow) {
  for (u32 i = 0; i < d->list.n; i++)
    if (d->list.at[i].allowed == allow)
      return true;
  return false;
}

void diag_idle(Diags *d, const AllowDecl *x) {
  u32 i = diag_add(d, W_ALLOW, x->loc, "this takes nothing away: no %s here",
                   x->code.s);
  diag_help(d, i, "remove it");
}

static void judge_allow(Diags *d, const AllowDecl *x, bool complete) {
  DiagCode code = diag_code(x->code.s);
  u32 i = ~0u;
  if (code == DIAG_NCODES) {
    i = diag_add(d, E_ALLOW, x->code.loc, "there is no code %s", x->code.s);
    diag_help(d, i, "rulec explain lists the codes");
  } else if (code_rows[code].force == HARD) {
    i = diag_add(d, E_ALLOW, x->code.loc, "%s cannot be allowed", x->code.s);
    diag_help(d, i, "what is generated from such a rule would be wrong");
  } else if (!x->reason) {
    i = diag_add(d, E_ALLOW, x->loc, "an `allow` without a reason");
    diag_help(d, i, "allow(%s) \"why this rule may\"", x->code.s);
  } else if (complete && !code_of_solver(code) && !is_used(d, x)) {
    diag_idle(d, x);
  }
}

static void count(Diags *d) {
  d->errors = d->warnings = 0;
  for (u32 i = 0; i < d->list.n; i++)
    if (!d->list.at[i].allowed)
      *(d->list.at[i].warning ? &d->warnings : &d->errors) += 1;
}

static void put_in_order(Diags *d) {
  sort(d->list.at, arena_array(d->arena, Diag, d->list.n + 1), d->list.n);
  drop_repeated(d);
}

bool diag_stops(const Diags *d) {
  for (u32 i = 0; i < d->list.n; i++)
    if (!d->list.at[i].warning && code_rows[d->list.at[i].code].force == HARD)
      return true;
  return false;
}

void diag_finish(Diags *d, const Ast *ast, const Ast *allows, bool checked) {
  const bool complete = checked && !diag_stops(d); // else they see a part
  put_in_order(d);
  apply_allows(d, allows);
  for (u32 i = 0; i < allows->n; i++)
    for (u32 k = 0; k < allows->at[i]->nallows; k++)
      judge_allow(d, &allows->at[i]->allows[k], complete);
  put_in_order(d);
  diag_default_help(d, ast);
  count(d);
}
