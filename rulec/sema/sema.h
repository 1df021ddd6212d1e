// The resolved form of the rules: what every generator reads.
//
// Everything with parameters is expanded before it is typed: an op at its
// parameters is an opcode (OpInst), an instruction at its parameters an InstX,
// a rule at its parameters a RuleX. In the typed tree (Node) no parameter is
// left: types, widths and codes are concrete, and what depends on parameters
// alone is folded to a constant. A rule whose guard folds to false at some
// parameters has no RuleX there.
//
// Variants. Rules are also expanded over `(a | b)` in patterns and over `sym`
// of every op in the pattern (the involution applied or not, equal results
// dropped), so a generator matches patterns literally: a RuleX is one opcode
// tree. RuleX.variant numbers them; variant 0 is the rule as written.
//
// Order. Sema.rules is sorted by (kind as declared, position in the files);
// RuleXs of a rule follow each other by (expansion, variant). Indices are
// stable and deterministic; they are what counters and generated code use.
//
// Numbers. Opcode 0 is OP_none; op i of Sema.ops (from 1 on) is enum Op i.
#ifndef RULEC_SEMA_SEMA_H
#define RULEC_SEMA_SEMA_H

#include "rulec/syntax/ast.h"
#include "rulec/diag/diag.h"

// --- sorts: the type of every node ----------------------------------

// The same numbers as enum Type of mid/ir/ir.h (rulec does not include it).
typedef enum VType {
  VT_NONE,
  VT_I32,
  VT_I64,
  VT_F32,
  VT_F64,
  VT_V128,
  VT_REF,
  VT_COUNT
} VType;
extern const char *const vtype_names[VT_COUNT]; // "none" "i32" ...
extern const u16 vtype_bits[VT_COUNT];          // 0 32 64 32 64 128 64

// Lane shapes; v is the value type that holds a lane.
typedef enum Shape {
  SH_I8X16,
  SH_I16X8,
  SH_I32X4,
  SH_I64X2,
  SH_F32X4,
  SH_F64X2,
  SH_COUNT
} Shape;
extern const char *const shape_names[SH_COUNT];

typedef enum SortKind {
  SORT_NONE,  // no value: effects only
  SORT_VALUE, // an IR value; type = VType
  SORT_BV,    // bit vector; bits = 1..256. Float meanings are bit vectors too
  SORT_BOOL,
  SORT_CODE, // member of a code; decl = index into Sema.codes
  SORT_MEMARG,
  SORT_TRAP,
  SORT_FUNC,
  SORT_SIG,
  SORT_BLOCK,
  SORT_LIBCALL, // 32-bit ids
  SORT_TARGET,  // block with arguments (pool index)
  SORT_TARGETS, // list of them
  SORT_VALUES,  // any*: value list
  SORT_REGION,
  SORT_EXT, // fields of a memarg: 8 bits, enum Region, EXT_*
  SORT_DYN, // bit vector of 8 * (immediate) bits: `mem[p : m.bytes]` only
  // machine things, in lowering only
  SORT_GPR,
  SORT_XMM,   // register class; type = VType of the operand kind
              // (VT_NONE: `gpr` alone); bits = width seen
  SORT_FLAGS, // the processor's flags; meaning: record of bools o c z s p
  SORT_AMODE, // addressing mode
  SORT_DATA,  // sum declared by `data`; decl = index into Sema.datas
  SORT_SYMBOL,
  SORT_SLOT,
  SORT_LABEL,
} SortKind;
typedef struct Sort {
  u8 kind;  // SortKind
  u8 type;  // VType where it says so above
  u16 bits; // width of SORT_BV, SORT_VALUE, SORT_GPR, SORT_XMM
  u32 decl; // codes, datas
} Sort;

// --- parameters -----------------------------------------------------

