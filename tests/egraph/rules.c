// Every rewrite rule alone, on code made from its own left side: `rulec dump`
// gives the left sides typed and expanded; variables become parameters,
// immediates are drawn until the guard holds. The rule must fire, the result
// must verify, and interpreted it must do what the left side did, to the last
// bit, for values at the corners of their types: with this rule alone, and with
// all rules.
//
//   egraph_rules [RULE]      RW_OUT names the folder of the built rulec; with
//                            RW_LONG set, more of each
#include "mid/egraph/egraph.h"
#include "mid/ir/gen.h"
#include "mid/ir/gen_values.h"
#include "mid/ir/interp.h"
#include "ops.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEAP = 1 << 12, TRIES = 3000, MAX_VARS = 24 };

// --- left sides as trees -----------------------------------------------------

typedef struct Tree Tree;
struct Tree {
  u16 op;           // 0: a leaf
  const char *name; // variable, `_`, or the `x` of `x@(...)`
  bool literal;
  u64 number;
  u32 nkids;
  Tree *kids[4];
};

typedef struct Reader {
  Arena *arena;
  const char *at;
} Reader;

static u16 find_op(const char *s, size_t n) {
  for (u16 op = 1; op < op_count; op++)
    if (strlen(op_info[op].name) == n && !memcmp(op_info[op].name, s, n))
      return op;
  return 0;
}

static Tree *read_tree(Reader *r) {
  Tree *t = arena_new(r->arena, Tree);
  while (*r->at == ' ')
    r->at++;
  size_t n = strcspn(r->at, " ()@");
  if (n && r->at[n] == '@') {
    t->name = arena_strndup(r->arena, r->at, n);
    r->at += n + 1;
    n = 0;
  }
  if (*r->at == '(') {
    r->at++;
    n = strcspn(r->at, " )");
    t->op = find_op(r->at, n);
    if (!t->op)
      return NULL;
    r->at += n;
    while (*r->at != ')') {
      Tree *kid = t->nkids < 4 ? read_tree(r) : NULL;
      if (!kid)
        return NULL;
      t->kids[t->nkids++] = kid;
    }
    r->at++;
    return t;
  }
  if ((*r->at >= '0' && *r->at <= '9') || *r->at == '-') {
    t->literal = true;
    t->number = strtoull(r->at, NULL, 0);
  } else {
    t->name = arena_strndup(r->arena, r->at, n);
  }
  r->at += n;
  return t;
}

// --- immediates --------------------------------------------------------------

static u64 draw_number(u64 *state) {
  u64 r = gen_next(state), k = r >> 8;
  switch (r % 10) {
  case 0: return k % 3;
  case 1:
  case 2: return k % 67;
  case 3: return (u64)1 << (k % 64);
  case 4: return ((u64)1 << (k % 64)) - 1;
  case 5: return 0 - ((u64)1 << (k % 64));
  case 6: return ((u64)1 << (k % 64)) + 1;
  case 7: return 0 - k % 67;
  case 8: return gen_next(state) >> (k % 64);
  default: return ~((u64)0xff << (k % 8 * 8));
  }
}

typedef struct Maker {
  Arena *arena;
  Func *f;
  u64 state;
  u32 nvars;
  const char *names[MAX_VARS];
  u32 values[MAX_VARS]; // parameter, or immediate's index
  u64 numbers[MAX_VARS];
  u32 ntypes;
  u8 types[MAX_VARS];
  u32 ntargets;
  u32 targets[MAX_VARS]; // pool indices, their blocks still to be made
  u32 last_number;
} Maker;

static s32 find_var(const Maker *m, const char *name) {
  for (u32 k = 0; k < m->nvars; k++)
    if (strcmp(name, "_") && !strcmp(m->names[k], name))
      return (s32)k;
  return -1;
}

static u32 add_var(Maker *m, const char *name) {
  must(m->nvars < MAX_VARS, "too many variables");
  m->names[m->nvars] = name;
  return m->nvars++;
}

