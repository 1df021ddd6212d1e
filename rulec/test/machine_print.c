// Instructions as examples write them. What is used once stands in place, what
// is used more often is a statement before; so text is equal if the
// instructions are, however they were named.
#include "rulec/test/machine.h"

typedef struct Printer {
  LowTrial *l;
  bool by_name;
  u32 numbers;
  Text *out;
  bool stmts; // a statement was written
} Printer;

static void forget(MVal *v) {
  MInst *i = v->kind == M_RESULT ? v->inst : NULL;
  if (i) {
    i->uses = i->number = 0;
    i->wanted = 0;
    i->walked = i->written = false;
  }
  for (u32 k = 0; i && k < i->n; k++)
    forget(&i->args[k]);
  for (u32 k = 0; v->at && k < v->n; k++)
    forget(&v->at[k]);
}

static void walk(MVal *v);

static void walk_inst(MInst *i) {
  i->uses++;
  if (i->walked)
    return;
  i->walked = true;
  for (u32 k = 0; k < i->n; k++)
    walk(&i->args[k]);
}

static void walk(MVal *v) {
  if (v->kind == M_RESULT) {
    walk_inst(v->inst);
    v->inst->wanted |= (u64)1 << (v->result & 63);
  }
  for (u32 k = 0; v->at && k < v->n; k++)
    walk(&v->at[k]);
}

// --- leaves -----------------------------------------------------------

static const char *name_of(const LowTrial *l, const EvVal *m, u32 node) {
  const RuleMatch *b = &l->bound;
  for (u32 k = 0; k < b->x->nvars; k++) {
    const Var *v = b->x->vars[k];
    if (v && (node ? b->cls[k] == node
                   : m && b->imm[k].sort.kind == m->sort.kind &&
                         ev_equal(&b->imm[k], m)))
      return v->name;
  }
  return NULL;
}

static void print_value(const Printer *p, u32 node) {
  const char *name = name_of(p->l, NULL, node);
  if (!p->by_name)
    text_add(p->out, "#%u", node);
  else if (name)
    text_add(p->out, "%s", name);
  else
    trial_print(&p->l->t, p->out, node, false);
}

static void print_memarg(const Printer *p, const EvVal *m) {
  const char *name = p->by_name ? name_of(p->l, m, 0) : NULL;
  if (name) {
    text_add(p->out, "%s", name);
  } else if (p->by_name) {
    trial_print_imm(&p->l->t, p->out, m);
  } else {
    for (u32 k = 0; k < MF_COUNT; k++)
      text_add(p->out, "%u ", m->mem[k]);
  }
}

static void print_imm(const Printer *p, const MVal *v) {
  const EvVal *x = &v->imm;
  const u64 k = x->bits.w[0];
  if (x->sort.kind == SORT_MEMARG)
    print_memarg(p, x);
  else if (x->sort.kind == SORT_CODE)
    text_add(p->out, "%s", p->l->t.g.s->codes[x->sort.decl].members[(u32)k]);
  else if (x->sort.kind == SORT_TARGETS && name_of(p->l, x, 0))
    text_add(p->out, "%s", name_of(p->l, x, 0));
  else if (x->sort.kind != SORT_BV)
    trial_print_imm(&p->l->t, p->out, x);
  else if (v->is_signed && (s64)k < 0 && (s64)k > -100000)
    text_add(p->out, "%lld", (long long)k);
  else
    text_add(p->out, k < 100000 ? "%llu" : "0x%llx", (unsigned long long)k);
}

// --- instructions -----------------------------------------------------

static void print_val(Printer *p, MVal *v);

// The type of what is in a register; VT_NONE: it is in none.
static u8 type_of(const Printer *p, const MVal *v) {
  const TrialNode *n = &p->l->t.nodes.at[v->node];
  if (v->kind == M_VALUE)
    return n->op ? p->l->t.g.s->ops[n->op].type : n->sort.type;
  if (v->kind != M_RESULT || v->inst->x->results[v->result].is_flags)
    return VT_NONE;
  const InstOperand *r = &v->inst->x->results[v->result];
  return r->nkinds ? r->kinds[0].sort.type : VT_NONE;
}

