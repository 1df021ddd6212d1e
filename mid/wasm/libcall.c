// Names and signatures of the calls from compiled code into the runtime, for
// printers, parsers and verifiers. The list is in vmctx.h.
#include "mid/wasm/vmctx.h"

const char *const libcall_names[LIB_COUNT] = {
#define X(name, sig) [LIB_##name] = #name,
    LIBCALLS(X)
#undef X
};

const char *const libcall_sigs[LIB_COUNT] = {
#define X(name, sig) [LIB_##name] = sig,
    LIBCALLS(X)
#undef X
};