// Numbers like each other are drawn often: sums, complements and equal ones are
// what guards ask for.
static u64 number_of(Maker *m, const Tree *t, Type type) {
  if (t->literal)
    return t->number;
  s32 v = find_var(m, t->name);
  if (v >= 0)
    return m->numbers[v];
  u64 n = draw_number(&m->state), bits = type_bytes[type] * 8u;
  u64 other = m->last_number ? m->numbers[m->last_number] : 0;
  switch (gen_next(&m->state) % 12) {
  case 0: n = other; break;
  case 1: n = ~other; break;
  case 2: n = bits - other; break;
  case 3: n = other & n; break;
  case 4: n = n * (other | 1); break;
  case 5: n = other + (n & 15); break;
  case 6: n = bits - 1 - (gen_next(&m->state) % 3 ? 0 : n % 34); break;
  default: break;
  }
  if (bits == 32)
    n = (u32)n;
  u32 k = add_var(m, t->name);
  m->numbers[k] = n;
  m->last_number = k;
  return n;
}

static u32 memarg_of(Maker *m, const Tree *t, u16 op) {
  s32 v = find_var(m, t->name);
  if (v >= 0)
    return m->values[v];
  const OpInfo *o = &op_info[op];
  bool load = o->flags & OPF_READS;
  u8 type = load ? o->type : o->val_types[1];
  u8 widest = type_bytes[type];
  MemArg a = {.bytes = widest, .off = (u32)(gen_next(&m->state) % 200)};
  u64 r = gen_next(&m->state);
  if ((type == TY_I32 || type == TY_I64) && r & 1)
    a.bytes = (u8)(1u << (r >> 8) % (type == TY_I32 ? 3 : 4));
  if (load && a.bytes < widest)
    a.ext = r & 2 ? EXT_SIGN : EXT_ZERO;
  if (r >> 16 & 1)
    a.off = (u32)(r >> 20);
  u32 k = add_var(m, t->name);
  return m->values[k] = ir_memarg(m->f, a);
}

// A target whose block is made later; `_` and names are all different ways.
static u32 target_of(Maker *m, const Tree *t) {
  s32 v = find_var(m, t->name);
  must(v < 0, "a target twice");
  u32 k = add_var(m, t->name);
  m->targets[m->ntargets++] = m->values[k] = ir_target(m->f, 1, NULL, 0);
  return m->values[k];
}

static u32 targets_of(Maker *m, const Tree *t) {
  u32 n = (u32)(gen_next(&m->state) % 4), at[4];
  for (u32 k = 0; k < n; k++)
    m->targets[m->ntargets++] = at[k] = ir_target(m->f, 1, NULL, 0);
  add_var(m, t->name);
  return ir_list(m->f, at, n);
}

// --- code --------------------------------------------------------------------

static Val value_of(Maker *m, const Tree *t, u8 type);

static u32 immediate_of(Maker *m, const Tree *t, u16 op, u8 kind) {
  switch (kind) {
  case IMM_MEMARG: return memarg_of(m, t, op);
  case IMM_TARGET: return target_of(m, t);
  case IMM_TARGETS: return targets_of(m, t);
  case IMM_TRAP: return 1 + (u32)(gen_next(&m->state) % (TRAP_STACK - 1));
  default: return 0; // a function's index
  }
}

// Kids are in declared order; values and immediates alternate as they like.
static Inst inst_of(Maker *m, const Tree *t) {
  const OpInfo *o = &op_info[t->op];
  Inst i = {.op = t->op, .type = o->type};
  u32 *fields[] = {&i.a, &i.b, &i.c};
  u32 nimms = t->nkids - o->nvals, imm = 0, val = 0;
  bool imms_first = nimms && (t->op < OP_trapz || t->op == OP_br_table) &&
                    o->imm[0] == IMM_MEMARG; // load, store: the memarg leads
  for (u32 k = 0; k < t->nkids; k++) {
    bool is_imm = imms_first ? k < nimms : k >= o->nvals;
    if (!is_imm) {
      Val v = value_of(m, t->kids[k], o->val_types[val]);
      *fields[val++] = v;
    } else {
      u32 v = immediate_of(m, t->kids[k], t->op, o->imm[imm]);
      *fields[o->imm_field[imm++]] = v;
    }
  }
  return i;
}

