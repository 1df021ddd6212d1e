// Why: solvers take multiplication apart bit by bit and get lost; of reals they
// know that x <= y and 0 <= z make x * z <= y * z. Divisions by multiplication
// and bounds of products are proved so.
//
// How: a bit vector is a real number between 0 and 2^w - 1. An operation that
// wraps is the true result less a multiple of 2^w; one that cuts bits off is a
// division with a remainder. That numbers are whole is said only where it is
// needed: two that differ do so by 1 at least, a multiple is 0 or 1 at least.
// What has no such reading (bitwise and, a shift by what is unknown) is any
// number of its width. All this only forgets; so no model here means none
// there.
#include "rulec/verify/real.h"
#include "rulec/eval/wide.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_ARGS = 6 };

typedef struct Term { // a line of the script
  const char *name, *op;
  const char *args[MOST_ARGS];
  u32 nargs, bits; // bits 0: Bool
  u32 p, q;        // of (_ extract p q), (_ zero_extend p)
  bool known;      // a definition, not a constant
  bool readable;   // its sort is Bool or a bit vector
  u8 seen;
  u32 used; // no more bits than these are ever set
} Term;

typedef struct Pair { // of a division: divisor, quotient; of a product: both
  const char *a, *b;
} Pair;

typedef struct Real {
  Arena *arena;
  Text out;
  VEC(Term) terms;
  u32 cap;
  u32 *table; // name -> index + 1
  VEC(const char *) asserts;
  VEC(Pair) divisions, products;
  VEC(const char *) unsaid;         // quotients of remainders
  VEC(const char *) sizes, factors; // of signed quotients; signed factors
  bool is_signed;                   // something divides signed numbers
  u32 fresh;
  bool failed;
} Real;

// --- reading --------------------------------------------------------

// The next word: an atom, |a b|, "(" or ")".
static const char *word(Real *r, const char **at) {
  const char *c = *at + strspn(*at, " \n"), *end = c + 1;
  if (*c == '|')
    end = strchr(c + 1, '|') + 1;
  else if (*c && *c != '(' && *c != ')')
    end = c + strcspn(c, " \n()");
  *at = *c ? end : c;
  return *c ? arena_strndup(r->arena, c, (size_t)(end - c)) : NULL;
}

static bool is(const char *a, const char *b) { return a && strcmp(a, b) == 0; }

static u32 slot(const Real *r, const char *name) {
  u32 i = (u32)hash_bytes(name, strlen(name)) & (r->cap - 1);
  while (r->table[i] && !is(r->terms.at[r->table[i] - 1].name, name))
    i = (i + 1) & (r->cap - 1);
  return i;
}

static Term *find(const Real *r, const char *name) {
  u32 i = r->table[slot(r, name)];
  return i ? &r->terms.at[i - 1] : NULL;
}

// A sort: Bool, (_ BitVec n); others are skipped.
static void read_sort(Real *r, const char **at, Term *t) {
  const char *w = word(r, at);
  u32 depth = is(w, "(");
  t->readable = is(w, "Bool");
  while (w && depth) {
    w = word(r, at);
    depth += is(w, "(");
    depth -= is(w, ")");
    if (is(w, "BitVec")) {
      t->bits = (u32)strtoul(word(r, at), NULL, 10);
      t->readable = true;
    }
    if (is(w, "Array") || is(w, "FloatingPoint")) {
      t->readable = false;
      t->op = "";
    }
  }
  if (is(t->op, ""))
    t->readable = false;
}

