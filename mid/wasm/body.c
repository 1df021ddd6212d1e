// What validation does that does not depend on whether IR is built: the frame
// of the function, errors, and the slow cases of typing (see the
// specification's appendix on validation: the stack of an unreachable frame
// gives any type when it is empty).
#include "mid/wasm/body.h"

#include <stdarg.h>
#include <stdio.h>

bool body_fail(Body *s, const u8 *at, const char *fmt, ...) {
  va_list args;
  va_start(args, fmt);
  s->err->off = (size_t)(at - s->m->bytes);
  s->err->unsupported = false;
  vsnprintf(s->err->what, sizeof s->err->what, fmt, args);
  va_end(args);
  return false;
}

bool body_leb_fail(Body *s, const u8 *at, unsigned bits) {
  return body_fail(s, at, "%s", leb_why(at, s->end, bits));
}

bool body_grow_stack(Body *s, u32 more) {
  u32 n = (u32)(s->sp - s->stack), cap = (u32)(s->limit - s->stack);
  if (n + more > MAX_STACK)
    return body_fail(s, s->p,
                     "an operand stack of more than %u values is not "
                     "supported",
                     MAX_STACK);
  s->stack = vec_grow(s->arena, s->stack, &cap, n + more + 16, sizeof(Slot));
  s->sp = s->stack + n;
  s->limit = s->stack + cap - 8; // slack, see body_push_frame
  s->floor = s->stack + body_top(s)->height;
  return true;
}

bool body_grow_frames(Body *s) {
  if (s->depth >= MAX_DEPTH)
    return body_fail(s, s->p, "nesting deeper than %u is not supported",
                     MAX_DEPTH);
  s->frames =
      vec_grow(s->arena, s->frames, &s->cap, s->depth + 1, sizeof(Frame));
  return true;
}

// Reads groups of (count, type); they are few, the locals may be many.
static bool locals(Body *s, u32 nparams) {
  u32 ngroups = 0;
  const u8 *at = s->p;
  if (!leb_u32(&s->p, s->end, &ngroups))
    return body_leb_fail(s, at, 32);
  VEC(u8) types = {s->local_types, nparams, nparams};
  for (u32 g = 0; g < ngroups; g++) {
    u32 n = 0;
    at = s->p;
    if (!leb_u32(&s->p, s->end, &n))
      return body_leb_fail(s, at, 32);
    if (n > MAX_LOCALS - types.n)
      return body_fail(s, at, "too many locals: %u and %u more, at most %u",
                       types.n, n, MAX_LOCALS);
    if (s->p == s->end)
      return body_fail(s, s->p, "unexpected end of section or function");
    u8 type = *s->p;
    if (wasm_type(type) == TY_NONE)
      return body_fail(s, s->p,
                       type >= 0x63 && type <= 0x74
                           ? "typed reference 0x%02x is not supported (beyond "
                             "WebAssembly 2.0)"
                           : "malformed value type 0x%02x",
                       type);
    s->p++;
    vec_reserve(s->arena, &types, n);
    if (n)
      memset(types.at + types.n, type, n);
    types.n += n;
  }
  s->local_types = types.at;
  s->nlocals = types.n;
  return true;
}

bool body_begin(Body *s, Arena *a, const WasmModule *m, u32 func,
                WasmError *err) {
  must(func >= m->nimported_funcs && func < m->nfuncs,
       "function %u has no body", func);
  const WasmBody *b = &m->bodies[func - m->nimported_funcs];
  u32 type = m->func_types[func];
  const Sig *sig = &m->types[type];
  *err = (WasmError){0};
  *s = (Body){.m = m, .arena = a, .err = err, .p = m->bytes + b->off};
  s->end = s->p + b->size;
  s->local_types = arena_array(a, u8, sig->nparams + 1u);
  if (sig->nparams)
    memcpy(s->local_types, m->type_refs[type], sig->nparams);
  s->cap = 32;
  s->frames = arena_array(a, Frame, s->cap);
  s->depth = 1;
  s->frames[0] = (Frame){.kind = FRAME_FUNC,
                         .params = m->type_refs[type],
                         .results = m->type_refs[type] + sig->nparams,
                         .nresults = sig->nresults,
                         .off = b->off};
  s->stack = s->sp = s->floor = arena_array(a, Slot, 128);
  s->limit = s->stack + 120;
  return locals(s, sig->nparams);
}