typedef enum ArgKind { ARG_TYPE, ARG_SHAPE, ARG_CODE, ARG_SIG } ArgKind;
typedef struct ParamArg { // a parameter filled in
  u8 kind;                // ArgKind
  u8 value;               // VType, Shape, or number in the code's declaration
  u16 code;               // index into Sema.codes
} ParamArg;
typedef struct ParamInfo { // over what a parameter ranges, in canonical order
  const char *name;
  u32 n;
  ParamArg *at;
} ParamInfo;
enum { MAX_PARAMS = 3 };

typedef struct Node Node;
typedef struct Var Var;

typedef struct CodeInfo { // index = position; canonical order of members
  const Decl *decl;
  const char *name; // "icc"
  u32 nmembers;
  const char **members;
  s32 *swap;    // [member] or null when there is no such map
  s32 *invert;  // `not`
  u32 enc_bits; // 0: no encoding; else member i has encoding enc[i]
  u32 *enc;
  // Predicates as nodes, where every operand's kind is declared (`f: flags`);
  // else null: `C(x, y)` stands in line, at the width of x and y
  Var **pvars;
  Node **preds; // [member]
} CodeInfo;

// --- typed nodes ----------------------------------------------------

typedef enum NodeKind {
  // leaves
  N_CONST, // a value of sort BV, BOOL, CODE, ...: num (128 bits; codes: number)
  N_VAR,   // var
  N_WILD,  // `_` (patterns)
  // patterns and right sides
  N_OP, // (op ...): op = opcode, kids = all operands in declared order
        // (values and immediates). In a pattern: matches a node of exactly
        // this opcode; bind = var for `x @`, or null. On the right: makes it
  N_VALCONST, // pattern only: the constant num at type sort.type (iconst or
  // fconst), from a literal in a value's place. On the right it is an
  // N_OP of the constant op
  N_SINK, // lower pattern: kids[0] is the N_OP of a load to be merged
  N_ONCE, // lower pattern: kids[0] has exactly one use
  // right sides of lowering
  N_INST, // machine instruction: inst = index into Sema.insts, kids = operands
          // (declared order, tmp left out). Sort: of the first result if there
          // is one that is not flags, else flags
  N_RESULT, // kids[0] (N_INST, or N_VAR of one), field: result index
  N_TERM,   // helper: term = index into Sema.terms, kids
  N_CTOR,   // data constructor: decl data, ctor, kids
  N_AMODE,  // address literal: addr
  N_AS,     // same register seen at sort.type: kids[0]
  N_REG,    // (reg x): insists on a register: kids[0]
  N_POOL,   // pool(k): kids[0] is a bit vector; operand in read-only memory
  // expressions (evaluated when compiling; or meanings)
  N_UNARY,
  N_BINARY, // op = UnOp, BinOp; operands and result typed
  N_COND,
  N_LET, // N_LET: var, kids = value, body
  N_ZEXT,
  N_SEXT,
  N_TRUNC,  // kids[0] to sort.bits
  N_CALL,   // builtin: fn (see Builtin), kids
  N_FIELD,  // kids[0] memarg or flags: field = MemField or FlagField
  N_UPDATE, // kids[0] memarg; fields[i] = MemField, kids[i + 1] its value
  N_RECORD, // flags record: fields, kids
  N_INDEX, // kids[0][kids[1]]: TARGETS by BV -> TARGET; v128 immediates -> BV 8
  N_MEM,   // mem[kids[0] : kids[1]]; SORT_DYN or BV
  N_NAN,   // nan(inputs: e): kids = inputs..., e last
  N_STORE,
  N_GOTO,
  N_RETURN,
  N_EXTERN,    // meanings only, as in the tree
  N_UNSPEC,    // `?`
  N_OPMEANING, // another op's name used as a function: op, kids
  N_SHARED,    // left side of an example of lowering: kids[0], which something
               // else uses too
  N_PRED, // a code's predicate: kids[0] of sort CODE, then its arguments. Only
          // on machine flags (lowering) or where the code is no constant;
          // elsewhere the predicate stands in line
} NodeKind;

