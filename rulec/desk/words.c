// The lines on words, and which words there are: those of declarations, keywords
// and builtins come from the lexer's and sema's tables, so a new one shows up
// here without a line and tests/rulec/words.c fails. Constants and kinds of
// operands are no table anywhere else; they are listed here.
#include "rulec/desk/words.h"

static const WordRow rows[] = {
    // declarations
    {"types", "types NAME = TYPE...", "A set of types and its name."},
    {"code", "code NAME (ARGS) = MEMBER: PREDICATE | ...",
     "An enumeration whose members are predicates; `swap`, `not` and maps to "
     "other codes are checked against them."},
    {"op", "op NAME {PARAMS} (OPERANDS) -> TYPE CLAUSES = MEANING",
     "Something a program can compute, with traits, cost and meaning."},
    {"rule", "rule NAME: PATTERN [if GUARD] [let X = E] => RIGHT",
     "A rewrite: what matches the pattern may be computed as the right side."},
    {"skeleton", "skeleton NAME: PATTERN ... => RIGHT",
     "A rewrite whose root has an effect, traps, or ends a block."},
    {"remat", "remat NAME: PATTERN",
     "Values cheap enough to be computed again at each use."},
    {"lower", "lower NAME: PATTERN ... => INSTRUCTIONS",
     "How an op, or a helper term, becomes instructions."},
    {"fn", "fn NAME(ARGS) = EXPRESSION",
     "A function of guards and meanings; it does not recur."},
    {"extern", "extern fn NAME(ARGS) -> TYPE",
     "A function written in C; total, unknown to the prover without a "
     "meaning."},
    {"def", "def NAME(ARGS) = TERM", "A shorthand for terms on either side."},
    {"rep", "rep TYPE in CLASS: low BITS, rest zero|any|sign",
     "How a type lies in a wider register."},
    {"inst", "inst x64.NAME {PARAMS} (OPERANDS) -> (RESULTS) CLAUSES",
     "A machine instruction: constraints, meaning, encodings."},
    {"seq", "seq x64.NAME (OPERANDS) -> (RESULTS) means E { STEPS }",
     "Several instructions with jumps between them; one to the allocator."},
    {"term", "term NAME (ARGS) -> KIND means E",
     "A helper of lowering with a contract its rules are held to."},
    {"data", "data NAME = CTOR(FIELDS) means E | ...", "A sum of lowering."},
    {"cost", "cost N", "What the op costs, in the units of the cost table."},
    // clauses and words of expressions
    {"if", "if GUARD", "The rule holds only where the guard does."},
    {"let", "let X = E", "Names an expression, or a term that is then shared."},
    {"in", NULL, "`i in 0..N` of all, any, sum; `a in x` of map."},
    {"map", "map SHAPE (a, b in x, y) E", "By lanes."},
    {"form", "form NAME needs F with d = a",
     "A way to encode an instruction; the first that applies is taken."},
    {"enc", "enc KINDS RM(d, b) REX.T 0F AF /r",
     "Encodings, the first that fits; as a function, the number of a code."},
    {"needs", "needs FEATURE, ...", "Processor features."},
    {"with", NULL,
     "`with d = a`: tied operands; `with de as div0`: a trap renamed."},
    {"when", NULL, "`traps CODE when CONDITION`, `pure when CONDITION`."},
    {"traps", "traps CODE when CONDITION, ...",
     "Tried in the order written, before any effect."},
    {"pure", "pure [when CONDITION]",
     "No effect, no trap: such ops live in the e-graph."},
    {"front", NULL, "A front end makes this op."},
    {"sym", "sym (op y x)", "An equal term, tried wherever a pattern matches."},
    {"means", "means E", "The contract of a term, a sequence, a constructor."},
    {"clobbers", "clobbers REG, ...", "Registers that are lost."},
    {"tmp", "tmp t: gpr", "A scratch register."},
    {"asm", "asm \"mov{T}\"", "The mnemonic where it is not the name."},
    {"fact", "fact zeros = E",
     "How a fact about operands becomes one about the result."},
    {"subsume", "=> subsume E",
     "The right side replaces the left for good; needed where a use is "
     "dropped."},
    {"effects", "effects all", "Reads and writes everything."},
    {"reads", "reads m.region", "The memory that is read."},
    {"writes", "writes m.region", "The memory that is written."},
    {"ends", NULL, "Ends a block."},
    {"floats", NULL, "Has no place in a block: constants."},
    {"structure", NULL, "Part of the graph, not of the program."},
    {"front", NULL, "Programs come with it: translation makes it."},
    {"trap", "trap CODE [if CONDITION]", "The program stops with that code."},
    {"return", NULL, "As a meaning: the function's results."},
    {"value", "=> value V...", "The op goes, its results become these."},
    {"example", "example (iadd x 0) => x",
     "What the rule makes of a term; `stays` says that it leaves it alone. "
     "`rulec test` runs it."},
    {"stays", NULL, "`example TERM stays`: the rule does not match."},
    {"remove", NULL, "The op goes."},
    {"goto", NULL, "As a meaning: the block that follows."},
    {"not", "not(C)", "The member that holds where C does not."},
    {"swap", "swap(C)", "The member with operands swapped."},
    {"low", NULL, "`rep`: bits that hold the value."},
    {"rest", NULL, "`rep`: what the other bits are."},
    {"early", NULL,
     "A result written before operands are read, or an operand read first."},
    {"late", NULL, "An operand read when results are written."},
    {"as", "(as.T x)", "The same register seen at another type."},
    {"prio", "prio N", "Decides between overlapping rules; higher goes first."},
    {"allow", "allow(CODE) \"reason\"", "Accepts a diagnostic, and says why."},
    {"aligned", "b aligned(S)", "Memory that must be aligned."},
    {"jmp", "jmp LABEL", "A step of a sequence."},
    {"jcc", "jcc CODE FLAGS LABEL", "A step of a sequence."},
    // types
    {"i32", NULL, "32 bits."},
    {"i64", NULL, "64 bits."},
    {"f32", NULL, "IEEE 754 single, as bits."},
    {"f64", NULL, "IEEE 754 double, as bits."},
    {"v128", NULL, "128 bits; shapes say how they are seen."},
    {"ref", NULL, "A reference: 64 bits."},
    {"i8x16", NULL, "16 lanes of 8 bits."},
    {"i16x8", NULL, "8 lanes of 16 bits."},
    {"i32x4", NULL, "4 lanes of 32 bits."},
    {"i64x2", NULL, "2 lanes of 64 bits."},
    {"f32x4", NULL, "4 lanes, single."},
    {"f64x2", NULL, "2 lanes, double."},
    // kinds of operands
    {"memarg", NULL,
     "Offset, width, extension, region and traits of an access."},
    {"func", NULL, "A function of the module."},
    {"sig", NULL, "A signature."},
    {"block", NULL, "A block of the function."},
    {"libcall", NULL, "A C function of the runtime."},
    {"target", NULL, "A block and its arguments."},
    {"any", NULL,
     "A list of values (`any*`); a register or a slot; some lane or number."},
    {"flags", NULL, "The processor's flags: o c z s p."},
    {"amode", NULL, "An address: base, index, scale, offset."},
    {"gpr", NULL, "A general register."},
    {"xmm", NULL, "A vector register."},
    {"imm", "imm.s32", "An immediate, extended to the operation's width."},
    {"m", "m.T", "Memory of exactly that width."},
    {"mate", "mate(T)", "The type of the same width and the other kind."},
    {"symbol", NULL, "An address known when the code is loaded."},
    {"slot", NULL, "A slot of the frame."},
    {"label", NULL, "A place in a sequence."},
    {"region", NULL, "Which memory: heap host table global vmctx."},
    {"ext", NULL, "How a narrow load is extended: none zero sign."},
    {"bool", NULL, "True or false."},
    // functions
    {"bits", "bits(T)", "Width of a type, or of what has one."},
    {"bytes", "bytes(T)", "Width in bytes."},
    {"lanes", "lanes(S)", "Lanes of a shape."},
    {"lane_bits", "lane_bits(S)", "Width of a lane."},
    {"zext", "zext(x, bits)", "Extended by zeros."},
    {"sext", "sext(x, bits)", "Extended by its sign."},
    {"trunc", "trunc(x, bits)", "The low bits."},
    {"min_s", "min_s(bits)", "The least signed number."},
    {"max_s", "max_s(bits)", "The greatest signed number."},
    {"max_u", "max_u(bits)", "All ones."},
    {"clz", "clz(x)", "Zeros before the first one; the width for zero."},
    {"ctz", "ctz(x)", "Zeros after the last one; the width for zero."},
    {"popcnt", "popcnt(x)", "How many ones."},
    {"bswap", "bswap(x)", "Bytes in the other order."},
    {"log2", "log2(x)", "Of a power of two; of anything else nothing."},
    {"is_pow2", "is_pow2(x)", "One bit set."},
    {"msb", "msb(x)", "The highest bit as a truth value."},
    {"parity", "parity(x)", "Even parity of the low byte."},
    {"fits_s", "fits_s(x, bits)", "Fits as a signed number of that width."},
    {"fits_u", "fits_u(x, bits)", "Fits as an unsigned number of that width."},
    {"len", "len(list)", "Length of a list."},
    {"extend", "extend(x, ext, bits)", "Extended as a memarg says."},
    {"inside", "inside(p, bytes, region)", "The access lies in the region."},
    {"has", "has(FEATURE)",
     "The processor has it; rules with it wait for that."},
    {"zeros", "zeros(x)", "Fact: bits known to be zero."},
    {"ones", "ones(x)", "Fact: bits known to be one."},
    {"umin", "umin(x)", "Fact: the least it can be, unsigned."},
    {"umax", "umax(x)", "Fact: the most it can be, unsigned."},
    {"smin", "smin(x)", "Fact: the least it can be, signed."},
    {"smax", "smax(x)", "Fact: the most it can be, signed."},
    {"isconst", "isconst(x)", "Fact: the class has a constant."},
    {"trapcode", "trapcode(t)", "The code of a target that only traps."},
    {"fp.add", "fp.add(x, y)", "IEEE sum, to nearest even."},
    {"fp.sub", "fp.sub(x, y)", "IEEE difference."},
    {"fp.mul", "fp.mul(x, y)", "IEEE product."},
    {"fp.div", "fp.div(x, y)", "IEEE quotient."},
    {"fp.min", "fp.min(x, y)", "The lesser; -0 before +0; NaN wins."},
    {"fp.max", "fp.max(x, y)", "The greater; +0 after -0; NaN wins."},
    {"fp.sqrt", "fp.sqrt(x)", "Square root."},
    {"fp.ceil", "fp.ceil(x)", "To a whole number, up."},
    {"fp.floor", "fp.floor(x)", "To a whole number, down."},
    {"fp.trunc", "fp.trunc(x)", "To a whole number, toward zero."},
    {"fp.nearest", "fp.nearest(x)", "To a whole number, ties to even."},
    {"fp.eq", "fp.eq(x, y)", "Ordered and equal."},
    {"fp.lt", "fp.lt(x, y)", "Ordered and less."},
    {"fp.le", "fp.le(x, y)", "Ordered and less or equal."},
    {"fp.isnan", "fp.isnan(x)", "Not a number."},
    {"fp.promote", "fp.promote(x)", "f32 to f64."},
    {"fp.demote", "fp.demote(x)", "f64 to f32, rounded."},
    {"fp.widen", "fp.widen(x)", "The NaN of f32 as one of f64."},
    {"fp.narrow", "fp.narrow(x)", "The NaN of f64 as one of f32."},
    {"fp.from_s", "fp.from_s(T, x)", "A signed integer as a float."},
    {"fp.from_u", "fp.from_u(T, x)", "An unsigned integer as a float."},
    {"fp.to_s", "fp.to_s(T, x)", "Toward zero; nothing if it does not fit."},
    {"fp.to_u", "fp.to_u(T, x)", "Toward zero; nothing if it does not fit."},
    {"fp.to_sat_s", "fp.to_sat_s(T, x)", "Toward zero, saturating; NaN is 0."},
    {"fp.to_sat_u", "fp.to_sat_u(T, x)", "Toward zero, saturating; NaN is 0."},
    {"fp.fits_s", "fp.fits_s(T, x)", "Whether to_s has a result."},
    {"fp.fits_u", "fp.fits_u(T, x)", "Whether to_u has a result."},
    {"nan", "nan(x, y: e)",
     "e; if that is a NaN, any that WebAssembly allows."},
    {"all", "all(i in 0..N: e)", "e holds for each."},
    {"sum", "sum(i in 0..N: e)", "The sum of all."},
    {"mem", "mem[p : n]", "n bytes of memory from p on."},
    {"sink", "(sink (load ...))", "A load that the instruction takes over."},
    {"once", "(once p)", "A value with this use only."},
    {"reg", "(reg x)", "In a register, not an immediate or memory."},
    {"pool", "pool(k)", "A constant in read-only memory."},
    {"abi", "abi(g).args", "Where the calling convention puts things."},
    {"host", "host(g).args",
     "The same for C functions; as a region, host memory."},
    // constants
    {"true", NULL, "Holds."},
    {"false", NULL, "Does not hold."},
    {"extern", NULL, "A meaning that rulec does not know."},
    {"heap", NULL, "Region: linear memory."},
    {"table", NULL, "Region: tables."},
    {"global", NULL, "Region: globals."},
    {"vmctx", NULL,
     "Region: the instance's own words; also the op that gives its address."},
    {"none", NULL, "Not extended; no trap."},
    {"zero", NULL, "Extended by zeros."},
    {"sign", NULL, "Extended by the sign."},
    {"unreachable", NULL, "Trap: unreachable was reached."},
    {"div0", NULL, "Trap: division by zero."},
    {"overflow", NULL, "Trap: the result does not fit."},
    {"invalid", NULL, "Trap: a NaN to an integer."},
    {"heap_oob", NULL, "Trap: outside linear memory."},
    {"table_oob", NULL, "Trap: outside a table."},
    {"null_func", NULL, "Trap: a null reference was called."},
    {"bad_sig", NULL, "Trap: another signature."},
    {"stack", NULL, "Trap: the stack is full."},
    // fields of a memarg
    {"off", NULL, "memarg: the offset, 32 bits."},
    {"align", NULL, "memarg: the alignment promised."},
    {"readonly", NULL, "memarg: nobody writes there."},
    {"notrap", NULL, "memarg: it cannot trap."},
    {"movable", NULL, "memarg: it may be done elsewhere."},
};