// The type that the operand sees a register at; VT_NONE: as it is.
static u8 seen_at(const Printer *p, const InstOperand *o, const MVal *v) {
  const u8 have = type_of(p, v);
  u8 want = VT_NONE;
  for (u32 k = 0; have && k < o->nkinds; k++) {
    const KindInfo *kind = &o->kinds[k];
    if (kind->mode == OM_REG && (!kind->sort.type || kind->sort.type == have))
      return VT_NONE;
    want = kind->mode == OM_REG ? kind->sort.type : want;
  }
  return want;
}

static void print_arg(Printer *p, const InstOperand *o, MVal *v) {
  const u8 type = p->by_name ? seen_at(p, o, v) : VT_NONE;
  if (type)
    text_add(p->out, "(as.%s ", vtype_names[type]);
  print_val(p, v);
  text_add(p->out, "%s", type ? ")" : "");
}

static void print_inst(Printer *p, MInst *i) {
  u32 kid = 0;
  text_add(p->out, "(%s", i->x->text);
  for (u32 k = 0; k < i->x->noperands && kid < i->n; k++)
    if (!i->x->operands[k].tmp) {
      text_add(p->out, " ");
      print_arg(p, &i->x->operands[k], &i->args[kid++]);
    }
  text_add(p->out, ")");
}

static u32 first_result(const InstX *x) {
  u32 k = 0;
  while (k < x->nresults && x->results[k].is_flags)
    k++;
  return k < x->nresults ? k : 0;
}

static void print_result(Printer *p, MVal *v) {
  const InstX *x = v->inst->x;
  const char *name = x->nresults ? x->results[v->result].name : "";
  if (v->inst->number) {
    text_add(p->out, "%s%u", *name ? name : "r", v->inst->number);
    return;
  }
  print_inst(p, v->inst);
  if (x->nresults &&
      (v->result != first_result(x) || x->results[v->result].is_flags))
    text_add(p->out, ".%s", name);
}

static void print_addr(Printer *p, MVal *v) {
  text_add(p->out, "[");
  for (u32 k = 0; k < v->n; k++) {
    text_add(p->out, "%s", k ? " + " : "");
    print_val(p, &v->at[k]);
    if (v->scale[k])
      text_add(p->out, " << %u", v->scale[k]);
  }
  if (v->disp || !v->n)
    text_add(p->out, "%s%lld", v->n ? " + " : "", (long long)v->disp);
  if (v->imm.sort.kind == SORT_MEMARG) {
    text_add(p->out, " | ");
    print_memarg(p, &v->imm);
  }
  text_add(p->out, "]");
}

static void print_data(Printer *p, MVal *v) {
  text_add(p->out, "%s(", p->l->t.g.s->datas[v->data].ctors[v->ctor].name);
  for (u32 k = 0; k < v->n; k++) {
    text_add(p->out, "%s", k ? ", " : "");
    print_val(p, &v->at[k]);
  }
  text_add(p->out, ")");
}

static void print_val(Printer *p, MVal *v) {
  switch ((MKind)v->kind) {
  case M_NONE: text_add(p->out, "?"); return;
  case M_VALUE: print_value(p, v->node); return;
  case M_IMM: print_imm(p, v); return;
  case M_RESULT: print_result(p, v); return;
  case M_ADDR: print_addr(p, v); return;
  case M_DATA: print_data(p, v); return;
  case M_POOL:
    text_add(p->out, "pool(0x");
    if (v->imm.bits.w[1])
      text_add(p->out, "%llx%016llx", (unsigned long long)v->imm.bits.w[1],
               (unsigned long long)v->imm.bits.w[0]);
    else
      text_add(p->out, "%llx", (unsigned long long)v->imm.bits.w[0]);
    text_add(p->out, ")");
    return;
  }
}

