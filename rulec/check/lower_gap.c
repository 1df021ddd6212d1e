// Gaps: an op at parameters that no lowering rule takes whatever its operands
// are, a term that does not take everything.
//
// Tests of a rule but those on parameters count as false. Parameters are folded
// already; the fields of a memarg are as good as parameters, so each width and
// extension that a load or store of the type can have is tried: the guards of
// some rule must hold at it. Constructors of a `data` argument are tried too.
//
// Looked for where rules are meant to be whole: every pure `front` op that has
// no rule at all is a gap only if constants are lowered.
#include "rulec/check/lower.h"

// The memarg among the operands of an op, or -1.
static s32 memarg_of(const OpInst *op) {
  for (u32 k = 0; k < op->noperands; k++)
    if (op->operands[k].sort.kind == SORT_MEMARG)
      return (s32)k;
  return -1;
}

static bool is_int(u8 type) { return type == VT_I32 || type == VT_I64; }

// What is loaded or stored.
static u8 access_type(const OpInst *op) {
  if (op->type)
    return op->type;
  for (u32 k = op->noperands; k-- > 0;)
    if (op->operands[k].sort.kind == SORT_VALUE)
      return op->operands[k].sort.type;
  return VT_NONE;
}

typedef struct Access { // one width and extension
  u32 bytes, ext;       // ext: EXT_* of mid/ir/ir.h
} Access;
enum { NONE_EXT, ZERO_EXT, SIGN_EXT };

static u32 accesses(const OpInst *op, Access *out) {
  const u8 type = access_type(op);
  const u32 full = vtype_bits[type] / 8u;
  u32 n = 0;
  for (u32 b = 1; b < full && is_int(type); b *= 2) {
    if (op->type) {
      out[n++] = (Access){b, ZERO_EXT};
      out[n++] = (Access){b, SIGN_EXT};
    } else {
      out[n++] = (Access){b, NONE_EXT};
    }
  }
  out[n++] = (Access){full, NONE_EXT};
  return n;
}

// The guards hold at this access, whatever else is so.
static bool holds_at(LowerCheck *c, const RuleX *x, const Var *m,
                     const Access *at) {
  LowerKnown lk;
  lower_nothing_known(&lk, c->s);
  Node var = {.kind = N_VAR, .var = (Var *)(uintptr_t)m, .sort = m->sort};
  Node *bytes = lower_field(c->s, &var, MF_BYTES);
  Node *ext = lower_field(c->s, &var, MF_EXT);
  known_refine(&lk.k, bytes, range_const(8, at->bytes));
  known_refine(&lk.k, ext, range_const(8, at->ext));
  for (u32 k = 0; k < x->nclauses; k++) {
    const ClauseInfo *g = &x->clauses[k];
    u128 v;
    if (g->let)
      continue;
    const Val val = known_eval(&lk.k, g->e);
    if (val.none != NONE_NO || !range_is(&val.r, &v) || !v)
      return false;
  }
  return true;
}

// The tests but guards: none, or constructors and the like.
static bool only_guards(const Arm *a) {
  for (u32 k = 0; k < a->ntests; k++)
    if (a->tests[k].kind != T_COND)
      return false;
  return true;
}

static bool some_holds(LowerCheck *c, s32 m, const Access *at) {
  for (u32 k = 0; k < c->lg.arms.n; k++) {
    const Arm *a = &c->lg.arms.at[k];
    if (!a->ntests)
      return true;
    if (m < 0 || !only_guards(a))
      continue;
    const Node *arg = a->x->lhs->kids[m];
    if (arg->kind == N_VAR && holds_at(c, a->x, arg->var, at))
      return true;
  }
  return false;
}

static bool is_vector(const OpInst *op) {
  for (u32 k = 0; k < op->base->nparams; k++)
    if (op->args[k].kind == ARG_TYPE && op->args[k].value == VT_V128)
      return true;
  return op->type == VT_V128;
}

// A set that lowers constants is meant to lower all.
static bool is_whole(const Sema *s) {
  for (u32 k = 0; k < s->nlowerxs; k++) {
    const Node *lhs = s->lowerxs[k].lhs;
    if (lhs->kind == N_OP && s->ops[lhs->op].base->decl->floats)
      return true;
  }
  return false;
}

void lower_gap_op(LowerCheck *c, u32 opcode) {
  static const char *const exts[] = {"", ", extended by zeros",
                                     ", extended by its sign"};
  const OpInst *op = &c->s->ops[opcode];
  if (lower_by_hand(op) || op->base->decl->structure || is_vector(op) ||
      !is_whole(c->s))
    return;
  const s32 m = memarg_of(op);
  Access all[16] = {{0, 0}};
  const u32 n = m < 0 ? 1 : accesses(op, all);
  for (u32 k = 0; k < n; k++) {
    if (some_holds(c, m, &all[k]))
      continue;
    const char *of =
        m < 0 ? ""
              : arena_printf(c->s->arena, " of %u byte%s%s", all[k].bytes,
                             all[k].bytes == 1 ? "" : "s", exts[all[k].ext]);
    const u32 i = diag_add(c->d, E_GAP, op->base->decl->name.loc,
                           "no lower rule takes every %s%s", op->text, of);
    if (c->lg.arms.n)
      diag_note(c->d, i,
                c->lg.arms.at[c->lg.arms.n - 1].x->rule->decl->name.loc,
                "this takes some");
    diag_help(c->d, i, "a rule for it without a guard and with variables only");
    return; // one for all parameters is enough
  }
}

// --- terms ----------------------------------------------------------

// Some arm takes every value of constructor k of the first argument.
static bool takes_ctor(const LowerCheck *c, u32 k) {
  for (u32 i = 0; i < c->lg.arms.n; i++) {
    const Arm *a = &c->lg.arms.at[i];
    if (!a->ntests || (a->ntests == 1 && a->tests[0].kind == T_CTOR &&
                       a->tests[0].path == 0 && a->tests[0].op == k))
      return true;
  }
  return false;
}

static bool takes_all(const LowerCheck *c) {
  for (u32 k = 0; k < c->lg.arms.n; k++)
    if (!c->lg.arms.at[k].ntests)
      return true;
  return false;
}

static void say_gap(LowerCheck *c, const TermInfo *t, const char *what) {
  const u32 i = diag_add(c->d, E_GAP, t->decl->name.loc,
                         "no rule of %s takes %s", t->name, what);
  diag_help(c->d, i, "a rule for it without a guard and with variables only");
}

void lower_gap_term(LowerCheck *c, u32 index) {
  const TermInfo *t = &c->s->terms[index];
  const Sort first = t->nargs ? t->args[0]->sort : (Sort){0};
  if (first.kind != SORT_DATA) {
    if (!takes_all(c))
      say_gap(c, t, "everything");
    return;
  }
  const DataInfo *d = &c->s->datas[first.decl];
  for (u32 k = 0; k < d->nctors; k++)
    if (!takes_ctor(c, k)) {
      say_gap(c, t, arena_printf(c->s->arena, "every `%s`", d->ctors[k].name));
      return;
    }
}
