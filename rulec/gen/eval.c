// fold.c and interp.c: one C function per opcode, computed from its meaning,
// and a table of them.
#include "rulec/gen/cgen.h"

static u32 words_of(const OperandInfo *o) { return o->sort.bits > 64 ? 2 : 1; }

// The meaning is an expression (or a store, where allowed), and every operand
// is something that it can speak of.
static bool has_meaning(const OpInst *op) {
  const Node *m = op->meaning;
  if (op->flags & (OF_FLOATS | OF_CALL))
    return false;
  if (!m) // a trap alone
    return op->ntraps && !(op->flags & OF_ENDS);
  return m->kind != N_EXTERN && m->kind != N_GOTO && m->kind != N_RETURN;
}

static bool op_reads(const OpInst *op, const Var *v) {
  bool r = op->meaning && node_reads(op->meaning, v);
  for (u32 i = 0; i < op->nlets; i++)
    r = r || node_reads(op->lets[i].e, v);
  for (u32 i = 0; i < op->ntraps; i++)
    r = r || op->traps[i].var == v ||
        (op->traps[i].cond && node_reads(op->traps[i].cond, v));
  return r;
}

static void op_function_lets(CGen *g, const OpInst *op) {
  for (u32 i = 0; i < op->nlets; i++) {
    Var *v = op->lets[i].var;
    const char *e = cexpr_bare(g, op->lets[i].e);
    v->c = arena_printf(g->sema->arena, "%s_", v->name);
    cline(g, "const %s %s = %s;", csort(v->sort), v->c, e);
  }
}

static void comment(const Sema *s, const OpInst *op, Text *t) {
  Text e = {.arena = s->arena};
  if (op->meaning)
    node_print(&e, s, op->meaning);
  text_add(t, "\n// %s, %s: %s\n", op->text, decl_where(s, op->base->decl),
           op->meaning ? text_str(&e) : "traps");
}

// --- fold.c ---------------------------------------------------------

static bool can_fold(const OpInst *op) {
  if (!op->base || !has_meaning(op) || !op->meaning || op->type == VT_NONE ||
      (op->flags & (OF_READS | OF_WRITES)))
    return false;
  for (u32 i = 0; i < op->noperands; i++) {
    const Sort *s = &op->vars[i]->sort;
    if (s->kind != SORT_BV || s->bits > 128)
      return false;
  }
  return true;
}

static void declare_wide(CGen *g, const Var *v, u32 word) {
  cline(g, "const u128 %s = (u128)args[%u] << 64 | args[%u];", v->c, word + 1,
        word);
}

static void fold_operand(CGen *g, const OpInst *op, u32 i, u32 *word) {
  Var *v = op->vars[i];
  v->c = v->name;
  if (v->sort.bits > 64)
    declare_wide(g, v, *word);
  else
    cline(g, "const u64 %s = args[%u];", v->name, *word);
  if (!op_reads(op, v))
    cline(g, "(void)%s;", v->name);
  *word += words_of(&op->operands[i]);
}

static void put_result(CGen *g, const Node *meaning) {
  const char *e = cexpr_bare(g, meaning);
  if (meaning->sort.bits <= 64) {
    cline(g, "*result = %s;", e);
    return;
  }
  cline(g, "const u128 r = %s;", e);
  cline(g, "result[0] = (u64)r;");
  cline(g, "result[1] = (u64)(r >> 64);");
}

static void fold_function(const Sema *s, const OpInst *op, Text *t) {
  CGen g = {.sema = s,
            .out = t,
            .indent = 2,
            .fail = "return false;",
            .nan_fails = true};
  comment(s, op, t);
  text_add(t, "static bool fold_%s(const u64 *args, u64 *result) {\n",
           op->cname + 3);
  u32 word = 0;
  for (u32 k = 0; k < 2; k++) // values, then immediates
    for (u32 i = 0; i < op->nvars; i++)
      if (op->operands[i].is_value == !k)
        fold_operand(&g, op, i, &word);
  op_function_lets(&g, op);
  for (u32 i = 0; i < op->ntraps; i++) {
    cline(&g, "if (%s)",
          op->traps[i].cond ? cexpr_bare(&g, op->traps[i].cond) : "true");
    cline(&g, "  return false; // %s",
          op->traps[i].code ? op->traps[i].code : "trap");
  }
  put_result(&g, op->meaning);
  text_add(t, "  return true;\n}\n");
}

