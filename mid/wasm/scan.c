// The pre-scan of an outermost loop: which locals each loop in it assigns, and
// whether anything branches back. It knows the shape of instructions and the
// nesting, nothing else; what is malformed it leaves to the pass that follows.
//
// The sets of nested loops share one stack: an inner loop's run lies on its
// parent's and, when the loop ends, is copied out and merged down. A local's
// stamp says which loop's run it is in, and each entry holds the stamp it
// replaced, so membership in the parent needs no search.
#include "mid/wasm/ssa.h"

enum { STEPS_PER_ARGUMENT = 16 }; // merging is that much cheaper

typedef struct Entry {
  u32 local, before; // stamp it had
} Entry;

typedef struct ScanFrame {
  u32 loop;  // number + 1, or 0 for other constructs
  u32 outer; // stamp of the loop around
  u32 first; // of its entries
} ScanFrame;

typedef struct Scan {
  Build *b;
  const u8 *p, *end;
  VEC(ScanFrame) frames;
  VEC(Entry) entries;
  u32 loop;  // innermost, number + 1
  u64 steps; // of merging
} Scan;

static bool skip_leb(Scan *s) {
  while (s->p < s->end)
    if (*s->p++ < 0x80)
      return true;
  return false;
}

static bool skip_bytes(Scan *s, size_t n) {
  if ((size_t)(s->end - s->p) < n)
    return false;
  s->p += n;
  return true;
}

static bool read_u32(Scan *s, u32 *v) {
  return leb_u32(&s->p, s->end, v);
}

static void open_frame(Scan *s, bool loop) {
  LoopScans *out = &s->b->scans;
  ScanFrame f = {.outer = s->loop, .first = s->entries.n};
  if (loop) {
    vec_push(s->b->arena, &out->loops, (LoopScan){0});
    s->loop = f.loop = out->loops.n;
  }
  vec_push(s->b->arena, &s->frames, f);
}

// Keeps the set of a loop that something branches to.
static void keep_set(Scan *s, const ScanFrame *f) {
  LoopScans *out = &s->b->scans;
  LoopScan *l = &out->loops.at[f->loop - 1];
  if (!l->back)
    return;
  u32 n = s->entries.n - f->first;
  l->first = out->locals.n;
  l->n = n;
  vec_reserve(s->b->arena, &out->locals, n);
  for (u32 k = 0; k < n; k++)
    out->locals.at[out->locals.n++] = s->entries.at[f->first + k].local;
}

// Moves the entries of an ended loop into the set of the loop around it.
static void merge_down(Scan *s, const ScanFrame *f) {
  u32 n = f->first;
  for (u32 k = f->first; k < s->entries.n; k++) {
    Entry e = s->entries.at[k];
    bool has = e.before == f->outer;
    s->b->scans.stamp[e.local] = f->outer;
    if (!has && f->outer)
      s->entries.at[n++] = e;
  }
  s->steps += s->entries.n - f->first;
  s->entries.n = n;
}

static void close_frame(Scan *s) {
  ScanFrame f = s->frames.at[--s->frames.n];
  if (!f.loop)
    return;
  keep_set(s, &f);
  merge_down(s, &f);
  s->loop = f.outer;
}

static void branch_to(Scan *s, u32 label) {
  if (label >= s->frames.n)
    return;
  u32 loop = s->frames.at[s->frames.n - 1 - label].loop;
  if (loop)
    s->b->scans.loops.at[loop - 1].back = true;
}

static bool set_local(Scan *s) {
  u32 k;
  if (!read_u32(s, &k) || k >= s->b->body->nlocals)
    return false;
  if (s->b->in_memory)
    return true;
  u32 *stamp = &s->b->scans.stamp[k];
  if (*stamp != s->loop) {
    vec_push(s->b->arena, &s->entries, ((Entry){k, *stamp}));
    *stamp = s->loop;
  }
  return true;
}

static bool br_table(Scan *s) {
  u32 n, label;
  if (!read_u32(s, &n) || n > (size_t)(s->end - s->p))
    return false;
  for (u32 k = 0; k <= n; k++) {
    if (!read_u32(s, &label))
      return false;
    branch_to(s, label);
  }
  return true;
}

static bool skip_fc(Scan *s) {
  static const u8 lebs[FC_COUNT] = {0, 0, 0, 0, 0, 0, 0, 0, 2,
                                    1, 2, 1, 2, 1, 2, 1, 1, 1};
  u32 op;
  if (!read_u32(s, &op) || op >= FC_COUNT)
    return false;
  for (u32 k = 0; k < lebs[op]; k++)
    if (!skip_leb(s))
      return false;
  return true;
}

static bool skip_fd(Scan *s) {
  u32 op;
  if (!read_u32(s, &op) || op > 255)
    return false;
  switch ((SimdKind)simd_sigs[op].kind) {
  case SIMD_ILLEGAL:
    return false;
  case SIMD_ROW:
    return true;
  case SIMD_LOAD:
  case SIMD_STORE:
    return skip_leb(s) && skip_leb(s);
  case SIMD_CONST:
  case SIMD_SHUFFLE:
    return skip_bytes(s, 16);
  case SIMD_EXTRACT:
  case SIMD_REPLACE:
    return skip_bytes(s, 1);
  case SIMD_LOAD_LANE:
  case SIMD_STORE_LANE:
    return skip_leb(s) && skip_leb(s) && skip_bytes(s, 1);
  }
  return false;
}

// Steps over one instruction; false where the body is malformed.
static bool step(Scan *s, u8 op) {
  u32 v;
  switch ((ImmKind)op_imms[op]) {
  case IMMK_NONE:
    return true;
  case IMMK_LEB:
    return skip_leb(s);
  case IMMK_LEB2:
    return skip_leb(s) && skip_leb(s);
  case IMMK_4:
    return skip_bytes(s, 4);
  case IMMK_8:
    return skip_bytes(s, 8);
  case IMMK_BLOCK:
    open_frame(s, op == 0x03);
    return skip_leb(s);
  case IMMK_BR:
    if (!read_u32(s, &v))
      return false;
    branch_to(s, v);
    return true;
  case IMMK_LOCAL_SET:
    return set_local(s);
  case IMMK_BR_TABLE:
    return br_table(s);
  case IMMK_TYPES:
    return read_u32(s, &v) && skip_bytes(s, v);
  case IMMK_FC:
    return skip_fc(s);
  case IMMK_FD:
    return skip_fd(s);
  case IMMK_BAD:
    return false;
  case IMMK_END:
    close_frame(s);
    return true;
  }
  return false;
}

bool scan_loops(Build *b, const u8 *p) {
  Scan s = {.b = b, .p = p, .end = b->body->end};
  open_frame(&s, true);
  bool ok = skip_leb(&s); // its block type
  while (ok && s.frames.n > 0) {
    ok = s.p < s.end && step(&s, *s.p++);
    if (unlikely(s.steps / STEPS_PER_ARGUMENT > b->work_limit - b->work))
      return false;
  }
  b->work += s.steps / STEPS_PER_ARGUMENT;
  while (s.frames.n > 0) { // malformed: the pass will say where
    ScanFrame *f = &s.frames.at[s.frames.n - 1];
    if (f->loop)
      b->scans.loops.at[f->loop - 1].back = true;
    close_frame(&s);
  }
  b->scans.end = s.p;
  return true;
}