static void read_body(Real *r, const char **at, Term *t) {
  const char *w = word(r, at);
  if (!is(w, "(")) { // an atom: a function of nothing
    t->known = false;
    return;
  }
  w = word(r, at);
  if (is(w, "(")) { // (_ extract 7 0)
    (void)word(r, at);
    t->op = word(r, at);
    t->p = (u32)strtoul(word(r, at), NULL, 10);
    w = word(r, at);
    if (!is(w, ")")) {
      t->q = (u32)strtoul(w, NULL, 10);
      while (w && !is(w, ")"))
        w = word(r, at);
    }
  } else {
    t->op = w;
  }
  for (w = word(r, at); w && !is(w, ")"); w = word(r, at))
    if (t->nargs < MOST_ARGS)
      t->args[t->nargs++] = w;
    else
      t->op = "many";
}

static void read_line(Real *r, const char *line) {
  const char *at = line;
  (void)word(r, &at);
  const char *what = word(r, &at), *name = word(r, &at);
  if (is(what, "assert")) {
    if (is(name, "(")) // a case's value: its bounds are asserted too
      return;
    vec_push(r->arena, &r->asserts, name);
    return;
  }
  if (is(what, "declare-fun"))
    return;
  Term t = {.name = name, .known = is(what, "define-fun")};
  if (t.known) {
    (void)word(r, &at);
    (void)word(r, &at); // ()
  }
  read_sort(r, &at, &t);
  t.used = t.bits;
  if (t.known)
    read_body(r, &at, &t);
  u32 i = slot(r, name);
  vec_push(r->arena, &r->terms, t);
  r->table[i] = r->terms.n;
}

// --- numbers --------------------------------------------------------

static bool literal(const char *s, Wide *v, u32 *bits) {
  if (s[0] != '#')
    return false;
  u32 step = s[1] == 'x' ? 4 : 1;
  *v = wide(0);
  *bits = 0;
  for (const char *c = s + 2; *c; c++) {
    u32 d = (u32)(*c <= '9' ? *c - '0' : *c - 'a' + 10);
    *v = wide_or(wide_shl(*v, step, WIDE_BITS), wide(d));
    *bits += step;
  }
  return true;
}

static const char *decimal(Real *r, Wide v) {
  char buf[90], *p = buf + sizeof buf - 1;
  *p = 0;
  do {
    Wide rest;
    v = wide_udiv(v, wide(10), &rest);
    *--p = (char)('0' + (u32)wide_low(rest));
  } while (!wide_zero(v));
  return arena_printf(r->arena, "%s", p);
}

static const char *power(Real *r, u32 n) {
  if (n >= WIDE_BITS) {
    r->failed = true;
    return "0";
  }
  return decimal(r, wide_shl(wide(1), n, WIDE_BITS));
}

static u32 width_of(const Real *r, const char *s) {
  Wide v;
  u32 bits;
  const Term *t;
  if (literal(s, &v, &bits))
    return bits;
  t = find(r, s);
  return t ? t->bits : 0;
}

// Bits that may be set at all.
static u32 used_of(const Real *r, const char *s) {
  Wide v;
  u32 bits;
  if (literal(s, &v, &bits))
    return bits - wide_clz(v, bits);
  const Term *t = find(r, s);
  return t ? t->used : 0;
}

#define SAY(...) arena_printf(r->arena, __VA_ARGS__)

static const char *number(Real *r, const char *s) {
  Wide v;
  u32 bits;
  return literal(s, &v, &bits) ? decimal(r, v) : s;
}

static const char *fresh(Real *r, const char *low) {
  const char *n = SAY("r%u", r->fresh++);
  text_add(&r->out, "(declare-const %s Real)\n", n);
  if (low)
    text_add(&r->out, "(assert (or (= %s %s) (>= %s (+ %s 1))))\n", n, low, n,
             low);
  return n;
}

static void claim(Real *r, const char *what) {
  text_add(&r->out, "(assert %s)\n", what);
}

// Whole numbers that differ do so by 1.
static void apart(Real *r, const char *a, const char *b) {
  claim(r, SAY("(or (= %s %s) (<= (+ %s 1) %s) (<= (+ %s 1) %s))", a, b, a, b,
               b, a));
}