void gen_fold(const Sema *s, Text *t) {
  cheader(t, "The constant folder");
  text_add(t, "#include \"mid/ir/fold.h\"\n#include "
              "\"mid/ir/eval.h\"\n#include \"ops.h\"\n");
  for (u32 i = 1; i < s->nops; i++)
    if (can_fold(&s->ops[i]))
      fold_function(s, &s->ops[i], t);
  text_add(t, "\ntypedef bool FoldFn(const u64 *args, u64 *result);\n"
              "static FoldFn *const folders[op_count] = {\n");
  for (u32 i = 1; i < s->nops; i++)
    if (can_fold(&s->ops[i]))
      text_add(t, "    [%s] = fold_%s,\n", s->ops[i].cname,
               s->ops[i].cname + 3);
  text_add(t, "};\n\nbool fold_op(u16 op, const u64 *args, u64 *result) {\n"
              "  return folders[op] && folders[op](args, result);\n}\n");
}

// --- interp.c -------------------------------------------------------

static bool can_interpret(const OpInst *op) {
  if (!op->base || !has_meaning(op))
    return false;
  for (u32 i = 0; i < op->noperands; i++) {
    SortKind k = (SortKind)op->vars[i]->sort.kind;
    if (k != SORT_BV && k != SORT_MEMARG && k != SORT_TRAP)
      return false;
  }
  return true;
}

static const char *field_expr(const Sema *s, const OperandInfo *o) {
  static const char *const fields[] = {"i->a", "i->b", "i->c", "inst_imm64(i)",
                                       "i->n"};
  if (o->sort.kind == SORT_MEMARG)
    return arena_printf(s->arena, "m->mems[%s]", fields[o->where]);
  if (o->sort.kind == SORT_BV && o->sort.bits > 64)
    return arena_printf(s->arena, "ev_vec(&m->vecs[%s])", fields[o->where]);
  return fields[o->where];
}

static void interp_operand(CGen *g, const OpInst *op, u32 i, u32 word) {
  const OperandInfo *o = &op->operands[i];
  Var *v = op->vars[i];
  v->c = arena_printf(g->sema->arena, "%s_", v->name);
  if (!op_reads(op, v))
    return;
  const char *type = csort(v->sort);
  if (!o->is_value)
    cline(g, "const %s %s = %s;", type, v->c, field_expr(g->sema, o));
  else if (words_of(o) == 2)
    declare_wide(g, v, word);
  else
    cline(g, "const u64 %s = args[%u];", v->c, word);
}

// The region is that of the op's memarg: `reads m.region`.
static const char *region_of(CGen *g) {
  const OpInst *op = g->user;
  for (u32 i = 0; i < op->nvars; i++)
    if (op->vars[i]->sort.kind == SORT_MEMARG)
      return arena_printf(g->sema->arena, "%s.region", op->vars[i]->c);
  return "REGION_HEAP";
}

static const char *mem_bytes(CGen *g, const Node *n) {
  return n->kind == N_MEM ? cexpr(g, n->kids[1]) : "16";
}

// Operands in order: each may write statements first.
static const char *interp_hook(CGen *g, const Node *n) {
  Arena *a = g->sema->arena;
  bool call = n->kind == N_CALL && (n->fn == BI_INSIDE || n->fn == BI_EXTEND);
  if (n->kind != N_MEM && !call)
    return NULL;
  const char *x = cexpr(g, n->kids[0]);
  if (n->kind == N_MEM) {
    const char *bytes = mem_bytes(g, n);
    return arena_printf(a, "ev_load(ev_at(m, %s, %s), %s)", x, region_of(g),
                        bytes);
  }
  if (n->fn == BI_INSIDE) {
    const char *bytes = cexpr(g, n->kids[1]);
    return arena_printf(a, "ev_inside(m, %s, %s, %s)", x, bytes,
                        cexpr(g, n->kids[2]));
  }
  const char *bytes = mem_bytes(g, n->kids[0]);
  return arena_printf(a, "(%s)ev_extend(%s, %s, %s, %u)", csort(n->sort), x,
                      bytes, cexpr(g, n->kids[1]), n->sort.bits);
}