typedef enum Builtin { // N_CALL
  BI_CLZ,
  BI_CTZ,
  BI_POPCNT,
  BI_BSWAP,
  BI_LOG2, // BV -> BV; log2: nothing unless pow2
  BI_IS_POW2,
  BI_MSB,
  BI_PARITY, // BV -> BOOL
  BI_FITS_S,
  BI_FITS_U, // BV, constant number of bits -> BOOL
  BI_LEN,    // TARGETS or VALUES -> BV 32
  BI_EXTEND, // extend(DYN or BV, EXT, constant bits): ext of a memarg
  BI_INSIDE, // inside(p, bytes, region) -> BOOL
  BI_HAS,    // has(feature) -> BOOL; text = feature name
  // facts of a class (guards): kids[0] is a value variable
  BI_ZEROS,
  BI_ONES,
  BI_UMIN,
  BI_UMAX,
  BI_SMIN,
  BI_SMAX,
  BI_ISCONST,
  // facts of a target: only jumps to a block that is one trap
  BI_TRAPS,
  BI_TRAPCODE,
  // extern fn without a meaning: text is its name (in C too). Any function of
  // its arguments, the same everywhere
  BI_EXTERN,
  // IEEE: operands and results are bit vectors of 32 or 64
  BI_FP_ADD,
  BI_FP_SUB,
  BI_FP_MUL,
  BI_FP_DIV,
  BI_FP_MIN,
  BI_FP_MAX,
  BI_FP_SQRT,
  BI_FP_CEIL,
  BI_FP_FLOOR,
  BI_FP_TRUNC,
  BI_FP_NEAREST,
  BI_FP_EQ,
  BI_FP_LT,
  BI_FP_LE,
  BI_FP_ISNAN,
  BI_FP_PROMOTE,
  BI_FP_DEMOTE,
  BI_FP_WIDEN,
  BI_FP_NARROW,
  BI_FP_FROM_S,
  BI_FP_FROM_U,
  BI_FP_TO_S,
  BI_FP_TO_U,
  BI_FP_TO_SAT_S,
  BI_FP_TO_SAT_U,
  BI_FP_FITS_S,
  BI_FP_FITS_U,
  BI_COUNT
} Builtin;
extern const char *const builtin_names[BI_COUNT]; // "clz", "fp.add"

typedef enum MemField { // names as in MemArg of mid/ir/ir.h
  MF_OFF,
  MF_BYTES,
  MF_EXT,
  MF_REGION,
  MF_ALIGN,
  MF_MEM, // BV 32, 8, EXT, REGION, 8, 8
  MF_READONLY,
  MF_NOTRAP,
  MF_MOVABLE, // BOOL
  MF_COUNT
} MemField;
extern const char *const memfield_names[MF_COUNT];
extern const char *const region_words[], *const ext_words[]; // null-ended
extern const char *const trap_words[]; // the same, in order of enum TrapCode
typedef enum FlagField { FF_O, FF_C, FF_Z, FF_S, FF_P, FF_COUNT } FlagField;

typedef struct AmodePart {
  Node *e;     // register operand
  Node *scale; // BV immediate or null
} AmodePart;
typedef struct Amode {
  u32 nparts;       // at most 2
  AmodePart *parts; // a part that is a N_POOL or SYMBOL is the base itself
  Node *mem;        // SORT_MEMARG, or null: offset 0, no trap
} Amode;

struct Node {
  u8 kind;   // NodeKind
  u8 fn;     // Builtin, BinOp or UnOp
  u16 field; // N_RESULT, N_FIELD
  Sort sort;
  u32 op;   // N_OP, N_OPMEANING: opcode (index into Sema.ops)
  u32 ref;  // N_INST, N_TERM: index; N_CTOR: data index
  u32 ctor; // N_CTOR
  Var *var; // N_VAR, N_LET; N_OP in a pattern: `x @`
  u32 nkids;
  Node **kids;
  u16 *fields;  // N_UPDATE, N_RECORD
  Amode *amode; // N_AMODE
  u128 num;     // N_CONST, N_VALCONST: zero-extended; negative sizes never
  Node **dyn;   // N_INST: per parameter, null if static; else an expression of
                // SORT_CODE, and ref is the InstX at the code's first member
  const char *text; // BI_HAS: feature; BI_EXTERN: name; else null
  const Expr *src;  // where it comes from
};

