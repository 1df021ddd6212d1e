// A small computer in one switch: sixteen registers, words of memory, a stack,
// 48 instructions of one 32-bit word each, and an assembler for them. Runs four
// programs: a sieve (Eratosthenes), Ackermann's function, a sort with an inner
// loop, and a random walk of arithmetic over every operation.
// Stresses: one large br_table in a loop, registers kept in memory, indirect
// jumps a processor cannot foresee.
#include "common.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

// name, how its operands are written: r a register, i 16 bits, l a label
#define OPS(X)                                                                 \
  X(halt, "")                                                                  \
  X(set, "ri")                                                                 \
  X(high, "ri")                                                                \
  X(move, "rr")                                                                \
  X(add, "rrr")                                                                \
  X(sub, "rrr")                                                                \
  X(mul, "rrr")                                                                \
  X(div, "rrr")                                                                \
  X(mod, "rrr")                                                                \
  X(divu, "rrr")                                                               \
  X(modu, "rrr")                                                               \
  X(and, "rrr")                                                                \
  X(or, "rrr")                                                                 \
  X(xor, "rrr")                                                                \
  X(shl, "rrr")                                                                \
  X(shr, "rrr")                                                                \
  X(sar, "rrr")                                                                \
  X(rol, "rrr")                                                                \
  X(ror, "rrr")                                                                \
  X(min, "rrr")                                                                \
  X(max, "rrr")                                                                \
  X(slt, "rrr")                                                                \
  X(sltu, "rrr")                                                               \
  X(seq, "rrr")                                                                \
  X(mulhi, "rrr")                                                              \
  X(addi, "rri")                                                               \
  X(andi, "rri")                                                               \
  X(muli, "rri")                                                               \
  X(not, "rr")                                                                 \
  X(neg, "rr")                                                                 \
  X(clz, "rr")                                                                 \
  X(ctz, "rr")                                                                 \
  X(pop, "rr")                                                                 \
  X(swap, "rr")                                                                \
  X(sext8, "rr")                                                               \
  X(sext16, "rr")                                                              \
  X(load, "rri")                                                               \
  X(store, "rri")                                                              \
  X(load8, "rri")                                                              \
  X(store8, "rri")                                                             \
  X(push, "r")                                                                 \
  X(pull, "r")                                                                 \
  X(jump, "l")                                                                 \
  X(call, "l")                                                                 \
  X(ret, "")                                                                   \
  X(jz, "rl")                                                                  \
  X(jnz, "rl")                                                                 \
  X(jlt, "rrl")

typedef enum {
#define X(name, operands) op_##name,
  OPS(X)
#undef X
      op_count
} Op;

typedef struct {
  const char *name;
  const char *operands;
} OpInfo;

static const OpInfo op_infos[] = {
#define X(name, operands) {#name, operands},
    OPS(X)
#undef X
};

enum { memory_words = 1 << 14, stack_words = 1 << 14, most_code = 512 };

typedef struct {
  uint8_t op, a, b, c; // c is the low byte of `value` in rrr form
  int16_t value;
} Instruction;

typedef struct {
  uint32_t reg[16];
  uint32_t memory[memory_words];
  uint32_t stack[stack_words];
  uint32_t top;
  uint64_t executed;
} Machine;

typedef struct {
  Instruction code[most_code];
  int count;
  struct {
    char name[12];
    int at;
  } labels[32];
  int label_count;
} Program;

static const char *read_word(const char *text, char *word) {
  while (*text == ' ' || *text == '\n')
    text++;
  while (*text && *text != ' ' && *text != '\n')
    *word++ = *text++;
  *word = 0;
  return text;
}

static int find_op(const char *name) {
  for (int i = 0; i < op_count; i++)
    if (!strcmp(op_infos[i].name, name))
      return i;
  return -1;
}

static int find_label(const Program *program, const char *name) {
  for (int i = 0; i < program->label_count; i++)
    if (!strcmp(program->labels[i].name, name))
      return program->labels[i].at;
  return -1;
}

static void set_operand(const Program *program, Instruction *in, char kind,
                        int place, const char *word) {
  if (kind == 'i') {
    in->value = (int16_t)strtol(word, NULL, 0);
  } else if (kind == 'l') {
    in->value = (int16_t)find_label(program, word);
  } else {
    uint8_t number = (uint8_t)strtol(word + 1, NULL, 10);
    *(place == 0 ? &in->a : place == 1 ? &in->b : &in->c) = number;
  }
}