static Val value_of(Maker *m, const Tree *t, u8 type) {
  if (t->literal || (t->op && op_info[t->op].flags & OPF_FLOATS && t->nkids)) {
    u64 n = number_of(m, t->literal ? t : t->kids[0], (Type)type);
    if (type == TY_F32 || type == TY_F64)
      return ir_fconst(m->f, (Type)type, n);
    return ir_iconst(m->f, (Type)type, n);
  }
  if (t->op) {
    Inst i = inst_of(m, t);
    Val v = ir_emit(m->f, i.op, (Type)i.type, i.a, i.b, i.c, 0);
    if (t->name)
      m->values[add_var(m, t->name)] = v;
    return v;
  }
  s32 k = find_var(m, t->name);
  if (k >= 0)
    return m->values[k];
  must(false, "%s has no parameter", t->name);
  return 0;
}

// What is known of a parameter is nothing: often it comes with a mask or a
// shift, so that guards which ask for facts hold now and then.
static Val narrowed(Maker *m, Val v, u8 type) {
  u64 r = gen_next(&m->state);
  if ((type != TY_I32 && type != TY_I64) || r & 3)
    return v;
  u32 bits = type_bytes[type] * 8u;
  u64 few = ~(u64)0 >> (64 - bits) >> (r >> 8) % bits;
  u64 numbers[] = {1 + (r >> 8) % (bits - 1), few, ~few, few,
                   draw_number(&m->state)};
  u16 ops[] = {op_ushr((Type)type), op_band((Type)type), op_bor((Type)type),
               op_bor((Type)type), op_band((Type)type)};
  u32 k = (u32)(r >> 32) % 5;
  Val n = ir_iconst(m->f, (Type)type, numbers[k]);
  return ir_emit(m->f, ops[k], (Type)type, v, n, 0, 0);
}

// One parameter for each variable that stands for a value.
static void parameters(Maker *m, const Tree *t, u8 type) {
  const OpInfo *o = &op_info[t->op];
  if (!t->op) {
    if (t->literal || find_var(m, t->name) >= 0)
      return;
    u32 k = add_var(m, t->name);
    m->types[m->ntypes++] = type;
    m->values[k] = ir_param(m->f, 1, (Type)type, 0);
    return;
  }
  u32 nimms = t->nkids - o->nvals;
  bool imms_first = nimms && o->imm[0] == IMM_MEMARG;
  for (u32 k = 0, val = 0; k < t->nkids; k++)
    if (imms_first ? k >= nimms : k < o->nvals)
      parameters(m, t->kids[k], o->val_types[val++]);
}

// `_` stands for a value of its own each time; names keep them apart.
static void name_wild(Arena *a, Tree *t, u32 *n) {
  if (!t->op && t->name && !strcmp(t->name, "_"))
    t->name = arena_printf(a, "_%u", (*n)++);
  for (u32 k = 0; k < t->nkids; k++)
    name_wild(a, t->kids[k], n);
}

static void return_number(Maker *m, u64 n, u8 type) {
  Val v = ir_iconst(m->f, (Type)type, n);
  ir_emit(m->f, OP_return, TY_NONE, 0, 0, ir_list(m->f, &v, 1), 0);
}

static void target_blocks(Maker *m) {
  for (u32 k = 0; k < m->ntargets; k++) {
    Block b = ir_block(m->f);
    m->f->pool.at[m->targets[k]] = b;
    ir_begin(m->f, b);
    if (gen_next(&m->state) % 3 == 0)
      ir_emit(m->f, OP_trap, TY_NONE, 1 + k % (TRAP_STACK - 1), 0, 0, 0);
    else
      return_number(m, k + 100, TY_I32);
    ir_end(m->f, b);
  }
}