// A whole number of either sign.
static const char *fresh_signed(Real *r) {
  const char *n = fresh(r, NULL);
  apart(r, n, "0");
  apart(r, n, "(- 1)");
  return n;
}

// The number that s is as a signed one.
static const char *signed_of(Real *r, const char *s) {
  Wide v;
  u32 bits = width_of(r, s);
  const char *half = power(r, bits - 1), *all = power(r, bits);
  if (literal(s, &v, &bits) && !wide_bit(v, bits - 1))
    return decimal(r, v);
  if (used_of(r, s) < bits)
    return number(r, s);
  const char *x = number(r, s), *n = SAY("signed%u", r->fresh++);
  text_add(&r->out, "(declare-const %s Real)\n", n);
  claim(r, SAY("(or (and (<= %s (- %s 1)) (= %s %s)) (and (>= %s %s) (= %s (- "
               "%s %s))))",
               x, half, n, x, x, half, n, x, all));
  return n;
}

// --- operations -----------------------------------------------------

// s = v less a multiple of 2^w that is 0 or more. exact: it is 0.
static void wraps(Real *r, const Term *t, const char *v, bool exact) {
  if (exact) {
    claim(r, SAY("(= %s %s)", t->name, v));
    return;
  }
  const char *c = fresh(r, "0");
  claim(r, SAY("(= %s (- %s (* %s %s)))", t->name, v, power(r, t->bits), c));
}

// a = q * b + rest, rest from 0 to b - 1; b > 0. Returns q's name.
static void divides(Real *r, const char *a, const char *b, const char *q,
                    const char *rest) {
  claim(r, SAY("(or (= %s 0) (and (= %s (+ (* %s %s) %s)) (<= 0 %s) (<= %s (- "
               "%s 1))))",
               b, a, q, b, rest, rest, rest, b));
  vec_push(r->arena, &r->divisions, ((Pair){b, q}));
}

// A number times a divisor is likely meant to be the quotient times it: if they
// are not the same, they differ by 1. So do the quotients of two remainders, of
// which nothing else speaks. Signed quotients are known by their size.
static void tell_quotients(Real *r) {
  for (u32 i = 0; i < r->unsaid.n; i++)
    for (u32 k = i + 1; k < r->unsaid.n; k++)
      apart(r, r->unsaid.at[i], r->unsaid.at[k]);
  for (u32 i = 0; i < r->divisions.n; i++)
    for (u32 k = 0; k < r->products.n; k++) {
      Pair d = r->divisions.at[i], p = r->products.at[k];
      const char *x = is(p.a, d.a) ? p.b : is(p.b, d.a) ? p.a : NULL;
      if (x)
        apart(r, x, d.b);
    }
  for (u32 i = 0; i < r->sizes.n; i++)
    for (u32 k = 0; k < r->factors.n; k++) {
      apart(r, r->factors.at[k], r->sizes.at[i]);
      apart(r, r->factors.at[k], SAY("(- %s)", r->sizes.at[i]));
    }
}

// s is v as a signed number of its width, if v is one.
static void signed_result(Real *r, const Term *t, const char *v) {
  const char *half = power(r, t->bits - 1);
  claim(r,
        SAY("(or (and (>= %s 0) (= %s %s)) (and (<= %s (- 1)) (= %s (+ %s "
            "%s))) (>= %s %s) (<= %s (- 0 %s 1)))",
            v, t->name, v, v, t->name, v, power(r, t->bits), v, half, v, half));
}