// One pass over the text: the first collects labels, the second writes code.
static void assemble_pass(Program *program, const char *text, int write) {
  char word[64];
  program->count = 0;
  while (text = read_word(text, word), *word) {
    size_t length = strlen(word);
    if (word[length - 1] == ':') {
      if (!write) {
        memcpy(program->labels[program->label_count].name, word, length - 1);
        program->labels[program->label_count++].at = program->count;
      }
      continue;
    }
    int op = find_op(word);
    Instruction *in = &program->code[program->count++];
    *in = (Instruction){.op = (uint8_t)op};
    for (int i = 0; op_infos[op].operands[i]; i++) {
      text = read_word(text, word);
      set_operand(program, in, op_infos[op].operands[i], i, word);
    }
  }
}

static void assemble(Program *program, const char *text) {
  memset(program, 0, sizeof *program);
  assemble_pass(program, text, 0);
  assemble_pass(program, text, 1);
}

static uint32_t divide(uint32_t x, uint32_t y, int want_rest) {
  int32_t a = (int32_t)x, b = (int32_t)y;
  if (b == 0 || (a == INT32_MIN && b == -1))
    return want_rest ? 0 : x;
  return (uint32_t)(want_rest ? a % b : a / b);
}

static uint32_t rotate(uint32_t x, uint32_t by) {
  return x << (by & 31) | x >> (-by & 31);
}

// The whole machine is this one loop, long on purpose, a line per instruction.
// clang-format off
static void run(Machine *m, const Instruction *code) {
  uint32_t *r = m->reg;
  uint64_t executed = 0;
  for (const Instruction *in = code;; in++) {
    uint32_t x = r[in->b], y = r[in->c];
    int32_t i = in->value;
    executed++;
    switch ((Op)in->op) {
    case op_halt: m->executed = executed; return;
    case op_set: r[in->a] = (uint32_t)i; break;
    case op_high: r[in->a] = r[in->a] << 16 | (uint16_t)i; break;
    case op_move: r[in->a] = x; break;
    case op_add: r[in->a] = x + y; break;
    case op_sub: r[in->a] = x - y; break;
    case op_mul: r[in->a] = x * y; break;
    case op_div: r[in->a] = divide(x, y, 0); break;
    case op_mod: r[in->a] = divide(x, y, 1); break;
    case op_divu: r[in->a] = y ? x / y : x; break;
    case op_modu: r[in->a] = y ? x % y : 0; break;
    case op_and: r[in->a] = x & y; break;
    case op_or: r[in->a] = x | y; break;
    case op_xor: r[in->a] = x ^ y; break;
    case op_shl: r[in->a] = x << (y & 31); break;
    case op_shr: r[in->a] = x >> (y & 31); break;
    case op_sar: r[in->a] = (uint32_t)((int32_t)x >> (y & 31)); break;
    case op_rol: r[in->a] = rotate(x, y); break;
    case op_ror: r[in->a] = rotate(x, -y); break;
    case op_min: r[in->a] = (int32_t)x < (int32_t)y ? x : y; break;
    case op_max: r[in->a] = (int32_t)x > (int32_t)y ? x : y; break;
    case op_slt: r[in->a] = (int32_t)x < (int32_t)y; break;
    case op_sltu: r[in->a] = x < y; break;
    case op_seq: r[in->a] = x == y; break;
    case op_mulhi: r[in->a] = (uint32_t)((uint64_t)x * y >> 32); break;
    case op_addi: r[in->a] = x + (uint32_t)i; break;
    case op_andi: r[in->a] = x & (uint32_t)i; break;
    case op_muli: r[in->a] = x * (uint32_t)i; break;
    case op_not: r[in->a] = ~x; break;
    case op_neg: r[in->a] = -x; break;
    case op_clz: r[in->a] = x ? (uint32_t)__builtin_clz(x) : 32; break;
    case op_ctz: r[in->a] = x ? (uint32_t)__builtin_ctz(x) : 32; break;
    case op_pop: r[in->a] = (uint32_t)__builtin_popcount(x); break;
    case op_swap: r[in->a] = __builtin_bswap32(x); break;
    case op_sext8: r[in->a] = (uint32_t)(int8_t)x; break;
    case op_sext16: r[in->a] = (uint32_t)(int16_t)x; break;
    case op_load:
      r[in->a] = m->memory[(x + (uint32_t)i) % memory_words];
      break;
    case op_store:
      m->memory[(x + (uint32_t)i) % memory_words] = r[in->a];
      break;
    case op_load8:
      r[in->a] = ((uint8_t *)m->memory)[(x + (uint32_t)i) % memory_words];
      break;
    case op_store8:
      ((uint8_t *)m->memory)[(x + (uint32_t)i) % memory_words] =
          (uint8_t)r[in->a];
      break;
    case op_push: m->stack[m->top++ % stack_words] = r[in->a]; break;
    case op_pull: r[in->a] = m->stack[--m->top % stack_words]; break;
    case op_jump: in = code + i - 1; break;
    case op_call:
      m->stack[m->top++ % stack_words] = (uint32_t)(in - code);
      in = code + i - 1;
      break;
    case op_ret: in = code + m->stack[--m->top % stack_words]; break;
    case op_jz:
      if (!r[in->a])
        in = code + i - 1;
      break;
    case op_jnz:
      if (r[in->a])
        in = code + i - 1;
      break;
    case op_jlt:
      if ((int32_t)r[in->a] < (int32_t)x)
        in = code + i - 1;
      break;
    case op_count: abort();
    }
  }
}
// clang-format on

