// Writes codelets.c, a program of very large functions such as code generators
// make, with more values live than any machine has registers. Its output is the
// same everywhere: twiddle factors are cut to fifteen digits, and random draws
// stand in statements of their own.
// - fft_256: a Fourier transform (Cooley, Tukey 1965) unrolled to the last
//   addition, as the codelets of FFTW (Frigo, Johnson 1998) are.
// - sort_64: Batcher's odd-even merge network (1968) on 64 local variables.
// - multiply_32, divide_24: the gates of a multiplier and a divider, on 64
// lanes
//   at once as in bitsliced ciphers (Biham 1997).
// - scan: finds forty words in a text (Aho, Corasick 1975), a case of a switch
//   for each state with a switch on the letter inside.
// - mix_N: random arithmetic, loops, branches and calls, after Csmith (Yang,
//   Chen, Eide, Regehr 2011).
#include "common.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { fft_size = 256, sort_size = 64, mix_count = 24, mix_lines = 90 };

// Prints one complex value of the recursion: x_LEVEL_START_I and y_...
typedef struct {
  int level, start;
} Stage;

static void print_butterfly(Stage whole, int half, int k) {
  double angle = -3.14159265358979323846 * k / half;
  int l = whole.level, s = whole.start, odd = s + (1 << l);
  printf("  double r%d_%d_%d, i%d_%d_%d, r%d_%d_%d, i%d_%d_%d;\n", l, s, k, l,
         s, k, l, s, k + half, l, s, k + half);
  printf("  {\n    double r = r%d_%d_%d, i = i%d_%d_%d;\n", l + 1, odd, k,
         l + 1, odd, k);
  if (k)
    printf("    double c = %.15f, s = %.15f;\n"
           "    double t = r * c - i * s;\n    i = r * s + i * c;\n"
           "    r = t;\n",
           cos(angle), sin(angle));
  for (int sign = 0; sign < 2; sign++)
    printf("    r%d_%d_%d = r%d_%d_%d %c r;\n    i%d_%d_%d = i%d_%d_%d %c i;\n",
           l, s, k + sign * half, l + 1, s, k, "+-"[sign], l, s,
           k + sign * half, l + 1, s, k, "+-"[sign]);
  printf("  }\n");
}

// The transform of the inputs start, start + 2^level, ...
static void print_fft(Stage whole, int size) {
  int l = whole.level, s = whole.start;
  if (size == 1) {
    printf("  double r%d_%d_0 = in[%d], i%d_%d_0 = in[%d];\n", l, s, 2 * s, l,
           s, 2 * s + 1);
    return;
  }
  print_fft((Stage){l + 1, s}, size / 2);
  print_fft((Stage){l + 1, s + (1 << l)}, size / 2);
  for (int k = 0; k < size / 2; k++)
    print_butterfly(whole, size / 2, k);
}

static void print_fft_function(void) {
  printf("APART void fft_%d(const double *in, double *out) {\n", fft_size);
  print_fft((Stage){0, 0}, fft_size);
  for (int k = 0; k < fft_size; k++)
    printf("  out[%d] = r0_0_%d;\n  out[%d] = i0_0_%d;\n", 2 * k, k, 2 * k + 1,
           k);
  printf("}\n\n");
}

static void print_sort_function(void) {
  printf("APART void sort_%d(int32_t *v) {\n", sort_size);
  for (int i = 0; i < sort_size; i++)
    printf("  int32_t v%d = v[%d];\n", i, i);
  for (int p = 1; p < sort_size; p *= 2)
    for (int k = p; k >= 1; k /= 2)
      for (int j = k % p; j + k < sort_size; j += 2 * k)
        for (int i = j; i < j + k && i + k < sort_size; i++)
          if (i / (2 * p) == (i + k) / (2 * p))
            printf("  ORDER(v%d, v%d)\n", i, i + k);
  for (int i = 0; i < sort_size; i++)
    printf("  v[%d] = v%d;\n", i, i);
  printf("}\n\n");
}

