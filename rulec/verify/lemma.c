// Products and quotients by lemmas. A script is read line by line: each line
// defines one flat term. Products become an unknown function, quotients and
// remainders others, signed ones are said by unsigned ones (as SMT-LIB defines
// them). What is asserted of these functions:
//
//   a * b = b * a, (-q) * b = -(q * b), a * p - a * q = a * (p - q);
//   an odd number times what is not 0 is not 0: what is not 0 is u << k with u
//   odd, and an odd number times u << k has bit k;
//   x = (x / y) * y + x % y, and x % y < y, where y is not 0: their definition.
//
// All but the last are proved by the solver each time before they are used
// (lemma_query), at the width in question.
#include "rulec/verify/lemma.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Line { // (define-fun NAME () (_ BitVec BITS) (OP A B))
  const char *name, *op, *a, *b;
  u32 bits; // 0: Bool
} Line;

typedef VEC(Line) Lines;

// --- reading --------------------------------------------------------

static const char *token(Arena *a, const char **at) {
  const char *c = *at + strspn(*at, " ");
  const char *end = *c == '|' ? strchr(c + 1, '|') : NULL;
  size_t n = end ? (size_t)(end + 1 - c) : strcspn(c, " ()\n");
  *at = c + n;
  return arena_strndup(a, c, n);
}

// False: no definition. Terms of more or fewer than two arguments have no b.
static bool read_line(Arena *a, const char *at, Line *out) {
  static const char head[] = "(define-fun ";
  *out = (Line){0};
  if (strncmp(at, head, sizeof head - 1) != 0)
    return false;
  at += sizeof head - 1;
  out->name = token(a, &at);
  at += strlen(" () ");
  if (strncmp(at, "(_ BitVec ", 10) == 0)
    out->bits = (u32)strtoul(at + 10, NULL, 10);
  at = strchr(at, *at == '(' ? ')' : ' ');
  at = at ? at + strcspn(at, "(\n") : "";
  if (*at != '(' || at[1] == '(')
    return true;
  at++;
  out->op = token(a, &at);
  out->a = token(a, &at);
  out->b = *at == ' ' ? token(a, &at) : NULL;
  return true;
}

static const char *next_line(const char *at) {
  at += strcspn(at, "\n");
  return at + (*at == '\n');
}

static Lines read_lines(Arena *a, const char *script) {
  Lines v = {0};
  Line l;
  for (const char *at = script; *at; at = next_line(at))
    if (read_line(a, at, &l))
      vec_push(a, &v, l);
  return v;
}

static bool is(const Line *l, const char *op) {
  return l && l->op && l->b && strcmp(l->op, op) == 0;
}

static bool divides(const Line *l) {
  return is(l, "bvudiv") || is(l, "bvurem") || is(l, "bvsdiv") ||
         is(l, "bvsrem");
}

static const Line *line_of(const Lines *v, const char *name) {
  for (u32 i = 0; name && i < v->n; i++)
    if (strcmp(v->at[i].name, name) == 0)
      return &v->at[i];
  return NULL;
}

u32 lemma_width(Arena *a, const char *script) {
  Lines v = read_lines(a, script);
  for (u32 i = 0; i < v.n; i++)
    for (u32 k = 0; k < v.n && divides(&v.at[i]); k++)
      if (is(&v.at[k], "bvmul") && v.at[k].bits == v.at[i].bits &&
          v.at[k].bits <= 64)
        return v.at[k].bits;
  return 0;
}

// --- lemmas ---------------------------------------------------------

enum { LAWS = 4 }; // and one for each bit

u32 lemma_count(u32 bits) { return LAWS + bits; }

// z is not 0, and no odd number shifted left.
static void no_shifted(Text *t, u32 bits) {
  text_add(t, "(assert (not (= z (_ bv0 %u))))\n", bits);
  for (u32 k = 0; k < bits; k++)
    text_add(t,
             "(assert (not (= z (bvshl (bvor (bvlshr z (_ bv%u %u)) (_ bv1 "
             "%u)) (_ bv%u %u)))))\n",
             k, bits, bits, k, bits);
}