typedef enum VarKind {
  VAR_VALUE,    // bound by the pattern to a value (an e-class, a Val)
  VAR_IMM,      // bound by the pattern to an immediate
  VAR_LET_IMM,  // let of an expression
  VAR_LET_TERM, // let of a term (made once, shared), or statement result
  VAR_RESULT,   // lower: a result named on the left `(r, _) = ...`
  VAR_ARG,      // operand of an op, inst, term, data (meanings)
} VarKind;
struct Var {
  u8 kind;
  bool wild;        // `_`: bound, never read
  const char *name; // as written
  u32 index;        // unique within the RuleX / meaning, from 0
  Sort sort;
  const char *c; // C expression that holds it: set by the generator before it
                 // calls cexpr (see cgen.h)
  Loc loc;
};

// --- ops ------------------------------------------------------------

typedef struct OperandInfo { // of an op at its parameters
  const char *name;
  Sort sort;
  bool is_value; // takes a field as value (a list too), else an immediate
  u8 where;      // field: 0 a, 1 b, 2 c, 3 b:c, 4 n, 5 word before the list
} OperandInfo;

typedef struct TrapInfo {
  const char *code; // "div0", or null: then var is an operand of sort TRAP
  Var *var;
  Node *cond; // null: always
} TrapInfo;

// An op's declaration: base number in enum BaseOp is its position + 1.
typedef struct OpDecl {
  const Decl *decl;
  const char *name;
  u32 nparams;
  ParamInfo params[MAX_PARAMS];
  u32 first, count; // opcodes [first, first + count), row-major
  bool unsound;     // its declaration has an error: nothing may look further
} OpDecl;

typedef struct LetInfo {
  Var *var;
  Node *e;
} LetInfo;

// `fact zeros = zeros(x) & zeros(y)`: in e, which is of the result's width, a
// value operand stands only inside a fact: N_CALL of BI_ZEROS..BI_SMAX, its kid
// the N_VAR of OpInst.vars, of SORT_VALUE here. Immediates stand as they are.
// To the prover zeros(x) is any z with x & z == 0, umax(x) any u with x <=u u,
// and so on; e then says the same of the result (of a trapping op: where it
// does not trap). Where e is nothing, nothing is known.
typedef struct FactInfo {
  u8 fact; // BI_ZEROS to BI_SMAX: of the result
  Node *e;
} FactInfo;

enum { // OpInst.flags: as OPF_* of mid/ir/ir.h, same values
  OF_PURE = 1,
  OF_TRAPS = 2,
  OF_READS = 4,
  OF_WRITES = 8,
  OF_CALL = 16,
  OF_ENDS = 32,
  OF_FLOATS = 64, // a constant
  OF_LIST = 128,
  OF_PURE_IF = 256,
  OF_COMMUTES = 512,
};

typedef struct OpInst { // an opcode
  const OpDecl *base;
  const char *text;  // "icmp.slt.i64"
  const char *cname; // "OP_icmp_slt_i64"
  u32 base_index;    // index into Sema.opdecls (enum BaseOp - 1)
  ParamArg args[MAX_PARAMS];
  u32 noperands;
  OperandInfo *operands;
  u8 type;   // VType of the single result; VT_NONE: none or by signature
  u16 flags; // OF_*
  u16 cost;
  u8 nvals, nimms;
  // (op x y) = (sym_op y x): sym_op 0 if there is no sym. sym_perm[i] says
  // which operand of this stands at operand i of the other.
  u32 sym_op;
  u8 sym_perm[4];
  // the meaning; nlets/lets are `let` before it
  u32 nvars;
  Var **vars; // the operands as variables, declared order
  u32 nlets;
  LetInfo *lets;
  Node *meaning; // null: none declared (`trap`); N_EXTERN: opaque
  u32 ntraps;
  TrapInfo *traps;
  Node *pure_when; // or null
  u32 nfacts;      // of results that are i32 or i64 only; all hold together
  FactInfo *facts;
} OpInst;

