// Each rewrite rule on programs made from its own left side: the pattern is
// read from the rule's text, variables become parameters, constants are drawn
// near what guards like, and the function must mean the same before and after.
// A rule that never matched was not tested: those are listed, and few.
//
//   rules [NAME]     only that rule, with what it was tried on
#include "mid/egraph/egraph.h"
#include "mid/ir/gen_values.h"
#include "mid/ir/interp.h"
#include "ops.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
  TRIES = 1500, // functions made for a rule until enough matched
  ENOUGH = 40,  // that matched
  ARGS = 16,    // argument lists for each
  HEAP = 4096,
  UNTESTED = 12, // rules that may stay without a match
  PER_TYPE = 3,  // parameters of each type
};

static const u8 param_types[] = {TY_I32, TY_I32, TY_I32, TY_I64, TY_I64,
                                 TY_I64, TY_F32, TY_F32, TY_F32, TY_F64,
                                 TY_F64, TY_F64, TY_I32};
enum { PARAMS = sizeof param_types - 1 }; // the last is the result

typedef struct Name { // of a pattern variable
  char name[12];
  Val v; // value, or 0
  u64 k; // number, for (iconst k)
} Name;

typedef struct Pattern {
  const char *s; // rest of the text
  Func *f;
  u64 rng;
  Name names[24];
  u32 nnames;
  char param[26][8]; // of T, C ...: what it stands for, or empty
  bool failed;       // not a pattern this test can make, or types disagree
} Pattern;

static u32 below(Pattern *p, u32 n) {
  return (u32)(gen_next(&p->rng) >> 33) % n;
}

// --- words

static void skip(Pattern *p) {
  p->s += strspn(p->s, " \n");
}

static bool take(Pattern *p, char c) {
  skip(p);
  bool is = *p->s == c;
  p->s += is;
  return is;
}

static u32 word(Pattern *p, char *out, u32 size) {
  skip(p);
  u32 n = (u32)strcspn(p->s, " ()\n"), k = n < size ? n : size - 1;
  memcpy(out, p->s, k);
  out[k] = 0;
  p->s += n;
  p->failed |= n >= size || !n;
  return n;
}

static Name *name_of(Pattern *p, const char *name) {
  for (u32 k = 0; k < p->nnames; k++)
    if (!strcmp(p->names[k].name, name))
      return &p->names[k];
  if (p->nnames == 24 || strlen(name) >= sizeof p->names[0].name) {
    p->failed = true;
    return &p->names[0];
  }
  Name *n = &p->names[p->nnames++];
  *n = (Name){0};
  strcpy(n->name, name);
  return n;
}

// --- values

static bool scalar(u8 t) {
  return t >= TY_I32 && t <= TY_F64;
}

static Val emit(Pattern *p, u16 op, u32 a, u32 b, u32 c) {
  return ir_emit(p->f, op, op_info[op].type, a, b, c, 0);
}

// Numbers that guards ask for: shift amounts, powers of two, masks, and what
// goes with a number chosen before.
static u64 constant(Pattern *p, u8 type) {
  u32 bits = type == TY_I64 ? 64 : 32;
  u64 one = 1, k = one << below(p, bits), old = 0;
  for (u32 n = p->nnames; n-- > 0 && !old;)
    old = p->names[n].k;
  switch (below(p, 14)) {
  case 0:
    return below(p, 9);
  case 1:
    return below(p, bits + 1);
  case 2:
    return k;
  case 3:
    return k - 1;
  case 4:
    return 0 - k;
  case 5:
    return old;
  case 6:
    return ~old;
  case 7:
    return bits - old;
  case 8:
    return old + below(p, 5) - 2;
  case 9:
    return (k - 1) << below(p, bits);
  case 10:
    return below(p, 2) ? 0xff : 0xffff;
  case 11:
    return below(p, 2) ? bits - 8 : bits - 1;
  case 12:
    return gen_next(&p->rng) >> below(p, 64);
  default:
    return gen_corner(&p->rng, type);
  }
}

static Val number(Pattern *p, u8 type, u64 k) {
  p->failed |= type != TY_I32 && type != TY_I64;
  return p->failed ? 1 : ir_iconst(p->f, (Type)type, k);
}

static Val parameter(Pattern *p, u8 type) {
  return 1 + (u32)(type - TY_I32) * PER_TYPE + below(p, PER_TYPE);
}