static const char *trap_name(const Sema *s, const TrapInfo *x) {
  if (!x->code)
    return arena_printf(s->arena, "(TrapCode)%s", x->var->c);
  char *up = arena_strndup(s->arena, x->code, strlen(x->code));
  for (char *c = up; *c; c++)
    if (*c >= 'a' && *c <= 'z')
      *c = (char)(*c - 'a' + 'A');
  return arena_printf(s->arena, "TRAP_%s", up);
}

static void interp_result(CGen *g, const OpInst *op) {
  const Node *m = op->meaning;
  if (!m)
    return;
  if (m->kind == N_STORE) {
    const Node *mem = m->kids[0];
    const char *v = cexpr(g, m->kids[1]);
    cline(g, "ev_store(ev_at(m, %s, %s), %s, %s);", cexpr(g, mem->kids[0]),
          region_of(g), cexpr(g, mem->kids[1]), v);
    return;
  }
  put_result(g, m);
}

static void interp_function(const Sema *s, OpInst *op, Text *t) {
  CGen g = {.sema = s,
            .out = t,
            .indent = 2,
            .fail = "return INTERP_NOTHING;",
            .call = interp_hook,
            .user = op};
  comment(s, op, t);
  text_add(t,
           "static TrapCode interp_%s(InterpMem *m, const Inst *i,\n"
           "    const u64 *args, u64 *result) {\n"
           "  (void)m, (void)i, (void)args, (void)result;\n",
           op->cname + 3);
  for (u32 i = 0, word = 0; i < op->nvars; i++) {
    interp_operand(&g, op, i, word);
    word += op->operands[i].is_value ? words_of(&op->operands[i]) : 0;
  }
  op_function_lets(&g, op);
  for (u32 i = 0; i < op->ntraps; i++) {
    cline(&g, "if (%s)",
          op->traps[i].cond ? cexpr_bare(&g, op->traps[i].cond) : "true");
    cline(&g, "  return %s;", trap_name(s, &op->traps[i]));
  }
  interp_result(&g, op);
  text_add(t, "  return TRAP_NONE;\n}\n");
}

void gen_interp(const Sema *s, Text *t) {
  cheader(t, "The interpreter's cases");
  text_add(
      t,
      "#include \"mid/ir/interp.h\"\n#include \"mid/ir/eval.h\"\n#include "
      "\"ops.h\"\n\n"
      "// A meaning that gives nothing after its traps: a wrong declaration.\n"
      "#define INTERP_NOTHING ((TrapCode)(TRAP_COUNT + 1))\n");
  for (u32 i = 1; i < s->nops; i++)
    if (can_interpret(&s->ops[i]))
      interp_function(s, &s->ops[i], t);
  text_add(t, "\nstatic InterpFn *const cases[op_count] = {\n");
  for (u32 i = 1; i < s->nops; i++)
    if (can_interpret(&s->ops[i]))
      text_add(t, "    [%s] = interp_%s,\n", s->ops[i].cname,
               s->ops[i].cname + 3);
  text_add(t,
           "};\n\nTrapCode interp_op(InterpMem *m, u16 op, const Inst *i, "
           "const u64 *args,\n"
           "                   u64 *result) {\n"
           "  if (!cases[op])\n    return (TrapCode)INTERP_NOT_MINE;\n"
           "  TrapCode t = cases[op](m, i, args, result);\n"
           "  must(t != INTERP_NOTHING, \"the meaning of %%s gives nothing\",\n"
           "       op_info[op].name);\n  return t;\n}\n");
  text_add(t, "\nInterpFn *interp_case(u16 op) { return cases[op]; }\n");
}
