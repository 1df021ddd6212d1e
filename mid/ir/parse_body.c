// Reads the inside of `func ... { }`: sites, constants, blocks, instructions.
// What an instruction takes follows from OpInfo, in the order in which print.c
// writes it. Values and blocks stay numbers of the text until parse_link.
#include "mid/ir/parse.h"
#include "mid/wasm/vmctx.h"
#include "ops.h"

#include <math.h>
#include <stdlib.h>

typedef VEC(u32) Words;

static void fail_word(Parser *p, Word w, const char *wanted) {
  parse_fail(p, w.at, "found '%.*s', wanted %s", (int)(w.n < 40 ? w.n : 40),
             w.at, wanted);
}

// --- immediates

// Copies a number of any kind into buf; the rest is strtoull's and strtod's.
static bool number_text(Parser *p, char *buf, size_t size) {
  size_t n = 0;
  parse_space(p);
  while (p->at < p->end && n + 1 < size && *p->at > ' ' && *p->at <= 'z' &&
         *p->at != '@' && *p->at != '#' && *p->at != ';')
    buf[n++] = *p->at++;
  buf[n] = 0;
  return n && n + 1 < size;
}

static u64 parse_int(Parser *p, u8 type) {
  char buf[40], *rest = buf;
  const char *at = (parse_space(p), p->at);
  bool ok = number_text(p, buf, sizeof buf);
  bool minus = buf[0] == '-', digit = buf[minus] >= '0' && buf[minus] <= '9';
  u64 k = strtoull(buf + minus, &rest, 0);
  u64 most = type == TY_I32 ? UINT32_MAX : UINT64_MAX;
  if (minus)
    most = type == TY_I32 ? (u64)1 << 31 : (u64)1 << 63;
  if (!ok || !digit || *rest || k > most)
    parse_fail(p, at, "wanted an integer of type %s", type_names[type]);
  k = minus ? 0 - k : k;
  return type == TY_I32 ? (u32)k : k;
}

// "0x" and 1 to 32 digits.
static V128 parse_vec(Parser *p) {
  char buf[40];
  V128 v = {0};
  const char *at = (parse_space(p), p->at);
  bool ok = number_text(p, buf, sizeof buf);
  size_t n = strlen(buf), digits = strspn(buf + 2, "0123456789abcdef");
  if (!ok || strncmp(buf, "0x", 2) || n < 3 || n > 34 || digits + 2 != n) {
    parse_fail(p, at, "wanted 0x and 1 to 32 hexadecimal digits");
    return v;
  }
  if (n > 18) {
    v.lo = strtoull(buf + n - 16, NULL, 16);
    buf[n - 16] = 0;
    v.hi = strtoull(buf, NULL, 16);
  } else {
    v.lo = strtoull(buf, NULL, 16);
  }
  return v;
}

static u64 parse_nan(Parser *p, const char *at, const char *digits, u8 type) {
  char *rest;
  u64 bits = strtoull(digits, &rest, 16);
  bool f32 = type == TY_F32;
  u64 exp = f32 ? 0x7f800000u : 0x7ff0000000000000u;
  u64 frac = f32 ? 0x7fffffu : 0xfffffffffffffu;
  if (*rest || (f32 && bits > UINT32_MAX) || (bits & exp) != exp ||
      !(bits & frac))
    parse_fail(p, at, "not the bits of a NaN of type %s", type_names[type]);
  return bits;
}

static u64 parse_float(Parser *p, u8 type) {
  char buf[64], *rest = buf;
  const char *at = (parse_space(p), p->at);
  bool ok = number_text(p, buf, sizeof buf);
  if (!strncmp(buf, "nan:0x", 6))
    return parse_nan(p, at, buf + 6, type);
  double d = strtod(buf, &rest);
  float s = type == TY_F32 ? strtof(buf, NULL) : 0;
  if (!ok || *rest || isnan(d)) {
    parse_fail(p, at, "wanted a number of type %s", type_names[type]);
    return 0;
  }
  u64 bits = 0;
  if (type == TY_F32)
    memcpy(&bits, &s, 4);
  else
    memcpy(&bits, &d, 8);
  return bits;
}

