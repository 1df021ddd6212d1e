// The last step of emission: which jumps are short, where everything finally
// lies, and the copy into the blob.
//
// A jump is tried as short against estimates in which what is already short
// counts as short and every place to align as 15 bytes: distances only fall
// after that, so no decision is ever taken back. Two rounds over the list
// find nearly all. shift[k] is how far code behind item k has moved.
#include "back/emit/emit.h"

typedef struct Finish {
  Emit *e;
  s32 *shift;    // nitems + 1
  u32 code_size; // final
  u32 *pool_at;  // final offset of each constant
  u32 *table_at;
  u32 size;
  CodeBlob *b;
} Finish;

static LabelAt label_at(const Emit *e, u32 label) {
  u32 fixed = e->v->nblocks + e->v->nedges;
  if (label < fixed)
    return e->labels[label];
  return (LabelAt){e->stubs.at[label - fixed].at, e->items.n};
}

static u32 label_final(const Finish *f, u32 label) {
  LabelAt l = label_at(f->e, label);
  return l.at + (u32)f->shift[l.items];
}

// --- shrinking
// ------------------------------------------------------------------

static void estimate(const Emit *e, s32 *shift) {
  s32 s = 0;
  for (u32 k = 0; k < e->items.n; k++) {
    const Item *it = &e->items.at[k];
    shift[k] = s;
    if (it->kind == ITEM_ALIGN)
      s += 15;
    else if (it->is_short)
      s -= it->len - 2;
  }
  shift[e->items.n] = s;
}

static bool reaches(const Emit *e, const s32 *shift, u32 k) {
  const Item *it = &e->items.at[k];
  LabelAt l = label_at(e, it->label);
  s32 len = l.items > k ? it->len : 2; // a jump forward is still long there
  s32 d = (s32)l.at + shift[l.items] - ((s32)it->at + shift[k] + len);
  return d == (int8_t)d;
}

static void shrink(Finish *f) {
  Emit *e = f->e;
  for (u32 round = 0; round < 2; round++) {
    estimate(e, f->shift);
    u32 found = 0;
    for (u32 k = 0; k < e->items.n; k++) {
      Item *it = &e->items.at[k];
      if (it->kind == ITEM_JUMP && !it->is_short && reaches(e, f->shift, k))
        it->is_short = true, found++;
    }
    e->count->jumps_short += found;
    if (!found)
      break;
  }
}

// --- places
// -----------------------------------------------------------------------

static void place_code(Finish *f) {
  Emit *e = f->e;
  s32 s = 0;
  for (u32 k = 0; k < e->items.n; k++) {
    Item *it = &e->items.at[k];
    f->shift[k] = s;
    if (it->kind == ITEM_ALIGN) {
      it->len = (u8)(-(it->at + (u32)s) & 15);
      s += it->len;
      e->count->pad_bytes += it->len;
      e->count->aligned++;
    } else if (it->is_short) {
      s -= it->len - 2;
    }
  }
  f->shift[e->items.n] = s;
  f->code_size = emit_at(e) + (u32)s;
}

// Behind the code: constants, the widest first, then jump tables.
static void place_data(Finish *f) {
  Emit *e = f->e;
  u32 at = f->code_size;
  f->pool_at = arena_array(e->arena, u32, e->pool.n);
  f->table_at = arena_array(e->arena, u32, e->tables.n);
  for (u32 size = 16; size >= 4; size /= 2)
    for (u32 k = 0; k < e->pool.n; k++)
      if (e->pool.at[k].size == size) {
        at = (at + size - 1) & ~(size - 1);
        f->pool_at[k] = at;
        at += size;
      }
  e->count->pool_bytes += at - f->code_size;
  u32 tables = at;
  if (e->tables.n)
    at = (at + 3) & ~3u;
  for (u32 k = 0; k < e->tables.n; k++) {
    f->table_at[k] = at;
    at += 4 * e->v->blocks[e->tables.at[k].block].nedges;
  }
  e->count->table_bytes += at - tables;
  f->size = at;
}

