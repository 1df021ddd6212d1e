// The mutation test of rulec's front.
#ifndef RULEC_FUZZ_H
#define RULEC_FUZZ_H

#include "mid/base/base.h"

// Returns an exit status.
int fuzz_rules(Arena *a, u64 seed, u64 count, u32 nfiles, const char **files);

#endif