static void divide_signed(Real *r, const Term *t, bool quotient) {
  const char *a = signed_of(r, t->args[0]), *b = signed_of(r, t->args[1]);
  const char *x = fresh(r, "0"), *y = fresh(r, "0"), *q = fresh(r, "0");
  const char *rest = fresh(r, "0"), *v = fresh(r, NULL);
  claim(r, SAY("(= %s (ite (>= %s 0) %s (- %s)))", x, a, a, a));
  claim(r, SAY("(= %s (ite (>= %s 0) %s (- %s)))", y, b, b, b));
  divides(r, x, y, q, rest);
  const char *minus =
      quotient ? SAY("(= (>= %s 0) (>= %s 0))", a, b) : SAY("(>= %s 0)", a);
  const char *size = quotient ? q : rest;
  vec_push(r->arena, &r->sizes, q);
  claim(r, SAY("(= %s (ite %s %s (- %s)))", v, minus, size, size));
  if (quotient) // the lowest number by -1 wraps
    claim(r, SAY("(or (= %s %s) (= %s (+ %s %s)) (= %s (- %s %s)))", t->name, v,
                 t->name, v, power(r, t->bits), t->name, v, power(r, t->bits)));
  else
    signed_result(r, t, v);
}

static bool is_sext(const Real *r, const char *s) {
  const Term *t = find(r, s);
  return t && is(t->op, "sign_extend");
}

static void multiply(Real *r, Term *t) {
  const char *a = t->args[0], *b = t->args[1];
  if (is_sext(r, a) || is_sext(r, b)) {
    const char *v = fresh(r, NULL);
    claim(r, SAY("(= %s (* %s %s))", v, signed_of(r, a), signed_of(r, b)));
    signed_result(r, t, v);
    return;
  }
  vec_push(r->arena, &r->products, ((Pair){number(r, a), number(r, b)}));
  u32 sum = used_of(r, a) + used_of(r, b);
  t->used = sum < t->bits ? sum : t->bits;
  if (r->is_signed && sum > t->bits) { // then it wraps as a signed one
    const char *v = fresh(r, NULL), *x = signed_of(r, a), *y = signed_of(r, b);
    claim(r, SAY("(= %s (* %s %s))", v, x, y));
    signed_result(r, t, v);
    vec_push(r->arena, &r->factors, x);
    return;
  }
  wraps(r, t, SAY("(* %s %s)", number(r, a), number(r, b)), sum <= t->bits);
}

// Known bits cut off or moved by a known amount.
static void shift(Real *r, Term *t) {
  Wide v;
  u32 w;
  if (!literal(t->args[1], &v, &w) || wide_low(v) >= t->bits)
    return;
  u32 n = (u32)wide_low(v), used = used_of(r, t->args[0]);
  const char *p = power(r, n), *a = number(r, t->args[0]);
  if (is(t->op, "bvshl")) {
    t->used = used + n < t->bits ? used + n : t->bits;
    wraps(r, t, SAY("(* %s %s)", p, a), used + n <= t->bits);
  } else if (is(t->op, "bvlshr")) {
    t->used = used > n ? used - n : 0;
    divides(r, a, p, t->name, fresh(r, "0"));
  } else {
    const char *q = fresh_signed(r);
    divides(r, signed_of(r, t->args[0]), p, q, fresh(r, "0"));
    signed_result(r, t, q);
  }
}

static void extract(Real *r, Term *t) {
  u32 hi = t->p, lo = t->q, used = used_of(r, t->args[0]);
  u32 w = width_of(r, t->args[0]);
  const char *a = number(r, t->args[0]);
  if (hi + 1 == w && !lo) {
    claim(r, SAY("(= %s %s)", t->name, a));
    return;
  }
  const char *up = used <= hi + 1 ? "0" : fresh(r, "0");
  const char *low = lo ? fresh(r, "0") : "0";
  if (lo)
    claim(r, SAY("(<= %s (- %s 1))", low, power(r, lo)));
  claim(r, SAY("(= %s (+ (* %s %s) (* %s %s) %s))", a, power(r, hi + 1), up,
               power(r, lo), t->name, low));
  if (!lo && used > hi + 1 && r->is_signed) { // small numbers keep their sign
    const char *x = signed_of(r, t->args[0]), *all = power(r, t->bits);
    claim(r, SAY("(or (and (>= %s 0) (= %s %s)) (and (<= %s (- 1)) (= %s (+ %s "
                 "%s))) (>= %s %s) (<= %s (- 0 %s 1)))",
                 x, t->name, x, x, t->name, x, all, x, all, x, all));
  }
  if (t->bits == 1)
    claim(r, SAY("(or (= %s 0) (= %s 1))", t->name, t->name));
  t->used = used < hi + 1 ? (used > lo ? used - lo : 0) : t->bits;
}

