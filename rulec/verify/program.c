#include "rulec/verify/program.h"

void program_fail(Program *p, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  if (!p->why)
    p->why = arena_vprintf(p->v->arena, fmt, args);
  va_end(args);
}

u32 program_line(Program *p, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  const char *line = arena_vprintf(p->v->arena, fmt, args);
  va_end(args);
  text_add(&p->body, "  v%u = %s\n", p->next, line);
  return p->next++;
}

// --- the model ------------------------------------------------------

const ModelValue *program_input(const Program *p, const void *key) {
  const Model *m = p->m;
  for (u32 i = 0; i < m->n; i++)
    if (m->at[i].known && strcmp(m->at[i].side, "input") == 0 &&
        (m->at[i].var == key || m->at[i].node == key))
      return &m->at[i];
  return NULL;
}

bool program_model(const Program *p, const Node *n, u128 *value) {
  const Model *m = p->m;
  const ModelValue *v = program_input(p, node_key(n));
  if (n->kind == N_CONST || n->kind == N_VALCONST)
    return *value = n->num, true;
  if (n->kind == N_SINK || n->kind == N_ONCE)
    return program_model(p, n->kids[0], value);
  for (u32 i = 0; i < m->n && !v; i++)
    if (m->at[i].known && strcmp(m->at[i].side, "left") == 0 &&
        m->at[i].node == n)
      v = &m->at[i];
  if (v)
    *value = v->at[0];
  return v;
}

// --- inputs ---------------------------------------------------------

static void print_bits(Text *t, u8 type, u128 wide) {
  u64 bits = (u64)wide;
  float f;
  double d;
  u32 low = (u32)bits;
  memcpy(&f, &low, 4);
  memcpy(&d, &bits, 8);
  if (type == VT_V128)
    text_add(t, " 0x%016llx%016llx", (unsigned long long)(wide >> 64),
             (unsigned long long)bits);
  else if (type == VT_F32 && f == f)
    text_add(t, " %.9g", (double)f);
  else if (type == VT_F64 && d == d)
    text_add(t, " %.17g", d);
  else if (type == VT_F32 || type == VT_F64)
    text_add(t, " nan:0x%llx", (unsigned long long)bits);
  else
    text_add(t, " %lld",
             type == VT_I32 ? (long long)(s32)low : (long long)(s64)bits);
}

u32 program_argument(Program *p, const char *type, u64 bits) {
  text_add(&p->params, "%sv%u: %s", p->params.n ? ", " : "", p->next, type);
  text_add(&p->inner, "%sv%u: %s", p->inner.n ? ", " : "", p->next, type);
  print_bits(&p->args, type[1] == '3' ? VT_I32 : VT_I64, bits);
  return p->next++;
}

static void know(Program *p, const void *key, u32 number) {
  if (p->nknown == PROGRAM_MOST) {
    program_fail(p, "more than %u values", PROGRAM_MOST);
    return;
  }
  p->known[p->nknown].key = key;
  p->known[p->nknown++].number = number;
}

static u32 number_of(const Program *p, const void *key) {
  for (u32 i = 0; i < p->nknown; i++)
    if (p->known[i].key == key)
      return p->known[i].number;
  return 0;
}

// Where nothing else of the program writes or looks.
static u32 vector(Program *p, u128 bits) {
  u32 at = PROGRAM_HEAP - 16 * (p->nknown + 1);
  u32 lo = program_argument(p, "i64", (u64)bits);
  u32 hi = program_argument(p, "i64", (u64)(bits >> 64));
  u32 a = program_line(p, "iconst.i64 %u", at);
  text_add(&p->body, "  store.i64 [heap v%u : 8] v%u\n", a, lo);
  text_add(&p->body, "  store.i64 [heap v%u + 8 : 8] v%u\n", a, hi);
  p->vectors = true;
  return program_line(p, "load.v128 [heap v%u : 16]", a);
}

static u32 host_base(Program *p) {
  u32 ctx = program_line(p, "vmctx");
  return program_line(p, "load.i64 [vmctx v%u : 8 readonly notrap movable]",
                      ctx);
}

