// ops.h and ops.c: the enums of opcodes, base ops and codes, their tables, and
// an inline maker for each op with parameters.
#include "rulec/gen/cgen.h"

#include <stdarg.h>
#include <stdio.h>

void cheader(Text *t, const char *what) {
  text_add(t, "// %s. Written by rulec from rules/; do not edit.\n", what);
}

void cline(CGen *g, const char *fmt, ...) {
  char buf[4096];
  va_list args;
  va_start(args, fmt);
  int n = vsnprintf(buf, sizeof buf, fmt, args);
  va_end(args);
  must(n >= 0, "bad format %s", fmt);
  if ((size_t)n < sizeof buf) {
    text_add(g->out, "%*s%s\n", (int)g->indent, "", buf);
    return;
  }
  char *big = arena_alloc(g->sema->arena, (size_t)n + 1, 1);
  va_start(args, fmt);
  vsnprintf(big, (size_t)n + 1, fmt, args);
  va_end(args);
  text_add(g->out, "%*s%s\n", (int)g->indent, "", big);
}

static const char *upper(const Sema *s, const char *name) {
  char *p = arena_strndup(s->arena, name, strlen(name));
  for (char *c = p; *c; c++)
    if (*c >= 'a' && *c <= 'z')
      *c = (char)(*c - 'a' + 'A');
  return p;
}

// --- ops.h ----------------------------------------------------------

static void enum_code(const Sema *s, const CodeInfo *c, Text *t) {
  const char *up = upper(s, c->name);
  text_add(t, "\nenum { // code %s, %s\n", c->name, decl_where(s, c->decl));
  for (u32 i = 0; i < c->nmembers; i++)
    text_add(t, "  %s_%s,\n", up, c->members[i]);
  text_add(t, "  %s_COUNT\n};\nextern const char *const %s_names[%s_COUNT];\n",
           up, c->name, up);
  if (c->swap)
    text_add(t, "extern const u8 %s_swap[%s_COUNT];\n", c->name, up);
  if (c->invert)
    text_add(t, "extern const u8 %s_not[%s_COUNT]; // 255: has none\n", c->name,
             up);
  if (c->enc_bits)
    text_add(t, "extern const u8 %s_enc[%s_COUNT];\n", c->name, up);
}

// C expression for the position of parameter i, `p`, in its range.
static const char *param_index(const Sema *s, const OpDecl *op, u32 i) {
  const ParamInfo *p = &op->params[i];
  bool run = true;
  for (u32 k = 1; k < p->n; k++)
    run = run && p->at[k].value == p->at[0].value + k;
  if (p->n == 1)
    return "0u";
  if (run && p->at[0].value == 0)
    return arena_printf(s->arena, "(u32)%s", p->name);
  if (run)
    return arena_printf(s->arena, "((u32)%s - %uu)", p->name, p->at[0].value);
  Text t = {.arena = s->arena};
  text_add(&t, "(");
  for (u32 k = 0; k + 1 < p->n; k++)
    text_add(&t, "%s == %u ? %uu : ", p->name, p->at[k].value, k);
  text_add(&t, "%uu)", p->n - 1);
  return text_str(&t);
}

static const char *param_ctype(const ParamInfo *p) {
  return p->n && p->at[0].kind == ARG_TYPE ? "Type " : "u32 ";
}

static void maker(const Sema *s, const OpDecl *op, Text *t) {
  text_add(t, "static inline u16 op_%s(", op->name);
  for (u32 i = 0; i < op->nparams; i++)
    text_add(t, "%s%s%s", i ? ", " : "", param_ctype(&op->params[i]),
             op->params[i].name);
  text_add(t, ") {\n");
  const char *e = "";
  for (u32 i = 0; i < op->nparams; i++) {
    const char *k = param_index(s, op, i);
    if (op->params[i].n == 1)
      text_add(t, "  (void)%s;\n", op->params[i].name);
    e = i ? arena_printf(s->arena, "(%s * %uu + %s)", e, op->params[i].n, k)
          : k;
  }
  text_add(t, "  return (u16)(%s + %s);\n}\n", s->ops[op->first].cname, e);
}

u64 ops_hash(const Sema *s) {
  Text t = {.arena = s->arena};
  for (u32 i = 1; i < s->nops; i++)
    text_add(&t, "%s:%u\n", s->ops[i].text, s->ops[i].type);
  return hash_bytes(t.at, t.n);
}

static void extern_prototype(const ExternInfo *x, Text *t) {
  text_add(t, "// extern fn %s: whoever links these files has it.\n%s %s(",
           x->name, csort(x->result), x->name);
  for (u32 i = 0; i < x->nargs; i++)
    text_add(t, "%s%s", i ? ", " : "", csort(x->args[i]));
  text_add(t, "%s);\n", x->nargs ? "" : "void");
}

