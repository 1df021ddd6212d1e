// Writes out/gen/meaning.c: each instruction that computes, as a C function of
// its operands (back/emit/meaning.h), from its equations; a sequence from what
// it `means`, ops put in line. Control and calls have none.
#include "rulec/gen/cgen.h"

static const char *const flag_names[FF_COUNT] = {"FLAG_O", "FLAG_C", "FLAG_Z",
                                                 "FLAG_S", "FLAG_P"};

static bool is_flags(const Node *n) { return n->sort.kind == SORT_FLAGS; }

static bool sayable(const Sema *s, const Node *n);

static bool op_sayable(const Sema *s, const OpInst *op) {
  for (u32 i = 0; i < op->nlets; i++)
    if (!sayable(s, op->lets[i].e))
      return false;
  for (u32 i = 0; i < op->ntraps; i++)
    if (op->traps[i].cond && !sayable(s, op->traps[i].cond))
      return false;
  return op->meaning && sayable(s, op->meaning);
}

// Only what the hook below knows may be in it.
static bool sayable(const Sema *s, const Node *n) {
  switch ((NodeKind)n->kind) {
  case N_EXTERN:
  case N_GOTO:
  case N_RETURN:
  case N_INDEX: return false;
  case N_OPMEANING:
    if (!op_sayable(s, &s->ops[n->op]))
      return false;
    break;
  case N_VAR:
    return n->sort.kind == SORT_AMODE || n->sort.kind == SORT_FLAGS ||
           (n->sort.kind == SORT_BV && n->sort.bits <= 128);
  case N_MEM: return n->kids[0]->kind == N_VAR;
  default: break;
  }
  for (u32 i = 0; i < n->nkids; i++)
    if (!sayable(s, n->kids[i]))
      return false;
  return true;
}

static bool has_number(const InstX *x) {
  for (u32 i = 0; i < x->nresults; i++)
    if (x->equations[i])
      return true;
  return false;
}

static bool has_meaning(const Sema *s, const InstX *x) {
  if (!x->base || x->ends || x->effects_all || x->noperands > 8 ||
      x->nresults > 4)
    return false;
  if (x->is_seq)
    return x->means && x->nresults && sayable(s, x->means);
  bool stores = x->effect && x->effect->kind == N_STORE;
  if (!stores && (x->effect || !has_number(x)))
    return false;
  for (u32 i = 0; i < x->nresults; i++)
    if (!x->equations[i] || !sayable(s, x->equations[i]))
      return false;
  return !stores || sayable(s, x->effect->kids[1]);
}

// An op as a function: its operands get names, its traps give up.
static const char *op_in_line(CGen *g, const Node *n) {
  const OpInst *op = &g->sema->ops[n->op];
  for (u32 i = 0; i < op->nvars; i++) {
    const char *e = cexpr(g, n->kids[i]);
    Var *v = op->vars[i];
    v->c = arena_printf(g->sema->arena, "%s_%u", v->name, g->temps++);
    cline(g, "const %s %s = %s;", csort(v->sort), v->c, e);
  }
  for (u32 i = 0; i < op->nlets; i++) {
    Var *v = op->lets[i].var;
    const char *e = cexpr(g, op->lets[i].e);
    v->c = arena_printf(g->sema->arena, "%s_%u", v->name, g->temps++);
    cline(g, "const %s %s = %s;", csort(v->sort), v->c, e);
  }
  for (u32 i = 0; i < op->ntraps; i++)
    if (op->traps[i].cond) {
      cline(g, "if (%s)", cexpr(g, op->traps[i].cond));
      cline(g, "  return false;");
    }
  return cexpr(g, op->meaning);
}

static const char *hook(CGen *g, const Node *n) {
  if (n->kind == N_OPMEANING)
    return op_in_line(g, n);
  if (n->kind == N_FIELD && is_flags(n->kids[0]))
    return arena_printf(g->sema->arena, "s->f[%s]", flag_names[n->field]);
  if (n->kind == N_MEM)
    return arena_printf(g->sema->arena, "(s->mem & ev_mask(%u))", n->sort.bits);
  return NULL;
}

static bool reads(const Node *n, const Var *v) {
  if (!n || n->kind == N_MEM) // an address alone is not read
    return false;
  if (n->kind == N_VAR && n->var == v)
    return true;
  for (u32 i = 0; i < n->nkids; i++)
    if (reads(n->kids[i], v))
      return true;
  return false;
}

static bool inst_reads(const InstX *x, const Var *v) {
  bool r =
      x->effect && x->effect->kind == N_STORE && reads(x->effect->kids[1], v);
  r = r || (x->is_seq && reads(x->means, v));
  for (u32 i = 0; x->equations && i < x->nresults; i++)
    r = r || reads(x->equations[i], v);
  for (u32 i = 0; i < x->ntraps; i++)
    r = r || reads(x->traps[i].cond, v);
  return r;
}

static bool is_number(const Var *v) { return v->sort.kind == SORT_BV; }