u32 program_helper(Program *p) {
  p->helped = true;
  return p->wrapped ? 2 : 1;
}

// The model's references as functions there are: the first is f0, the second
// the helper, as is what is called.
static u32 function(Program *p, u64 bits) {
  const Node *lhs = p->x->lhs;
  if (lhs->kind == N_OP && !strcmp(p->v->sema->ops[lhs->op].text, "call_ref"))
    return program_helper(p);
  for (u32 i = 0; i < 2 && bits; i++) {
    if (!p->refs[i])
      p->refs[i] = bits;
    if (p->refs[i] == bits)
      return i ? program_helper(p) : 0;
  }
  if (bits)
    program_fail(p, "three references that are not null");
  return PROGRAM_NULL;
}

// Given by f0 to f1, which cannot see through it.
static u32 reference(Program *p, u64 bits) {
  u32 f = function(p, bits);
  if (f == PROGRAM_NULL)
    text_add(&p->fill, "  v%u = nullref\n", p->next);
  else
    text_add(&p->fill, "  v%u = funcref f%u\n", p->next, f);
  text_add(&p->inner, "%sv%u: ref", p->inner.n ? ", " : "", p->next);
  return p->next++;
}

// --- facts ----------------------------------------------------------

static const ModelValue *fact(const Program *p, const void *key, u8 fn) {
  for (u32 i = 0; i < p->m->n; i++) {
    const ModelValue *v = &p->m->at[i];
    if (v->known && v->node && v->node->kind == N_CALL && v->node->fn == fn &&
        v->node->kids[0]->kind == N_VAR && v->node->kids[0]->var == key)
      return v;
  }
  return NULL;
}

// The ops by which a value is known to be as the model knows it; where what is
// known is nothing, none.
static u32 with_facts(Program *p, const void *key, u8 type, u32 n) {
  u32 bits = vtype_bits[type];
  u64 all = ~(u64)0 >> (64 - bits), high = (u64)1 << (bits - 1);
  const struct {
    u8 fn;
    const char *op;
    u64 nothing, turn; // what says nothing; the operand is the fact ^ turn
  } ways[] = {{BI_ZEROS, "band", 0, all}, {BI_ONES, "bor", 0, 0},
              {BI_UMIN, "umax", 0, 0},    {BI_UMAX, "umin", all, 0},
              {BI_SMIN, "smax", high, 0}, {BI_SMAX, "smin", high - 1, 0}};
  for (u32 i = 0; i < sizeof ways / sizeof *ways; i++) {
    const ModelValue *v = fact(p, key, ways[i].fn);
    if (!v || ((u64)v->at[0] & all) == ways[i].nothing)
      continue;
    Text t = {.arena = p->v->arena};
    print_bits(&t, type, (u64)v->at[0] ^ ways[i].turn);
    u32 k = program_line(p, "iconst.%s%s", vtype_names[type], text_str(&t));
    n = program_line(p, "%s.%s v%u v%u", ways[i].op, vtype_names[type], n, k);
  }
  return n;
}

static u32 integer(Program *p, const void *key, u8 type, u64 bits) {
  const ModelValue *is = fact(p, key, BI_ISCONST);
  Text t = {.arena = p->v->arena};
  if (is && is->at[0]) {
    print_bits(&t, type, bits);
    return program_line(p, "iconst.%s%s", vtype_names[type], text_str(&t));
  }
  u32 n = program_argument(p, vtype_names[type],
                           bits + (key == p->base ? p->delta : 0));
  n = with_facts(p, key, type, n);
  return key == p->base && p->host
             ? program_line(p, "iadd.i64 v%u v%u", host_base(p), n)
             : n;
}