static u32 parse_named(Parser *p, const char *const *names, u32 n,
                       const char *what) {
  Word w = parse_word(p);
  for (u32 k = 0; k < n; k++)
    if (word_is(w, names[k]))
      return k;
  fail_word(p, w, what);
  return 0;
}

static u8 parse_byte(Parser *p) {
  const char *at = (parse_space(p), p->at);
  u32 k = parse_u32(p);
  if (k > 255)
    parse_fail(p, at, "%u is beyond 255", k);
  return (u8)k;
}

static bool parse_mem_word(Parser *p, MemArg *m) {
  Word w = parse_word(p);
  if (word_is(w, "zero"))
    m->ext = EXT_ZERO;
  else if (word_is(w, "sign"))
    m->ext = EXT_SIGN;
  else if (word_is(w, "readonly"))
    m->flags |= MEM_READONLY;
  else if (word_is(w, "notrap"))
    m->flags |= MEM_NOTRAP;
  else if (word_is(w, "movable"))
    m->flags |= MEM_MOVABLE;
  else if (word_is(w, "big"))
    m->flags |= MEM_BIG;
  else if (word_is(w, "align"))
    m->align = parse_byte(p);
  else if (word_is(w, "mem"))
    m->mem = parse_byte(p);
  else if (w.n)
    fail_word(p, w, "a property of the access");
  return w.n && !p->failed;
}

// "[heap v3 + 16 : 4 zero]"; the address becomes the first operand.
static u32 parse_memarg(Parser *p, Func *f, u32 *address) {
  MemArg m = {0};
  parse_want(p, '[');
  m.region = (u8)parse_named(p, region_names, REGION_COUNT, "a region");
  *address = parse_numbered(p, 'v');
  if (parse_char(p, '+'))
    m.off = parse_u32(p);
  parse_want(p, ':');
  m.bytes = parse_byte(p);
  while (parse_mem_word(p, &m))
    continue;
  parse_want(p, ']');
  return ir_memarg(f, m);
}

// --- lists and targets

static Words parse_list(Parser *p) {
  Words list = {0};
  parse_want(p, '(');
  if (parse_char(p, ')'))
    return list;
  do
    vec_push(p->arena, &list, parse_numbered(p, 'v'));
  while (parse_char(p, ','));
  parse_want(p, ')');
  return list;
}

static u32 parse_target(Parser *p, Func *f) {
  u32 block = parse_numbered(p, 'b');
  Words args = {0};
  if (parse_peek(p) == '(')
    args = parse_list(p);
  return ir_target(f, block, args.at, args.n);
}

static u32 parse_targets(Parser *p, Func *f) {
  Words targets = {0};
  parse_want(p, '[');
  if (!parse_char(p, ']')) {
    do
      vec_push(p->arena, &targets, parse_target(p, f));
    while (parse_char(p, ','));
    parse_want(p, ']');
  }
  return ir_list(f, targets.at, targets.n);
}

static u32 parse_small_imm(Parser *p, Func *f, u32 kind) {
  switch (kind) {
  case IMM_FUNC:
    return parse_numbered(p, 'f');
  case IMM_SIG:
    return parse_numbered(p, 's');
  case IMM_BLOCK:
    return parse_numbered(p, 'b');
  case IMM_TRAP:
    return parse_named(p, trap_names, TRAP_COUNT, "a trap");
  case IMM_LIBCALL:
    return parse_named(p, libcall_names, LIB_COUNT, "a libcall");
  case IMM_TARGET:
    return parse_target(p, f);
  case IMM_TARGETS:
    return parse_targets(p, f);
  default:
    return parse_u32(p);
  }
}

// --- instructions

static void set_field(Inst *i, u32 field, u32 x) {
  if (field == 0)
    i->a = x;
  else if (field == 1)
    i->b = x;
  else if (field == 2)
    i->c = x;
  else
    i->n = (u8)x;
}