// Prints a full adder of three wires, whose names it takes, into two new ones.
static void print_adder(const char *a, const char *b, const char *c, int sum,
                        int carry) {
  printf("  uint64_t h%d = %s ^ %s, w%d = h%d ^ %s;\n", sum, a, b, sum, sum, c);
  printf("  uint64_t w%d = (%s & %s) | (h%d & %s);\n", carry, a, b, sum, c);
}

static void print_multiplier(int bits) {
  printf("APART void multiply_%d(const uint64_t *a, const uint64_t *b, "
         "uint64_t *out) {\n",
         bits);
  int next = 0, row[64];
  for (int j = 0; j < bits; j++) {
    printf("  uint64_t w%d = a[%d] & b[0];\n", next, j);
    row[j] = next++;
  }
  int top = -1; // the carry out of the row above
  for (int i = 1; i < bits; i++) {
    printf("  out[%d] = w%d;\n", i - 1, row[0]);
    int carry = -1;
    for (int j = 0; j < bits; j++) {
      char product[40], above[16] = "none", in[16] = "none";
      snprintf(product, sizeof product, "(a[%d] & b[%d])", j, i);
      int from = j + 1 < bits ? row[j + 1] : top;
      if (from >= 0)
        snprintf(above, sizeof above, "w%d", from);
      if (carry >= 0)
        snprintf(in, sizeof in, "w%d", carry);
      print_adder(product, above, in, next, next + 1);
      row[j] = next;
      carry = next + 1;
      next += 2;
    }
    top = carry;
  }
  for (int j = 0; j < bits; j++)
    printf("  out[%d] = w%d;\n", bits - 1 + j, row[j]);
  printf("  out[%d] = w%d;\n}\n\n", 2 * bits - 1, top);
}

// Each row takes the divisor from what is left, and keeps the difference in
// those lanes where it is not negative.
static void print_divider(int bits) {
  printf("APART void divide_%d(const uint64_t *a, const uint64_t *b, "
         "uint64_t *out) {\n",
         bits);
  for (int j = 0; j <= bits; j++)
    printf("  uint64_t r%d = 0;\n", j);
  for (int i = bits - 1; i >= 0; i--) {
    printf("  {\n    uint64_t borrow = 0;\n");
    for (int j = bits; j > 0; j--)
      printf("    r%d = r%d;\n", j, j - 1);
    printf("    r0 = a[%d];\n", i);
    for (int j = 0; j <= bits; j++) {
      char divisor[16] = "none";
      if (j < bits)
        snprintf(divisor, sizeof divisor, "b[%d]", j);
      printf("    uint64_t d%d = r%d ^ %s ^ borrow;\n", j, j, divisor);
      printf("    borrow = (~r%d & (%s | borrow)) | (%s & borrow);\n", j,
             divisor, divisor);
    }
    printf("    out[%d] = ~borrow;\n", i);
    for (int j = 0; j <= bits; j++)
      printf("    r%d = (d%d & ~borrow) | (r%d & borrow);\n", j, j, j);
    printf("  }\n");
  }
  for (int j = 0; j < bits; j++)
    printf("  out[%d] = r%d;\n", bits + j, j);
  printf("}\n\n");
}

enum { most_states = 512, letters = 26 };

static const char *const words[] = {
    "add",     "address", "alias",    "allocate", "and",     "arena",
    "assign",  "block",   "branch",   "bundle",   "call",    "class",
    "clobber", "compile", "const",    "dominate", "edge",    "eliminate",
    "extract", "fold",    "frame",    "global",   "graph",   "hoist",
    "inline",  "integer", "interval", "jump",     "lattice", "live",
    "load",    "loop",    "memory",   "operand",  "range",   "register",
    "rewrite", "spill",   "split",    "value"};

enum { word_count = sizeof words / sizeof *words };

typedef struct {
  int next[most_states][letters]; // -1, then completed by failure links
  int found[most_states];         // 1 + the word that ends here, or 0
  int fail[most_states];
  int count;
} Machine;

static void add_word(Machine *machine, int index) {
  int state = 0;
  for (const char *c = words[index]; *c; c++) {
    int *next = &machine->next[state][*c - 'a'];
    if (*next < 0) {
      memset(machine->next[machine->count], -1, sizeof machine->next[0]);
      *next = machine->count++;
    }
    state = *next;
  }
  machine->found[state] = index + 1;
}

