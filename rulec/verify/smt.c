// Terms: literals, names, definitions. Equal terms are one; what is plain to
// see (true, false, equal arms, constants of one operation) is folded, so that
// an expression without partial operations has the definedness `true`.
#include "rulec/verify/smt.h"

#include <stdio.h>

typedef struct SmtRow {
  const char *body; // the interned text, or null
  SmtTerm term;
} SmtRow;
struct SmtTable {
  SmtRow *rows;
  u32 n, cap; // cap is a power of two
};

static const char text_true[] = "true", text_false[] = "false";

void smt_init(Smt *m, const Sema *s, Arena *a) {
  *m = (Smt){.s = s, .arena = a, .out = {.arena = a}, .who = "value"};
  m->table = arena_new(a, struct SmtTable);
}

const char *smt_script(Smt *m) { return text_str(&m->out); }

void smt_fail(Smt *m, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  if (!m->fail)
    m->fail = arena_vprintf(m->arena, fmt, args);
  va_end(args);
}

// --- the table of terms ---------------------------------------------

static SmtRow *row_of(const struct SmtTable *t, const char *body) {
  u32 i = (u32)hash_bytes(body, strlen(body)) & (t->cap - 1);
  while (t->rows[i].body && strcmp(t->rows[i].body, body) != 0)
    i = (i + 1) & (t->cap - 1);
  return &t->rows[i];
}

static void table_grow(Smt *m) {
  struct SmtTable *t = m->table;
  if (t->cap && t->n * 2 < t->cap)
    return;
  struct SmtTable old = *t;
  t->cap = old.cap ? old.cap * 2 : 256;
  t->rows = arena_array0(m->arena, SmtRow, t->cap);
  for (u32 i = 0; i < old.cap; i++)
    if (old.rows[i].body)
      *row_of(t, old.rows[i].body) = old.rows[i];
}

// The row for body: its term if known, else empty, with body filled in.
static SmtRow *intern_row(Smt *m, const char *body, bool *known) {
  table_grow(m);
  SmtRow *r = row_of(m->table, body);
  *known = r->body != NULL;
  if (!*known) {
    r->body = arena_strndup(m->arena, body, strlen(body));
    m->table->n++;
  }
  return r;
}

static const char *sort_text(Smt *m, SmtKind k, u32 bits) {
  switch (k) {
  case SMT_BOOL: return "Bool";
  case SMT_BV: return arena_printf(m->arena, "(_ BitVec %u)", bits);
  case SMT_FP:
    return bits == 8    ? "(_ FloatingPoint 3 5)"
           : bits == 16 ? "(_ FloatingPoint 5 11)"
           : bits == 32 ? "(_ FloatingPoint 8 24)"
                        : "(_ FloatingPoint 11 53)";
  case SMT_MEM: return "(Array (_ BitVec 72) (_ BitVec 8))";
  }
  return "";
}

// The term of a row just made; in a case split perhaps its value instead.
static SmtTerm replaced(Smt *m, const char *body) {
  SmtTerm t = row_of(m->table, body)->term;
  for (u32 i = 0; i < m->nreplace; i++) {
    if (strcmp(m->replace[i].from, t.s) != 0)
      continue;
    if (strcmp(m->replace[i].body, body) != 0)
      smt_fail(m, "%s is not what was split", t.s);
    SmtTerm to = smt_num(m, m->replace[i].to, t.bits);
    text_add(&m->out, "(assert (= %s %s))\n", t.s, to.s);
    row_of(m->table, body)->term = to;
    return to;
  }
  return t;
}

static SmtTerm define(Smt *m, SmtKind k, u32 bits, const char *body) {
  bool known;
  SmtRow *r = intern_row(m, body, &known);
  if (known)
    return r->term;
  const char *name = arena_printf(m->arena, "$%u", m->nterms++);
  text_add(&m->out, "(define-fun %s () %s %s)\n", name, sort_text(m, k, bits),
           r->body);
  r->term = (SmtTerm){name, (u16)bits, (u8)k};
  return replaced(m, r->body);
}

// --- leaves ---------------------------------------------------------

SmtTerm smt_bool(bool b) {
  return (SmtTerm){b ? text_true : text_false, 0, SMT_BOOL};
}
bool smt_is_true(SmtTerm a) { return a.s == text_true; }
bool smt_is_false(SmtTerm a) { return a.s == text_false; }

SmtTerm smt_num(Smt *m, u128 num, u32 bits) {
  char buf[300], *p = buf;
  u32 digit = bits % 4 ? 1 : 4;
  *p++ = '#';
  *p++ = digit == 4 ? 'x' : 'b';
  for (u32 i = bits; i; i -= digit) {
    u32 at = i - digit;
    u32 d = at >= 128 ? 0 : (u32)(num >> at) & ((1u << digit) - 1);
    *p++ = "0123456789abcdef"[d];
  }
  *p = 0;
  bool known;
  SmtRow *r = intern_row(m, buf, &known);
  if (!known)
    r->term = (SmtTerm){r->body, (u16)bits, SMT_BV};
  return r->term;
}