static void set_imm64(Inst *i, u64 k) {
  i->b = (u32)k;
  i->c = (u32)(k >> 32);
}

static void parse_operands(Parser *p, Func *f, Inst *i) {
  const OpInfo *o = &op_info[i->op];
  u32 k = 0, before_list = 0;
  bool word_before = false;
  if (o->nimms && o->imm[0] == IMM_MEMARG) {
    set_field(i, o->imm_field[0], parse_memarg(p, f, &i->a));
    k = 1;
  }
  for (u32 v = k; v < o->nvals; v++)
    set_field(i, v, parse_numbered(p, 'v'));
  for (; k < o->nimms; k++) {
    if (o->imm[k] == IMM_U64) {
      bool isfloat = o->type == TY_F32 || o->type == TY_F64;
      set_imm64(i, isfloat ? parse_float(p, o->type) : parse_int(p, o->type));
    } else if (o->imm[k] == IMM_V128) {
      set_field(i, o->imm_field[k], ir_vec(f, parse_vec(p)));
    } else if (o->imm_field[k] == 5) {
      before_list = parse_small_imm(p, f, o->imm[k]);
      word_before = true;
    } else {
      set_field(i, o->imm_field[k], parse_small_imm(p, f, o->imm[k]));
    }
  }
  if (!(o->flags & OPF_LIST))
    return;
  Words list = parse_list(p);
  if (word_before)
    vec_push(f->arena, &f->pool, before_list);
  i->c = ir_list(f, list.at, list.n);
}

// "@1a3/2 #12": position and key, both may be absent.
static void parse_origin(Parser *p, Func *f, Val v) {
  if (parse_char(p, '@')) {
    u32 off = parse_hex(p), site = 0;
    const char *at = p->at;
    if (parse_char(p, '/'))
      site = parse_u32(p);
    if (site >= f->sites.n)
      parse_fail(p, at, "site %u is not there", site);
    f->pos.at[v] = ir_pos(f, site, off);
  }
  if (parse_char(p, '#')) {
    u32 key = parse_u32(p);
    f->key.at[v] = key;
    if (key >= f->next_key)
      f->next_key = key + (key < UINT32_MAX);
  }
}

static void note_inst(Parser *p, Body *body, u32 name, const char *at) {
  vec_push(p->arena, &body->names, name);
  vec_push(p->arena, &body->from, (u32)(at - p->text));
}

typedef struct BodyState {
  Block open; // block being filled, 0 = none
  bool ended; // it has its terminator
} BodyState;

static bool may_stand(Parser *p, const BodyState *s, u16 op, Word w) {
  if (op == OP_none || op_info[op].base == BASE_param)
    fail_word(p, w, "an op");
  else if (s->ended)
    parse_fail(p, w.at, "instruction after the block's end");
  else if (!s->open && !(op_info[op].flags & OPF_FLOATS))
    parse_fail(p, w.at, "%s outside of a block", op_info[op].name);
  return !p->failed;
}

// `name` is the number before `=` or `:`, 0 if there was neither.
static void parse_inst(Parser *p, Body *body, BodyState *s, Word w, u32 name,
                       bool named) {
  u16 op = parse_op_named(p, w);
  const char *at = w.at;
  if (!may_stand(p, s, op, w))
    return;
  const OpInfo *o = &op_info[op];
  bool makes = o->type != TY_NONE;
  if (makes && !named)
    parse_fail(p, at, "%s makes a value: wanted `vN =` before it", o->name);
  if (!makes && named && !(o->flags & OPF_CALL))
    parse_fail(p, at, "%s makes no value", o->name);
  Inst i = {.op = op, .type = o->type};
  parse_operands(p, body->f, &i);
  Val v = ir_emit(body->f, op, o->type, i.a, i.b, i.c, 0);
  inst_at(body->f, v)->n = i.n;
  // A call's type is not known yet: mark that it was written with a result.
  if (named && !makes)
    inst_at(body->f, v)->type = TY_COUNT;
  note_inst(p, body, name, at);
  parse_origin(p, body->f, v);
  if (o->flags & OPF_ENDS) {
    ir_end(body->f, s->open);
    s->ended = true;
  }
}