// Fills the missing edges, nearest states first.
static void complete(Machine *machine) {
  int queue[most_states], head = 0, tail = 0;
  queue[tail++] = 0;
  while (head < tail) {
    int state = queue[head++];
    for (int c = 0; c < letters; c++) {
      int *next = &machine->next[state][c];
      int other = state ? machine->next[machine->fail[state]][c] : 0;
      if (*next < 0) {
        *next = other;
      } else {
        machine->fail[*next] = other;
        if (!machine->found[*next])
          machine->found[*next] = machine->found[other];
        queue[tail++] = *next;
      }
    }
  }
}

static void print_state(const Machine *machine, int state) {
  printf("    case %d:\n", state);
  if (machine->found[state])
    printf("      counts[%d]++;\n", machine->found[state] - 1);
  printf("      switch (*text++) {\n");
  for (int c = 0; c < letters; c++)
    if (machine->next[state][c])
      printf("      case '%c':\n        state = %d;\n        continue;\n",
             'a' + c, machine->next[state][c]);
  printf("      case 0:\n        return;\n"
         "      default:\n        state = 0;\n        continue;\n      }\n");
}

static void print_scanner(void) {
  static Machine machine = {.count = 1};
  memset(machine.next[0], -1, sizeof machine.next[0]);
  for (int i = 0; i < word_count; i++)
    add_word(&machine, i);
  complete(&machine);
  printf("enum { word_count = %d };\n\nstatic const char *const words[] = {\n",
         word_count);
  for (int i = 0; i < word_count; i++)
    printf("  \"%s\",\n", words[i]);
  printf("};\n\nAPART void scan(const char *text, int *counts) {\n"
         "  int state = 0;\n  for (;;) {\n    switch (state) {\n");
  for (int state = 0; state < machine.count; state++)
    print_state(&machine, state);
  printf("    }\n  }\n}\n\n");
}

static const char kinds[3] = {'i', 'l', 'd'}; // i32, i64, f64 variables

enum { variables = 10 };

// Keeps compilers from warning that something is compared with itself.
static uint32_t other_than(Random *random, uint32_t x) {
  return (x + 1 + random_below(random, variables - 1)) % variables;
}

static void print_whole_line(Random *random, char kind) {
  static const char *const ops[] = {"+", "-", "*", "^", "&", "|", "+", "^"};
  uint32_t to = random_below(random, variables),
           x = random_below(random, variables), y = other_than(random, x);
  unsigned width = kind == 'i' ? 32 : 64,
           by = 1 + random_below(random, width - 1);
  const char *op = ops[random_below(random, 8)];
  switch (random_below(random, 6)) {
  case 0:
    printf("  %c%u = %c%u >> %u | %c%u << %u;\n", kind, to, kind, x, by, kind,
           y, width - by);
    break;
  case 1:
    printf("  %c%u = %c%u < %c%u ? %c%u : %c%u + %u;\n", kind, to, kind, x,
           kind, y, kind, y, kind, x, by);
    break;
  case 2:
    printf("  %c%u += %c%u / (%c%u | 1) + %c%u %% ((%c%u >> 3) | 5);\n", kind,
           to, kind, x, kind, y, kind, y, kind, x);
    break;
  case 3:
    printf("  %c%u += %c%u;\n", kind, to, kind == 'i' ? 'l' : 'i', x);
    break;
  default: {
    uint32_t number = random_next(random);
    printf("  %c%u = %c%u %s (%c%u %s %u);\n", kind, to, kind, x, op, kind, y,
           ops[number & 7], number >> by % 31);
  }
  }
}

// Doubles stay between -2 and 2: means, products and quotients.
static void print_double_line(Random *random) {
  uint32_t to = random_below(random, variables),
           x = random_below(random, variables), y = other_than(random, x);
  switch (random_below(random, 5)) {
  case 0:
    printf("  d%u = (d%u + d%u) * 0.5;\n", to, x, y);
    break;
  case 1:
    printf("  d%u = d%u * d%u * 0.25 - 0.25;\n", to, x, y);
    break;
  case 2:
    printf("  d%u = d%u / (1 + d%u * d%u);\n", to, x, y, y);
    break;
  case 3:
    printf("  d%u = d%u < d%u ? d%u : -d%u;\n", to, x, y, x, y);
    break;
  default:
    printf("  d%u = (double)(i%u & 1023) / 1024 - d%u / 2;\n", to, x, y);
  }
}