static const char *const kinds[] = {
    "memarg", "trap",   "func",  "sig",   "block",  "libcall", "target",
    "any",    "flags",  "amode", "gpr",   "xmm",    "imm",     "m",
    "mate",   "symbol", "slot",  "label", "region", "ext",     "bool"};

// Built in by grammar or typing rather than by the table of builtins.
static const char *const more_builtins[] = {
    "bits",  "bytes", "lanes", "lane_bits", "zext", "sext", "trunc",
    "min_s", "max_s", "max_u", "nan",       "all",  "sum",  "mem",
    "sink",  "once",  "reg",   "pool",      "abi",  "host"};

static const char *const constants[] = {
    "true",    "false",    "heap",      "table",       "global",  "vmctx",
    "none",    "zero",     "sign",      "unreachable", "div0",    "overflow",
    "invalid", "heap_oob", "table_oob", "null_func",   "bad_sig", "stack"};

#define PICK(table, i) ((i) < sizeof table / sizeof *table ? table[i] : NULL)

// The i-th word of the lexer that does, or does not, start a declaration.
static const char *lexer_word(u32 i, bool declaring) {
  bool declares;
  const char *w;
  for (u32 k = 0; (w = lex_word(k, &declares)); k++)
    if (declares == declaring && i-- == 0)
      return w;
  return NULL;
}

// `extern fn` stands in the table of builtins and is no word.
static const char *builtin_word(u32 i) {
  for (u32 k = 0; k < BI_COUNT; k++)
    if (!strchr(builtin_names[k], ' ') && i-- == 0)
      return builtin_names[k];
  return PICK(more_builtins, i);
}

const char *word_at(WordClass c, u32 i) {
  switch (c) {
  case WC_DECL: return lexer_word(i, true);
  case WC_KEYWORD: return lexer_word(i, false);
  case WC_TYPE:
    if (i < VT_COUNT - 1)
      return vtype_names[i + 1];
    return i - (VT_COUNT - 1) < SH_COUNT ? shape_names[i - (VT_COUNT - 1)]
                                         : NULL;
  case WC_KIND: return PICK(kinds, i);
  case WC_BUILTIN: return builtin_word(i);
  case WC_CONSTANT: return PICK(constants, i);
  case WC_FIELD: return i < MF_COUNT ? memfield_names[i] : NULL;
  case WC_COUNT: break;
  }
  return NULL;
}

const WordRow *word_find(const char *name) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (!strcmp(rows[i].name, name))
      return &rows[i];
  return NULL;
}
