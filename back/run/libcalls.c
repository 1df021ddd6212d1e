// What compiled and interpreted code calls for: growth, bulk operations, and
// roundings where the processor lacks them. All operands are 32 bits unless a
// reference, zero-extended; a failed bounds check raises the trap before any
// byte is written.
#include "back/run/store.h"

#include <math.h>
#include <sys/mman.h>

static VMTable *table_at(VMCtx *ctx, u64 k) {
  const WasmModule *m = ctx->instance->module;
  return ((VMTable *const *)(const void *)((u8 *)ctx + m->layout.tables))[k];
}

static u64 lib_memory_grow(VMCtx *ctx, u64 pages, u64 b, u64 c, u64 d, u64 e) {
  (void)b, (void)c, (void)d, (void)e;
  u32 cap = store_options(ctx->instance->store)->max_memory_pages;
  return memory_grow(ctx->mem, (u32)pages, cap);
}

// Raises unless [off, off + n) lies in the memory of `ctx`.
static u8 *heap_range(VMCtx *ctx, u64 off, u64 n) {
  if (off + n > ctx->mem->bytes)
    vm_raise(ctx, TRAP_HEAP_OOB);
  return ctx->mem->base + off;
}

static u64 lib_memory_copy(VMCtx *ctx, u64 dst, u64 src, u64 n, u64 d, u64 e) {
  (void)d, (void)e;
  u8 *to = heap_range(ctx, dst, n), *from = heap_range(ctx, src, n);
  memmove(to, from, n);
  return 0;
}

static u64 lib_memory_fill(VMCtx *ctx, u64 dst, u64 byte, u64 n, u64 d, u64 e) {
  (void)d, (void)e;
  memset(heap_range(ctx, dst, n), (int)(byte & 255), n);
  return 0;
}

static u64 lib_memory_init(VMCtx *ctx, u64 seg, u64 dst, u64 src, u64 n,
                           u64 e) {
  (void)e;
  if (!data_copy(ctx, (u32)seg, dst, src, n))
    vm_raise(ctx, TRAP_HEAP_OOB);
  return 0;
}

static u64 lib_data_drop(VMCtx *ctx, u64 seg, u64 b, u64 c, u64 d, u64 e) {
  (void)b, (void)c, (void)d, (void)e;
  bit_add(ctx->instance->data_dropped, (u32)seg);
  return 0;
}

static u64 lib_table_grow(VMCtx *ctx, u64 table, u64 init, u64 n, u64 d,
                          u64 e) {
  (void)d, (void)e;
  return table_grow(ctx->instance->store, table_at(ctx, table), (u32)n, init);
}

static u64 lib_table_fill(VMCtx *ctx, u64 table, u64 dst, u64 value, u64 n,
                          u64 e) {
  (void)e;
  VMTable *t = table_at(ctx, table);
  if (dst + n > t->n)
    vm_raise(ctx, TRAP_TABLE_OOB);
  for (u64 k = 0; k < n; k++)
    t->elems[dst + k] = value;
  return 0;
}

static u64 lib_table_copy(VMCtx *ctx, u64 to, u64 from, u64 dst, u64 src,
                          u64 n) {
  VMTable *t = table_at(ctx, to), *f = table_at(ctx, from);
  if (src + n > f->n || dst + n > t->n)
    vm_raise(ctx, TRAP_TABLE_OOB);
  if (n)
    memmove(t->elems + dst, f->elems + src, n * sizeof *t->elems);
  return 0;
}

static u64 lib_table_init(VMCtx *ctx, u64 table, u64 seg, u64 dst, u64 src,
                          u64 n) {
  if (!elem_copy(ctx, (u32)table, (u32)seg, dst, src, n))
    vm_raise(ctx, TRAP_TABLE_OOB);
  return 0;
}

static u64 lib_elem_drop(VMCtx *ctx, u64 seg, u64 b, u64 c, u64 d, u64 e) {
  (void)b, (void)c, (void)d, (void)e;
  bit_add(ctx->instance->elem_dropped, (u32)seg);
  return 0;
}

// The four roundings at both widths: bits in, bits out; a NaN becomes quiet.
#define ROUND(name, host)                                                      \
  static u64 lib_##name##32(VMCtx * ctx, u64 x, u64 b, u64 c, u64 d, u64 e) { \
    (void)ctx, (void)b, (void)c, (void)d, (void)e;                             \
    u32 bits = (u32)x;                                                         \
    float f;                                                                   \
    memcpy(&f, &bits, 4);                                                      \
    if (isnan(f))                                                              \
      return bits | 0x400000u;                                                 \
    f = host##f(f);                                                            \
    memcpy(&bits, &f, 4);                                                      \
    return bits;                                                               \
  }                                                                            \
  static u64 lib_##name##64(VMCtx * ctx, u64 x, u64 b, u64 c, u64 d, u64 e) { \
    (void)ctx, (void)b, (void)c, (void)d, (void)e;                             \
    double f;                                                                  \
    memcpy(&f, &x, 8);                                                         \
    if (isnan(f))                                                              \
      return x | (u64)1 << 51;                                                 \
    f = host(f);                                                               \
    memcpy(&x, &f, 8);                                                         \
    return x;                                                                  \
  }
ROUND(ceil, ceil)
ROUND(floor, floor)
ROUND(trunc, trunc)
ROUND(nearest, nearbyint)
#undef ROUND

// Room for the locals of a call whose function keeps them in memory.
static u64 lib_locals_enter(VMCtx *ctx, u64 bytes, u64 b, u64 c, u64 d, u64 e) {
  (void)b, (void)c, (void)d, (void)e;
  Store *s = ctx->instance->store;
  if (!s->locals) {
    void *p = mmap(NULL, LOCALS_BYTES, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    s->locals = p == MAP_FAILED ? NULL : p;
  }
  if (!s->locals || bytes > LOCALS_BYTES - s->locals_used)
    vm_raise(ctx, TRAP_STACK);
  u64 at = s->locals_used;
  s->locals_used += bytes;
  return (u64)(uintptr_t)(s->locals + at);
}

static u64 lib_locals_leave(VMCtx *ctx, u64 at, u64 b, u64 c, u64 d, u64 e) {
  (void)b, (void)c, (void)d, (void)e;
  Store *s = ctx->instance->store;
  s->locals_used = at - (u64)(uintptr_t)s->locals;
  return 0;
}

typedef u64 LibFn(VMCtx *, u64, u64, u64, u64, u64);
LibFn *const vm_libcalls[LIB_COUNT] = {
#define X(name, sig) [LIB_##name] = lib_##name,
    LIBCALLS(X)
#undef X
};

u64 vm_libcall(LibCall k, VMCtx *ctx, const u64 *a) {
  return vm_libcalls[k](ctx, a[0], a[1], a[2], a[3], a[4]);
}