// A NaN has no argument that says which: floats come as integers.
static u32 input(Program *p, const void *key, Sort sort, u128 bits) {
  const char *name = vtype_names[sort.type];
  u32 n;
  switch (sort.type) {
  case VT_I32:
  case VT_I64: return integer(p, key, sort.type, (u64)bits);
  case VT_F32: n = program_argument(p, "i32", (u64)bits); break;
  case VT_F64: n = program_argument(p, "i64", (u64)bits); break;
  case VT_V128: return vector(p, bits);
  case VT_REF: return reference(p, (u64)bits);
  default: program_fail(p, "an input of no type"); return 0;
  }
  return program_line(p, "bitcast.%s v%u", name, n);
}

static u32 parameter(Program *p, const void *key, Sort sort) {
  u32 n = number_of(p, key);
  const ModelValue *m = program_input(p, key);
  if (n)
    return n;
  if (sort.kind != SORT_VALUE) {
    program_fail(p, "an input that is no value");
    return 0;
  }
  n = input(p, key, sort, m ? m->at[0] : 0);
  know(p, key, n);
  return n;
}

// --- immediates -----------------------------------------------------

static bool asks(const Node *n, u8 fn, const void *var) {
  if (n->kind == N_CALL && n->fn == fn && n->kids[0]->kind == N_VAR &&
      n->kids[0]->var == var)
    return true;
  for (u32 i = 0; i < n->nkids; i++)
    if (asks(n->kids[i], fn, var))
      return true;
  return false;
}

// The IR's word for a trap; where the model has none, one that rules seldom
// write, another for each target.
static const char *trap_word(u128 code, u32 number) {
  return trap_words[code && code < 11 ? (u32)code : 9 - number % 4];
}

static const char *trap_of(const Program *p, const void *target, u32 number) {
  for (u32 i = 0; i < p->m->n; i++) {
    const ModelValue *v = &p->m->at[i];
    if (v->known && v->node && v->node->kind == N_CALL &&
        asks(v->node, BI_TRAPCODE, target))
      return trap_word(v->at[0], number);
  }
  return trap_word(0, number);
}

u32 program_target(Program *p, const void *key) {
  u32 n = number_of(p, key);
  if (n)
    return n;
  n = p->blocks++ + 2;
  know(p, key, n);
  for (u32 i = 0; i < p->x->nclauses; i++)
    if (!p->x->clauses[i].let && asks(p->x->clauses[i].e, BI_TRAPS, key) &&
        n < PROGRAM_MOST)
      p->traps[n] = trap_of(p, key, n - 2);
  return n;
}

// The model says how many there are; each is another block.
static void targets(Program *p, Text *t, const Node *n) {
  enum { MOST = 32 };
  u64 length = 0;
  for (u32 i = 0; i < p->m->n; i++) {
    const ModelValue *v = &p->m->at[i];
    if (v->known && v->node == n && strcmp(v->side, "input") == 0)
      length = (u64)v->at[0];
  }
  if (length > MOST) {
    program_fail(p, "%llu targets", (unsigned long long)length);
    return;
  }
  text_add(t, " [");
  for (u32 i = 0; i < length; i++)
    text_add(t, "%sb%u", i ? ", " : "", p->blocks++ + 2);
  text_add(t, "]");
}

static void immediate(Program *p, Text *t, const OpInst *op, u32 i,
                      const Node *n) {
  Sort sort = op->operands[i].sort;
  u128 num = 0;
  bool known = program_model(p, n, &num);
  switch ((int)sort.kind) {
  case SORT_BV: print_bits(t, sort.bits > 64 ? VT_V128 : op->type, num); break;
  case SORT_TRAP: text_add(t, " %s", trap_word(num, 0)); return;
  case SORT_TARGET: text_add(t, " b%u", program_target(p, node_key(n))); return;
  case SORT_TARGETS: targets(p, t, n); return;
  case SORT_VALUES: text_add(t, " ()"); return; // of any length: of none
  case SORT_SIG: text_add(t, " s%u", program_helper(p)); return;
  case SORT_FUNC:
    text_add(t, " f%u", op->type == VT_REF ? 0 : program_helper(p));
    return;
  default:
    program_fail(p, "%s, whose `%s` names a thing that the program has not",
                 op->text, op->operands[i].name);
    return;
  }
  if (!known)
    program_fail(p, "an immediate of %s that the model does not know",
                 op->text);
}