// What a variable may stand for: mostly a parameter, sometimes something small,
// a comparison, or a constant.
static Val leaf(Pattern *p, u8 type) {
  if (!scalar(type)) {
    p->failed = true;
    return 1;
  }
  Val v = parameter(p, type);
  u32 k = below(p, 12);
  if (k == 0)
    return is_float(type)
               ? ir_fconst(p->f, (Type)type, gen_corner(&p->rng, type))
               : ir_iconst(p->f, (Type)type, constant(p, type));
  if (k == 1 && !is_float(type))
    return emit(p, op_band((Type)type), v, ir_iconst(p->f, (Type)type, 255), 0);
  if (k == 2 && type == TY_I32)
    return emit(p, op_icmp(ICC_slt, TY_I32), v, parameter(p, type), 0);
  if (k == 3 && type == TY_I64)
    return emit(p, OP_uextend, parameter(p, TY_I32), 0, 0);
  return v;
}

// --- patterns

static Val pattern(Pattern *p, u8 want);

// Does opcode o fit "icmp.C.T", what is known of its parameters, and the type?
static bool fits(const Pattern *p, const OpInfo *o, const char *base, u8 want) {
  size_t n = strcspn(base, ".");
  const char *have = o->name + strlen(o->base_name);
  if (strlen(o->base_name) != n || memcmp(o->base_name, base, n))
    return false;
  if (want && o->type != want)
    return false;
  for (const char *s = base + n; *s;) {
    if (*have != '.')
      return false;
    size_t a = strcspn(++s, "."), b = strcspn(++have, ".");
    bool variable = a == 1 && *s >= 'A' && *s <= 'Z';
    const char *bound = variable ? p->param[*s - 'A'] : s;
    size_t m = variable ? strlen(bound) : a;
    if (m && (m != b || memcmp(bound, have, b)))
      return false;
    s += a;
    have += b;
  }
  return true;
}

static void bind_params(Pattern *p, const OpInfo *o, const char *base) {
  const char *have = o->name + strlen(o->base_name);
  for (const char *s = base + strcspn(base, "."); *s;) {
    size_t a = strcspn(++s, "."), b = strcspn(++have, ".");
    if (a == 1 && *s >= 'A' && *s <= 'Z')
      snprintf(p->param[*s - 'A'], sizeof p->param[0], "%.*s", (int)b, have);
    s += a;
    have += b;
  }
}

static bool usable(const OpInfo *o) {
  bool good = o->type == TY_NONE || scalar(o->type);
  for (u32 k = 0; k < o->nvals; k++)
    good &= scalar(o->val_types[k]);
  return good;
}

static u16 choose_op(Pattern *p, const char *base, u8 want) {
  u32 seen = 0;
  u16 op = 0;
  for (u32 k = 1; k < op_count; k++)
    if (fits(p, &op_info[k], base, want) && usable(&op_info[k]) &&
        below(p, ++seen) == 0)
      op = (u16)k;
  p->failed |= !op;
  if (op)
    bind_params(p, &op_info[op], base);
  return op;
}

static u32 any_memarg(Pattern *p, const OpInfo *o) {
  u8 type = o->type ? o->type : o->val_types[1];
  MemArg m = {.bytes = type_bytes[type], .region = REGION_HEAP};
  if (!is_float(type))
    m.bytes = (u8)(1u << below(p, type == TY_I32 ? 3 : 4));
  if (o->type && m.bytes < type_bytes[type])
    m.ext = below(p, 2) ? EXT_ZERO : EXT_SIGN;
  m.off = below(p, 3) ? below(p, 64) : 0;
  return ir_memarg(p->f, m);
}

static void skip_atom(Pattern *p) {
  char w[24];
  word(p, w, sizeof w);
}

// Behind "(op": operands and immediates in the order of the op's declaration.
static Val operation(Pattern *p, const char *base, u8 want) {
  u16 op = choose_op(p, base, want);
  const OpInfo *o = &op_info[op];
  u32 v[3] = {0}, n = 0;
  bool memory = o->nimms && o->imm[0] == IMM_MEMARG;
  if (memory)
    skip_atom(p);
  for (; n < o->nvals && !p->failed; n++)
    v[n] = pattern(p, o->val_types[n]);
  if (memory)
    v[n] = any_memarg(p, o);
  else if (o->nimms && o->imm[0] == IMM_TRAP) {
    skip_atom(p);
    v[n] = TRAP_OVERFLOW;
  } else if (o->nimms) {
    p->failed = true; // targets are made by branch()
  }
  p->failed |= !take(p, ')');
  return p->failed ? 1 : emit(p, op, v[0], v[1], v[2]);
}

static u64 draw(Pattern *p, u8 type) {
  if (is_float(type))
    return gen_corner(&p->rng, type);
  u64 k = constant(p, type);
  return type == TY_I32 ? (u32)k : k;
}

