// The syntax tree of `.rules` files: what the parser builds and sema.c reads.
//
// One node type, Expr, serves patterns, right sides, guards and meanings: which
// of them it is follows from where it stands, and sema.h holds the typed form.
// Names are kept as written, dots included ("icmp.C.i64", "m.off",
// "x64.add.T"): the longest prefix that is declared wins, what follows are
// parameters or fields. Nothing here is resolved. Everything lives in the arena
// of the Source.
//
// Lists are arrays with a length; an empty one is {0, NULL}.
#ifndef RULEC_SYNTAX_AST_H
#define RULEC_SYNTAX_AST_H

#include "mid/base/base.h"

// A file, kept for the whole run: diagnostics show its lines.
typedef struct Source {
  const char *path; // as given on the command line
  const char *text; // NUL-terminated, size bytes before it
  u32 size;
  u32 index; // position on the command line: rules are ordered by it
  u32 mark;  // bytes of a byte order mark, which stood before the text
} Source;

typedef struct Loc { // a place in a source
  const Source *src;
  u32 at;  // byte offset
  u32 len; // bytes to underline, at least 1
} Loc;

typedef struct Name { // an identifier with its place; s is NUL-terminated
  const char *s;      // interned: equal names are equal pointers (see parse.h)
  Loc loc;
} Name;

// --- expressions, patterns, terms -----------------------------------

typedef enum ExprKind {
  EX_NAME,   // name              `x` `_` `m.off` `icmp.C.i64` `bits` `extern`
  EX_INT,    // num               `0x80` `-1` (two's complement, num is s128)
  EX_FLOAT,  // fnum, text        `-0.0` `1.5`
  EX_TERM,   // name, kids        `(iadd x y)`, `(vmctx)`; head may carry
             //                   computed parameters, see params
  EX_CALL,   // name, kids        `clz(x)` `fp.min(x, y)` `C(x, y)` `one(f, ne)`
  EX_NAN,    // kids, last is e   `nan(x, y: e)`
  EX_UNARY,  // op, kids[0]
  EX_BINARY, // op, kids[0..1]    in a pattern, `(a | b)` is alternatives
  EX_COND,   // kids[0..2]        `c ? a : b`
  EX_LET,    // name, kids[0..1]  `let x = e; body`
  EX_INDEX,  // kids[0..1]        `ts[k]`
  EX_MEM,    // kids[0..1]        `mem[p : n]`: address, bytes
  EX_FIELD,  // kids[0], name     `(x64.add.T x y).f` `abi(g).args`; "m.off" is
             //                   one EX_NAME
  EX_RECORD, // fields            `{c: e, z: e}`
  EX_UPDATE, // kids[0], fields   `m{off = e}`
  EX_AT,     // name, kids[0]     `x @ pat`
  EX_ADDR,   // addr              `[a + b << s | m]`
  EX_MAP,    // name shape, binds, kids  `map S (a, b in x, y) e`: kids are the
             //                   vectors, then the body last
  EX_QUANT,  // name all|any|sum, binds[0], kids = lo, hi, body
  EX_ANY,    // `?`: unspecified; only as the value of a result
  EX_GOTO,   // kids[0]           `goto t`; only as an op's meaning
  EX_RETURN, // kids[0]           `return v`; only as an op's meaning
  EX_STORE,  // kids[0..1]        `mem[p : n] := e`; only as an op's meaning
} ExprKind;

typedef enum BinOp { // u and s are unsigned and signed
  BIN_OROR,
  BIN_ANDAND,
  BIN_EQ,
  BIN_NE,
  BIN_ULT,
  BIN_ULE,
  BIN_UGT,
  BIN_UGE,
  BIN_SLT,
  BIN_SLE,
  BIN_SGT,
  BIN_SGE,
  BIN_OR,
  BIN_XOR,
  BIN_AND,
  BIN_SHL,
  BIN_USHR,
  BIN_SSHR,
  BIN_CONCAT, // `hi ++ lo`
  BIN_ADD,
  BIN_SUB,
  BIN_MUL,
  BIN_UDIV,
  BIN_SDIV,
  BIN_UREM,
  BIN_SREM,
  BIN_COUNT
} BinOp;
extern const char *const bin_text[BIN_COUNT]; // as written