static void mask(Real *r, Term *t) {
  Wide v;
  u32 w, n = 0;
  const char *a = t->args[0], *b = t->args[1];
  if (literal(a, &v, &w)) {
    a = t->args[1];
    b = t->args[0];
  }
  claim(r, SAY("(<= %s %s)", t->name, number(r, a)));
  claim(r, SAY("(<= %s %s)", t->name, number(r, b)));
  if (!literal(b, &v, &w))
    return;
  n = w - wide_clz(v, w);
  if (!wide_equal(v, wide_ones(n)))
    return;
  t->used = n;
  claim(r, SAY("(= %s (+ (* %s %s) %s))", number(r, a), power(r, n),
               fresh(r, "0"), t->name));
}

// --- terms ----------------------------------------------------------

static void need(Real *r, const char *name);

static const char *const truths[][2] = {
    {"bvult", "(< %s %s)"},  {"bvule", "(<= %s %s)"}, {"bvugt", "(> %s %s)"},
    {"bvuge", "(>= %s %s)"}, {"bvslt", "(< %s %s)"},  {"bvsle", "(<= %s %s)"},
    {"bvsgt", "(> %s %s)"},  {"bvsge", "(>= %s %s)"}, {"=", "(= %s %s)"}};

static bool compare(Real *r, const Term *t) {
  for (u32 i = 0; i < sizeof truths / sizeof truths[0]; i++) {
    if (!is(t->op, truths[i][0]) || !width_of(r, t->args[0]))
      continue;
    bool s = !is(t->op, "=") && t->op[2] == 's';
    const char *a = s ? signed_of(r, t->args[0]) : number(r, t->args[0]);
    const char *b = s ? signed_of(r, t->args[1]) : number(r, t->args[1]);
    apart(r, a, b);
    const char *op = is(t->op, "=") ? "=" : NULL;
    char sign[3] = {truths[i][1][1], truths[i][1][2] == '=' ? '=' : 0, 0};
    text_add(&r->out, "(define-fun %s () Bool (%s %s %s))\n", t->name,
             op ? op : sign, a, b);
    return true;
  }
  return false;
}

static void truth(Real *r, const Term *t) {
  static const char *const same[] = {"and", "or", "not", "ite", "=", "=>"};
  if (!t->known || compare(r, t)) {
    if (!t->known)
      text_add(&r->out, "(declare-const %s Bool)\n", t->name);
    return;
  }
  for (u32 i = 0; i < sizeof same / sizeof same[0]; i++) {
    if (!is(t->op, same[i]))
      continue;
    const Term *x = find(r, t->args[0]);
    if (x && !x->readable)
      break;
    text_add(&r->out, "(define-fun %s () Bool (%s", t->name, t->op);
    for (u32 k = 0; k < t->nargs; k++)
      text_add(&r->out, " %s", t->args[k]);
    text_add(&r->out, "))\n");
    return;
  }
  text_add(&r->out, "(declare-const %s Bool)\n", t->name);
}