// Behind "(iconst" and "(fconst".
static Val numbered(Pattern *p, u8 want) {
  char w[24];
  word(p, w, sizeof w);
  p->failed |= !take(p, ')') || !scalar(want);
  if (p->failed)
    return 1;
  Name none = {0}, *n = strcmp(w, "_") ? name_of(p, w) : &none;
  if (!n->v)
    n->k = draw(p, want);
  n->v = is_float(want) ? ir_fconst(p->f, (Type)want, n->k)
                        : ir_iconst(p->f, (Type)want, n->k);
  return n->v;
}

static Val literal(Pattern *p, const char *w, u8 want) {
  char *end;
  if (is_float(want)) {
    double d = strtod(w, &end);
    float s = (float)d;
    u64 bits = 0;
    memcpy(&bits, want == TY_F64 ? (const void *)&d : (const void *)&s,
           want == TY_F64 ? 8 : 4);
    p->failed |= *end != 0;
    return ir_fconst(p->f, (Type)want, bits);
  }
  bool minus = *w == '-';
  u64 k = strtoull(w + minus, &end, 0);
  p->failed |= *end != 0;
  return number(p, want, minus ? 0 - k : k);
}

static Val variable(Pattern *p, const char *w, u8 want) {
  Name *n = name_of(p, w);
  if (take(p, '@')) {
    Val v = pattern(p, want);
    n->v = v;
    return v;
  }
  if (!n->v)
    n->v = leaf(p, want);
  p->failed |= inst_at(p->f, n->v)->type != want;
  return n->v;
}

static Val pattern(Pattern *p, u8 want) {
  char w[24];
  if (p->failed)
    return 1;
  bool open = take(p, '(');
  word(p, w, sizeof w);
  if (p->failed)
    return 1;
  if (open && (!strcmp(w, "iconst") || !strcmp(w, "fconst")))
    return numbered(p, want);
  if (open)
    return operation(p, w, want);
  if (!strcmp(w, "_"))
    return leaf(p, want);
  if (*w == '-' || (*w >= '0' && *w <= '9'))
    return literal(p, w, want);
  return variable(p, w, want);
}

// --- functions

static void end_with(Pattern *p, Block b, Val result, bool traps) {
  if (traps)
    emit(p, OP_trap, TRAP_UNREACHABLE, 0, 0);
  else
    emit(p, OP_return, 0, 0, ir_list(p->f, &result, result != 0));
  ir_end(p->f, b);
}

// brif and br_table: each way returns another number, or traps.
static void branch(Pattern *p, bool table) {
  Val c = pattern(p, TY_I32);
  u32 n = table ? below(p, 4) : 2, targets[4];
  Block b[4];
  for (u32 k = 0; k < 4; k++) {
    b[k] = k <= n ? ir_block(p->f) : 0;
    targets[k] = k <= n ? ir_target(p->f, b[k], NULL, 0) : 0;
  }
  if (table)
    emit(p, OP_br_table, c, ir_list(p->f, targets, n), targets[n]);
  else
    emit(p, OP_brif, c, targets[0], targets[1]);
  ir_end(p->f, 1);
  for (u32 k = 0; k <= n; k++) {
    Val v = ir_iconst(p->f, TY_I32, 100 + k);
    ir_begin(p->f, b[k]);
    end_with(p, b[k], v, below(p, 3) == 0);
  }
  if (!table) // the third block is not reached
    p->f->blocks.n--;
}

static const char *left_side(const RuleInfo *r) {
  const char *s = strstr(r->text, ": (");
  return s ? s + 2 : NULL;
}

// Makes a function from the rule's left side; null if this draw did not work.
static Func *make(Arena *a, const RuleInfo *r, u64 seed) {
  static const u32 no_func_sigs[1] = {0};
  Pattern p = {.s = left_side(r), .rng = seed};
  u8 *types = arena_array(a, u8, PARAMS + 1);
  Sig *sig = arena_new(a, Sig);
  memcpy(types, param_types, PARAMS + 1);
  *sig = (Sig){.nparams = PARAMS, .nresults = 1, .types = types};
  p.f = ir_new(a, sig, 1, no_func_sigs, 1, 0);
  ir_begin(p.f, ir_block(p.f));
  for (u32 k = 0; k < PARAMS; k++)
    ir_param(p.f, 1, (Type)param_types[k], 0);
  bool table = !strncmp(p.s, "(br_table", 9);
  if (table || !strncmp(p.s, "(brif", 5)) {
    p.s += table ? 9 : 5;
    types[PARAMS] = TY_I32;
    branch(&p, table);
  } else {
    Val v = pattern(&p, TY_NONE);
    u8 t = p.failed ? 0 : inst_at(p.f, v)->type;
    types[PARAMS] = t;
    sig->nresults = t != TY_NONE;
    end_with(&p, 1, t ? v : 0, false);
  }
  return !p.failed && ir_analyse(p.f) ? p.f : NULL;
}