void program_access(Program *p, Text *t, const Node *memarg, u32 address,
                    u32 bytes) {
  static const char *const exts[] = {"", " zero", " sign"};
  const ModelValue *m = program_input(p, node_key(memarg));
  if (!m || m->at[MF_EXT] > 2) {
    program_fail(p, "a memarg that the model does not know");
    return;
  }
  if (m->at[MF_MEM])
    program_fail(p, "a memory that is not the first");
  u32 n = bytes ? bytes : (u32)m->at[MF_BYTES];
  text_add(t, "[%s v%u", region_words[m->at[MF_REGION] % 5], address);
  if (m->at[MF_OFF])
    text_add(t, " + %u", (u32)m->at[MF_OFF]);
  text_add(t, " : %u%s", n,
           !bytes          ? exts[m->at[MF_EXT]]
           : n == 8        ? ""
           : m->at[MF_EXT] ? exts[m->at[MF_EXT]]
                           : " zero");
  if (m->at[MF_READONLY])
    text_add(t, " readonly");
  if (m->at[MF_NOTRAP])
    text_add(t, " notrap");
  if (m->at[MF_MOVABLE])
    text_add(t, " movable");
  if (m->at[MF_ALIGN])
    text_add(t, " align %u", (u32)m->at[MF_ALIGN]);
  text_add(t, "]");
}

// --- ops ------------------------------------------------------------

static void operands(Program *p, Text *t, const Node *n, const u32 *vals) {
  const OpInst *op = &p->v->sema->ops[n->op];
  u32 first = 0;
  if (n->nkids && op->operands[0].sort.kind == SORT_MEMARG) {
    text_add(t, " ");
    program_access(p, t, n->kids[0], vals[1], 0);
    first = 2;
  }
  for (u32 i = first; i < n->nkids; i++)
    if (op->operands[i].is_value && op->operands[i].sort.kind == SORT_VALUE)
      text_add(t, " v%u", vals[i]);
    else
      immediate(p, t, op, i, n->kids[i]);
}

u32 program_operation(Program *p, const Node *n) {
  enum { MOST = 16 };
  const OpInst *op = &p->v->sema->ops[n->op];
  u32 vals[MOST] = {0};
  if (op->type == VT_V128 || strstr(op->text, ".v128"))
    p->vectors = true;
  if (!strcmp(op->text, "call_ref") && n->kids[0]->kind == N_OP)
    program_fail(p, "call_ref of null, for which programs have a check before");
  if (n->nkids > MOST || op->base->decl == NULL) {
    program_fail(p, "%s", op->text);
    return 0;
  }
  for (u32 i = 0; i < n->nkids; i++)
    if (op->operands[i].is_value && op->operands[i].sort.kind == SORT_VALUE)
      vals[i] = program_value(p, n->kids[i]);
  Text t = {.arena = p->v->arena};
  operands(p, &t, n, vals);
  if (op->type != VT_NONE)
    return program_line(p, "%s%s", op->text, text_str(&t));
  text_add(&p->body, "  %s%s\n", op->text, text_str(&t));
  return 0;
}

u32 program_value(Program *p, const Node *n) {
  Text t = {.arena = p->v->arena};
  u32 number;
  switch ((int)n->kind) {
  case N_VAR: return parameter(p, n->var, n->sort);
  case N_WILD: return parameter(p, n, n->sort);
  case N_SINK:
  case N_ONCE: return program_value(p, n->kids[0]);
  case N_VALCONST:
    if (n->sort.type != VT_REF)
      print_bits(&t, n->sort.type, n->num);
    number = sema_const_op(p->v->sema, (VType)n->sort.type);
    return program_line(p, "%s%s", p->v->sema->ops[number].text, text_str(&t));
  case N_OP:
    number = program_operation(p, n);
    if (n->var)
      know(p, n->var, number);
    return number;
  default: program_fail(p, "a pattern that is no op"); return 0;
  }
}
