// The decision tree of one op: arms in order, tests that neighbours share made
// once. Ops at one place become a switch, other tests a block that is left by
// `break` when it does not hold, so that the next arms are tried.
#include "rulec/gen/lower.h"

// The declaration of what stands at path p, its parent's instruction known.
static void declare_value(LowerGen *lg, u32 p) {
  const Path *at = &lg->paths.at[p], *up = &lg->paths.at[at->parent];
  static const char *const fields[] = {"a", "b", "c", "", "n"};
  if (up->sort.kind == SORT_DATA) {
    u32 code = 0; // codes of a constructor lie side by side
    for (u32 q = 0; q < p; q++)
      code += lg->paths.at[q].parent == at->parent &&
              lg->paths.at[q].op == at->op &&
              lg->paths.at[q].sort.kind == SORT_CODE;
    if (at->sort.kind == SORT_CODE)
      cline(&lg->g, "const u32 %s = %s->code[%u];", at->c, up->c, code);
    return; // flags are the plan's
  }
  const u8 where = at->op->operands[at->operand].where;
  if (at->sort.kind == SORT_MEMARG)
    cline(&lg->g, "const MemArg %s = L->f->mems.at[%s->%s];", at->c, up->inst,
          fields[where]);
  else if (at->sort.kind == SORT_BV && at->sort.bits > 64)
    cline(&lg->g, "const u128 %s = ev_vec(&L->f->vecs.at[%s->%s]);", at->c,
          up->inst, fields[where]);
  else if (where == 3)
    cline(&lg->g, "const u64 %s = inst_imm64(%s);", at->c, up->inst);
  else if (where == 5)
    cline(&lg->g, "const u32 %s = L->f->pool.at[%s->c - 1];", at->c, up->inst);
  else
    cline(&lg->g, "const u32 %s = %s->%s;", at->c, up->inst, fields[where]);
}

static bool declared(const LowerGen *lg, u32 p) {
  return bit_has(lg->declared, p);
}

static void declare_inst(LowerGen *lg, u32 p) {
  if (declared(lg, MAX_PATHS + p))
    return;
  bit_add(lg->declared, MAX_PATHS + p);
  cline(&lg->g, "const Inst *%s = low_at(L, %s);", lg->paths.at[p].inst,
        lg->paths.at[p].c);
}

// Declares the operands of path p that some arm reads.
static void declare_kids(LowerGen *lg, u32 p, const void *op, Arm **arms,
                         u32 n) {
  for (u32 q = p + 1; q < lg->paths.n; q++) {
    const Path *at = &lg->paths.at[q];
    if (at->parent != (s32)p || (const void *)at->op != op || declared(lg, q))
      continue;
    bool used = false;
    for (u32 k = 0; k < n; k++)
      used |= bit_has(arms[k]->used, q);
    if (!used)
      continue;
    if (lg->paths.at[p].sort.kind != SORT_DATA)
      declare_inst(lg, p);
    bit_add(lg->declared, q);
    declare_value(lg, q);
  }
}

static const void *op_of(LowerGen *lg, const Test *t) {
  if (t->kind == T_OP)
    return &lg->sema->ops[t->op];
  const Path *p = &lg->paths.at[t->path];
  return &lg->sema->datas[p->sort.decl].ctors[t->op];
}

static void tree(LowerGen *lg, Arm **arms, u32 *pos, u32 n, ArmFn *leaf);

// A scope of its own: what is declared inside ends with it.
static void nested(LowerGen *lg, Arm **arms, u32 *pos, u32 n, ArmFn *leaf) {
  for (u32 k = 0; k < n; k++)
    pos[k]++;
  tree(lg, arms, pos, n, leaf);
  for (u32 k = 0; k < n; k++)
    pos[k]--;
}

static void open_scope(LowerGen *lg, u64 **saved) {
  *saved = arena_array(lg->arena, u64, bit_words(2 * MAX_PATHS));
  memcpy(*saved, lg->declared, bit_words(2 * MAX_PATHS) * sizeof(u64));
  lg->g.indent += 2;
}
static void close_scope(LowerGen *lg, const u64 *saved) {
  memcpy(lg->declared, saved, bit_words(2 * MAX_PATHS) * sizeof(u64));
  lg->g.indent -= 2;
}