// --- statements -------------------------------------------------------

static void between(Printer *p) {
  text_add(p->out, "%s", p->stmts ? "; " : "{ ");
  p->stmts = true;
}

// `with de as div0`
static void print_renames(const Printer *p, const StmtX *s) {
  for (u32 k = 0; s && k < s->nrenames; k++)
    text_add(p->out, "%s%s as %s", k ? ", " : " with ", s->renames[k].from,
             s->renames[k].to);
}

static void print_bind(Printer *p, MInst *i) {
  between(p);
  text_add(p->out, i->x->nresults > 1 ? "(" : "");
  for (u32 k = 0; k < i->x->nresults; k++) {
    const char *name = i->x->results[k].name;
    text_add(p->out, "%s", k ? ", " : "");
    if (i->wanted >> k & 1)
      text_add(p->out, "%s%u", *name ? name : "r", i->number);
    else
      text_add(p->out, "_");
  }
  text_add(p->out, i->x->nresults > 1 ? ") = " : " = ");
  print_inst(p, i);
  print_renames(p, i->stmt);
}

// Whatever v needs that has a name, first.
static void write_named(Printer *p, MVal *v) {
  for (u32 k = 0; v->at && k < v->n; k++)
    write_named(p, &v->at[k]);
  MInst *i = v->kind == M_RESULT ? v->inst : NULL;
  if (!i || i->written)
    return;
  i->written = true;
  for (u32 k = 0; k < i->n; k++)
    write_named(p, &i->args[k]);
  if (i->uses < 2 && !(i->stmt && i->stmt->nrenames))
    return;
  i->number = ++p->numbers;
  print_bind(p, i);
}

static void write_step(Printer *p, MStep *s) {
  if (s->kind == SX_BIND && s->v.inst->uses)
    return; // in its place
  if (s->kind == SX_BIND)
    walk_inst(s->v.inst);
  write_named(p, &s->v);
  if (s->v.kind == M_RESULT && s->v.inst->number)
    return;
  between(p);
  if (s->kind != SX_TRAP) {
    if (s->v.kind == M_RESULT)
      print_inst(p, s->v.inst);
    else
      print_val(p, &s->v);
    return;
  }
  text_add(p->out, "trap ");
  trial_print_imm(&p->l->t, p->out, &s->code);
  if (!s->cc)
    return;
  text_add(p->out, " if %s(", s->cc);
  print_val(p, &s->v);
  text_add(p->out, ")");
}

const char *machine_text(LowTrial *l, Lowered *r, bool by_name) {
  Text t = {.arena = l->t.g.arena};
  Printer p = {.l = l, .by_name = by_name, .out = &t};
  for (u32 k = 0; k < r->steps.n; k++)
    forget(&r->steps.at[k].v);
  forget(&r->value);
  for (u32 k = 0; k < r->steps.n; k++)
    if (r->steps.at[k].kind != SX_BIND)
      walk(&r->steps.at[k].v);
  walk(&r->value);
  for (u32 k = 0; k < r->steps.n; k++)
    write_step(&p, &r->steps.at[k]);
  write_named(&p, &r->value);
  text_add(&t, p.stmts && r->value.kind ? "; " : "");
  if (r->value.kind == M_RESULT && !r->value.inst->number &&
      !type_of(&p, &r->value))
    print_inst(&p, r->value.inst); // an effect
  else if (r->value.kind)
    print_val(&p, &r->value);
  text_add(&t, p.stmts ? " }" : "");
  return text_str(&t);
}

void machine_print_left(LowTrial *l, Text *out) {
  if (l->root) {
    trial_print(&l->t, out, l->root, true);
    return;
  }
  Printer p = {.l = l, .by_name = true, .out = out};
  text_add(out, "(%s", l->t.g.s->terms[l->term].name);
  for (u32 k = 0; k < l->example->x->lhs->nkids; k++) {
    text_add(out, " ");
    print_val(&p, &l->args[k]);
  }
  text_add(out, ")");
}