// The function of a left side; its result is what the root gives, else a 7.
static IrModule module_of(Arena *a, Tree *root, u64 seed) {
  Maker m = {.arena = a, .state = seed};
  Sig *sig = arena_new(a, Sig);
  u32 *func_sigs = arena_array0(a, u32, 1);
  Func *f = m.f = ir_new(a, sig, 1, func_sigs, 1, 0);
  u32 wild = 0;
  name_wild(a, root, &wild);
  m.nvars = m.last_number = 0;
  add_var(&m, ""); // 0: none
  Block b = ir_block(f);
  ir_begin(f, b);
  parameters(&m, root, TY_NONE);
  if (seed & 1)
    for (u32 k = 1, p = 0; k < m.nvars && p < m.ntypes; k++, p++)
      m.values[k] = narrowed(&m, m.values[k], m.types[p]);
  Inst i = inst_of(&m, root);
  Val v = ir_emit(f, i.op, (Type)i.type, i.a, i.b, i.c, 0);
  u8 result = i.type ? i.type : (u8)TY_I32;
  if (!(op_info[i.op].flags & OPF_ENDS)) {
    if (i.type)
      ir_emit(f, OP_return, TY_NONE, 0, 0, ir_list(f, &v, 1), 0);
    else
      return_number(&m, 7, TY_I32);
  }
  ir_end(f, b);
  target_blocks(&m);
  u8 *types = arena_array(a, u8, m.ntypes + 1);
  memcpy(types, m.types, m.ntypes);
  types[m.ntypes] = result;
  *sig = (Sig){(u16)m.ntypes, 1, types};
  f->next_key = f->insts.n;
  must(ir_analyse(f), "irreducible");
  IrModule mod = {.sigs = sig, .nsigs = 1, .func_sigs = func_sigs, .nfuncs = 1};
  mod.funcs = arena_array0(a, Func *, 1);
  mod.funcs[0] = f;
  return mod;
}

// --- running -----------------------------------------------------------------

typedef struct Outcome {
  TrapCode trap;
  u64 result, heap;
} Outcome;

typedef struct Test {
  Arena arena, scratch, lines;
  u8 *heap;
  u64 calls, instances;
  u32 failures;
  u32 enough, each; // instances of an expansion, calls of an instance
} Test;

// Addresses should be inside, mostly: numbers are small as often as not.
static Outcome run(Test *t, const IrModule *m, u64 seed) {
  Interp in;
  u64 args[MAX_VARS], state = seed;
  const Sig *sig = &m->sigs[0];
  gen_args(seed, sig, args);
  for (u32 k = 0; k < sig->nparams; k++)
    if (gen_next(&state) % 2 && sig->types[k] == TY_I64)
      args[k] = gen_next(&state) % 300;
  interp_init(&in);
  interp_use_module(&in, m);
  gen_heap(seed, t->heap, HEAP);
  in.heap = t->heap;
  in.heap_bytes = HEAP;
  InterpTarget target = {0};
  must(in.resolve(&in, NULL, 0, &target), "no f0");
  Outcome o = {0};
  o.trap = interp_call(&in, target, args, &o.result);
  if (o.trap)
    o.result = 0;
  o.heap = hash_bytes(t->heap, HEAP);
  interp_free(&in);
  return o;
}

static void complain(Test *t, const char *line, const char *what,
                     const IrModule *before, const IrModule *after) {
  Text s = {.arena = &t->arena};
  ir_print_module(before, &s);
  ir_print_module(after, &s);
  t->failures++;
  printf("FAILED %.*s\n%s\n%s", (int)strcspn(line, "\n"), line, what,
         text_str(&s));
}

static bool compare(Test *t, const char *line, const IrModule *before,
                    const IrModule *after, u64 seed) {
  Text err = {.arena = &t->arena};
  if (!ir_verify(before->funcs[0], &err) || !ir_verify(after->funcs[0], &err)) {
    complain(t, line, text_str(&err), before, after);
    return false;
  }
  for (u64 k = 0; k < t->each; k++) {
    Outcome x = run(t, before, seed + k), y = run(t, after, seed + k);
    t->calls++;
    if (x.trap == y.trap && x.result == y.result && x.heap == y.heap)
      continue;
    complain(t, line,
             arena_printf(&t->arena,
                          "arguments of seed %" PRIu64 ": %s %" PRIx64
                          ", rewritten %s %" PRIx64,
                          seed + k, trap_names[x.trap], x.result,
                          trap_names[y.trap], y.result),
             before, after);
    return false;
  }
  return true;
}

static IrModule rewrite(Test *t, const IrModule *m, const u64 *on,
                        RuleCounters *counters) {
  EgraphOptions o = egraph_options();
  o.rules = on;
  o.watch = true;
  IrModule n = *m;
  n.funcs = arena_array0(&t->arena, Func *, 1);
  n.funcs[0] =
      egraph_run(&t->arena, &t->scratch, m->funcs[0], &o, NULL, counters, NULL);
  return n;
}