void cexterns(const Sema *s, Text *t) {
  for (u32 i = 0; i < s->nexterns; i++)
    extern_prototype(&s->externs[i], t);
}

void gen_ops_h(const Sema *s, Text *t) {
  cheader(t, "The ops: opcodes, codes, makers");
  text_add(
      t,
      "#ifndef GEN_OPS_H\n#define GEN_OPS_H\n\n#include \"mid/ir/ir.h\"\n\n");
  text_add(t, "enum Op {\n  OP_none,\n");
  for (u32 i = 1; i < s->nops; i++)
    text_add(t, "  %s,\n", s->ops[i].cname);
  text_add(t, "  op_count\n};\n\nenum BaseOp {\n  BASE_none,\n");
  for (u32 i = 0; i < s->nopdecls; i++)
    text_add(t, "  BASE_%s,\n", s->opdecls[i].name);
  text_add(t, "  base_count\n};\n");
  text_add(t, "extern const OpInfo op_info[op_count];\n"
              "// By its flags, or by its `pure when`: lives in the e-graph.\n"
              "bool op_is_pure(const Func *f, const Inst *i);\n");
  text_add(t, "// First opcode of a base op, and how many it has.\n");
  text_add(t, "extern const u16 base_first[base_count];\n");
  text_add(t, "extern const u16 base_opcodes[base_count];\n");
  for (u32 i = 0; i < s->ncodes; i++)
    enum_code(s, &s->codes[i], t);
  text_add(t, "\n// What makes the constants of a type; OP_none: nothing.\n"
              "extern const u16 const_op[TY_COUNT];\n");
  text_add(
      t, "\n// (op x y) = (op_swapped[op] y x); OP_none where that is not so.\n"
         "extern const u16 op_swapped[op_count];\n\n"
         "// Opcodes from parameters.\n");
  for (u32 i = 0; i < s->nopdecls; i++)
    if (s->opdecls[i].nparams)
      maker(s, &s->opdecls[i], t);
  text_add(
      t,
      "\n// Of all opcodes in order: whoever was made for others is refused.\n"
      "#define OPS_HASH UINT64_C(0x%016llx)\n",
      (unsigned long long)ops_hash(s));
  cexterns(s, t);
  text_add(t, "\n#endif\n");
}

// --- ops.c ----------------------------------------------------------

static const char *imm_kind(const OpInst *op, const OperandInfo *o) {
  switch ((SortKind)o->sort.kind) {
  case SORT_BV:
    if (o->sort.bits > 64)
      return "IMM_V128";
    return (op->flags & OF_FLOATS) != 0 || o->sort.bits > 32 ? "IMM_U64"
                                                             : "IMM_U32";
  case SORT_MEMARG: return "IMM_MEMARG";
  case SORT_TRAP: return "IMM_TRAP";
  case SORT_FUNC: return "IMM_FUNC";
  case SORT_SIG: return "IMM_SIG";
  case SORT_BLOCK: return "IMM_BLOCK";
  case SORT_LIBCALL: return "IMM_LIBCALL";
  case SORT_TARGET: return "IMM_TARGET";
  case SORT_TARGETS: return "IMM_TARGETS";
  case SORT_CODE: return "IMM_CODE";
  default: return "IMM_NONE"; // the machine's: no op has them
  }
}

static void op_values(const Sema *s, const OpInst *op, Text *t) {
  u32 n = 0;
  text_add(t, "{");
  for (u32 i = 0; i < op->noperands; i++)
    if (op->operands[i].is_value && op->operands[i].sort.kind == SORT_VALUE)
      text_add(t, "%sTY_%s", n++ ? ", " : "",
               upper(s, vtype_names[op->operands[i].sort.type]));
  text_add(t, "%s}", n ? "" : "0");
}

static void op_immediates(const OpInst *op, Text *t) {
  u32 n = 0;
  text_add(t, ".nimms = %u, .imm = {", op->nimms);
  for (u32 i = 0; i < op->noperands; i++)
    if (!op->operands[i].is_value)
      text_add(t, "%s%s", n++ ? ", " : "", imm_kind(op, &op->operands[i]));
  text_add(t, "%s}, .imm_field = {", n ? "" : "0");
  n = 0;
  for (u32 i = 0; i < op->noperands; i++)
    if (!op->operands[i].is_value)
      text_add(t, "%s%u", n++ ? ", " : "", op->operands[i].where);
  text_add(t, "%s}", n ? "" : "0");
}

static void op_row(const Sema *s, const OpInst *op, Text *t) {
  text_add(
      t, "    [%s] = {.name = \"%s\", .base_name = \"%s\", .base = BASE_%s,\n",
      op->cname, op->text, op->base->name, op->base->name);
  text_add(t, "     .flags = %u, .nvals = %u, .type = TY_%s, .val_types = ",
           op->flags, op->nvals, upper(s, vtype_names[op->type]));
  op_values(s, op, t);
  text_add(t, ",\n     ");
  op_immediates(op, t);
  text_add(t, ",\n     .nparams = %u, .params = {", op->base->nparams);
  for (u32 i = 0; i < op->base->nparams; i++)
    text_add(t, "%s%u", i ? ", " : "", op->args[i].value);
  text_add(t, "%s}, .cost = %u},\n", op->base->nparams ? "" : "0", op->cost);
}