// --- before and after

typedef struct Outcome {
  u64 result, heap, trap;
} Outcome;

static Outcome run(Arena *a, Interp *in, const Func *f, const u64 *args,
                   u64 seed) {
  static u8 heap[HEAP];
  InterpTarget t = {.code = interp_code(a, f)};
  InterpMark before = interp_mark(in);
  Outcome o = {0};
  gen_heap(seed, heap, HEAP);
  in->heap = heap;
  in->heap_bytes = HEAP;
  o.trap = interp_call(in, t, args, &o.result);
  interp_unwind(in, before);
  const Sig *s = &f->sigs[f->sig];
  o.result = o.trap || !s->nresults
                 ? 0
                 : gen_comparable(s->types[s->nparams], o.result);
  o.heap = hash_bytes(heap, HEAP);
  return o;
}

// Equal values are as likely as corners.
static void draw_args(u64 *rng, u64 *args) {
  for (u32 k = 0; k < PARAMS; k++) {
    args[k] = gen_corner(rng, param_types[k]);
    if (k % PER_TYPE && gen_next(rng) >> 61 == 0)
      args[k] = args[k - 1];
  }
}

static void show(Arena *a, const char *what, const Func *f) {
  Text t = {.arena = a};
  ir_print(f, &t);
  printf("%s\n%s", what, text_str(&t));
}

static bool same(Arena *a, Interp *in, const RuleInfo *r, const Func *f,
                 const Func *g, u64 seed) {
  u64 rng = seed, args[PARAMS];
  Text err = {.arena = a};
  if (!ir_verify(g, &err)) {
    printf("FAILED %s: %s", r->name, text_str(&err));
    show(a, "made of", f);
    return false;
  }
  for (u32 k = 0; k < ARGS; k++) {
    draw_args(&rng, args);
    Outcome x = run(a, in, f, args, seed), y = run(a, in, g, args, seed);
    if (!memcmp(&x, &y, sizeof x))
      continue;
    printf("FAILED %s (%s)\n%s\n", r->name, r->at, r->text);
    printf("%" PRIx64 " trap %" PRIu64 " became %" PRIx64 " trap %" PRIu64
           " for",
           x.result, x.trap, y.result, y.trap);
    for (u32 n = 0; n < PARAMS; n++)
      printf(" %" PRIx64, args[n]);
    show(a, "\nbefore", f);
    show(a, "after", g);
    return false;
  }
  return true;
}

typedef struct Tally {
  u32 tested, untested, failed;
} Tally;

static void test_rule(u32 rule, bool loud, Tally *tally) {
  const RuleInfo *r = &mid_rules[rule];
  Arena a = {0}, scratch = {0};
  RuleCounters *counts = calloc(mid_rule_count, sizeof *counts);
  Interp in;
  EgraphOptions o = egraph_options();
  u32 matched = 0, made = 0;
  bool good = true;
  must(counts, "no memory");
  o.watch = true;
  interp_init(&in);
  for (u64 seed = 1; seed <= TRIES && matched < ENOUGH && good; seed++) {
    EgraphCounters c = {0};
    u64 before = counts[rule].matched;
    Func *f = left_side(r) ? make(&a, r, seed) : NULL;
    if (f) {
      made++;
      Func *g = egraph_run(&a, &scratch, f, &o, &c, counts, NULL);
      matched += counts[rule].matched > before;
      good = same(&a, &in, r, f, g, seed);
      if (loud && counts[rule].matched > before && matched <= 3)
        show(&a, "before", f), show(&a, "after", g);
    }
    arena_reset(&a);
    arena_reset(&scratch);
  }
  tally->tested += matched > 0;
  tally->untested += !matched;
  tally->failed += !good;
  if (!matched)
    printf("# not matched in %u functions: %s\n", made, r->text);
  interp_free(&in);
  arena_free(&a);
  arena_free(&scratch);
  free(counts);
}

int main(int argc, char **argv) {
  Tally t = {0};
  for (u32 k = 0; k < mid_rule_count; k++)
    if (argc < 2 || !strcmp(argv[1], mid_rules[k].name))
      test_rule(k, argc > 1, &t);
  printf("%u rules tested, %u never matched, %u failed\n", t.tested, t.untested,
         t.failed);
  return t.failed > 0 || t.untested > UNTESTED || !t.tested;
}