const char *lemma_query(Arena *a, u32 bits, u32 i) {
  Text t = {.arena = a};
  if (i >= lemma_count(bits))
    return NULL;
  for (const char *c = "abz"; *c; c++)
    text_add(&t, "(declare-const %c (_ BitVec %u))\n", *c, bits);
  switch (i) {
  case 0: text_add(&t, "(assert (not (= (bvmul a b) (bvmul b a))))\n"); break;
  case 1:
    text_add(&t,
             "(assert (not (= (bvmul (bvneg a) b) (bvneg (bvmul a b)))))\n");
    break;
  case 2:
    text_add(&t, "(assert (not (= (bvsub (bvmul a b) (bvmul a z)) (bvmul a "
                 "(bvsub b z)))))\n");
    break;
  case 3: no_shifted(&t, bits); break;
  default:
    text_add(&t,
             "(assert (= ((_ extract 0 0) a) #b1))\n"
             "(assert (= ((_ extract 0 0) b) #b1))\n"
             "(assert (= (bvmul a (bvshl b (_ bv%u %u))) (_ bv0 %u)))\n",
             i - LAWS, bits, bits);
  }
  return text_str(&t);
}

// --- a script of them -------------------------------------------------

typedef struct Writer {
  Arena *arena;
  Text out;
  u32 bits;       // of products and quotients that lemmas speak of
  const Cut *cut; // or null: only what it needs is said
} Writer;

#define PRINT(w, ...) arena_printf((w)->arena, __VA_ARGS__)

static const char *mul(Writer *w, const char *a, const char *b) {
  return PRINT(w, "(|mul %u| %s %s)", w->bits, a, b);
}

static const char *size_of(Writer *w, const char *x, bool is_signed) {
  return is_signed ? PRINT(w, "(ite (bvslt %s (_ bv0 %u)) (bvneg %s) %s)", x,
                           w->bits, x, x)
                   : x;
}

static void say(Writer *w, const char *assertion) {
  text_add(&w->out, "(assert %s)\n", assertion);
}

static void functions(Writer *w, const Lines *v) {
  static const char *const names[] = {"mul", "udiv", "urem"};
  for (u32 i = 0; i < v->n; i++) {
    u32 bits = v->at[i].bits;
    bool known = !is(&v->at[i], "bvmul") && !divides(&v->at[i]);
    for (u32 k = 0; k < i && !known; k++)
      known = v->at[k].bits == bits &&
              (is(&v->at[k], "bvmul") || divides(&v->at[k]));
    for (u32 k = 0; k < 3 && !known; k++)
      text_add(&w->out,
               "(declare-fun |%s %u| ((_ BitVec %u) (_ BitVec %u)) (_ BitVec "
               "%u))\n",
               names[k], bits, bits, bits, bits);
  }
}

static void define(Writer *w, const Line *l) {
  bool is_signed = is(l, "bvsdiv") || is(l, "bvsrem");
  u32 bits = w->bits;
  w->bits = l->bits;
  const char *x = size_of(w, l->a, is_signed), *y = size_of(w, l->b, is_signed);
  bool rest = is(l, "bvurem") || is(l, "bvsrem");
  const char *e = is(l, "bvmul") ? mul(w, l->a, l->b)
                                 : PRINT(w, "(|%s %u| %s %s)",
                                         rest ? "urem" : "udiv", l->bits, x, y);
  if (is(l, "bvsdiv"))
    e = PRINT(w,
              "(ite (= (bvslt %s (_ bv0 %u)) (bvslt %s (_ bv0 %u))) %s (bvneg "
              "%s))",
              l->a, l->bits, l->b, l->bits, e, e);
  if (is(l, "bvsrem"))
    e = PRINT(w, "(ite (bvslt %s (_ bv0 %u)) (bvneg %s) %s)", l->a, l->bits, e,
              e);
  text_add(&w->out, "(define-fun %s () (_ BitVec %u) %s)\n", l->name, l->bits,
           e);
  w->bits = bits;
}