// Arms whose next test is the op at one place, in one switch.
static void switch_ops(LowerGen *lg, Arm **arms, u32 *pos, u32 n, ArmFn *leaf) {
  const u32 path = arms[0]->tests[pos[0]].path;
  const Path *at = &lg->paths.at[path];
  bool *done = arena_array0(lg->arena, bool, n);
  u64 *saved;
  cline(&lg->g, "{");
  open_scope(lg, &saved);
  declare_inst(lg, path);
  cline(&lg->g, "switch (%s->op) {", at->inst);
  for (u32 i = 0; i < n; i++) {
    if (done[i])
      continue;
    const Test *t = &arms[i]->tests[pos[i]];
    Arm **same = arena_array(lg->arena, Arm *, n);
    u32 *at_pos = arena_array(lg->arena, u32, n), m = 0;
    for (u32 j = i; j < n; j++)
      if (arms[j]->tests[pos[j]].op == t->op) {
        done[j] = true;
        same[m] = arms[j];
        at_pos[m++] = pos[j];
      }
    u64 *inner;
    cline(&lg->g, "case %s: {", lg->sema->ops[t->op].cname);
    open_scope(lg, &inner);
    declare_kids(lg, path, op_of(lg, t), same, m);
    nested(lg, same, at_pos, m, leaf);
    cline(&lg->g, "break;");
    close_scope(lg, inner);
    cline(&lg->g, "}");
  }
  cline(&lg->g, "}");
  close_scope(lg, saved);
  cline(&lg->g, "}");
}

static void write_test(LowerGen *lg, Arm **arms, const Test *t, u32 n) {
  const Path *at = &lg->paths.at[t->path];
  if (t->kind == T_OP) {
    declare_inst(lg, t->path);
    cline(&lg->g, "if (%s->op != %s)", at->inst, lg->sema->ops[t->op].cname);
  } else if (t->kind == T_CTOR) {
    cline(&lg->g, "if (%s->ctor != %u)", at->c, t->op);
  } else {
    for (const char *s = t->pre, *e; *s; s = e + 1) {
      e = strchr(s, '\n');
      cline(&lg->g, "%.*s", (int)(e - s), s);
    }
    cline(&lg->g, "if (!(%s))", t->cond);
  }
  cline(&lg->g, "  break;");
  if (t->kind == T_OP || t->kind == T_CTOR)
    declare_kids(lg, t->path, op_of(lg, t), arms, n);
}

// True if all arms make the same test next.
static bool same_next(Arm **arms, const u32 *pos, u32 n) {
  for (u32 k = 0; k < n; k++)
    if (pos[k] >= arms[k]->ntests ||
        strcmp(arms[k]->tests[pos[k]].key, arms[0]->tests[pos[0]].key))
      return false;
  return true;
}

// A block of the tests that arms share, and what follows when all hold.
static void one_test(LowerGen *lg, Arm **arms, u32 *pos, u32 n, ArmFn *leaf) {
  u64 *saved;
  u32 made = 0;
  cline(&lg->g, "do {");
  open_scope(lg, &saved);
  for (; same_next(arms, pos, n); made++) {
    write_test(lg, arms, &arms[0]->tests[pos[0]], n);
    for (u32 k = 0; k < n; k++)
      pos[k]++;
  }
  tree(lg, arms, pos, n, leaf);
  for (u32 k = 0; k < n; k++)
    pos[k] -= made;
  close_scope(lg, saved);
  cline(&lg->g, "} while (0);");
}