static void code_map(const CodeInfo *c, const char *what, const s32 *map,
                     Text *t) {
  if (!map)
    return;
  text_add(t, "const u8 %s_%s[] = {", c->name, what);
  for (u32 i = 0; i < c->nmembers; i++)
    text_add(t, "%s%u", i ? ", " : "", map[i] < 0 ? 255u : (u32)map[i]);
  text_add(t, "};\n");
}

static void code_tables(const CodeInfo *c, Text *t) {
  text_add(t, "\nconst char *const %s_names[] = {", c->name);
  for (u32 i = 0; i < c->nmembers; i++)
    text_add(t, "%s\"%s\"", i ? ", " : "", c->members[i]);
  text_add(t, "};\n");
  code_map(c, "swap", c->swap, t);
  code_map(c, "not", c->invert, t);
  if (!c->enc_bits)
    return;
  text_add(t, "const u8 %s_enc[] = {", c->name);
  for (u32 i = 0; i < c->nmembers; i++)
    text_add(t, "%s%u", i ? ", " : "", c->enc[i]);
  text_add(t, "};\n");
}

// Cases of op_is_pure for ops that are `pure when`: the first opcode's guard
// serves all, it speaks of the memarg alone.
static void pure_when(const Sema *s, const OpDecl *d, Text *t) {
  static const char *const fields[] = {"a", "b", "c"};
  const OpInst *op = &s->ops[d->first];
  if (!op->pure_when)
    return;
  CGen g = {.sema = s, .out = t, .indent = 4, .fail = "return false;"};
  text_add(t, "  case BASE_%s: {\n", d->name);
  for (u32 i = 0; i < op->nvars; i++) {
    op->vars[i]->c = op->vars[i]->name;
    if (op->operands[i].sort.kind == SORT_MEMARG && op->operands[i].where < 3)
      cline(&g, "const MemArg %s = f->mems.at[i->%s];", op->vars[i]->name,
            fields[op->operands[i].where]);
  }
  cline(&g, "return %s;", cexpr_bare(&g, op->pure_when));
  text_add(t, "  }\n");
}

static void is_pure(const Sema *s, Text *t) {
  text_add(t, "\nbool op_is_pure(const Func *f, const Inst *i) {\n"
              "  (void)f;\n  switch (op_info[i->op].base) {\n");
  for (u32 i = 0; i < s->nopdecls; i++)
    if (s->opdecls[i].count)
      pure_when(s, &s->opdecls[i], t);
  text_add(
      t, "  default: return (op_info[i->op].flags & OPF_PURE) != 0;\n  }\n}\n");
}

// Closes the table before it.
static void const_ops(const Sema *s, Text *t) {
  text_add(t, "};\n\nconst u16 const_op[TY_COUNT] = {\n");
  for (u32 ty = 1; ty < VT_COUNT; ty++) {
    u32 op = sema_const_op(s, (VType)ty);
    if (op)
      text_add(t, "    [TY_%s] = %s,\n", upper(s, vtype_names[ty]),
               s->ops[op].cname);
  }
  text_add(t, "};\n");
}

void gen_ops_c(const Sema *s, Text *t) {
  cheader(t, "The ops' tables");
  text_add(t, "#include \"ops.h\"\n\nconst OpInfo op_info[op_count] = {\n");
  text_add(t, "    [OP_none] = {.name = \"none\", .base_name = \"none\"},\n");
  for (u32 i = 1; i < s->nops; i++)
    op_row(s, &s->ops[i], t);
  text_add(t, "};\n\nconst u16 op_swapped[op_count] = {\n");
  for (u32 i = 1; i < s->nops; i++)
    if (s->ops[i].sym_op)
      text_add(t, "    [%s] = %s,\n", s->ops[i].cname,
               s->ops[s->ops[i].sym_op].cname);
  const_ops(s, t);
  text_add(t, "\nconst u16 base_first[base_count] = {\n");
  for (u32 i = 0; i < s->nopdecls; i++)
    text_add(t, "    [BASE_%s] = %u,\n", s->opdecls[i].name,
             s->opdecls[i].first);
  text_add(t, "};\nconst u16 base_opcodes[base_count] = {\n");
  for (u32 i = 0; i < s->nopdecls; i++)
    text_add(t, "    [BASE_%s] = %u,\n", s->opdecls[i].name,
             s->opdecls[i].count);
  text_add(t, "};\n");
  for (u32 i = 0; i < s->ncodes; i++)
    code_tables(&s->codes[i], t);
  is_pure(s, t);
}