static void division_is(Writer *w, const char *x, const char *y) {
  u32 n = w->bits;
  const char *q = PRINT(w, "(|udiv %u| %s %s)", n, x, y);
  const char *r = PRINT(w, "(|urem %u| %s %s)", n, x, y);
  const char *zero = PRINT(w, "(= %s (_ bv0 %u))", y, n);
  say(w, PRINT(w, "(or %s (= %s (bvadd %s %s)))", zero, x, mul(w, q, y), r));
  say(w, PRINT(w, "(or %s (bvult %s %s))", zero, r, y));
  say(w, PRINT(w, "(= %s %s)", mul(w, q, y), mul(w, y, q)));
}

// Of a product a * p and a quotient q.
static void product_is(Writer *w, const char *a, const char *p, const char *q) {
  u32 n = w->bits;
  const char *z = PRINT(w, "(bvsub %s %s)", p, q);
  const char *odd = PRINT(w, "(= ((_ extract 0 0) %s) #b1)", a);
  say(w, PRINT(w, "(= %s %s)", mul(w, a, p), mul(w, p, a)));
  say(w, PRINT(w, "(= %s %s)", mul(w, a, q), mul(w, q, a)));
  say(w, PRINT(w, "(= (|mul %u| (bvneg %s) %s) (bvneg %s))", n, q, a,
               mul(w, q, a)));
  say(w, PRINT(w, "(= (bvsub %s %s) %s)", mul(w, a, p), mul(w, a, q),
               mul(w, a, z)));
  say(w, PRINT(w, "(=> (and %s (not (= %s %s))) (not (= %s (_ bv0 %u))))", odd,
               p, q, mul(w, a, z), n));
}

static void instances(Writer *w, const Lines *v, const Line *d) {
  bool is_signed = is(d, "bvsdiv") || is(d, "bvsrem");
  const char *x = size_of(w, d->a, is_signed), *y = size_of(w, d->b, is_signed);
  const char *q = PRINT(w, "(|udiv %u| %s %s)", w->bits, x, y);
  division_is(w, x, y);
  if (w->cut) {
    say(w, PRINT(w, "(= (|mul %u| (bvneg %s) %s) (bvneg %s))", w->bits, q,
                 w->cut->n, mul(w, q, w->cut->n)));
    return;
  }
  for (u32 i = 0; i < v->n; i++) {
    const Line *l = &v->at[i];
    if (!is(l, "bvmul") || l->bits != w->bits)
      continue;
    product_is(w, l->a, l->b, q);
    product_is(w, l->b, l->a, q);
  }
}

static const char *write_script(Arena *a, const char *script, u32 bits,
                                const Cut *cut) {
  Writer w = {a, {.arena = a}, bits, cut};
  Lines v = read_lines(a, script);
  Line l;
  functions(&w, &v);
  for (const char *at = script; *at; at = next_line(at))
    if (read_line(a, at, &l) && cut && strcmp(l.name, cut->factor) == 0)
      text_add(&w.out, "(declare-const %s (_ BitVec %u))\n", l.name, bits);
    else if (l.name && (is(&l, "bvmul") || divides(&l)))
      define(&w, &l);
    else
      text_add(&w.out, "%.*s\n", (int)strcspn(at, "\n"), at);
  for (u32 i = 0; i < v.n; i++)
    if (divides(&v.at[i]) && v.at[i].bits == bits)
      instances(&w, &v, &v.at[i]);
  return text_str(&w.out);
}

const char *lemma_script(Arena *a, const char *script, u32 bits) {
  return write_script(a, script, bits, NULL);
}

// --- cuts -----------------------------------------------------------

