// Addresses of a program, before it is written: see program.h, 2 to 4.
#include "rulec/verify/program.h"

typedef struct Access {
  const Node *memarg, *address;
  const Node *load; // or null
} Access;

static bool truth(const Program *p, const char *what) {
  for (u32 i = 0; i < p->m->n; i++)
    if (p->m->at[i].known && strcmp(p->m->at[i].side, "outcome") == 0 &&
        strcmp(p->m->at[i].what, what) == 0)
      return p->m->at[i].at[0] != 0;
  return false;
}

static bool is_access(const Program *p, const Node *n, Access *a) {
  if (n->kind == N_TERM && n->nkids == 2 && n->sort.kind == SORT_AMODE) {
    *a = (Access){n->kids[1], n->kids[0], NULL};
    return true;
  }
  if (n->kind != N_OP || n->nkids < 2 ||
      p->v->sema->ops[n->op].operands[0].sort.kind != SORT_MEMARG)
    return false;
  bool gives = p->v->sema->ops[n->op].type != VT_NONE;
  *a = (Access){n->kids[0], n->kids[1], gives ? n : NULL};
  return true;
}

// The summand that can be moved without more ado.
static const Var *summand(const Program *p, const Node *n) {
  if (n->kind == N_VAR)
    return n->var;
  if (n->kind != N_OP || strcmp(p->v->sema->ops[n->op].base->name, "iadd") != 0)
    return NULL;
  const Var *v = summand(p, n->kids[0]);
  return v ? v : summand(p, n->kids[1]);
}

static void move(Program *p, const Access *a, const ModelValue *m, u64 at) {
  bool host = m->at[MF_REGION] != 0;
  bool left = truth(p, "left traps"), right = truth(p, "right traps");
  u64 end = PROGRAM_HEAP - (u64)m->at[MF_BYTES];
  if (host || left == right || end > PROGRAM_HEAP)
    return;
  p->base = summand(p, a->address);
  if (p->base) // the left is just inside, or just not
    p->delta = end + left - at;
}

// The model may have an access inside where the program's memory has ended.
static void move_inside(Program *p, const Access *a, const ModelValue *m,
                        u64 at) {
  u64 bytes = (u64)m->at[MF_BYTES];
  if (m->at[MF_REGION] || p->base || truth(p, "left traps") ||
      (at <= PROGRAM_HEAP - 16 && at + bytes <= PROGRAM_HEAP))
    return;
  p->base = summand(p, a->address);
  if (p->base)
    p->delta = PROGRAM_HEAP / 2 - at;
  else if (m->at[MF_NOTRAP])
    program_fail(p, "an access beyond the memory there is, which never traps");
}

static void place(Program *p, const Access *a) {
  const ModelValue *m = program_input(p, node_key(a->memarg));
  u128 address;
  if (!m || !program_model(p, a->address, &address) || p->base)
    return;
  u64 at = (u64)address + (u64)m->at[MF_OFF];
  move(p, a, m, at);
  move_inside(p, a, m, at);
  if (m->at[MF_REGION] != 0) {
    p->host = true;
    p->base = summand(p, a->address);
    if (!p->base)
      program_fail(p, "a host address that is no sum with a variable");
  } else if ((u64)address + p->delta > UINT32_MAX) {
    program_fail(p, "an address beyond 32 bits: no program has it");
  }
  if (p->host && at >= PROGRAM_HEAP)
    program_fail(p, "a host address beyond the memory there is");
}

static void find(Program *p, const Node *n) {
  Access a;
  if (is_access(p, n, &a))
    place(p, &a);
  for (u32 i = 0; i < n->nkids; i++)
    find(p, n->kids[i]);
}

static void put(Program *p, u64 at, u64 value, u64 bytes) {
  Text *t = p->wrapped ? &p->fill : &p->body;
  u32 to = p->next++, what = p->next++;
  text_add(t,
           "  v%u = iconst.i64 %llu\n  v%u = iconst.i64 %lld\n"
           "  store.i64 [heap v%u : %u] v%u\n",
           to, (unsigned long long)at, what, (long long)value, to, (u32)bytes,
           what);
}

// What a load gave, stored where it will look; before and behind are bytes that
// are not in it, for a load that looks there.
static void fill(Program *p, const Access *a) {
  u128 address, value;
  const ModelValue *m = program_input(p, node_key(a->memarg));
  if (!m || !program_model(p, a->address, &address) ||
      !program_model(p, a->load, &value))
    return;
  bool moved = p->base && node_reads(a->address, p->base);
  u64 at = (u64)address + (u64)m->at[MF_OFF] + (moved ? p->delta : 0);
  u64 bytes = (u64)m->at[MF_BYTES];
  if (bytes > 8 || !bytes || at + bytes > PROGRAM_HEAP)
    return;
  u64 other = 0x0101010101010101u * (((u64)value & 0xff) ^ 0xa5);
  for (u64 k = at < 8 ? 0 : at; k < at; k++)
    put(p, k, other & 0xff, 1);
  if (at >= 8)
    put(p, at - 8, other, 8);
  if (at + bytes + 8 <= PROGRAM_HEAP)
    put(p, at + bytes, other, 8);
  put(p, at, (u64)value, bytes);
}

static void fill_all(Program *p, const Node *n) {
  Access a;
  if (is_access(p, n, &a) && a.load)
    fill(p, &a);
  for (u32 i = 0; i < n->nkids; i++)
    fill_all(p, n->kids[i]);
}

// What the optimizer takes for memory that no store of the function writes.
static bool apart(const Program *p, const Node *n) {
  Access a;
  const ModelValue *m = is_access(p, n, &a) && a.load
                            ? program_input(p, a.memarg->kind == N_VAR
                                                   ? (const void *)a.memarg->var
                                                   : a.memarg)
                            : NULL;
  bool is = m && (m->at[MF_READONLY] || m->at[MF_REGION] > 1);
  for (u32 i = 0; i < n->nkids && !is; i++)
    is = apart(p, n->kids[i]);
  return is;
}

static bool takes_reference(const Node *n) {
  bool is = (n->kind == N_VAR || n->kind == N_WILD) &&
            n->sort.kind == SORT_VALUE && n->sort.type == VT_REF;
  for (u32 i = 0; i < n->nkids && !is; i++)
    is = takes_reference(n->kids[i]);
  return is;
}

void program_memory(Program *p, const Node *lhs) {
  p->wrapped = apart(p, lhs) || takes_reference(lhs);
  find(p, lhs);
  fill_all(p, lhs);
}