// --- machine instructions -------------------------------------------

typedef enum OperandMode {
  OM_REG,   // gpr or xmm
  OM_IMM,   // sort BV, see is_signed
  OM_MEM,   // memory operand of sort.bits
  OM_AMODE, // an address without access (lea), or of an effect
  OM_CODE,
  OM_TARGET,
  OM_TARGETS,
  OM_FUNC,
  OM_SIG,
  OM_TRAP,
  OM_LIBCALL,
  OM_SYMBOL,
  OM_SLOT,
  OM_LABEL,
  OM_MEMARG,
  OM_FLAGS,
  OM_ANY,  // register or slot
  OM_LIST, // any*: fixed = `abi(g).args` text
} OperandMode;
typedef struct KindInfo { // one alternative of an operand, in preference order
  u8 mode;                // OperandMode
  bool is_signed;         // OM_IMM: `imm.s32` against `imm.u8`, `imm.i32`
  Sort sort; // register: SORT_GPR/XMM with type; OM_IMM: BV; OM_MEM: type, bits
  const char *fixed; // register name after `@` ("rcx"), or the text of a list's
                     // constraint ("abi(g).args"); null if free
} KindInfo;
typedef struct InstOperand {
  const char *name; // "" if unnamed
  u32 nkinds;
  KindInfo *kinds;
  bool tmp, early, late; // as written; default: used early, results late
  s32 reuse; // result: index of the operand whose register it takes; else -1
  bool is_flags;
} InstOperand;

typedef struct FormInfo {
  const FormDecl *decl;
  const char *name; // or null
  u32 nneeds;
  const char **needs; // features
  // ties of this form: result -> operand (adds to InstOperand.reuse)
  u32 nties;
  struct {
    u32 result, operand;
  } * ties;
  u32 naligned;
  struct {
    u32 operand, bytes;
  } * aligned;
  // encodings: decl->encs, with guards typed over the operands' immediates
  Node **guards; // parallel to decl->encs.at; null entries where none
} FormInfo;

typedef struct InstDecl {
  const Decl *decl; // DECL_INST or DECL_SEQ
  const char *name; // "x64.add"
  u32 nparams;
  ParamInfo params[MAX_PARAMS];
  u32 first, count; // InstXs
  bool unsound;     // as in OpDecl
} InstDecl;
typedef struct InstX {
  const InstDecl *base;
  const char *text;  // "x64.add.i32"
  const char *cname; // "X64_add_i32"
  ParamArg args[MAX_PARAMS];
  u32 noperands, nresults;
  InstOperand *operands; // with tmps, declared order
  InstOperand *results;
  Var **vars; // operands then results: what meanings and guards speak of
  bool ends, effects_all, pure;
  bool reads, writes; // memory, by its meaning (operands that are memory apart)
  u32 cost;
  const char *mnemonic; // `asm`, as written ("mov{T}"), or null
  u32 nneeds;           // features for all forms; FormInfo.needs has them too
  const char **needs;
  u32 ntraps;
  TrapInfo *traps;
  u32 nclobbers;
  const char **clobbers; // register names or "abi(g).clobbers"
  u32 nforms;
  FormInfo *forms;
  // meanings: one per result that has an equation, parallel to results; null
  // where none is written. effect is the meaning without a name (`= goto ..`)
  Node **equations;
  Node *effect;
  bool is_seq; // statements stay syntax: base->decl->stmts
  Node *means; // seq: contract
} InstX;

// --- terms and data of lowering -------------------------------------

typedef struct CtorInfo {
  const char *name;
  u32 nfields;
  Var **fields;
  Var **mvars; // the fields as `means` speaks of them: values are bits
  Node *means;
} CtorInfo;
typedef struct DataInfo {
  const Decl *decl;
  const char *name;
  u32 nctors;
  CtorInfo *ctors;
} DataInfo;
typedef struct TermInfo { // `term cond (v: i32) -> cond means v != 0`
  const Decl *decl;
  const char *name;
  u32 nargs;
  Var **args; // sorts: SORT_VALUE, SORT_MEMARG, SORT_DATA, ...
  Sort result;
  Var **mvars; // as in CtorInfo
  Node *means;
} TermInfo;