typedef enum UnOp { UN_NOT /* ! */, UN_INV /* ~ */ } UnOp;

typedef struct Expr Expr;

typedef struct ExprList {
  u32 n;
  Expr **at;
} ExprList;

typedef struct NameList {
  u32 n;
  Name *at;
} NameList;

typedef struct Field { // of a record literal or update
  Name name;
  Expr *e;
} Field;
typedef struct FieldList {
  u32 n;
  Field *at;
} FieldList;

typedef struct AddrPart { // `a` or `a << s`
  Expr *e;
  Expr *scale; // or null
} AddrPart;
typedef struct AddrExpr { // `[a + b << s | m]`
  u32 nparts;
  AddrPart *parts;
  Expr *mem; // after `|`, or null
} AddrExpr;

// What stands at the head of a term: `icmp.swap(C).T` is the name "icmp" (or a
// longer prefix), then swap(C), then T. text is the dotted name up to the first
// computed parameter; params are what follows it.
typedef struct HeadParam {
  Name name; // "T", "slt", or a map's name: "swap", "not"
  Expr *arg; // argument of the map, or null
} HeadParam;

struct Expr {
  ExprKind kind;
  u8 op;     // BinOp or UnOp
  u16 depth; // height of the tree; the parser keeps it below a limit
  Loc loc;
  Name name; // by kind, see above
  ExprList kids;
  NameList binds;    // EX_MAP, EX_QUANT
  FieldList fields;  // EX_RECORD, EX_UPDATE
  AddrExpr *addr;    // EX_ADDR
  u32 nparams;       // EX_TERM, EX_CALL: parameters after name, computed ones
  HeadParam *params; //   (those spelled with dots alone are inside name)
  s128 num;          // EX_INT
  double fnum;       // EX_FLOAT
};

// --- pieces of declarations -----------------------------------------

typedef struct ParamDecl { // `{C: icc, T: int}`: over what an op ranges
  Name name;               // "T"
  NameList set; // a types set, a code, or types side by side: `S: f32 f64`
} ParamDecl;
typedef struct ParamDeclList {
  u32 n;
  ParamDecl *at;
} ParamDeclList;

// One of the kinds an operand may be: `imm.s32`, `m.T`, `gpr.T @ rcx`, `any*`,
// `mate(T)`, `memarg`, `T`.
typedef struct KindDecl {
  Name name;   // dotted, as written
  Expr *arg;   // mate(T): T; else null
  bool list;   // `*` followed
  Expr *fixed; // after `@`: a register name or `abi(g).args`; or null
} KindDecl;

typedef struct OperandDecl { // of op, inst, seq, term, data; and results
  Name name;                 // s is "" for an unnamed result
  u32 nkinds;                // 0: no type written (code, fn, def parameters)
  KindDecl *kinds;
  bool tmp, early, late;
  Name reuse; // `= a`: the operand whose register it takes; s null if none
} OperandDecl;
typedef struct OperandList {
  u32 n;
  OperandDecl *at;
} OperandList;

typedef struct TrapDecl { // `div0 when y == 0`; cond null: always
  Name code;
  Expr *cond;
} TrapDecl;
typedef struct TrapList {
  u32 n;
  TrapDecl *at;
} TrapList;

typedef struct LetDecl {
  Name name;
  Expr *e;
} LetDecl;
typedef struct LetList {
  u32 n;
  LetDecl *at;
} LetList;

typedef struct FactDecl { // `fact zeros = zeros(x) & zeros(y)`
  Name name;
  Expr *e;
} FactDecl;
typedef struct FactList {
  u32 n;
  FactDecl *at;
} FactList;