// --- typing ------------------------------------------------------------------

static bool mismatch(Body *s, const u8 *at, u8 want, u32 got) {
  return body_fail(s, at, "type mismatch: found %s, expected %s",
                   wasm_type_name((u8)got), wasm_type_name(want));
}

bool body_pop_slow(Body *s, const u8 *at, u8 want) {
  if (s->sp > s->floor) {
    u32 got = s->sp[-1].type;
    if (got != want && got != 0 && want != 0)
      return mismatch(s, at, want, got);
    s->sp--;
    return true;
  }
  s->sp->type = 0;
  return body_top(s)->dead ||
         body_fail(s, at, "type mismatch: the stack is empty, expected %s",
                   wasm_type_name(want));
}

bool body_check_top(Body *s, const u8 *at, const u8 *types, u32 n) {
  const Slot *slot = s->sp;
  for (u32 k = n; k-- > 0;) {
    if (slot == s->floor)
      return body_top(s)->dead ||
             body_fail(s, at,
                       "type mismatch: %u values on the stack, expected "
                       "%u",
                       (u32)(s->sp - s->floor), n);
    slot--;
    if (slot->type != types[k] && slot->type != 0)
      return mismatch(s, at, types[k], slot->type);
  }
  return true;
}

bool body_set_top(Body *s, const u8 *types, u32 n) {
  if (n == 0 || !body_top(s)->dead)
    return true;
  u32 have = (u32)(s->sp - s->floor);
  if (have < n && s->sp + n > s->limit && !body_grow_stack(s, n))
    return false;
  if (have < n)
    s->sp = s->floor + n;
  for (u32 k = 0; k < n; k++)
    s->sp[(s32)k - (s32)n].type = types[k];
  return true;
}

bool body_check_results(Body *s, const u8 *at, const Frame *fr) {
  u32 have = (u32)(s->sp - s->floor);
  if (!body_check_top(s, at, fr->results, fr->nresults))
    return false;
  if (have > fr->nresults)
    return body_fail(s, at,
                     "type mismatch: %u values at the end of the block "
                     "of offset %u, expected %u",
                     have, fr->off, fr->nresults);
  return true;
}

bool body_block_type(Body *s, Frame *fr) {
  const u8 *at = s->p;
  if (at == s->end)
    return body_fail(s, at, "unexpected end of section or function");
  if (*at == 0x40) {
    s->p++;
    return true;
  }
  if (wasm_type(*at) != TY_NONE) {
    s->p++;
    fr->results = at;
    fr->nresults = 1;
    return true;
  }
  s64 index = 0;
  if (!leb_signed(&s->p, s->end, 33, &index))
    return body_leb_fail(s, at, 33);
  if (index < 0)
    return body_fail(s, at,
                     "malformed block type 0x%02x (or beyond "
                     "WebAssembly 2.0)",
                     *at);
  if (index >= s->m->ntypes)
    return body_fail(s, at, "unknown type %u (there are %u)", (u32)index,
                     s->m->ntypes);
  const Sig *sig = &s->m->types[index];
  fr->nparams = sig->nparams;
  fr->nresults = sig->nresults;
  fr->params = s->m->type_refs[index];
  fr->results = fr->params + sig->nparams;
  return true;
}

// --- SIMD: validated by table, never built -----------------------------------

static bool need(Body *s, const u8 *at, u8 type) {
  return body_pop_slow(s, at, type);
}