// --- functions of C ---------------------------------------------------

enum { MOST_EXTERN_ARGS = 8 };
typedef struct ExternInfo { // `extern fn cheap(k: u64) -> bool`
  const Decl *decl;
  const char *name;
  u32 nargs;
  Sort args[MOST_EXTERN_ARGS]; // bit vectors to 64 bits, booleans
  Sort result;
} ExternInfo;

// --- rules ----------------------------------------------------------

typedef struct ClauseInfo { // in the order written
  Var *let;                 // null: a guard
  Node *e; // expression of a guard or let; or term (let->kind VAR_LET_TERM)
  const Expr *src; // as written in the rule
} ClauseInfo;

// A part of a guard (a whole one, or a side of `&&` or `||`) as the typing
// found it over all parameters of the rule. What is constant is gone from
// RuleX.
enum { FOLD_TRUE = 1, FOLD_FALSE = 2, FOLD_OPEN = 4 };
typedef struct GuardFold {
  const Decl *rule;
  const Expr *e;
  u8 seen; // FOLD_* bits
} GuardFold;

typedef enum StmtXKind { SX_BIND, SX_EFFECT, SX_VALUE, SX_TRAP } StmtXKind;
typedef struct RenameInfo {
  const char *from, *to;
} RenameInfo;
typedef struct StmtX { // lower: `{ ... }`; skeleton `{ op; op }` is SX_EFFECTs
  u8 kind;
  u32 nvars; // SX_BIND: variables of the results, in order; wild for `_`
  Var **vars;
  Node *e;          // value; SX_TRAP: the condition: flags, or data cond
  Node *cc;         // SX_TRAP on flags: the code, SORT_CODE
  const char *trap; // SX_TRAP: code name; null: trap_var
  Var *trap_var;
  u32 nrenames;
  RenameInfo *renames;
} StmtX;

// An example at its types (example.c, lower_example.c). `m{off = 8}`
// on its left is a variable, and what is said of it a Setting.
typedef struct Setting {
  Var *var;
  const char *field; // "off", "trap", "len", "zeros"
  Node *e;           // a constant
} Setting;
typedef struct ExampleX {
  const struct RuleX *x; // left and right side; no clauses
  u32 nsettings;
  Setting *settings;
} ExampleX;
typedef struct ExampleInfo { // as declared
  const Example *example;
  u32 nxs; // 0: it has an error
  ExampleX *xs;
} ExampleInfo;

typedef struct Rule { // as declared
  const Decl *decl;
  u32 index;        // among its kind in Sema.rules / lowers
  u32 first, count; // its RuleXs in Sema.rulexs / lowerxs
  bool is_skeleton, is_remat;
  ExampleInfo *examples; // decl->nexamples
} Rule;

enum { MOST_VARS = 512 }; // in a rule

typedef struct RuleX { // a rule at its parameters, one variant
  const Rule *rule;
  u32 expansion, variant;
  const char *at; // " T=i64 C=slt", "" if no parameters
  u32 nvars;
  Var **vars;   // by Var.index; null: of a `let` inside an expression
  Node *lhs;    // N_OP at the root; or N_TERM for lower rules of a term
  u32 nresults; // lower: `(r, _) = ` on the left, in order
  Var **results;
  u32 nclauses;
  ClauseInfo *clauses;
  bool subsume;
  u8 rhs_kind; // RhsKind
  u32 nrhs;    // RHS_TERM: 1, RHS_VALUES: any
  Node **rhs;
  u32 nstmts; // RHS_STMTS
  StmtX *stmts;
  const char *trap; // RHS_TRAP: code name, null: trap_var
  Var *trap_var;
} RuleX;

typedef struct RepInfo { // `rep i32 in gpr: low 32, rest zero`
  u8 type;               // VType
  u8 cls;                // 0 gpr, 1 xmm
  u16 low;
  const char *rest; // "zero", "any", "sign"
} RepInfo;

