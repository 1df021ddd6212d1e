// CPUID, and XGETBV for what the system saves of the vector registers.
#include "back/x64/cpu.h"

#include <cpuid.h>

const char *const cpu_names[CPU_BIT_COUNT] = {
#define X(name, NAME) #name,
    CPU_FEATURES(X)
#undef X
};

// The system keeps xmm and the upper halves of ymm over a switch.
static bool saves_ymm(void) {
  u32 lo, hi;
  __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
  (void)hi;
  return (lo & 6) == 6;
}

u32 cpu_detect(void) {
  u32 a, b, c, d, set = 0;
  if (!__get_cpuid(1, &a, &b, &c, &d))
    return 0;
  set |= c & bit_SSSE3 ? CPU_SSSE3 : 0;
  set |= c & bit_SSE4_1 ? CPU_SSE41 : 0;
  set |= c & bit_SSE4_2 ? CPU_SSE42 : 0;
  set |= c & bit_POPCNT ? CPU_POPCNT : 0;
  bool ymm = (c & bit_OSXSAVE) && saves_ymm();
  if (ymm && (c & bit_AVX))
    set |= CPU_AVX | (c & bit_FMA ? (u32)CPU_FMA : 0);
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d)) {
    // VEX-coded: they need the system's consent too
    set |= ymm && (b & bit_BMI) ? CPU_BMI1 : 0;
    set |= ymm && (b & bit_BMI2) ? CPU_BMI2 : 0;
    set |= ymm && (b & bit_AVX2) ? CPU_AVX2 : 0;
  }
  if (__get_cpuid(0x80000001, &a, &b, &c, &d))
    set |= c & bit_LZCNT ? CPU_LZCNT : 0;
  return set;
}

u32 cpu_find(const char *name) {
  for (u32 i = 0; i < CPU_BIT_COUNT; i++)
    if (strcmp(cpu_names[i], name) == 0)
      return (u32)1 << i;
  return 0;
}