// Counts the primes below 16000 in r1, one byte a number.
static const char sieve[] =
    "set r9 16000 set r1 0 set r2 2 set r8 1\n"
    "next: load8 r3 r2 0 jnz r3 skip addi r1 r1 1 add r4 r2 r2\n"
    "mark: jlt r4 r9 clear jump skip\n"
    "clear: store8 r8 r4 0 add r4 r4 r2 jump mark\n"
    "skip: addi r2 r2 1 jlt r2 r9 next halt";

// Ackermann and Peter: r1 = A(r1, r2) by recursion on the machine's stack.
static const char ackermann[] =
    "set r1 2 set r2 500 call peter halt\n"
    "peter: jnz r1 positive addi r1 r2 1 ret\n"
    "positive: jnz r2 both addi r1 r1 -1 set r2 1 jump peter\n"
    "both: push r1 addi r2 r2 -1 call peter\n"
    "move r2 r1 pull r1 addi r1 r1 -1 jump peter";

// Fills 700 words from a random sequence, sorts them by insertion, leaves in r1
// how many steps down there were.
static const char insertion[] =
    "set r9 700 set r2 0 set r3 12345\n"
    "set r7 16838 high r7 20077\n"
    "fill: mul r3 r3 r7 addi r3 r3 12345 set r5 8 shr r4 r3 r5\n"
    "store r4 r2 0 addi r2 r2 1 jlt r2 r9 fill\n"
    "set r1 0 set r2 1\n"
    "outer: load r4 r2 0 move r5 r2\n"
    "inner: jz r5 place load r6 r5 -1 jlt r4 r6 down jump place\n"
    "down: store r6 r5 0 addi r5 r5 -1 addi r1 r1 1 jump inner\n"
    "place: store r4 r5 0 addi r2 r2 1 jlt r2 r9 outer halt";

static void report(const char *name, const Machine *m) {
  uint64_t sum = checksum(checksum_start, m->memory, sizeof m->memory);
  printf("%-9s r1 = %u, %" PRIu64 " instructions, %016" PRIx64 "\n", name,
         (unsigned)m->reg[1], m->executed, checksum(sum, m->reg, 64));
}

static void run_text(const char *name, const char *text) {
  static Machine machine;
  static Program program;
  memset(&machine, 0, sizeof machine);
  assemble(&program, text);
  run(&machine, program.code);
  report(name, &machine);
}

static int is_straight(int op) {
  return op != op_halt && op != op_set && op < op_push;
}

// A loop of 400 instructions chosen at random, those that jump left out.
static void run_walk(void) {
  static Machine machine;
  static Instruction code[most_code];
  Random random = {48};
  int count = 0;
  while (count < 400) {
    Instruction in;
    in.op = (uint8_t)random_below(&random, op_count);
    in.a = (uint8_t)(1 + random_below(&random, 14));
    in.b = (uint8_t)random_below(&random, 16);
    in.c = (uint8_t)random_below(&random, 16);
    in.value = (int16_t)random_next(&random);
    if (is_straight(in.op))
      code[count++] = in;
  }
  code[count++] = (Instruction){.op = op_addi, .b = 0, .value = -1};
  code[count++] = (Instruction){.op = op_jnz};
  code[count] = (Instruction){.op = op_halt};
  memset(&machine, 0, sizeof machine);
  machine.reg[0] = 16000;
  for (uint32_t i = 1; i < 16; i++)
    machine.reg[i] = random_next(&random);
  run(&machine, code);
  report("walk", &machine);
}

int main(void) {
  run_text("sieve", sieve);
  run_text("ackermann", ackermann);
  run_text("insertion", insertion);
  run_walk();
  return 0;
}