bool smt_literal(SmtTerm a, u128 *num) {
  if (a.s[0] != '#' || a.bits > 128)
    return false;
  u32 digit = a.s[1] == 'x' ? 4 : 1;
  *num = 0;
  for (const char *c = a.s + 2; *c; c++)
    *num = *num << digit | (u32)(*c <= '9' ? *c - '0' : *c - 'a' + 10);
  return true;
}

SmtTerm smt_const(Smt *m, const char *name, SmtKind k, u32 bits) {
  bool known;
  SmtRow *r = intern_row(m, name, &known);
  if (known)
    return r->term;
  r->term = (SmtTerm){r->body, (u16)bits, (u8)k};
  text_add(&m->out, "(declare-const %s %s)\n", r->body, sort_text(m, k, bits));
  return replaced(m, r->body);
}

SmtTerm smt_fresh(Smt *m, const char *stem, SmtKind k, u32 bits) {
  return smt_const(m, arena_printf(m->arena, "|%s!%u|", stem, m->nterms++), k,
                   bits);
}

void smt_assert(Smt *m, SmtTerm a) { // once each
  bool known;
  intern_row(m, arena_printf(m->arena, "assert %s", a.s), &known);
  if (!known && !smt_is_true(a))
    text_add(&m->out, "(assert %s)\n", a.s);
}

// --- applications ---------------------------------------------------

SmtTerm smt_app(Smt *m, SmtKind k, u32 bits, const char *op, u32 n, ...) {
  Text t = {.arena = m->arena};
  va_list args;
  va_start(args, n);
  text_add(&t, "(%s", op);
  for (u32 i = 0; i < n; i++)
    text_add(&t, " %s", va_arg(args, SmtTerm).s);
  va_end(args);
  text_add(&t, ")");
  return define(m, k, bits, text_str(&t));
}

SmtTerm smt_app_any_order(Smt *m, SmtKind k, u32 bits, const char *op,
                          SmtTerm x, SmtTerm y) {
  table_grow(m);
  const SmtRow *turned =
      row_of(m->table, arena_printf(m->arena, "(%s %s %s)", op, y.s, x.s));
  return turned->body ? turned->term : smt_app(m, k, bits, op, 2, x, y);
}

SmtTerm smt_fun(Smt *m, SmtKind k, u32 bits, const char *name, u32 n,
                const SmtTerm *args) {
  bool known;
  SmtRow *r = intern_row(m, arena_printf(m->arena, "fun %s", name), &known);
  if (!known) {
    r->term = smt_bool(true);
    text_add(&m->out, "(declare-fun |fn %s| (", name);
    for (u32 i = 0; i < n; i++)
      text_add(&m->out, "%s%s", i ? " " : "",
               sort_text(m, (SmtKind)args[i].kind, args[i].bits));
    text_add(&m->out, ") %s)\n", sort_text(m, k, bits));
  }
  Text t = {.arena = m->arena};
  text_add(&t, n ? "(|fn %s|" : "|fn %s|", name);
  for (u32 i = 0; i < n; i++)
    text_add(&t, " %s", args[i].s);
  text_add(&t, n ? ")" : "");
  return define(m, k, bits, text_str(&t));
}

SmtTerm smt_not(Smt *m, SmtTerm a) {
  if (smt_is_true(a) || smt_is_false(a))
    return smt_bool(smt_is_false(a));
  return smt_app(m, SMT_BOOL, 0, "not", 1, a);
}

SmtTerm smt_and(Smt *m, SmtTerm a, SmtTerm b) {
  if (smt_is_false(a) || smt_is_true(b) || a.s == b.s)
    return a;
  if (smt_is_true(a) || smt_is_false(b))
    return b;
  return smt_app(m, SMT_BOOL, 0, "and", 2, a, b);
}

SmtTerm smt_or(Smt *m, SmtTerm a, SmtTerm b) {
  if (smt_is_true(a) || smt_is_false(b) || a.s == b.s)
    return a;
  if (smt_is_false(a) || smt_is_true(b))
    return b;
  return smt_app(m, SMT_BOOL, 0, "or", 2, a, b);
}

SmtTerm smt_implies(Smt *m, SmtTerm a, SmtTerm b) {
  return smt_or(m, smt_not(m, a), b);
}