static void print_line(Random *random) {
  char kind = kinds[random_below(random, 3)];
  if (kind == 'd')
    print_double_line(random);
  else
    print_whole_line(random, kind);
}

// Opens a block: under a condition, in a loop, with memory, or with a call of a
// later function, directly or through the table.
static void print_opening(Random *random, int function) {
  uint32_t x = random_below(random, variables), y = other_than(random, x),
           place = random_below(random, 5), which = random_below(random, 7);
  int callee = function + 8 + (int)place;
  if (which == 0)
    printf("  if (i%u > i%u) {\n", x, y);
  else if (which == 1)
    printf("  for (uint32_t n = l%u & 3; n > 0; n--) {\n    i%u += n;\n", x, y);
  else if (which == 2)
    printf("  if (d%u < d%u) {\n", x, y);
  else if (which == 3)
    printf("  {\n    uint32_t *p = &memory[i%u %% 251];\n    i%u ^= p[0];\n"
           "    p[%u] += (uint32_t)l%u;\n",
           x, y, place, x);
  else if (which == 4 && callee < mix_count)
    printf("  if (!(i%u & 15)) {\n    l%u += mix_%d(memory, i%u, d%u);\n", x, y,
           callee, y, x);
  else if (which == 5 && function < 16)
    printf("  if (!(l%u & 15)) {\n    l%u ^= table[16 + i%u %% 8](memory, "
           "i%u, d%u);\n",
           x, y, x, y, x);
  else
    printf("  {\n");
}

static void print_piece(Random *random, int function) {
  print_opening(random, function);
  for (uint32_t lines = 2 + random_below(random, 5); lines; lines--)
    print_line(random);
  printf("  }\n");
}

static void print_mix(int function) {
  Random random = {1000u + (unsigned)function};
  printf("APART uint64_t mix_%d(uint32_t *memory, uint32_t seed, double "
         "share) {\n",
         function);
  for (int i = 0; i < variables; i++) {
    uint32_t factor = random_next(&random), offset = random_next(&random);
    printf("  uint32_t i%d = seed * %uu + %uu;\n"
           "  uint64_t l%d = (uint64_t)i%d * %uu;\n"
           "  double d%d = share * %.3f + 0.1;\n",
           i, factor, offset, i, i, (factor ^ offset) | 1, i,
           factor % 1000 / 1000.0);
  }
  for (int i = 0; i < mix_lines; i++)
    print_piece(&random, function);
  printf("  uint64_t sum = checksum_start;\n");
  for (int i = 0; i < variables; i++)
    printf("  sum = (sum ^ i%d ^ l%d) * 31 + (uint64_t)(int64_t)(d%d * 1e6);\n",
           i, i, i);
  printf("  return sum;\n}\n\n");
}

int main(void) {
  printf("// Written by codelets_gen.c, which says what this is.\n"
         "#include \"codelets_main.h\"\n\n");
  print_fft_function();
  print_sort_function();
  print_multiplier(32);
  print_divider(24);
  print_scanner();
  printf(
      "typedef uint64_t Mix(uint32_t *memory, uint32_t seed, double share);\n"
      "static Mix ");
  for (int i = 0; i < mix_count; i++)
    printf("mix_%d%s", i, i + 1 < mix_count ? ", " : ";\n");
  printf("static Mix *const table[%d] = {\n", mix_count);
  for (int i = 0; i < mix_count; i++)
    printf("  mix_%d,\n", i);
  printf("};\n\n");
  for (int i = 0; i < mix_count; i++)
    print_mix(i);
  printf("int main(void) {\n  run_fft(fft_%d);\n  run_sort(sort_%d);\n"
         "  run_multiply(multiply_32);\n  run_divide(divide_24);\n"
         "  run_scan(scan, words, word_count);\n"
         "  run_mix(table, %d);\n  return 0;\n}\n",
         fft_size, sort_size, mix_count);
  return 0;
}