// --- all of it ------------------------------------------------------

typedef struct Sema {
  Arena *arena;
  const u16 *bits; // of each VType: vtype_bits, but where a proof pretends
  Diags *diags;
  struct Names *names;
  const Ast *ast;
  u32 first_own; // rules of sources before this one are built in, and stand
                 // beside an author's: what both do is laid to his
  u32 ncodes;
  CodeInfo *codes;
  u32 nopdecls;
  OpDecl *opdecls;
  u32 nops; // opcodes, [0] is none
  OpInst *ops;
  u32 ninstdecls;
  InstDecl *instdecls;
  u32 ninsts;
  InstX *insts; // [0] is none: enum X64Inst i is insts[i]
  u32 ndatas;
  DataInfo *datas;
  u32 nterms;
  TermInfo *terms;
  u32 nreps;
  RepInfo *reps;
  u32 nfeatures; // every name in `has(..)` and `needs`, in order of first use
  const char **features;
  u32 nexterns; // extern fns without a meaning that something calls
  struct ExternInfo *externs;
  u32 nrules; // rule, skeleton, remat
  Rule *rules;
  u32 nrulexs;
  RuleX *rulexs; // grouped by rule
  u32 nlowers;   // lower
  Rule *lowers;
  u32 nlowerxs;
  RuleX *lowerxs;
  u32 nfolds; // of all rules, those of one follow each other
  GuardFold *folds;
  struct SemaPriv *priv;
} Sema;

// Resolves, expands and types everything. Errors go to diags; with errors the
// tables hold what was sound, and no generator may run.
Sema *sema_run(Arena *a, struct Names *names, const Ast *ast, Diags *d);
// The same with i32 and i64 of other widths: what proofs of smaller numbers
// read. Most that says 32 or 64 has no type then; such errors are to be shown
// to nobody.
Sema *sema_run_at(Arena *a, struct Names *names, const Ast *ast, Diags *d,
                  const u16 bits[VT_COUNT]);

// Types an example of the rule: out->example is set, the rest is filled in.
void sema_example(Sema *s, const Rule *rule, ExampleInfo *out);

// Lookup; 0 (or -1) if there is none.
u32 sema_opcode(const Sema *s, const char *text); // "iconst.i32"
u32 sema_const_op(const Sema *s, VType type); // 0: nothing makes its constants
u32 arg_lanes(ParamArg a);                    // of a shape; 1 of a type
u32 op_shape(const OpInst *op); // Shape + 1 of its first parameter that is one
s32 sema_opdecl(const Sema *s, const char *name);
s32 sema_inst(const Sema *s, const char *text); // "x64.add.i32"
s32 sema_term(const Sema *s, const char *name);
s32 sema_data(const Sema *s, const char *name);

// All rules: rewrites, then those of lowering behind them.
static inline u32 sema_nrules(const Sema *s) { return s->nrules + s->nlowers; }
static inline const Rule *sema_rule(const Sema *s, u32 i) {
  return i < s->nrules ? &s->rules[i] : &s->lowers[i - s->nrules];
}

bool node_equal(const Node *a, const Node *b); // same tree, same variables
bool node_reads(const Node *n, const Var *v);  // v stands somewhere in it
// What a leaf of a left side is known by: its variable, or `_` itself.
static inline const void *node_key(const Node *n) {
  return n->kind == N_VAR ? (const void *)n->var : n;
}
void node_print(Text *t, const Sema *s, const Node *n);   // for dumps, comments
void rulex_print(Text *t, const Sema *s, const RuleX *x); // one line
void sort_print(Text *t, const Sema *s, Sort sort);

// "rules/mid.rules", wherever that lies.
const char *source_name(const Source *src);
// Position for generated comments: "rules/mid.rules:12".
const char *decl_where(const Sema *s, const Decl *d);
// The rule's text on one line, without its comment and its examples.
const char *decl_oneline(const Sema *s, const Decl *d);

#endif