// The assertion (not (or (not WHEN) REST)).
static bool find_claim(Arena *a, const char *script, const Lines *v, Cut *out) {
  for (const char *at = script; *at; at = next_line(at)) {
    if (strncmp(at, "(assert $", 9) != 0)
      continue;
    const char *c = at + strlen("(assert ");
    out->claim = token(a, &c);
    const Line *l = line_of(v, out->claim);
    l = l && l->op && strcmp(l->op, "not") == 0 ? line_of(v, l->a) : NULL;
    l = is(l, "or") ? line_of(v, l->a) : NULL;
    out->when = l && l->op && strcmp(l->op, "not") == 0 ? l->a : NULL;
    if (out->when)
      return true;
  }
  return false;
}

bool cut_find(Arena *a, const char *script, Cut *out) {
  Lines v = read_lines(a, script);
  const Line *rest = NULL, *product = NULL;
  for (u32 i = 0; i < v.n && !rest; i++)
    if (is(&v.at[i], "bvsrem") || is(&v.at[i], "bvurem"))
      rest = &v.at[i];
  for (u32 i = 0; i < v.n && rest; i++) // x - factor * n
    if (is(&v.at[i], "bvsub") && strcmp(v.at[i].a, rest->a) == 0 &&
        is(line_of(&v, v.at[i].b), "bvmul"))
      product = line_of(&v, v.at[i].b);
  if (!product || rest->bits > 64 || !find_claim(a, script, &v, out))
    return false;
  out->x = rest->a;
  out->n = product->b;
  out->factor = product->a;
  out->is_signed = is(rest, "bvsrem");
  return true;
}

// The script, its claim's assertion replaced.
static const char *instead(Arena *a, const char *script, const Cut *c,
                           const char *by) {
  const char *old = arena_printf(a, "(assert %s)\n", c->claim);
  const char *at = strstr(script, old);
  return at ? arena_printf(a, "%.*s%s%s", (int)(at - script), script, by,
                           at + strlen(old))
            : NULL;
}

static u32 bits_of(Arena *a, const char *script, const Cut *c) {
  Lines v = read_lines(a, script);
  const Line *l = line_of(&v, c->factor);
  return l ? l->bits : 64;
}

static const char *quotient(Arena *a, const char *script, const Cut *c) {
  return arena_printf(a, "(define-fun $quotient () (_ BitVec %u) (%s %s %s))\n",
                      bits_of(a, script, c), c->is_signed ? "bvsdiv" : "bvudiv",
                      c->x, c->n);
}

const char *cut_when(Arena *a, const char *script, const Cut *c) {
  return instead(a, script, c, arena_printf(a, "(assert %s)\n", c->when));
}

const char *cut_positive(Arena *a, const char *script, const Cut *c) {
  return instead(a, script, c,
                 arena_printf(a, "(assert %s)\n(assert (%s %s (_ bv0 %u)))\n",
                              c->when, c->is_signed ? "bvsle" : "bvule", c->n,
                              bits_of(a, script, c)));
}

const char *cut_quotient(Arena *a, const char *script, const Cut *c) {
  u32 n = bits_of(a, script, c);
  return instead(
      a, script, c,
      arena_printf(a,
                   "%s(define-fun $same () Bool (= %s $quotient))\n"
                   "(define-fun $differ () Bool (not $same))\n"
                   "(define-fun $above () Bool (%s (_ bv0 %u) %s))\n"
                   "(assert %s)\n(assert $above)\n(assert $differ)\n",
                   quotient(a, script, c), c->factor,
                   c->is_signed ? "bvslt" : "bvult", n, c->n, c->when));
}

const char *cut_given(Arena *a, const char *script, const Cut *c, u32 bits,
                      bool negative) {
  const char *given = arena_printf(
      a,
      "%s%s(define-fun $same () Bool (= %s $quotient))\n(assert $same)\n"
      "(assert (%s %s (_ bv0 %u)))\n",
      script, quotient(a, script, c), c->factor, negative ? "bvslt" : "bvsge",
      c->x, bits);
  return write_script(a, given, bits, c);
}