static bool give(Body *s, u8 type) {
  if (s->sp >= s->limit && !body_grow_stack(s, 1))
    return false;
  *s->sp++ = (Slot){.type = type};
  return true;
}

static bool simd_memarg(Body *s, const u8 *at, u32 log2) {
  u32 align = 0, off = 0;
  const u8 *p = s->p;
  if (s->m->nmems == 0)
    return body_fail(s, at, "unknown memory 0");
  if (!leb_u32(&s->p, s->end, &align))
    return body_leb_fail(s, p, 32);
  if (align >= 32)
    return body_fail(s, p, "malformed memop flags 0x%x", align);
  if (align > log2)
    return body_fail(s, p,
                     "alignment must not be larger than natural: 2^%u, "
                     "at most 2^%u",
                     align, log2);
  p = s->p;
  return leb_u32(&s->p, s->end, &off) || body_leb_fail(s, p, 32);
}

static bool lane(Body *s, u32 limit) {
  if (s->p == s->end)
    return body_fail(s, s->p, "unexpected end of section or function");
  u8 k = *s->p++;
  return k < limit || body_fail(s, s->p - 1,
                                "invalid lane index %u, expected "
                                "less than %u",
                                k, limit);
}

static bool skip(Body *s, u32 n) {
  if ((size_t)(s->end - s->p) < n)
    return body_fail(s, s->p, "unexpected end of section or function");
  s->p += n;
  return true;
}

static bool shuffle(Body *s, const u8 *at) {
  for (u32 k = 0; k < 16; k++)
    if (!lane(s, 32))
      return false;
  return need(s, at, WT_V128) && need(s, at, WT_V128) && give(s, WT_V128);
}

static bool simd_row(Body *s, const u8 *at, const SimdSig *o) {
  for (u32 k = o->n; k-- > 0;)
    if (!need(s, at, o->in[k]))
      return false;
  return give(s, o->out);
}

bool body_simd(Body *s, const u8 *at) {
  u32 op = 0;
  const u8 *p = s->p;
  if (!leb_u32(&s->p, s->end, &op))
    return body_leb_fail(s, p, 32);
  if (op >= 256)
    return body_fail(s, at,
                     op <= 0x113 ? "relaxed SIMD (opcode fd %u) is not "
                                   "supported (beyond WebAssembly 2.0)"
                                 : "illegal opcode fd %u",
                     op);
  const SimdSig *o = &simd_sigs[op];
  switch ((SimdKind)o->kind) {
  case SIMD_ILLEGAL:
    return body_fail(s, at, "illegal opcode fd %u", op);
  case SIMD_LOAD:
    return simd_memarg(s, at, o->aux) && need(s, at, WT_I32) &&
           give(s, WT_V128);
  case SIMD_STORE:
    return simd_memarg(s, at, o->aux) && need(s, at, WT_V128) &&
           need(s, at, WT_I32);
  case SIMD_CONST:
    return skip(s, 16) && give(s, WT_V128);
  case SIMD_SHUFFLE:
    return shuffle(s, at);
  case SIMD_ROW:
    return simd_row(s, at, o);
  case SIMD_EXTRACT:
    return lane(s, o->aux) && need(s, at, WT_V128) && give(s, o->in[0]);
  case SIMD_REPLACE:
    return lane(s, o->aux) && need(s, at, o->in[0]) && need(s, at, WT_V128) &&
           give(s, WT_V128);
  case SIMD_LOAD_LANE:
    return simd_memarg(s, at, o->aux) && lane(s, 16u >> o->aux) &&
           need(s, at, WT_V128) && need(s, at, WT_I32) && give(s, WT_V128);
  case SIMD_STORE_LANE:
    return simd_memarg(s, at, o->aux) && lane(s, 16u >> o->aux) &&
           need(s, at, WT_V128) && need(s, at, WT_I32);
  }
  return false;
}