static void operands(CGen *g, const InstX *x) {
  for (u32 i = 0; i < x->noperands; i++) {
    Var *v = x->vars[i];
    v->c = arena_printf(g->sema->arena, "%s_", v->name);
    if (is_number(v) && inst_reads(x, v))
      cline(g, "const %s %s = s->in[%u] & ev_mask(%u);", csort(v->sort), v->c,
            i, v->sort.bits < 64 ? v->sort.bits : 64);
  }
}

// `c ? x : ?` and plain `?` at the top of an equation.
static void equation(CGen *g, const InstX *x, u32 r) {
  const Node *n = x->equations[r];
  Var *v = x->vars[x->noperands + r];
  u32 arm = n->kind != N_COND              ? 0
            : n->kids[1]->kind == N_UNSPEC ? 1
            : n->kids[2]->kind == N_UNSPEC ? 2
                                           : 0;
  v->c = arena_printf(g->sema->arena, "s->out[%u]", r);
  if (n->kind == N_UNSPEC)
    return;
  if (!arm) {
    cline(g, "s->out[%u] = (u64)%s;", r, cexpr(g, n));
    cline(g, "s->known[%u] = true;", r);
    return;
  }
  cline(g, "s->known[%u] = %s%s;", r, arm == 1 ? "!" : "",
        cexpr(g, n->kids[0]));
  cline(g, "if (s->known[%u]) {", r);
  g->indent += 2;
  cline(g, "s->out[%u] = (u64)%s;", r, cexpr(g, n->kids[3 - arm]));
  g->indent -= 2;
  cline(g, "}");
}

static void flags(CGen *g, const Node *n) {
  if (n->kind != N_RECORD)
    return;
  for (u32 i = 0; i < n->nkids; i++)
    if (n->kids[i]->kind != N_UNSPEC) {
      const char *f = flag_names[n->fields[i]];
      cline(g, "s->fout[%s] = %s;", f, cexpr(g, n->kids[i]));
      cline(g, "s->fknown[%s] = true;", f);
    }
}

static void function(const Sema *s, const InstX *x, Text *t) {
  CGen g = {
      .sema = s, .out = t, .indent = 2, .fail = "return false;", .call = hook};
  text_add(t, "\n// %s: %s\nstatic bool eval_%s(InstEval *s) {\n",
           decl_where(s, x->base->decl), x->text, x->cname + 4);
  operands(&g, x);
  for (u32 i = 0; i < x->ntraps; i++)
    if (x->traps[i].cond) {
      cline(&g, "if (%s)", cexpr(&g, x->traps[i].cond));
      cline(&g, "  return false;");
    }
  if (x->is_seq) {
    cline(&g, "s->out[0] = (u64)%s;", cexpr(&g, x->means));
    cline(&g, "s->known[0] = true;");
  }
  for (u32 i = 0; i < x->nresults && !x->is_seq; i++)
    if (!is_flags(x->equations[i]) && !x->results[i].is_flags)
      equation(&g, x, i);
  for (u32 i = 0; i < x->nresults && !x->is_seq; i++)
    if (x->results[i].is_flags)
      flags(&g, x->equations[i]);
  if (x->effect && !x->is_seq) {
    cline(&g, "s->stored = (u64)%s;", cexpr(&g, x->effect->kids[1]));
    cline(&g, "s->stores = true;");
  }
  text_add(t, "  return true;\n}\n");
}

static void table_line(const InstX *x, Text *t) {
  u32 imm = 255;
  bool is_signed = false, has_flags = false;
  for (u32 i = 0; i < x->noperands; i++)
    for (u32 k = 0; k < x->operands[i].nkinds; k++)
      if (x->operands[i].kinds[k].mode == OM_IMM) {
        imm = i;
        is_signed = is_signed || x->operands[i].kinds[k].is_signed;
      }
  text_add(t, "    [%s] = {eval_%s, %u, %u, %u, {", x->cname, x->cname + 4,
           x->noperands, x->nresults, imm);
  for (u32 i = 0; i < 8; i++)
    text_add(t, "%s%u", i ? ", " : "",
             i < x->noperands && is_number(x->vars[i]) ? x->vars[i]->sort.bits
                                                       : 0);
  text_add(t, "}, {");
  for (u32 i = 0; i < 4; i++) {
    const Var *v = i < x->nresults ? x->vars[x->noperands + i] : NULL;
    text_add(t, "%s%u", i ? ", " : "", v && is_number(v) ? v->sort.bits : 0);
    has_flags = has_flags || (v && x->results[i].is_flags);
  }
  text_add(t, "}, %s, %s},\n", is_signed ? "true" : "false",
           has_flags ? "true" : "false");
}

void gen_meaning(const Sema *s, Text *out) {
  cheader(out, "What instructions mean");
  text_add(out, "#include \"back/emit/meaning.h\"\n#include \"inst.h\"\n"
                "#include \"mid/ir/eval.h\"\n");
  Text table = {.arena = s->arena};
  for (u32 i = 1; i < s->ninsts; i++)
    if (has_meaning(s, &s->insts[i])) {
      function(s, &s->insts[i], out);
      table_line(&s->insts[i], &table);
    }
  text_add(out, "\nconst InstMeaning inst_meaning[X64_COUNT] = {\n");
  text_put(out, table.at, table.n);
  text_add(out, "};\n");
}
