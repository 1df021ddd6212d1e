// What the processor can do beyond the x86-64 baseline: the features that
// rules name in `needs` and `has(..)`. A mask of them is an input of
// compilation, so that code can be made for another machine; cpu_detect asks
// this one.
#ifndef BACK_X64_CPU_H
#define BACK_X64_CPU_H

#include "mid/base/base.h"

#define CPU_FEATURES(X)                                                        \
  X(ssse3, SSSE3)                                                              \
  X(sse41, SSE41) X(sse42, SSE42) X(popcnt, POPCNT) X(lzcnt, LZCNT)            \
      X(bmi1, BMI1) X(bmi2, BMI2) X(avx, AVX) X(avx2, AVX2) X(fma, FMA)
enum {
#define X(name, NAME) CPU_BIT_##NAME,
  CPU_FEATURES(X)
#undef X
      CPU_BIT_COUNT
};
enum { // in the order of CPU_FEATURES: bit k is cpu_names[k]
#define X(name, NAME) CPU_##NAME = 1 << CPU_BIT_##NAME,
  CPU_FEATURES(X)
#undef X
      CPU_ALL = (1 << CPU_BIT_COUNT) - 1
};
extern const char *const cpu_names[CPU_BIT_COUNT]; // "ssse3", ...

u32 cpu_detect(void);           // features of this machine and its system
u32 cpu_find(const char *name); // mask with one bit, or 0

#endif