// One alternative of an `enc` line, split by the parser:
//     imm MI(d, b) REX.T 83 /0 ib if fits_s(b, 8)
//     kinds form(operands) items...          guard
typedef enum EncKind {
  ENC_BYTE,      // `83`: byte
  ENC_BYTE_PLUS, // `70+C`, `B8+r`: byte, arg ("r" or a code parameter)
  ENC_DIGIT,     // `/0`..`/7`: byte
  ENC_SLASH_R,   // `/r`
  ENC_WORD, // `REX.T` `ib` `cd` `is4` `VEX.pp(S).0F.WIG` `pp(S)`: text is as
            // written without blanks
} EncKind;
typedef struct EncItem {
  EncKind kind;
  u8 byte;
  const char *text; // always the spelling
  const char *arg;  // ENC_BYTE_PLUS: after the plus; else null
  Loc loc;
} EncItem;
typedef struct EncAlt {
  Loc loc;
  NameList kinds; // `imm` `m gpr` `rel8`: operand kinds it serves; may be empty
  Name form;      // `RM` `MI` `RVM` `O` `M`..., s null if none is written
  NameList operands; // `(d, b)`
  u32 nitems;
  EncItem *items;
  Expr *guard; // after `if`, or null
} EncAlt;
typedef struct EncList {
  u32 n;
  EncAlt *at;
} EncList;

// `form avx needs avx with d = a, b aligned(S) enc ...`. Instructions without
// forms have one with name.s null.
typedef struct FormDecl {
  Name name;
  NameList needs;
  FieldList ties;    // `d = a`: result takes operand's register (e is EX_NAME)
  FieldList aligned; // `b aligned(S)`: name is the operand, e is S
  EncList encs;
} FormDecl;
typedef struct FormList {
  u32 n;
  FormDecl *at;
} FormList;

// --- statements: in `lower ... => { }`, `skeleton => { }`, `seq { }`

typedef struct RenameDecl { // `with de as overflow`
  Name from, to;
} RenameDecl;

typedef enum StmtKind {
  ST_BIND,  // targets = value         `(q, _) = (x64.idiv.T ...)`, `d = (..)`
  ST_VALUE, // value                   last: what the op becomes; or an effect
  ST_TRAP,  // trap code if value      value null: always
  ST_LABEL, // label:                  seq only
  ST_JMP,   // jmp label               seq only
  ST_JCC,   // jcc code flags label    seq only: code expr in value, flags in
            //                         flags
  ST_DATA,  // label: data rel32 ts    seq only: format in code, list in value
} StmtKind;
typedef struct Stmt {
  StmtKind kind;
  Loc loc;
  NameList targets; // ST_BIND
  Expr *value;
  Expr *flags; // ST_JCC
  Name code;   // ST_TRAP: trap code; ST_DATA: "rel32"
  Name label;
  u32 nrenames;
  RenameDecl *renames; // `with A as B, C as D`
} Stmt;
typedef struct StmtList {
  u32 n;
  Stmt *at;
} StmtList;

// --- declarations ---------------------------------------------------

typedef enum DeclKind {
  DECL_TYPES,
  DECL_CODE,
  DECL_OP,
  DECL_RULE,
  DECL_SKELETON,
  DECL_REMAT,
  DECL_FN,
  DECL_EXTERN_FN,
  DECL_DEF,
  DECL_REP,
  DECL_INST,
  DECL_SEQ,
  DECL_TERM,
  DECL_DATA,
  DECL_LOWER,
  DECL_COST,
  DECL_COUNT
} DeclKind;
extern const char *const decl_words[DECL_COUNT]; // "types", "code", ...

typedef struct CodeMember { // `slt: x <s y`
  Name name;
  Expr *pred;
} CodeMember;
typedef struct CodePair { // `(slt sgt)`
  Name a, b;
} CodePair;
typedef struct CodeMap { // `swap (slt sgt) ...` or `not enc ^ 1`
  Name name;             // "swap", "not"
  u32 npairs;
  CodePair *pairs;
  s64 enc_xor; // -1 if not given by the encoding
} CodeMap;