static void tree(LowerGen *lg, Arm **arms, u32 *pos, u32 n, ArmFn *leaf) {
  for (u32 i = 0; i < n;) {
    if (pos[i] == arms[i]->ntests) {
      leaf(lg, arms[i]);
      i++; // what follows is reached if that rule is off
      continue;
    }
    const Test *t = &arms[i]->tests[pos[i]];
    u32 j = i + 1, ops = 1;
    if (t->kind == T_OP)
      for (; j < n && pos[j] < arms[j]->ntests; j++) {
        const Test *u = &arms[j]->tests[pos[j]];
        if (u->kind != T_OP || u->path != t->path)
          break;
        ops += u->op != t->op;
      }
    if (ops > 1) {
      switch_ops(lg, arms + i, pos + i, j - i, leaf);
      i = j;
      continue;
    }
    for (j = i + 1; j < n && pos[j] < arms[j]->ntests &&
                    !strcmp(arms[j]->tests[pos[j]].key, t->key);)
      j++;
    one_test(lg, arms + i, pos + i, j - i, leaf);
    i = j;
  }
}

// What the function's own arguments bring.
static void declare_roots(LowerGen *lg, Arm **arms, u32 n) {
  if (!lg->term && n)
    declare_kids(lg, 0, &lg->sema->ops[arms[0]->x->lhs->op], arms, n);
}

static u32 live_arms(LowerGen *lg, Arm **arms) {
  u32 n = 0;
  for (u32 k = 0; k < lg->arms.n; k++)
    if (!lg->arms.at[k].dropped)
      arms[n++] = &lg->arms.at[k];
  return n;
}

void lower_tree(LowerGen *lg, ArmFn *leaf) {
  Arm **arms = arena_array(lg->arena, Arm *, lg->arms.n + 1);
  u32 *pos = arena_array0(lg->arena, u32, lg->arms.n + 1);
  const u32 n = live_arms(lg, arms);
  lg->declared = arena_array0(lg->arena, u64, bit_words(2 * MAX_PATHS));
  declare_roots(lg, arms, n);
  tree(lg, arms, pos, n, leaf);
}

u32 lower_tree_ops(LowerGen *lg, u32 *ops) {
  Arm **arms = arena_array(lg->arena, Arm *, lg->arms.n + 1);
  const u32 n = live_arms(lg, arms);
  u32 nops = 0;
  for (u32 k = 0; k < n; k++) {
    const Test *t = arms[k]->tests;
    u32 j = 0;
    if (!arms[k]->ntests)
      continue; // takes everything, so it comes last
    if (t->kind != T_OP || t->path != 0)
      return 0;
    while (j < nops && ops[j] != t->op)
      j++;
    if (j == nops)
      ops[nops++] = t->op;
  }
  return nops;
}

void lower_tree_op(LowerGen *lg, u32 op, ArmFn *leaf) {
  Arm **all = arena_array(lg->arena, Arm *, lg->arms.n + 1);
  Arm **arms = arena_array(lg->arena, Arm *, lg->arms.n + 1);
  u32 *pos = arena_array(lg->arena, u32, lg->arms.n + 1), n = 0;
  const u32 nall = live_arms(lg, all);
  for (u32 k = 0; k < nall; k++)
    if (all[k]->ntests && all[k]->tests->op == op) {
      pos[n] = 1; // the op itself is known
      arms[n++] = all[k];
    }
  lg->declared = arena_array0(lg->arena, u64, bit_words(2 * MAX_PATHS));
  declare_kids(lg, 0, &lg->sema->ops[op], arms, n);
  tree(lg, arms, pos, n, leaf);
}

void lower_tree_rest(LowerGen *lg, ArmFn *leaf) {
  for (u32 k = 0; k < lg->arms.n; k++)
    if (!lg->arms.at[k].dropped && !lg->arms.at[k].ntests)
      leaf(lg, &lg->arms.at[k]);
}

void lower_declare_all(LowerGen *lg, const Arm *a) {
  lg->declared = arena_array0(lg->arena, u64, bit_words(2 * MAX_PATHS));
  for (u32 p = 0; p < lg->paths.n; p++) {
    const Path *at = &lg->paths.at[p];
    if (at->parent < 0 || !bit_has(a->rhs_used, p))
      continue;
    if (lg->paths.at[at->parent].sort.kind != SORT_DATA)
      declare_inst(lg, (u32)at->parent);
    declare_value(lg, p);
  }
}