static void arithmetic(Real *r, Term *t) {
  const char *op = t->op;
  const char *a = t->nargs ? number(r, t->args[0]) : NULL;
  const char *b = t->nargs > 1 ? number(r, t->args[1]) : NULL;
  const char *all = power(r, t->bits), *s = t->name;
  if (is(op, "bvadd") && t->nargs == 2) {
    claim(r, SAY("(or (= %s (+ %s %s)) (= %s (- (+ %s %s) %s)))", s, a, b, s, a,
                 b, all));
  } else if (is(op, "bvsub")) {
    claim(r, SAY("(or (= %s (- %s %s)) (= %s (+ (- %s %s) %s)))", s, a, b, s, a,
                 b, all));
  } else if (is(op, "bvneg")) {
    claim(r, SAY("(or (and (= %s 0) (= %s 0)) (= %s (- %s %s)))", a, s, s, all,
                 a));
  } else if (is(op, "bvnot")) {
    claim(r, SAY("(= %s (- %s 1 %s))", s, all, a));
  } else if (is(op, "bvmul")) {
    multiply(r, t);
  } else if (is(op, "bvudiv")) {
    t->used = used_of(r, t->args[0]) < t->bits ? t->bits : t->bits;
    divides(r, a, b, s, fresh(r, "0"));
  } else if (is(op, "bvurem")) {
    const char *q = fresh(r, "0");
    divides(r, a, b, q, s);
    vec_push(r->arena, &r->unsaid, q);
  } else if (is(op, "bvsdiv") || is(op, "bvsrem")) {
    divide_signed(r, t, is(op, "bvsdiv"));
  } else if (is(op, "bvshl") || is(op, "bvlshr") || is(op, "bvashr")) {
    shift(r, t);
  } else if (is(op, "extract")) {
    extract(r, t);
  } else if (is(op, "bvand")) {
    mask(r, t);
  } else if (is(op, "concat")) {
    claim(r, SAY("(= %s (+ (* %s %s) %s))", s,
                 power(r, width_of(r, t->args[1])), a, b));
  } else if (is(op, "zero_extend")) {
    t->used = used_of(r, t->args[0]);
    claim(r, SAY("(= %s %s)", s, a));
  } else if (is(op, "sign_extend")) {
    signed_result(r, t, signed_of(r, t->args[0]));
  } else if (is(op, "ite")) {
    claim(r,
          SAY("(or (and %s (= %s %s)) (and (not %s) (= %s %s)))", t->args[0], s,
              number(r, t->args[1]), t->args[0], s, number(r, t->args[2])));
  }
}

static void write_term(Real *r, Term *t) {
  if (!t->readable)
    return;
  if (!t->bits) {
    truth(r, t);
    return;
  }
  text_add(&r->out, "(declare-const %s Real)\n(assert (<= 0 %s (- %s 1)))\n",
           t->name, t->name, power(r, t->bits));
  claim(r, SAY("(or (= %s 0) (>= %s 1))", t->name, t->name));
  if (t->known)
    arithmetic(r, t);
}

// Writes what name is made of, then itself.
static void need(Real *r, const char *name) {
  Term *t = find(r, name);
  if (!t || t->seen)
    return;
  t->seen = 1;
  if (t->readable && strncmp(t->op ? t->op : "", "|fn", 3) != 0)
    for (u32 i = 0; i < t->nargs; i++)
      need(r, t->args[i]);
  write_term(r, t);
}

const char *real_script(Arena *a, const char *script) {
  Real r = {.arena = a, .out = {.arena = a}};
  for (r.cap = 1024; r.cap < strlen(script) / 16; r.cap *= 2)
    ;
  r.is_signed = strstr(script, "(bvsdiv ") || strstr(script, "(bvsrem ");
  r.table = arena_array0(a, u32, r.cap);
  for (const char *c = script; *c; c += strcspn(c, "\n"), c += *c == '\n')
    read_line(&r, c);
  for (u32 i = 0; i < r.asserts.n; i++)
    need(&r, r.asserts.at[i]);
  tell_quotients(&r);
  for (u32 i = 0; i < r.asserts.n; i++) {
    text_add(&r.out, "(assert %s)\n", r.asserts.at[i]);
  }
  return r.failed ? NULL : text_str(&r.out);
}