static u32 parse_value_name(Parser *p, Word w) {
  u32 name = 0;
  if (!word_numbered(w, 'v', &name) || !name)
    fail_word(p, w, "a value");
  return name;
}

static void parse_line(Parser *p, Body *body, BodyState *s, Word w) {
  u32 name = 0;
  bool named = false;
  if (word_numbered(w, 'v', &name)) {
    name = parse_value_name(p, w);
    named = parse_char(p, '=');
    if (!named)
      parse_want(p, ':');
    w = parse_word(p);
  }
  if (!p->failed)
    parse_inst(p, body, s, w, name, named);
}

static void parse_params(Parser *p, Body *body, Block b) {
  do {
    Word w = parse_word(p);
    u32 name = parse_value_name(p, w);
    parse_want(p, ':');
    u8 type = parse_type(p);
    if (p->failed)
      return;
    Val v = ir_param(body->f, b, (Type)type, 0);
    note_inst(p, body, name, w.at);
    parse_origin(p, body->f, v);
  } while (parse_char(p, ','));
  parse_want(p, ')');
}

static void check_ended(Parser *p, const BodyState *s, const char *at) {
  if (s->open && !s->ended)
    parse_fail(p, at, "the block before has no terminator");
}

static void parse_block(Parser *p, Body *body, BodyState *s, Word w) {
  u32 label = 0;
  word_numbered(w, 'b', &label);
  check_ended(p, s, w.at);
  if (!label)
    parse_fail(p, w.at, "blocks are numbered from 1");
  if (p->failed)
    return;
  s->open = ir_block(body->f);
  s->ended = false;
  vec_push(p->arena, &body->labels, label);
  ir_begin(body->f, s->open);
  if (parse_char(p, '('))
    parse_params(p, body, s->open);
  if (parse_peek(p) != ':') {
    Word cold = parse_word(p);
    if (!word_is(cold, "cold"))
      fail_word(p, cold, "cold or ':'");
    block_at(body->f, s->open)->cold = true;
  }
  parse_want(p, ':');
}

static void want_word(Parser *p, const char *s) {
  Word w = parse_word(p);
  if (!word_is(w, s))
    fail_word(p, w, s);
}

// "site 1 in 0 @1a3 calls f2", numbered from 1 without gaps.
static void parse_site(Parser *p, Func *f) {
  const char *at = (parse_space(p), p->at);
  InlineSite site = {0};
  if (parse_u32(p) != f->sites.n)
    parse_fail(p, at, "wanted site %u", f->sites.n);
  want_word(p, "in");
  site.parent = parse_u32(p);
  parse_want(p, '@');
  site.off = parse_hex(p);
  want_word(p, "calls");
  site.func = parse_numbered(p, 'f');
  if (site.parent >= f->sites.n)
    parse_fail(p, at, "site %u inside of a later one", f->sites.n);
  vec_push(f->arena, &f->sites, site);
}

void parse_body(Parser *p, Body *body) {
  BodyState s = {0};
  u32 label;
  parse_want(p, '{');
  vec_push(p->arena, &body->names, 0);
  vec_push(p->arena, &body->from, 0);
  vec_push(p->arena, &body->labels, 0);
  while (!p->failed && parse_peek(p) != '}') {
    Word w = parse_word(p);
    if (word_is(w, "site"))
      parse_site(p, body->f);
    else if (word_numbered(w, 'b', &label))
      parse_block(p, body, &s, w);
    else if (w.n)
      parse_line(p, body, &s, w);
    else
      parse_fail(p, w.at,
                 p->at < p->end ? "wanted an instruction, a block or }"
                                : "wanted } before the end");
  }
  check_ended(p, &s, p->at);
  if (!s.open)
    parse_fail(p, p->at, "function without a block");
  parse_want(p, '}');
}