SmtTerm smt_eq(Smt *m, SmtTerm a, SmtTerm b) {
  u128 x, y;
  if (a.s == b.s)
    return smt_bool(true);
  if (a.kind == SMT_BV && smt_literal(a, &x) && smt_literal(b, &y))
    return smt_bool(x == y);
  if (a.kind == SMT_BOOL && (smt_is_true(b) || smt_is_false(b)))
    return smt_is_true(b) ? a : smt_not(m, a);
  if (a.kind == SMT_BOOL && (smt_is_true(a) || smt_is_false(a)))
    return smt_is_true(a) ? b : smt_not(m, b);
  return smt_app(m, SMT_BOOL, 0, "=", 2, a, b);
}

SmtTerm smt_ite(Smt *m, SmtTerm c, SmtTerm a, SmtTerm b) {
  if (smt_is_true(c) || a.s == b.s)
    return a;
  if (smt_is_false(c))
    return b;
  if (a.kind == SMT_BOOL && smt_is_true(a))
    return smt_or(m, c, b);
  if (a.kind == SMT_BOOL && smt_is_false(b))
    return smt_and(m, c, a);
  return smt_app(m, (SmtKind)a.kind, a.bits, "ite", 3, c, a, b);
}

// Of numbers of 64 bits at most: the amounts of shifts, offsets.

static bool fold(const char *op, u128 x, u128 y, u32 w, u128 *r) {
  static const char *const ops[] = {"bvadd",  "bvsub", "bvmul",  "bvand",
                                    "bvor",   "bvxor", "bvlshr", "bvshl",
                                    "bvurem", "bvudiv"};
  u32 i = 0;
  while (i < 10 && strcmp(ops[i], op) != 0)
    i++;
  if (i >= 6 && (i < 8 ? y >= w : !y))
    return false;
  switch (i) {
  case 0: *r = x + y; break;
  case 1: *r = x - y; break;
  case 2: *r = x * y; break;
  case 3: *r = x & y; break;
  case 4: *r = x | y; break;
  case 5: *r = x ^ y; break;
  case 6: *r = x >> (u32)y; break;
  case 7: *r = x << (u32)y; break;
  case 8: *r = x % y; break;
  case 9: *r = x / y; break;
  default: return false;
  }
  *r &= w < 128 ? ((u128)1 << w) - 1 : ~(u128)0;
  return true;
}

SmtTerm smt_bin(Smt *m, const char *op, SmtTerm a, SmtTerm b) {
  u128 x, y, r;
  if (smt_literal(a, &x) && smt_literal(b, &y) && fold(op, x, y, a.bits, &r))
    return smt_num(m, r, a.bits);
  return smt_app(m, SMT_BV, a.bits, op, 2, a, b);
}

SmtTerm smt_cmp(Smt *m, const char *op, SmtTerm a, SmtTerm b) {
  u128 x, y;
  if (smt_literal(a, &x) && smt_literal(b, &y)) {
    if (strcmp(op, "bvult") == 0)
      return smt_bool(x < y);
    if (strcmp(op, "bvule") == 0)
      return smt_bool(x <= y);
  }
  return smt_app(m, SMT_BOOL, 0, op, 2, a, b);
}

SmtTerm smt_extract(Smt *m, u32 hi, u32 lo, SmtTerm a) {
  u128 x;
  if (!lo && hi + 1 == a.bits)
    return a;
  u32 bits = hi - lo + 1;
  if (smt_literal(a, &x) && bits < 128)
    return smt_num(m, x >> lo & (((u128)1 << bits) - 1), bits);
  char op[40];
  snprintf(op, sizeof op, "(_ extract %u %u)", hi, lo);
  return smt_app(m, SMT_BV, bits, op, 1, a);
}

SmtTerm smt_resize(Smt *m, SmtTerm a, u32 bits, bool sign) {
  u128 x;
  if (bits == a.bits)
    return a;
  if (bits < a.bits)
    return smt_extract(m, bits - 1, 0, a);
  if (!sign && smt_literal(a, &x))
    return smt_num(m, x, bits);
  char op[40];
  snprintf(op, sizeof op, "(_ %s_extend %u)", sign ? "sign" : "zero",
           bits - a.bits);
  return smt_app(m, SMT_BV, bits, op, 1, a);
}

const char *smt_body(const Smt *m, SmtTerm t) {
  for (u32 i = 0; i < m->table->cap; i++)
    if (m->table->rows[i].body && m->table->rows[i].term.s == t.s)
      return m->table->rows[i].body;
  return t.s;
}

void smt_note_split(Smt *m, SmtTerm t, u32 n, SmtSplitKind kind) {
  if (t.s[0] == '#')
    return;
  for (u32 i = 0; i < m->splits.n; i++)
    if (m->splits.at[i].t.s == t.s)
      return;
  vec_push(m->arena, &m->splits, ((SmtSplit){t, n, kind}));
}