// --- bytes
// ------------------------------------------------------------------------

static void put32(u8 *p, u32 x) { memcpy(p, &x, 4); }

// The longest no-ops that decode in one go.
static void put_nops(u8 *p, u32 n) {
  static const u8 nops[9][9] = {
      {0x90},
      {0x66, 0x90},
      {0x0f, 0x1f, 0x00},
      {0x0f, 0x1f, 0x40, 0x00},
      {0x0f, 0x1f, 0x44, 0x00, 0x00},
      {0x66, 0x0f, 0x1f, 0x44, 0x00, 0x00},
      {0x0f, 0x1f, 0x80, 0x00, 0x00, 0x00, 0x00},
      {0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00},
      {0x66, 0x0f, 0x1f, 0x84, 0x00, 0x00, 0x00, 0x00, 0x00}};
  while (n) {
    u32 k = n < 9 ? n : 9;
    memcpy(p, nops[k - 1], k);
    p += k;
    n -= k;
  }
}

static void put_item(const Finish *f, const Item *it, u32 at, const u8 *raw) {
  u8 *p = f->b->bytes + at;
  if (it->kind == ITEM_ALIGN) {
    put_nops(p, it->len);
    return;
  }
  u32 target = label_final(f, it->label);
  if (it->is_short) {
    p[0] = it->near;
    p[1] = (u8)(target - (at + 2));
    return;
  }
  memcpy(p, raw, it->len - 4u);
  put32(p + it->len - 4, target - (at + it->len));
}

static void copy_code(const Finish *f) {
  const Emit *e = f->e;
  u32 raw = 0;
  for (u32 k = 0; k < e->items.n; k++) {
    const Item *it = &e->items.at[k];
    u32 at = it->at + (u32)f->shift[k];
    memcpy(f->b->bytes + raw + f->shift[k], e->code + raw, it->at - raw);
    put_item(f, it, at, e->code + it->at);
    raw = it->at + (it->kind == ITEM_ALIGN ? 0 : it->len);
  }
  memcpy(f->b->bytes + (s32)raw + f->shift[e->items.n], e->code + raw,
         emit_at(e) - raw);
}

static void copy_data(const Finish *f) {
  const Emit *e = f->e;
  u8 *bytes = f->b->bytes;
  memset(bytes + f->code_size, 0xcc, f->size - f->code_size);
  for (u32 k = 0; k < e->pool.n; k++) {
    const u64 c[2] = {e->pool.at[k].lo, e->pool.at[k].hi};
    memcpy(bytes + f->pool_at[k], c, e->pool.at[k].size);
  }
  for (u32 k = 0; k < e->tables.n; k++) {
    const VBlock *b = &e->v->blocks[e->tables.at[k].block];
    for (u32 j = 0; j < b->nedges; j++) {
      u32 edge = b->edges + j;
      u32 label = e->edge_move && e->edge_move[edge] != ~0u
                      ? e->v->nblocks + edge
                      : e->thread[e->v->edges[edge].to];
      put32(bytes + f->table_at[k] + 4 * j,
            label_final(f, label) - f->table_at[k]);
    }
  }
}

// --- tables
// ------------------------------------------------------------------------

// Walks a table in order of raw offset beside the items. `behind` says that a
// place to align at just this offset comes before it.
typedef struct Mover {
  const Finish *f;
  u32 k;
  bool behind;
} Mover;
static u32 moved(Mover *m, u32 at) {
  const Emit *e = m->f->e;
  while (m->k < e->items.n) {
    const Item *it = &e->items.at[m->k];
    if (it->at < at || (it->at == at && m->behind && it->kind == ITEM_ALIGN))
      m->k++;
    else
      break;
  }
  return at + (u32)m->f->shift[m->k];
}

static Pos pos_of(const Emit *e, u32 origin) {
  const Func *ir = e->v->ir;
  if (!ir)
    return (Pos){0, origin};
  return ir->poses.at[ir->pos.at[origin]];
}

