// known.c: the ops' `fact` lines as C, one function per opcode that has any,
// and a table of them. A function narrows what is known of the result; a line
// that gives nothing leaves it as it is.
#include "rulec/gen/cgen.h"

static u32 value_index(const OpInst *op, const Var *v) {
  u32 k = 0;
  for (u32 i = 0; i < op->nvars && op->vars[i] != v; i++)
    k += op->operands[i].is_value;
  return k;
}

static const char *fact_hook(CGen *g, const Node *n) {
  if (n->kind != N_CALL || n->fn < BI_ZEROS || n->fn > BI_SMAX)
    return NULL;
  return arena_printf(g->sema->arena, "x[%u].%s",
                      value_index(g->user, n->kids[0]->var),
                      builtin_names[n->fn]);
}

static bool op_mentions(const OpInst *op, const Var *v) {
  for (u32 i = 0; i < op->nfacts; i++)
    if (node_reads(op->facts[i].e, v))
      return true;
  return false;
}

// Immediates that the facts speak of.
static void declare_immediates(CGen *g, const OpInst *op) {
  static const char *const fields[] = {"i->a", "i->b", "i->c", "inst_imm64(i)",
                                       "i->n"};
  for (u32 i = 0; i < op->nvars; i++) {
    const OperandInfo *o = &op->operands[i];
    Var *v = op->vars[i];
    if (o->is_value || !op_mentions(op, v))
      continue;
    gen_must(g->sema, v->loc, o->sort.bits <= 64,
             "a fact that speaks of an immediate of %u bits", o->sort.bits);
    v->c = arena_printf(g->sema->arena, "%s_", v->name);
    bool mem = o->sort.kind == SORT_MEMARG;
    cline(g, mem ? "const %s %s = mems[%s];" : "const %s %s = %s;",
          csort(v->sort), v->c, fields[o->where]);
  }
}

static void fact_function(const Sema *s, OpInst *op, Text *t) {
  CGen g = {.sema = s,
            .out = t,
            .indent = 2,
            .fail = "break;",
            .call = fact_hook,
            .user = op};
  u32 bits = vtype_bits[op->type];
  text_add(t,
           "\n// %s\nstatic void known_%s(const Inst *i, const MemArg *mems,\n"
           "                     const Known *x, Known *r) {\n"
           "  (void)i, (void)mems, (void)x;\n",
           decl_where(s, op->base->decl), op->cname + 3);
  declare_immediates(&g, op);
  for (u32 i = 0; i < op->nfacts; i++) {
    const FactInfo *f = &op->facts[i];
    cline(&g, "do {");
    g.indent += 2;
    const char *e = cexpr_bare(&g, f->e);
    cline(&g, "known_add_%s(r, %s, %u);", builtin_names[f->fact], e, bits);
    g.indent -= 2;
    cline(&g, "} while (0);");
  }
  text_add(t, "}\n");
}

// Bit k: the facts of value operand k are asked.
static u32 asked(const OpInst *op) {
  u32 bits = 0;
  for (u32 i = 0; i < op->nvars; i++)
    if (op->operands[i].is_value && op_mentions(op, op->vars[i]))
      bits |= 1u << value_index(op, op->vars[i]);
  return bits;
}

void gen_known(const Sema *s, Text *t) {
  cheader(t, "What is known of results: the ops' facts");
  text_add(t, "#include \"mid/ir/known.h\"\n#include \"mid/ir/eval.h\"\n"
              "#include \"ops.h\"\n");
  for (u32 i = 1; i < s->nops; i++)
    if (s->ops[i].nfacts)
      fact_function(s, &s->ops[i], t);
  text_add(t, "\nconst KnownRow op_known[op_count] = {\n");
  for (u32 i = 1; i < s->nops; i++)
    if (s->ops[i].nfacts)
      text_add(t, "    [%s] = {known_%s, %u},\n", s->ops[i].cname,
               s->ops[i].cname + 3, asked(&s->ops[i]));
  text_add(t, "    [OP_none] = {NULL, 0}};\n");
}
