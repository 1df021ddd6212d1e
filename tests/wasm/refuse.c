// Refusals: the smallest module with each mistake, the offset that is named and
// the words. And acceptances that are easily got wrong.
#include <stdio.h>

#include "mid/wasm/module.h"

typedef struct Case {
  const char *what;  // expected in the message; null: valid
  size_t off;        // expected offset
  const char *bytes; // behind the header, as hex; spaces are ignored
} Case;

// (func) of type 0 with a given body; section sizes are right for the body.
#define TYPE "01 04 01 60 00 00 " // () -> ()
#define FUNC TYPE "03 02 01 00 "

static const Case cases[] = {
    {NULL, 0, ""},
    {NULL, 0, FUNC "0a 04 01 02 00 0b"},
    // sections
    {"malformed section id", 8, "0e 01 00"},
    {"exception tags are not supported", 8, "0d 01 00"},
    {"length out of bounds", 10, "01 05 00"},
    {"section size mismatch", 11, "01 02 00 00"},
    {"unexpected content after last section: a second", 11,
     "01 01 00 01 01 00"},
    {"integer representation too long", 9, "01 80 80 80 80 80 00"},
    {"integer too large", 9, "01 80 80 80 80 70"},
    {"malformed UTF-8", 11, "00 02 01 ff"},
    {"malformed UTF-8", 11, "00 04 03 ed a0 80"},
    {"unexpected end", 11, "00 02 05 61"},
    // types
    {"malformed type form", 11, "01 04 01 61 00 00"},
    {"sub-, struct or array type is not supported", 11, "01 02 01 5f"},
    // imports, tables, memories, globals
    {"malformed import kind", 13, "02 04 01 00 00 07"},
    {"unknown type 0", 14, "02 05 01 00 00 00 00"},
    {"malformed limits flags", 11, "05 03 01 03 01"},
    {"memory size must be at most 65536", 12, "05 05 01 00 81 80 04"},
    {"size minimum must not be greater", 12, "05 04 01 01 02 01"},
    {"multiple memories", 15, "05 05 02 00 00 00 00"},
    {"malformed reference type", 11, "04 04 01 7f 00 00"},
    {"malformed mutability", 12, "06 06 01 7f 02 41 00 0b"},
    {"type mismatch: constant expression of i64", 13,
     "06 06 01 7f 00 42 00 0b"},
    {"constant expression required", 13, "06 05 01 7f 00 01 0b"},
    {"unknown global 0", 14, "06 06 01 7f 00 23 00 0b"},
    // exports, start
    {"unknown function 0", 13, "07 04 01 00 00 00"},
    {"duplicate export name", 19, "05 03 01 00 00 07 07 02 00 02 00 00 02 00"},
    {"unknown function 3", 10, "08 01 03"},
    {"start function must have no parameters", 21,
     "01 05 01 60 01 7f 00 03 02 01 00 08 01 00"},
    // code
    {"inconsistent lengths", 18, FUNC},
    {"inconsistent lengths", 21, FUNC "0a 01 02"},
    {"inconsistent lengths: 2 and 0", 11, "0c 01 02"},
    {"END opcode expected", 24, FUNC "0a 04 01 02 00 01"},
    {"END opcode expected", 24, FUNC "0a 05 01 03 00 0b 0b"},
    {"too many locals", 23, FUNC "0a 08 01 06 01 d1 86 03 7f 0b"},
    {"stack is empty", 23, FUNC "0a 05 01 03 00 1a 0b"},
    {"1 values at the end", 25, FUNC "0a 06 01 04 00 41 00 0b"},
    {"found i64, expected i32", 25, FUNC "0a 07 01 05 00 42 00 45 0b"},
    {"unknown local 0", 24, FUNC "0a 06 01 04 00 20 00 0b"},
    {"unknown label 1", 24, FUNC "0a 06 01 04 00 0c 01 0b"},
    {"unknown type 1", 24, FUNC "0a 07 01 05 00 02 01 0b 0b"},
    {"unknown memory 0", 25, FUNC "0a 0a 01 08 00 41 00 28 02 00 1a 0b"},
    {"illegal opcode ff", 23, FUNC "0a 05 01 03 00 ff 0b"},
    {"a tail call, is not supported", 23, FUNC "0a 06 01 04 00 12 00 0b"},
    {"relaxed SIMD", 23, FUNC "0a 07 01 05 00 fd 80 02 0b"},
    {"unexpected else", 23, FUNC "0a 06 01 04 00 05 0b 0b"},
    {"undeclared function reference", 23, FUNC "0a 07 01 05 00 d2 00 1a 0b"},
    {"data count section required", 23, FUNC "0a 07 01 05 00 fc 09 00 0b"},
    // after a branch any type is there, but not more values
    {NULL, 0, FUNC "0a 07 01 05 00 00 6a 1a 0b"},
    {"1 values at the end", 25, FUNC "0a 06 01 04 00 00 6a 0b"},
    {"found i64, expected i32", 26, FUNC "0a 09 01 07 00 00 42 00 45 1a 0b"},
};

// Turns hex into bytes behind a header; returns how many there are.
static size_t assemble(const char *hex, u8 *out) {
  static const u8 header[8] = {0, 'a', 's', 'm', 1, 0, 0, 0};
  size_t n = sizeof header;
  memcpy(out, header, n);
  for (; *hex; hex++) {
    static const char digits[] = "0123456789abcdef";
    if (*hex == ' ')
      continue;
    u32 high = (u32)(strchr(digits, hex[0]) - digits);
    u32 low = (u32)(strchr(digits, hex[1]) - digits);
    out[n++] = (u8)(high << 4 | low);
    hex++;
  }
  return n;
}

static bool check(const Case *c, Arena *a) {
  u8 bytes[256];
  WasmError err = {0};
  size_t n = assemble(c->bytes, bytes);
  bool valid = wasm_validate(a, bytes, n, &err);
  bool ok = c->what ? !valid && strstr(err.what, c->what) && err.off == c->off
                    : valid;
  printf("%s %s\n", ok ? "ok" : "FAILED", c->what ? c->what : "valid");
  if (!ok)
    printf("  %s: %s, offset %zu: %s\n", c->bytes, valid ? "valid" : "refused",
           err.off, err.what);
  return ok;
}

int main(void) {
  Arena a = {0};
  bool ok = true;
  for (size_t k = 0; k < sizeof cases / sizeof *cases; k++)
    ok &= check(&cases[k], &a);
  arena_free(&a);
  return ok ? 0 : 1;
}