static void copy_traps(const Finish *f, Arena *out) {
  const Emit *e = f->e;
  CodeBlob *b = f->b;
  Mover m = {.f = f, .behind = true};
  b->ntraps = e->traps.n;
  b->traps = arena_array(out, CodeTrap, b->ntraps);
  for (u32 k = 0; k < b->ntraps; k++) {
    const TrapSite *t = &e->traps.at[k];
    b->traps[k] = (CodeTrap){moved(&m, t->at), t->code, pos_of(e, t->origin)};
  }
}

static void copy_calls(const Finish *f, Arena *out) {
  const Emit *e = f->e;
  CodeBlob *b = f->b;
  Mover m = {.f = f};
  b->nposes = e->calls.n;
  b->poses = arena_array(out, CodePos, b->nposes);
  for (u32 k = 0; k < b->nposes; k++) {
    const CallSite *c = &e->calls.at[k];
    b->poses[k] = (CodePos){moved(&m, c->at), pos_of(e, c->origin)};
  }
}

static void copy_relocs(const Finish *f, Arena *out) {
  const Emit *e = f->e;
  CodeBlob *b = f->b;
  Mover m = {.f = f, .behind = true};
  b->nrelocs = e->relocs.n;
  b->relocs = arena_array(out, CodeReloc, b->nrelocs);
  for (u32 k = 0; k < b->nrelocs; k++)
    b->relocs[k] =
        (CodeReloc){moved(&m, e->relocs.at[k].at), e->relocs.at[k].func};
}

static void copy_lines(const Finish *f, Arena *out) {
  const Emit *e = f->e;
  CodeBlob *b = f->b;
  Mover m = {.f = f, .behind = true};
  b->nlines = e->lines.n;
  b->lines = arena_array(out, CodeLine, b->nlines);
  for (u32 k = 0; k < b->nlines; k++)
    b->lines[k] = (CodeLine){moved(&m, e->lines.at[k].at), e->lines.at[k].inst};
}

static void patch_rips(const Finish *f) {
  const Emit *e = f->e;
  Mover m = {.f = f, .behind = true};
  for (u32 k = 0; k < e->rips.n; k++) {
    const RipRef *r = &e->rips.at[k];
    u32 at = moved(&m, r->at);
    u32 to = r->index & RIP_TABLE ? f->table_at[r->index & ~RIP_TABLE]
                                  : f->pool_at[r->index];
    put32(f->b->bytes + at, to - (at + 4 + r->tail));
  }
}

static void copy_sites(const Finish *f, Arena *out) {
  const Func *ir = f->e->v->ir;
  if (!ir || ir->sites.n < 2)
    return;
  f->b->nsites = ir->sites.n;
  f->b->sites = arena_array(out, InlineSite, ir->sites.n);
  memcpy(f->b->sites, ir->sites.at, sizeof(InlineSite) * ir->sites.n);
}

CodeBlob *emit_finish(Emit *e, Arena *out) {
  Finish f = {.e = e, .b = arena_new(out, CodeBlob)};
  f.shift = arena_array(e->arena, s32, e->items.n + 1);
  if (e->opt.shrink)
    shrink(&f);
  place_code(&f);
  place_data(&f);
  CodeBlob *b = f.b;
  b->func = e->v->ir ? e->v->ir->index : 0;
  b->size = f.size;
  b->code_size = f.code_size;
  b->direct = ABI_DIRECT_ENTRY;
  b->frame = e->frame_total;
  b->framed = moved(&(Mover){.f = &f}, e->framed);
  b->bytes = arena_alloc(out, f.size, 16);
  copy_code(&f);
  copy_data(&f);
  patch_rips(&f);
  copy_traps(&f, out);
  copy_calls(&f, out);
  copy_relocs(&f, out);
  copy_lines(&f, out);
  copy_sites(&f, out);
  e->count->code_bytes += b->code_size;
  e->count->traps += b->ntraps;
  e->count->relocs += b->nrelocs;
  return b;
}