// One expansion. Returns how many instances fired.
static u32 expansion(Test *t, const char *line, const char *lhs, u32 rule) {
  u32 fired = 0;
  u64 *on = arena_array0(&t->lines, u64, mid_builtin.nrules / 64 + 1);
  RuleCounters *c = arena_array0(&t->lines, RuleCounters, mid_builtin.nrules);
  bit_add(on, rule);
  for (u64 k = 0; k < TRIES && fired < t->enough; k++) {
    arena_reset(&t->arena);
    arena_reset(&t->scratch);
    Reader r = {&t->arena, lhs};
    Tree *root = read_tree(&r);
    must(root, "cannot read %s", lhs);
    u64 seed = (k + 1) * 0x9e3779b97f4a7c15u + rule;
    IrModule before = module_of(&t->arena, root, seed);
    u64 done = c[rule].inserted + c[rule].subsumed;
    IrModule after = rewrite(t, &before, on, c);
    if (c[rule].inserted + c[rule].subsumed == done)
      continue;
    fired++;
    t->instances++;
    if (!compare(t, line, &before, &after, seed))
      return fired;
    IrModule all = rewrite(t, &before, NULL, NULL);
    if (!compare(t, line, &before, &all, seed))
      return fired;
  }
  return fired;
}

// --- rules -------------------------------------------------------------------

static s32 rule_named(const char *s, size_t n) {
  for (u32 k = 0; k < mid_builtin.nrules; k++)
    if (strlen(mid_builtin.rules[k].name) == n &&
        !memcmp(mid_builtin.rules[k].name, s, n))
      return (s32)k;
  return -1;
}

static char *read_all(Arena *a, FILE *in) {
  Text t = {.arena = a};
  char buf[1 << 16];
  size_t n;
  while ((n = fread(buf, 1, sizeof buf, in)) > 0)
    text_put(&t, buf, n);
  return text_str(&t);
}

static u32 *fired_by_rule;

static void line_of(Test *t, const char *line, const char *only) {
  size_t n = strcspn(line, " \n");
  s32 rule = rule_named(line, n);
  const char *lhs = strstr(line, ": ");
  if (rule < 0 || !lhs ||
      (only && (strlen(only) != n || memcmp(line, only, n))))
    return;
  if (!strncmp(lhs - 2, ".0", 2)) // variants come by themselves
    fired_by_rule[rule] += expansion(t, line, lhs + 2, (u32)rule);
}

int main(int argc, char **argv) {
  const char *out = getenv("RW_OUT");
  bool more = getenv("RW_LONG") || argc > 1;
  Test t = {.enough = more ? 12 : 2, .each = more ? 40 : 12};
  Arena keep = {0};
  char command[400];
  snprintf(command, sizeof command,
           "%s/rulec dump rules/ops.rules rules/mid/*.rules",
           out ? out : "out");
  FILE *in = popen(command, "r");
  must(in, "cannot run rulec");
  char *text = read_all(&keep, in);
  if (pclose(in) != 0 || !*text) {
    puts("rulec dump gave nothing: run in the source folder, RW_OUT set");
    return 77;
  }
  t.heap = arena_array(&keep, u8, HEAP);
  fired_by_rule = arena_array0(&keep, u32, mid_builtin.nrules + 1);
  for (const char *s = text; *s; s += strcspn(s, "\n"), s += *s == '\n')
    line_of(&t, s, argc > 1 ? argv[1] : NULL);
  u32 idle = 0;
  for (u32 k = 0; k < mid_builtin.nrules && argc < 2; k++)
    if (!fired_by_rule[k]) {
      printf("FAILED %s never fired: %s\n", mid_builtin.rules[k].name,
             mid_builtin.rules[k].text);
      idle++;
    }
  printf("%s 1 %u rules, %" PRIu64 " instances, %" PRIu64 " calls\n",
         t.failures + idle ? "FAILED" : "ok", mid_builtin.nrules, t.instances,
         t.calls);
  arena_free(&t.arena);
  arena_free(&t.scratch);
  arena_free(&t.lines);
  arena_free(&keep);
  return t.failures + idle != 0;
}