typedef enum RhsKind {
  RHS_TERM,   // one expression: term, variable, constant
  RHS_REMOVE, // skeleton: the op goes
  RHS_VALUES, // skeleton: `value V...`
  RHS_STMTS,  // `{ ... }`
  RHS_TRAP,   // skeleton: `trap CODE`; the code in terms.at[0]
} RhsKind;

typedef struct AllowDecl { // `allow(CODE) "why"`, one per code
  Name code;
  Loc loc;            // of the code as well
  const char *reason; // without quotes; null if none is written
} AllowDecl;

// `example (iadd x 0) => x`, or `example (iadd x 1) stays`: what the rule makes
// of a term. Typed like a rule without guards, at every type that fits.
typedef struct Example {
  Loc loc; // of the word
  Expr *lhs;
  bool stays; // the rule leaves it alone
  RhsKind rhs_kind;
  ExprList rhs;
  StmtList rhs_stmts;
} Example;

typedef struct Decl Decl;
struct Decl {
  DeclKind kind;
  Loc loc;         // of the name
  Loc whole;       // from the keyword to the end of the text
  Name name;       // rule names keep their hyphens
  const char *doc; // comment lines directly above, or null
  u32 index;       // position over all files
  u32 line;        // of loc, from 1

  // DECL_TYPES: names = the members
  // DECL_FN, EXTERN_FN, DEF: operands, result (nkinds may be 0), body (or null)
  // DECL_TERM: operands, results, means
  // DECL_REP: name = type, cls = register class, low, rest
  // DECL_COST: name = op (dotted), cost: `cost imul.i64 4`
  ParamDeclList params;
  OperandList operands;
  OperandList results;
  NameList names;
  Expr *body;  // fn, def: the expression
  Expr *means; // op, inst: after `=`; term, seq: after `means`

  // DECL_OP, DECL_INST, DECL_SEQ: traits and clauses
  bool pure, floats, structure, ends, effects_all;
  bool front; // what translates programs makes it
  Expr *pure_when;
  Expr *reads, *writes; // `reads m.region`
  Expr *sym;            // a term
  bool has_cost;
  u32 cost;
  TrapList traps;
  LetList lets; // op: `let p = ...`
  FactList facts;
  FieldList equations; // inst: `d = a + b`, `f = {...}`; EX_ANY for `?`
  ExprList clobbers;
  NameList needs; // seq, inst without forms: `needs avx`
  FormList forms;
  StmtList stmts;       // seq
  const char *mnemonic; // inst: `asm "mov{T}"`, or null

  // DECL_CODE: operands = the predicate's arguments
  u32 nmembers;
  CodeMember *members;
  u32 nmaps;
  CodeMap *maps;
  u32 enc_bits; // `enc 4`: bits of the encoding, 0 = none

  // DECL_REP
  Name cls;
  u32 low;
  Name rest; // zero | any | sign

  // DECL_DATA: constructors
  u32 nctors;
  struct Ctor *ctors;

  // rules: RULE, SKELETON, REMAT, LOWER
  bool has_targets; // lower: `(r, _) = (op ...)` on the left
  NameList lhs_results;
  Expr *lhs;
  struct Clause *clauses; // `let` and `if` in the order written
  u32 nclauses;
  bool has_prio;
  s64 prio;
  u32 nallows;
  AllowDecl *allows;
  bool subsume;
  RhsKind rhs_kind;
  ExprList rhs; // RHS_TERM: 1; RHS_VALUES: any
  StmtList rhs_stmts;
  u32 nexamples; // rule, skeleton
  Example *examples;
};

typedef struct Ctor { // `one(f: flags, c: cc) means c(f)`
  Name name;
  OperandList fields;
  Expr *means;
} Ctor;

typedef struct Clause {
  bool is_let;
  Name name; // let
  Expr *e;
} Clause;

// All files, in command-line order.
typedef struct Ast {
  u32 n;
  Decl **at;
} Ast;

#endif
